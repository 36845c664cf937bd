#include "base/siphash.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/banned.h"

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t read_word(const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

static void write_word(unsigned char *bytes, uint64_t word)
{
	word = htole64(word);
	memcpy(bytes, &word, sizeof(word));
}

static uint64_t rotate(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

/* One SipRound. */
static inline void mix(struct state *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static inline void add_word(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	mix(s);
	mix(s);
	s->v0 ^= word;
}

static uint64_t finish(struct state *s)
{
	for (int round = 0; round < 4; round++)
		mix(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

void siphash(const unsigned char key[SIPHASH_KEY_BYTES], const void *bytes,
	     size_t length, unsigned char result[SIPHASH_BYTES])
{
	const uint64_t k0 = read_word(key), k1 = read_word(key + 8);
	const unsigned char *p = bytes, *end = p + length / 8 * 8;
	/* The rest of less than 8 bytes, and the length in the last byte. */
	unsigned char last[8] = {[7] = (unsigned char)length};
	struct state s = {
		k0 ^ UINT64_C(0x736f6d6570736575),
		k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
		k0 ^ UINT64_C(0x6c7967656e657261),
		k1 ^ UINT64_C(0x7465646279746573),
	};

	for (; p != end; p += 8)
		add_word(&s, read_word(p));
	if (length % 8 != 0)
		memcpy(last, p, length % 8);
	add_word(&s, read_word(last));
	s.v2 ^= 0xee;
	write_word(result, finish(&s));
	s.v1 ^= 0xdd;
	write_word(result + 8, finish(&s));
}
