#include "base/hash.h"

#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/sha2.h"
#include "base/siphash.h"
#include "base/banned.h"

/* Both kinds of short hashes have this many bytes. */
#define KEPT_BYTES SIPHASH_BYTES

const char *hash_text(const void *bytes, size_t length, struct arena *arena)
{
	unsigned char digest[SHA2_256_BYTES];
	char *text = arena_alloc(arena, HEX_TEXT_BYTES(KEPT_BYTES));

	if (text == NULL || !sha2_256(bytes, length, digest))
		return NULL;
	hex_encode(digest, KEPT_BYTES, text);
	return text;
}

const char *hash_tag(const char *key, const void *bytes, size_t length,
		     struct arena *arena)
{
	static const char purpose[] = "etag";
	unsigned char derived[HASH_MAC_BYTES], tag[KEPT_BYTES];
	char *text = arena_alloc(arena, HEX_TEXT_BYTES(KEPT_BYTES));

	if (text == NULL || !hash_mac(key, purpose, sizeof(purpose), derived))
		return NULL;
	siphash(derived, bytes, length, tag);
	hex_encode(tag, KEPT_BYTES, text);
	return text;
}

bool hash_mac(const char *key, const void *bytes, size_t length,
	      unsigned char mac[HASH_MAC_BYTES])
{
	unsigned char made[SHA2_MAX_BYTES];

	if (key == NULL || sha2_hmac(SHA2_256, key, strlen(key), bytes, length,
				     made) != HASH_MAC_BYTES)
		return false;
	memcpy(mac, made, HASH_MAC_BYTES);
	return true;
}
