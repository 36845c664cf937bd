/* SHA256_Init() etc. are deprecated in favour of EVP.  See sha2.h. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/sha2.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/banned.h"

/* SHA-384 is SHA-512 with another start and a shorter result. */
union state {
	SHA256_CTX sha256;
	SHA512_CTX sha512;
};

static bool begin(enum sha2 hash, union state *state)
{
	switch (hash) {
	case SHA2_256:
		return SHA256_Init(&state->sha256) == 1;
	case SHA2_384:
		return SHA384_Init(&state->sha512) == 1;
	case SHA2_512:
		return SHA512_Init(&state->sha512) == 1;
	}
	return false;
}

static bool add(enum sha2 hash, union state *state, const void *bytes,
		size_t length)
{
	return hash == SHA2_256
		       ? SHA256_Update(&state->sha256, bytes, length) == 1
		       : SHA512_Update(&state->sha512, bytes, length) == 1;
}

static bool end(enum sha2 hash, union state *state, unsigned char *digest)
{
	return hash == SHA2_256 ? SHA256_Final(digest, &state->sha256) == 1
				: SHA512_Final(digest, &state->sha512) == 1;
}

/* Write the digest of two texts, one after the other. */
static bool digest_of(enum sha2 hash, const void *first, size_t first_length,
		      const void *second, size_t second_length,
		      unsigned char *digest)
{
	union state state;

	return begin(hash, &state) && add(hash, &state, first, first_length) &&
	       add(hash, &state, second, second_length) &&
	       end(hash, &state, digest);
}

bool sha2_256(const void *bytes, size_t length,
	      unsigned char digest[SHA2_256_BYTES])
{
	return digest_of(SHA2_256, bytes, length, "", 0, digest);
}

size_t sha2_hmac(enum sha2 hash, const void *key, size_t key_bytes,
		 const void *bytes, size_t length,
		 unsigned char mac[SHA2_MAX_BYTES])
{
	static const struct {
		size_t block_bytes, bytes;
	} sizes[] = {
		[SHA2_256] = {SHA256_CBLOCK, SHA256_DIGEST_LENGTH},
		[SHA2_384] = {SHA512_CBLOCK, SHA384_DIGEST_LENGTH},
		[SHA2_512] = {SHA512_CBLOCK, SHA512_DIGEST_LENGTH},
	};
	const size_t block_bytes = sizes[hash].block_bytes;
	unsigned char block[SHA512_CBLOCK] = {0}, inner[SHA2_MAX_BYTES];

	/* A key longer than a block is hashed first (RFC 2104, section 2). */
	if (key_bytes <= block_bytes)
		memcpy(block, key, key_bytes);
	else if (!digest_of(hash, key, key_bytes, "", 0, block))
		return 0;
	for (size_t i = 0; i < block_bytes; i++)
		block[i] ^= 0x36;
	if (!digest_of(hash, block, block_bytes, bytes, length, inner))
		return 0;
	for (size_t i = 0; i < block_bytes; i++)
		block[i] ^= 0x36 ^ 0x5c;
	return digest_of(hash, block, block_bytes, inner, sizes[hash].bytes,
			 mac)
		       ? sizes[hash].bytes
		       : 0;
}
