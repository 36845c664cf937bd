/*
 * token.h - tokens for the tests, made with OpenSSL and not with the code under
 * test.  Returned strings are valid until the program ends; do not free them.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A secret of 35 bytes, and one that differs in its last byte. */
#define KEY "correct-horse-battery-staple-012345"
#define OTHER_KEY "correct-horse-battery-staple-012346"

/* Allocate size bytes.  End the program if that fails. */
static inline char *token_alloc(size_t size)
{
	struct kept {
		struct kept *next;
		char bytes[];
	};
	static struct kept *kept;
	struct kept *one = malloc(sizeof(*one) + size);

	if (!one)
		exit(1);
	one->next = kept;
	kept = one;
	return one->bytes;
}

static inline char *token_base64(const void *bytes, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_";
	const unsigned char *in = bytes;
	char *text = token_alloc(length / 3 * 4 + 5), *p = text;
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < length; i++) {
		bits = (bits & 0xff) << 8 | in[i];
		for (held += 8; held >= 6; held -= 6)
			*p++ = digits[bits >> (held - 6) & 63];
	}
	if (held)
		*p++ = digits[bits << (6 - held) & 63];
	*p = '\0';
	return text;
}

/* Return a, middle and b as one string. */
static inline char *token_join(const char *a, const char *middle, const char *b)
{
	size_t size = strlen(a) + strlen(middle) + strlen(b) + 1;
	char *text = token_alloc(size);

	snprintf(text, size, "%s%s%s", a, middle, b);
	return text;
}

/* Return a token of two segments, which are not encoded, and their HMAC. */
static inline char *token_seal(const EVP_MD *digest, const char *key,
			       const char *header, const char *payload)
{
	char *text = token_join(header, ".", payload);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	HMAC(digest, key, (int)strlen(key), (const unsigned char *)text,
	     strlen(text), mac, &length);
	return token_join(text, ".", token_base64(mac, length));
}

/* The same for JSON texts, which are encoded and may contain NUL bytes. */
static inline char *token_make_bytes(const EVP_MD *digest, const char *key,
				     const char *header, size_t header_length,
				     const char *payload, size_t payload_length)
{
	return token_seal(digest, key, token_base64(header, header_length),
			  token_base64(payload, payload_length));
}

static inline char *token_make(const EVP_MD *digest, const char *key,
			       const char *header, const char *payload)
{
	return token_make_bytes(digest, key, header, strlen(header), payload,
				strlen(payload));
}

/* The same with HS256 and KEY. */
static inline char *token_hs256(const char *header, const char *payload)
{
	return token_make(EVP_sha256(), KEY, header, payload);
}

#endif
