#include "base/hash.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/banned.h"

#define KEPT_BYTES 16

const char *hash_text(const void *bytes, size_t length, struct arena *arena)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char *text = arena_alloc(arena, HEX_TEXT_BYTES(KEPT_BYTES));

	if (text == NULL || EVP_Q_digest(NULL, "SHA256", NULL, bytes, length,
					 digest, NULL) != 1)
		return NULL;
	hex_encode(digest, KEPT_BYTES, text);
	return text;
}

bool hash_mac(const char *key, const void *bytes, size_t length,
	      unsigned char mac[HASH_MAC_BYTES])
{
	size_t made;

	return key != NULL &&
	       EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, strlen(key),
			 bytes, length, mac, HASH_MAC_BYTES, &made) != NULL;
}
