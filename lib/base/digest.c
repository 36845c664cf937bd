#include "base/digest.h"

#include <openssl/evp.h>

#include "base/arena.h"
#include "base/banned.h"

#define KEPT_BYTES 16

const char *digest_text(const void *bytes, size_t length, struct arena *arena)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	char *text = arena_alloc(arena, 2 * KEPT_BYTES + 1);

	if (text == NULL || EVP_Q_digest(NULL, "SHA256", NULL, bytes, length,
					 digest, NULL) != 1)
		return NULL;
	for (size_t i = 0; i < KEPT_BYTES; i++) {
		text[2 * i] = hex[digest[i] >> 4];
		text[2 * i + 1] = hex[digest[i] & 15];
	}
	return text;
}
