/*
 * test_hash.c - digests and MACs: the vectors of their specifications, and the
 * same results as OpenSSL's EVP for each length.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/sha2.h"
#include "base/siphash.h"
#include "tap.h"
#include "base/banned.h"

#define MOST_BYTES 300

static const struct {
	enum sha2 hash;
	const char *name;
	size_t bytes;
} hashes[] = {
	{SHA2_256, "SHA256", 32},
	{SHA2_384, "SHA384", 48},
	{SHA2_512, "SHA512", 64},
};

/* Each byte differs from its neighbours. */
static unsigned char text[MOST_BYTES + 1];

/* RFC 4231, test cases 1, 2, 6 (a key longer than a block) and 7. */
static void test_rfc_4231(void)
{
	static unsigned char long_key[131], first_key[20];
	static const char jefe[] = "what do ya want for nothing?";
	static const char large[] =
		"This is a test using a larger than block-size key and a "
		"larger than block-size data. The key needs to be hashed "
		"before being used by the HMAC algorithm.";
	static const struct {
		const void *key;
		size_t key_bytes;
		const char *data;
		const char *want[3]; /* the first 16 bytes, for each hash */
	} cases[] = {
		{first_key,
		 20,
		 "Hi There",
		 {"b0344c61d8db38535ca8afceaf0bf12b",
		  "afd03944d84895626b0825f4ab46907f",
		  "87aa7cdea5ef619d4ff0b4241a1d6cb0"}},
		{"Jefe",
		 4,
		 jefe,
		 {"5bdcc146bf60754e6a042426089575c7",
		  "af45d2e376484031617f78d2b58a6b1b",
		  "164b7a7bfcf819e2e395fbe73b56e0a3"}},
		{long_key,
		 131,
		 "Test Using Larger Than Block-Size Key - Hash Key First",
		 {"60e431591ee0b67f0d8a26aacbf5b77f",
		  "4ece084485813e9088d2c63a041bc5b4",
		  "80b24263c7c1a3ebb71493c1dd7be8b4"}},
		{long_key,
		 131,
		 large,
		 {"9b09ffa71b942fcb27635fbcd5b0e944",
		  "6617178e941f020d351e2f254e8fd32c",
		  "e37b6a775dc87dbaa4dfa9f96e5e3ffd"}},
	};

	memset(long_key, 0xaa, sizeof(long_key));
	memset(first_key, 0x0b, sizeof(first_key));
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t h = 0; h < COUNT(hashes); h++) {
			unsigned char mac[SHA2_MAX_BYTES];
			char hex[33] = "";

			if (sha2_hmac(hashes[h].hash, cases[i].key,
				      cases[i].key_bytes, cases[i].data,
				      strlen(cases[i].data),
				      mac) == hashes[h].bytes)
				hex_encode(mac, 16, hex);
			is_text(hex, cases[i].want[h], cases[i].data);
		}
}

static bool is_openssls_hmac(size_t h, size_t key_bytes, size_t length)
{
	unsigned char ours[SHA2_MAX_BYTES], theirs[SHA2_MAX_BYTES];
	size_t got;

	return sha2_hmac(hashes[h].hash, text, key_bytes, text + 1, length,
			 ours) == hashes[h].bytes &&
	       EVP_Q_mac(NULL, "HMAC", NULL, hashes[h].name, NULL, text,
			 key_bytes, text + 1, length, theirs, sizeof(theirs),
			 &got) != NULL &&
	       got == hashes[h].bytes && memcmp(ours, theirs, got) == 0;
}

static void test_hmac(void)
{
	for (size_t h = 0; h < COUNT(hashes); h++) {
		size_t equal = 0;

		for (size_t length = 0; length < MOST_BYTES; length++)
			equal += is_openssls_hmac(h, 36, length);
		ok(equal == MOST_BYTES, "HMAC of any length is OpenSSL's: %s",
		   hashes[h].name);
		equal = 0;
		for (size_t key_bytes = 1; key_bytes <= MOST_BYTES; key_bytes++)
			equal += is_openssls_hmac(h, key_bytes, 40);
		ok(equal == MOST_BYTES, "and under any key: %s",
		   hashes[h].name);
	}
}

/* OpenSSL's SIPHASH with a result of 16 bytes. */
static bool is_openssls_siphash(EVP_MAC_CTX *context, size_t length)
{
	unsigned char ours[SIPHASH_BYTES], theirs[SIPHASH_BYTES];
	size_t size = sizeof(theirs);
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
		OSSL_PARAM_construct_end(),
	};

	siphash(text, text + 17, length, ours);
	return EVP_MAC_init(context, text, SIPHASH_KEY_BYTES, params) == 1 &&
	       EVP_MAC_update(context, text + 17, length) == 1 &&
	       EVP_MAC_final(context, theirs, &size, sizeof(theirs)) == 1 &&
	       memcmp(ours, theirs, sizeof(ours)) == 0;
}

/* The first vectors of the reference implementation, and OpenSSL's results. */
static void test_siphash(void)
{
	static const struct {
		size_t length;
		const char *want;
	} cases[] = {
		{0, "a3817f04ba25a8e66df67214c7550293"},
		{1, "da87c1d86b99af44347659119b22fc45"},
		{2, "8177228da4a45dc7fca38bdef60affe4"},
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
	unsigned char bytes[16], result[SIPHASH_BYTES];
	char hex[HEX_TEXT_BYTES(SIPHASH_BYTES)];
	size_t equal = 0;

	for (unsigned char i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	for (size_t i = 0; i < COUNT(cases); i++) {
		siphash(bytes, bytes, cases[i].length, result);
		hex_encode(result, sizeof(result), hex);
		is_text(hex, cases[i].want, "the reference's SipHash-2-4-128");
	}
	for (size_t length = 0; length <= 270; length++)
		equal += is_openssls_siphash(context, length);
	ok(equal == 271, "SipHash of any length is OpenSSL's");
	EVP_MAC_CTX_free(context);
	EVP_MAC_free(mac);
}

/* Released versions have stored these digests. */
static void test_text(struct arena *arena)
{
	is_text(hash_text("", 0, arena), "e3b0c44298fc1c149afbf4c8996fb924",
		"a stored digest of nothing is found again");
	is_text(hash_text("abc", 3, arena), "ba7816bf8f01cfea414140de5dae2223",
		"a stored digest is found again");
}

static void test_tag(struct arena *arena)
{
	static const char key[] = "correct-horse-battery-staple-012345";
	static const char json[] = "{\"tasks\":[],\"total\":0}";
	char other[sizeof(json)];
	const char *tag = hash_tag(key, json, strlen(json), arena);
	unsigned char derived[HASH_MAC_BYTES], result[SIPHASH_BYTES];
	char hex[HEX_TEXT_BYTES(SIPHASH_BYTES)];
	unsigned differs = 0;

	is_text(hash_tag(key, json, strlen(json), arena), tag,
		"all programs give a list the same tag");
	ok(tag != NULL && strspn(tag, HEX_DIGITS) == 32 && tag[32] == '\0',
	   "a tag is 32 hex digits");
	for (size_t bit = 0; bit < 8 * strlen(json); bit++) {
		memcpy(other, json, sizeof(json));
		other[bit / 8] ^= (char)(1 << bit % 8);
		differs += strcmp(tag, hash_tag(key, other, strlen(json),
						arena)) != 0;
	}
	ok(differs == 8 * strlen(json), "each changed bit changes the tag");
	ok(strcmp(tag, hash_tag(key, json, strlen(json) - 1, arena)) != 0,
	   "and so does a missing byte");
	/* Otherwise a user could compute two lists with equal tags. */
	ok(strcmp(tag, hash_tag("correct-horse-battery-staple-012346", json,
				strlen(json), arena)) != 0,
	   "a tag depends on the deployment's secret");
	ok(hash_mac(key, "etag", sizeof("etag"), derived),
	   "the key of tags is a MAC for this purpose");
	siphash(derived, json, strlen(json), result);
	hex_encode(result, sizeof(result), hex);
	is_text(tag, hex, "and no other MAC reveals it");
	ok(hash_tag(NULL, json, strlen(json), arena) == NULL &&
		   !hash_mac(NULL, json, strlen(json), derived),
	   "without a secret there is no MAC");
}

int main(void)
{
	struct arena arena;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)(i * 7 + 3);
	arena_init(&arena, 1 << 20);
	test_rfc_4231();
	test_hmac();
	test_siphash();
	test_text(&arena);
	test_tag(&arena);
	arena_release(&arena);
	return tap_done();
}
