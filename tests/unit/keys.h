/*
 * keys.h - keys, key sets and signed tokens for the tests.  They are made with
 * OpenSSL, not with the code under test.
 */
#ifndef KEYS_H
#define KEYS_H

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "auth/jwk.h"
#include "tap.h"
#include "token.h"

#define SIGNATURE_MAX 1024

/* A signature algorithm, defined independently of the code under test. */
struct scheme {
	const char *alg;
	const char *curve;  /* NULL: RSA */
	const char *digest; /* NULL: Ed25519 */
	size_t bytes;	    /* per coordinate; 0: RSA */
	int padding;
	int salt; /* in bytes, of PSS */
};

static const struct scheme schemes[] = {
	{"EdDSA", "Ed25519", NULL, 32, 0, 0},
	{"ES256", "P-256", "SHA256", 32, 0, 0},
	{"ES384", "P-384", "SHA384", 48, 0, 0},
	{"ES512", "P-521", "SHA512", 66, 0, 0},
	{"RS256", NULL, "SHA256", 0, RSA_PKCS1_PADDING, 0},
	{"PS256", NULL, "SHA256", 0, RSA_PKCS1_PSS_PADDING, 32},
};
enum {
	EDDSA,
	ES256,
	ES384,
	ES512,
	RS256,
	PS256,
	SCHEMES
};

/* End the whole test program if a precondition is not met. */
static inline void need(bool condition, const char *what)
{
	if (condition)
		return;
	printf("Bail out! %s\n", what);
	exit(1);
}

__attribute__((format(printf, 1, 2))) static inline char *text_of(
	const char *format, ...)
{
	va_list args;
	char *made = NULL, *text;
	int length;

	va_start(args, format);
	length = vasprintf(&made, format, args);
	va_end(args);
	need(length >= 0, "out of memory");
	text = token_alloc((size_t)length + 1);
	memcpy(text, made, (size_t)length + 1);
	free(made);
	return text;
}

static inline EVP_PKEY *key_new(const struct scheme *scheme, size_t rsa_bits)
{
	EVP_PKEY *key;

	if (!scheme->curve)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", rsa_bits);
	else if (scheme->digest)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", scheme->curve);
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	need(key != NULL, "OpenSSL makes no key");
	return key;
}

/* Two keys per scheme, generated at first use: 0 is ours, 1 a stranger's. */
static EVP_PKEY *keys_made[SCHEMES][2];

static inline EVP_PKEY *key_of(size_t scheme, size_t which)
{
	if (!keys_made[scheme][which])
		keys_made[scheme][which] = key_new(&schemes[scheme], 2048);
	return keys_made[scheme][which];
}

static inline void keys_release(void)
{
	for (size_t i = 0; i < SCHEMES * 2; i++)
		EVP_PKEY_free(keys_made[i / 2][i % 2]);
}

/*
 * Return the key's parameter with this name in base64url, padded with zero
 * bytes to this size (0: no padding).
 */
static inline char *key_number(EVP_PKEY *key, const char *name, size_t bytes)
{
	unsigned char number[2048];
	BIGNUM *bn = NULL;

	need(EVP_PKEY_get_bn_param(key, name, &bn) == 1, name);
	if (!bytes)
		bytes = (size_t)BN_num_bytes(bn);
	need(BN_bn2binpad(bn, number, (int)bytes) >= 0, name);
	BN_free(bn);
	return token_base64(number, bytes);
}

/*
 * Return the public key as a JWK.  It begins with members, which may be "", for
 * example `"kid":"a","alg":"ES256"`.
 */
static inline char *key_jwk(const struct scheme *scheme, EVP_PKEY *key,
			    const char *members)
{
	const char *comma = *members ? "," : "";
	unsigned char x[32];
	size_t length = sizeof(x);

	if (!scheme->curve)
		return text_of("{%s%s\"kty\":\"RSA\",\"n\":\"%s\","
			       "\"e\":\"%s\"}",
			       members, comma,
			       key_number(key, OSSL_PKEY_PARAM_RSA_N, 0),
			       key_number(key, OSSL_PKEY_PARAM_RSA_E, 0));
	if (scheme->digest)
		return text_of(
			"{%s%s\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\","
			"\"y\":\"%s\"}",
			members, comma, scheme->curve,
			key_number(key, OSSL_PKEY_PARAM_EC_PUB_X,
				   scheme->bytes),
			key_number(key, OSSL_PKEY_PARAM_EC_PUB_Y,
				   scheme->bytes));
	need(EVP_PKEY_get_raw_public_key(key, x, &length) == 1, "raw key");
	return text_of("{%s%s\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}",
		       members, comma, token_base64(x, length));
}

/* The same with a kid, and with an alg if kty and crv do not imply it. */
static inline char *key_named(size_t scheme, size_t which, const char *kid)
{
	return key_jwk(
		&schemes[scheme], key_of(scheme, which),
		scheme == PS256
			? text_of("\"alg\":\"PS256\",\"kid\":\"%s\"", kid)
			: text_of("\"kid\":\"%s\"", kid));
}

/* Convert an ECDSA signature from DER to r and s.  Return its length. */
static inline size_t der_to_raw(const unsigned char *der, size_t length,
				size_t bytes, unsigned char *raw)
{
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)length);

	need(pair &&
		     BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, (int)bytes) >=
			     0 &&
		     BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + bytes,
				  (int)bytes) >= 0,
	     "an ECDSA signature");
	ECDSA_SIG_free(pair);
	return 2 * bytes;
}

/* Sign text, for ECDSA in DER.  Return the length of the signature. */
static inline size_t sign_der(const struct scheme *scheme, EVP_PKEY *key,
			      const char *text,
			      unsigned char signature[SIGNATURE_MAX])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *context = NULL;
	size_t length = SIGNATURE_MAX;

	need(EVP_DigestSignInit_ex(md, &context, scheme->digest, NULL, NULL,
				   key, NULL) == 1 &&
		     (!scheme->padding ||
		      EVP_PKEY_CTX_set_rsa_padding(context, scheme->padding) ==
			      1) &&
		     (scheme->padding != RSA_PKCS1_PSS_PADDING ||
		      EVP_PKEY_CTX_set_rsa_pss_saltlen(context, scheme->salt) ==
			      1) &&
		     EVP_DigestSign(md, signature, &length,
				    (const unsigned char *)text,
				    strlen(text)) == 1,
	     "OpenSSL does not sign");
	EVP_MD_CTX_free(md);
	return length;
}

/* The same in the format of a JWS: r and s for ECDSA. */
static inline size_t sign_raw(const struct scheme *scheme, EVP_PKEY *key,
			      const char *text,
			      unsigned char signature[SIGNATURE_MAX])
{
	unsigned char der[SIGNATURE_MAX];
	size_t length;

	if (!scheme->bytes || !scheme->digest)
		return sign_der(scheme, key, text, signature);
	length = sign_der(scheme, key, text, der);
	return der_to_raw(der, length, scheme->bytes, signature);
}

/* Return "header.payload" of two JSON texts, each in base64url. */
static inline char *signing_input(const char *header, const char *payload)
{
	return token_join(token_base64(header, strlen(header)), ".",
			  token_base64(payload, strlen(payload)));
}

static inline char *token_signed(const struct scheme *scheme, EVP_PKEY *key,
				 const char *header, const char *payload)
{
	char *input = signing_input(header, payload);
	unsigned char signature[SIGNATURE_MAX];
	size_t length = sign_raw(scheme, key, input, signature);

	return token_join(input, ".", token_base64(signature, length));
}

/* The result of loading a key set. */
struct loaded {
	struct arena arena;
	struct jwk_set set;
	struct problem problem;
	enum problem_code code;
	size_t usable;
};

static inline void load_file(struct loaded *loaded, const char *path)
{
	*loaded = (struct loaded){.code = PROBLEM_NONE};
	arena_init(&loaded->arena, JWK_SET_ARENA_BYTES);
	loaded->code = jwk_set_load(&loaded->set, path, &loaded->arena,
				    &loaded->problem);
	loaded->usable = jwk_set_usable(&loaded->set);
}

/* Create a file in memory with this text.  Return its descriptor, set *path. */
static inline int memory_file(const char *text, size_t length, char **path)
{
	int fd = memfd_create("keys", MFD_CLOEXEC);

	need(fd >= 0 && write(fd, text, length) == (ssize_t)length, "memfd");
	*path = text_of("/proc/self/fd/%d", fd);
	return fd;
}

static inline void load_bytes(struct loaded *loaded, const char *text,
			      size_t length)
{
	char *path;
	int fd = memory_file(text, length, &path);

	load_file(loaded, path);
	close(fd);
}

/* Load a key set of these JWKs, which are separated by commas. */
static inline void load_keys(struct loaded *loaded, const char *keys)
{
	char *text = text_of("{\"keys\":[%s]}", keys);

	load_bytes(loaded, text, strlen(text));
}

static inline void unload(struct loaded *loaded)
{
	jwk_set_release(&loaded->set);
	arena_release(&loaded->arena);
}

/* Return true if the key verifies the token, in the same way as auth_user(). */
static inline bool takes(const struct jwk *jwk, const char *token)
{
	struct arena arena;
	struct jws jws;
	bool taken;

	arena_init(&arena, 1 << 20);
	taken = jws_parse(&jws, token, &arena) && jwk_verify(jwk, &jws);
	jws_release(&jws);
	arena_release(&arena);
	return taken;
}

#endif
