#include "auth/jwk.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/banned.h"

/*
 * Convert r and s (RFC 7518, section 3.4) to the DER form that OpenSSL reads.
 * Return its length, or a number below 1 on an error.  The caller releases *der
 * with OPENSSL_free().
 */
static int ecdsa_der(const struct jws *jws, size_t size, unsigned char **der)
{
	BIGNUM *r = BN_bin2bn(jws->signature, (int)size, NULL);
	BIGNUM *s = BN_bin2bn(jws->signature + size, (int)size, NULL);
	ECDSA_SIG *signature = ECDSA_SIG_new();
	int length = 0;

	*der = NULL;
	if (r != NULL && s != NULL && signature != NULL &&
	    ECDSA_SIG_set0(signature, r, s) == 1) {
		r = s = NULL; /* owned by signature now */
		length = i2d_ECDSA_SIG(signature, der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(signature);
	return length;
}

static bool set_padding(EVP_PKEY_CTX *context, int padding)
{
	if (EVP_PKEY_CTX_set_rsa_padding(context, padding) != 1)
		return false;
	/* The salt must be as long as the digest (RFC 7518, section 3.5). */
	return padding != RSA_PKCS1_PSS_PADDING ||
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context,
						RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool digest_verify(const struct jwk *jwk, const struct jws *jws,
			  const unsigned char *signature, size_t length)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *context = NULL;
	bool verified =
		md != NULL &&
		EVP_DigestVerifyInit_ex(md, &context, jwk->kind->digest, NULL,
					NULL, jwk->key, NULL) == 1 &&
		(jwk->kind->padding == 0 ||
		 set_padding(context, jwk->kind->padding)) &&
		EVP_DigestVerify(md, signature, length,
				 (const unsigned char *)jws->token,
				 jws->signed_length) == 1;

	EVP_MD_CTX_free(md);
	return verified;
}

static bool is_named(const struct jwk_kind *kind, const char *alg)
{
	return strcmp(alg, kind->alg) == 0 ||
	       (kind->alg_too != NULL && strcmp(alg, kind->alg_too) == 0);
}

bool jwk_verify(const struct jwk *jwk, const struct jws *jws)
{
	const struct jwk_kind *kind = jwk->kind;
	size_t expected = kind->coordinate_bytes * 2;
	unsigned char *der;
	bool verified;
	int length;

	if (kind->coordinate_bytes == 0) /* RFC 8017, section 8.2.2 */
		expected = (size_t)EVP_PKEY_get_size(jwk->key);
	if (!is_named(kind, jws->alg) || jws->signature_length != expected)
		return false;
	if (kind->group == NULL)
		return digest_verify(jwk, jws, jws->signature, expected);
	length = ecdsa_der(jws, kind->coordinate_bytes, &der);
	verified = length > 0 && digest_verify(jwk, jws, der, (size_t)length);
	OPENSSL_free(der);
	return verified;
}
