/* Create key pairs and sign tokens with them (RFC 7518, RFC 8037). */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

enum {
	MAX_SIGNATURE_BYTES = 1024
};

static const struct algorithm {
	const char *name;
	const char *curve;	/* NULL unless EC */
	const char *jose_curve; /* NULL unless EC or OKP */
	const char *digest;	/* NULL for EdDSA */
	int number_bytes;	/* of a coordinate, r or s */
} algorithms[] = {
	{"EdDSA", NULL, "Ed25519", NULL, 32},
	{"ES256", "P-256", "P-256", "SHA256", 32},
	{"ES384", "P-384", "P-384", "SHA384", 48},
	{"ES512", "P-521", "P-521", "SHA512", 66},
	{"RS256", NULL, NULL, "SHA256", 0},
	{"PS256", NULL, NULL, "SHA256", 0},
};

static const struct algorithm *algorithm_of(const char *name)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strcmp(algorithms[i].name, name) == 0)
			return &algorithms[i];
	die("no such algorithm", name);
}

/* Append `,"NAME":"VALUE"`.  The value is the key's parameter as a base64url
 * number of number_bytes bytes, or of as few bytes as possible if that is 0. */
static void add_number(struct bytes *jwk, const char *name, EVP_PKEY *key,
		       const char *parameter, int number_bytes)
{
	unsigned char bytes[MAX_SIGNATURE_BYTES];
	BIGNUM *number = NULL;

	if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1)
		die("key", parameter);
	if (number_bytes == 0)
		number_bytes = BN_num_bytes(number);
	(void)BN_bn2binpad(number, bytes, number_bytes);
	BN_free(number);
	bytes_add(jwk, ",\"", 2);
	bytes_add(jwk, name, strlen(name));
	bytes_add(jwk, "\":\"", 3);
	add_base64url(jwk, bytes, (size_t)number_bytes);
	bytes_add(jwk, "\"", 1);
}

/* Append the members of the public JWK except kid. */
static void add_members(struct bytes *jwk, const struct algorithm *algorithm,
			EVP_PKEY *key)
{
	unsigned char x[32];
	size_t x_bytes = sizeof(x);
	char members[64];

	if (algorithm->jose_curve == NULL)
		(void)snprintf(members, sizeof(members),
			       "\"kty\":\"RSA\",\"alg\":\"%s\"",
			       algorithm->name);
	else
		(void)snprintf(members, sizeof(members),
			       "\"kty\":\"%s\",\"crv\":\"%s\"",
			       algorithm->curve == NULL ? "OKP" : "EC",
			       algorithm->jose_curve);
	bytes_add(jwk, members, strlen(members));
	if (algorithm->curve != NULL) {
		add_number(jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X,
			   algorithm->number_bytes);
		add_number(jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y,
			   algorithm->number_bytes);
	} else if (algorithm->jose_curve != NULL) {
		if (EVP_PKEY_get_raw_public_key(key, x, &x_bytes) != 1)
			die("key", "has no public half");
		bytes_add(jwk, ",\"x\":\"", 6);
		add_base64url(jwk, x, x_bytes);
		bytes_add(jwk, "\"", 1);
	} else {
		add_number(jwk, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
		add_number(jwk, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
	}
}

bool command_key(const struct fields *fields, FILE *answer)
{
	const struct algorithm *algorithm;
	struct bytes jwk = {0};
	EVP_PKEY *key;
	FILE *file;

	if (fields->count != 4)
		die("key", "takes FILE ALG RSA-BITS");
	algorithm = algorithm_of(fields->at[2]);
	if (algorithm->curve != NULL)
		key = EVP_EC_gen(algorithm->curve);
	else if (algorithm->jose_curve != NULL)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		key = EVP_RSA_gen((unsigned)atoi(fields->at[3]));
	file = fopen(fields->at[1], "we");
	if (key == NULL || file == NULL ||
	    PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) !=
		    1 ||
	    fclose(file) != 0)
		die("key", fields->at[1]);
	add_members(&jwk, algorithm, key);
	assign(answer, "REPLY", jwk.text, jwk.length);
	free(jwk.text);
	EVP_PKEY_free(key);
	return true;
}

/* Replace a DER signature by r followed by s (RFC 7518, section 3.4).  Return
 * the new length. */
static size_t flatten(unsigned char *signature, size_t length, int number_bytes)
{
	const unsigned char *der = signature;
	ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &der, (long)length);

	if (parts == NULL)
		die("sign", "no ECDSA signature");
	(void)BN_bn2binpad(ECDSA_SIG_get0_r(parts), signature, number_bytes);
	(void)BN_bn2binpad(ECDSA_SIG_get0_s(parts), signature + number_bytes,
			   number_bytes);
	ECDSA_SIG_free(parts);
	return 2 * (size_t)number_bytes;
}

static size_t sign(const struct algorithm *algorithm, EVP_PKEY *key,
		   const struct bytes *text,
		   unsigned char signature[static MAX_SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *options;
	size_t length = MAX_SIGNATURE_BYTES;

	if (context == NULL ||
	    EVP_DigestSignInit_ex(context, &options, algorithm->digest, NULL,
				  NULL, key, NULL) != 1 ||
	    (strcmp(algorithm->name, "PS256") == 0 &&
	     (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) !=
		      1 ||
	      EVP_PKEY_CTX_set_rsa_pss_saltlen(options,
					       RSA_PSS_SALTLEN_DIGEST) != 1)) ||
	    EVP_DigestSign(context, signature, &length,
			   (const unsigned char *)text->text,
			   text->length) != 1)
		die("sign", algorithm->name);
	EVP_MD_CTX_free(context);
	return algorithm->curve == NULL
		       ? length
		       : flatten(signature, length, algorithm->number_bytes);
}

bool command_sign(const struct fields *fields, FILE *answer)
{
	unsigned char signature[MAX_SIGNATURE_BYTES];
	struct bytes token = {0};
	EVP_PKEY *key = NULL;
	FILE *file;
	size_t length;

	if (fields->count != 5)
		die("sign", "takes FILE ALG HEADER CLAIMS");
	file = fopen(fields->at[1], "re");
	if (file != NULL)
		key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	if (key == NULL || fclose(file) != 0)
		die(fields->at[1], "is no private key");
	add_base64url(&token, fields->at[3], strlen(fields->at[3]));
	bytes_add(&token, ".", 1);
	add_base64url(&token, fields->at[4], strlen(fields->at[4]));
	length = sign(algorithm_of(fields->at[2]), key, &token, signature);
	bytes_add(&token, ".", 1);
	add_base64url(&token, signature, length);
	assign(answer, "token", token.text, token.length);
	free(token.text);
	EVP_PKEY_free(key);
	return true;
}
