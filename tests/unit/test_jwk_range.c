/*
 * test_jwk_range.c - numbers of signatures: r and s out of range, S + L, s + n
 * and DER are refused, so that each signature has one encoding.
 */
#include "keys.h"
#include "base/banned.h"

#define PAYLOAD "{\"sub\":\"alice\",\"exp\":4102444800}"

/* A valid token whose signature the tests replace by other numbers. */
struct trial {
	const struct scheme *scheme;
	const struct jwk *jwk;
	char *input;
	unsigned char good[SIGNATURE_MAX];
	size_t length;
};

static void begin(struct trial *trial, size_t scheme, const struct jwk *jwk)
{
	const struct scheme *s = &schemes[scheme];

	trial->scheme = s;
	trial->jwk = jwk;
	trial->input =
		signing_input(text_of("{\"alg\":\"%s\"}", s->alg), PAYLOAD);
	trial->length =
		sign_raw(s, key_of(scheme, 0), trial->input, trial->good);
}

static void expect(const struct trial *trial, const unsigned char *signature,
		   size_t length, bool good, const char *name)
{
	bool taken =
		takes(trial->jwk, text_of("%s.%s", trial->input,
					  token_base64(signature, length)));

	ok(taken == good, "%s: %s is %s", trial->scheme->alg, name,
	   good ? "accepted" : "refused");
}

/* --- ECDSA --------------------------------------------------------------- */

/* Test a signature with this r and s.  NULL: keep the valid number. */
static void expect_pair(const struct trial *trial, const BIGNUM *r,
			const BIGNUM *s, bool good, const char *name)
{
	const size_t bytes = trial->scheme->bytes;
	unsigned char signature[2 * 66];

	memcpy(signature, trial->good, 2 * bytes);
	if ((r && BN_bn2binpad(r, signature, (int)bytes) < 0) ||
	    (s && BN_bn2binpad(s, signature + bytes, (int)bytes) < 0))
		return; /* too large for the signature's format */
	expect(trial, signature, 2 * bytes, good, name);
}

static void test_pairs(const struct trial *trial, const EVP_PKEY *key)
{
	BIGNUM *zero = BN_new(), *one = BN_new(), *n = NULL, *above = BN_new();
	BIGNUM *below = BN_new(), *r, *s, *p = NULL;
	const int bytes = (int)trial->scheme->bytes;

	r = BN_bin2bn(trial->good, bytes, NULL);
	s = BN_bin2bn(trial->good + bytes, bytes, NULL);
	need(zero && one && above && below && r && s && BN_one(one) == 1 &&
		     EVP_PKEY_get_bn_param(key, "order", &n) == 1 &&
		     EVP_PKEY_get_bn_param(key, "p", &p) == 1 &&
		     BN_sub(below, n, one) == 1,
	     "the order of the curve");
	expect_pair(trial, NULL, NULL, true, "the signature as it was");
	expect_pair(trial, r, s, true, "the same by its numbers");
	expect_pair(trial, zero, NULL, false, "r = 0");
	expect_pair(trial, NULL, zero, false, "s = 0");
	expect_pair(trial, zero, zero, false, "r = s = 0");
	expect_pair(trial, one, one, false, "r = s = 1");
	expect_pair(trial, one, NULL, false, "r = 1");
	expect_pair(trial, NULL, one, false, "s = 1");
	expect_pair(trial, n, NULL, false, "r = n");
	expect_pair(trial, NULL, n, false, "s = n");
	expect_pair(trial, n, n, false, "r = s = n");
	expect_pair(trial, below, NULL, false, "r = n - 1");
	expect_pair(trial, NULL, below, false, "s = n - 1");
	expect_pair(trial, p, NULL, false, "r = p");
	expect_pair(trial, NULL, p, false, "s = p");
	expect_pair(trial, s, r, false, "r and s the other way round");
	/* r + n and s + n always fit in the bytes of P-521, rarely in others */
	need(BN_add(above, r, n) == 1, "r + n");
	expect_pair(trial, above, NULL, false, "r + n");
	need(BN_add(above, s, n) == 1, "s + n");
	expect_pair(trial, NULL, above, false, "s + n");
	BN_free(zero);
	BN_free(one);
	BN_free(n);
	BN_free(p);
	BN_free(above);
	BN_free(below);
	BN_free(r);
	BN_free(s);
}

static void test_der(const struct trial *trial, EVP_PKEY *key)
{
	unsigned char der[SIGNATURE_MAX];
	size_t length = sign_der(trial->scheme, key, trial->input, der);
	const size_t raw = 2 * trial->scheme->bytes;

	expect(trial, der, length, false, "DER instead of r and s");
	memset(der + length, 0, sizeof(der) - length);
	expect(trial, der, raw, false, "DER cut to the size of r and s");
	if (length < raw)
		expect(trial, der, raw, false, "DER padded to that size");
	memcpy(der, trial->good, raw);
	expect(trial, der, raw, true, "r and s themselves");
}

/* --- RSA ----------------------------------------------------------------- */

/* s + n is equal to s modulo n.  Find an s whose sum fits in n's bytes. */
static void test_s_plus_n(struct trial *trial, size_t scheme)
{
	BIGNUM *n = NULL, *s = NULL, *sum = BN_new();
	EVP_PKEY *key = key_of(scheme, 0);
	unsigned char above[SIGNATURE_MAX];
	bool fits = false;

	need(sum && EVP_PKEY_get_bn_param(key, "n", &n) == 1, "n");
	for (int i = 0; i < 1000 && !fits; i++) {
		trial->input = signing_input(
			text_of("{\"alg\":\"%s\"}", schemes[scheme].alg),
			text_of("{\"sub\":\"alice\",\"exp\":4102444800,"
				"\"jti\":%d}",
				i));
		trial->length =
			sign_raw(trial->scheme, key, trial->input, trial->good);
		BN_free(s);
		s = BN_bin2bn(trial->good, (int)trial->length, NULL);
		need(s && BN_add(sum, s, n) == 1, "s + n");
		fits = BN_bn2binpad(sum, above, (int)trial->length) > 0;
	}
	if (ok(fits, "%s: there is a signature with room for s + n",
	       trial->scheme->alg)) {
		expect(trial, trial->good, trial->length, true, "s");
		expect(trial, above, trial->length, false, "s + n");
	}
	need(BN_bn2binpad(n, above, (int)trial->length) > 0, "n");
	expect(trial, above, trial->length, false, "s = n");
	need(BN_sub(sum, n, BN_value_one()) == 1 &&
		     BN_bn2binpad(sum, above, (int)trial->length) > 0,
	     "n - 1");
	expect(trial, above, trial->length, false, "s = n - 1");
	BN_free(n);
	BN_free(s);
	BN_free(sum);
}

/* --- Ed25519 ------------------------------------------------------------- */

/* The order of the group, little-endian (RFC 8032, section 5.1). */
static const unsigned char order[32] = {
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
	0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,	  0,	0,    0,    0,
	0,    0,    0,	  0,	0,    0,    0,	  0,	0,    0x10};

static void test_ed25519(const struct trial *trial)
{
	unsigned char signature[64];
	unsigned carry = 0;

	expect(trial, trial->good, 64, true, "the signature as it was");
	memcpy(signature, trial->good, 64);
	for (size_t round = 1; round <= 7; round++) {
		for (size_t i = 0; i < 32; i++) {
			carry += signature[32 + i] + order[i];
			signature[32 + i] = (unsigned char)carry;
			carry >>= 8;
		}
		expect(trial, signature, 64, false,
		       text_of("S + %zu L", round));
	}
	memcpy(signature, trial->good, 64);
	memset(signature + 32, 0, 32);
	expect(trial, signature, 64, false, "S = 0");
	memcpy(signature + 32, order, 32);
	expect(trial, signature, 64, false, "S = L");
	memset(signature, 0, 64);
	signature[0] = 1;
	expect(trial, signature, 64, false, "the neutral point and S = 0");
	signature[31] = 0x80;
	expect(trial, signature, 64, false, "the same spelt another way");
	memcpy(signature, trial->good, 64);
	signature[31] ^= 0x80;
	expect(trial, signature, 64, false, "R with the other sign");
	for (size_t i = 0; i < 32; i++) {
		signature[i] = trial->good[32 + i];
		signature[32 + i] = trial->good[i];
	}
	expect(trial, signature, 64, false, "S and R the other way round");
}

int main(void)
{
	for (size_t i = 0; i < SCHEMES; i++) {
		struct loaded loaded;
		struct trial trial;

		load_keys(&loaded, key_named(i, 0, "k"));
		need(loaded.usable == 1, "a key of ours");
		begin(&trial, i, &loaded.set.keys[0]);
		if (i == EDDSA) {
			test_ed25519(&trial);
		} else if (schemes[i].curve) {
			test_pairs(&trial, key_of(i, 0));
			test_der(&trial, key_of(i, 0));
		} else {
			test_s_plus_n(&trial, i);
		}
		unload(&loaded);
	}
	keys_release();
	return tap_done();
}
