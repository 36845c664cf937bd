/*
 * test_jwk_numbers.c - the numbers of public keys: points that are not on their
 * curve, short RSA keys and small exponents are refused.
 */
#include <openssl/crypto.h>

#include "keys.h"
#include "base/banned.h"

static void expect_unfit(const char *key, const char *fault, const char *name)
{
	struct loaded loaded;
	const struct jwk *jwk;

	load_keys(&loaded, text_of("%s,%s", key, key_named(EDDSA, 0, "good")));
	jwk = loaded.set.keys;
	if (!ok(!loaded.code && loaded.set.count == 2 && !jwk->key &&
			jwk->fault && strstr(jwk->fault, fault) &&
			jwk_set_select(&loaded.set, "good"),
		"skipped, and the log says why: %s", name))
		diag("fault %s", jwk && jwk->fault ? jwk->fault : "none");
	unload(&loaded);
}

static void expect_fit(const char *key, const char *name)
{
	struct loaded loaded;

	load_keys(&loaded, key);
	if (!ok(!loaded.code && loaded.usable == 1, "usable: %s", name))
		diag("fault %s", loaded.set.count && loaded.set.keys[0].fault
					 ? loaded.set.keys[0].fault
					 : "none");
	unload(&loaded);
}

/* --- EC ------------------------------------------------------------------ */

static const char *ec(size_t scheme, const char *x, const char *y)
{
	return text_of("{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":%s,\"y\":%s}",
		       schemes[scheme].curve, x, y);
}

static const char *quoted(const char *text)
{
	return text_of("\"%s\"", text);
}

static void test_ec(size_t scheme)
{
	const size_t size = schemes[scheme].bytes;
	EVP_PKEY *key = key_of(scheme, 0);
	const char *x = key_number(key, OSSL_PKEY_PARAM_EC_PUB_X, size);
	const char *y = key_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, size);
	const char *p = key_number(key, "p", size);
	char *bent = text_of("%s", y);
	unsigned char zeros[80] = {0}, ones[80];
	static const char *const not_text[] = {
		"1", "null", "true", "[]", "{}", "\"\"", "\"=\"", "\"+/+/\""};
	struct {
		const char *name, *x, *y, *fault;
	} cases[] = {
		{"a byte short", token_base64(zeros, size - 1), y, "size"},
		{"a byte long", token_base64(zeros, size + 1), y, "size"},
		{"a zero before x",
		 key_number(key, OSSL_PKEY_PARAM_EC_PUB_X, size + 1), y,
		 "size"},
		{"a zero before y", x,
		 key_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, size + 1), "size"},
		{"y a byte short", x, token_base64(zeros, size - 1), "size"},
		{"padding", text_of("%s=", x), y, "size"},
		{"a space", text_of("%s ", x), y, "size"},
		{"x and y swapped", y, x, "curve"},
		{"x twice", x, x, "curve"},
		{"zero and zero", token_base64(zeros, size),
		 token_base64(zeros, size), "curve"},
		{"x zero", token_base64(zeros, size), y, "curve"},
		{"y zero", x, token_base64(zeros, size), "curve"},
		{"y one bit off", x, bent, "curve"},
		{"x = p", p, y, "curve"},
		{"y = p", x, p, "curve"},
		{"all ones",
		 token_base64(memset(ones, 0xff, sizeof(ones)), size), y,
		 "curve"},
	};

	/* change the first letter, because the last one may have unused bits */
	bent[3] = bent[3] == 'A' ? 'B' : 'A';
	expect_fit(ec(scheme, quoted(x), quoted(y)),
		   text_of("%s: its own point", schemes[scheme].curve));
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_unfit(ec(scheme, quoted(cases[i].x), quoted(cases[i].y)),
			     cases[i].fault,
			     text_of("%s: %s", schemes[scheme].curve,
				     cases[i].name));
	for (size_t i = 0; i < COUNT(not_text); i++) {
		const char *name = text_of("%s: %s for a coordinate",
					   schemes[scheme].curve, not_text[i]);

		expect_unfit(ec(scheme, not_text[i], quoted(y)), "size", name);
		expect_unfit(ec(scheme, quoted(x), not_text[i]), "size", name);
	}
	expect_unfit(text_of("{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\"}",
			     schemes[scheme].curve, x),
		     "size", text_of("%s: no y", schemes[scheme].curve));
	expect_unfit(text_of("{\"kty\":\"EC\",\"crv\":\"%s\",\"y\":\"%s\"}",
			     schemes[scheme].curve, y),
		     "size", text_of("%s: no x", schemes[scheme].curve));
}

/* A point of another curve of the same size. */
static void test_ec_other_curve(void)
{
	static const char *const others[] = {"secp256k1", "brainpoolP256r1"};

	for (size_t i = 0; i < COUNT(others); i++) {
		EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", others[i]);

		need(key != NULL, others[i]);
		expect_unfit(ec(ES256,
				quoted(key_number(key, OSSL_PKEY_PARAM_EC_PUB_X,
						  32)),
				quoted(key_number(key, OSSL_PKEY_PARAM_EC_PUB_Y,
						  32))),
			     "curve",
			     text_of("a point of %s as P-256", others[i]));
		EVP_PKEY_free(key);
	}
}

/* --- Ed25519 ------------------------------------------------------------- */

static const char *okp(const char *x)
{
	return text_of("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":%s}", x);
}

static void test_okp_text(void)
{
	unsigned char raw[34] = {9};
	const char *x = token_base64(raw, 32);
	const struct {
		const char *name, *x;
	} cases[] = {
		{"a number", "1"},
		{"null", "null"},
		{"an array", "[]"},
		{"empty", "\"\""},
		{"31 bytes", quoted(token_base64(raw, 31))},
		{"33 bytes", quoted(token_base64(raw, 33))},
		{"padding", text_of("\"%s=\"", x)},
		{"a space", text_of("\" %s\"", x)},
		{"the other alphabet", text_of("\"+%s\"", x + 1)},
		{"left-over bits", text_of("\"%.42sB\"", x)},
		{"hexadecimal",
		 "\"0900000000000000000000000000000000000000000000000000"
		 "000000000000\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect_unfit(okp(cases[i].x), "32 bytes",
			     text_of("Ed25519: %s", cases[i].name));
	expect_unfit("{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", "32 bytes",
		     "Ed25519: no x");
}

/*
 * Values that are not points, and points of small order, for which signatures
 * can be forged (RFC 8032, section 5.1.3; RFC 8037, section 5).  They are in
 * hexadecimal, little-endian.
 */
static void test_okp_points(void)
{
	static const struct {
		const char *name, *hex;
	} cases[] = {
		{"no point: y = 2",
		 "0200000000000000000000000000000000000000000000000000000000"
		 "000000"},
		{"no point: y = 7",
		 "0700000000000000000000000000000000000000000000000000000000"
		 "000000"},
		{"y = p + 3, which is 3 spelt another way",
		 "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		 "ffff7f"},
		{"x = 0 with a sign",
		 "0100000000000000000000000000000000000000000000000000000000"
		 "000080"},
		{"order 1",
		 "0100000000000000000000000000000000000000000000000000000000"
		 "000000"},
		{"order 2",
		 "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		 "ffff7f"},
		{"order 4",
		 "0000000000000000000000000000000000000000000000000000000000"
		 "000000"},
		{"order 4, the other",
		 "0000000000000000000000000000000000000000000000000000000000"
		 "000080"},
		{"order 8",
		 "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d"
		 "53fc05"},
		{"order 8, another",
		 "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792"
		 "ac037a"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned char *raw = OPENSSL_hexstr2buf(cases[i].hex, NULL);

		need(raw != NULL, "hexadecimal");
		expect_unfit(okp(quoted(token_base64(raw, 32))), "",
			     text_of("Ed25519: %s", cases[i].name));
		OPENSSL_free(raw);
	}
}

/* --- RSA ----------------------------------------------------------------- */

static const char *rsa(const char *n, const char *e)
{
	return text_of("{\"kty\":\"RSA\",\"n\":%s,\"e\":%s}", n, e);
}

/* Return an odd random number of this size, not a product of two primes. */
static const char *modulus(int bits)
{
	BIGNUM *n = BN_new();
	unsigned char bytes[2100];
	const char *text;

	need(n && BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) == 1 &&
		     (size_t)BN_num_bytes(n) <= sizeof(bytes),
	     "a number");
	text = quoted(token_base64(bytes, (size_t)BN_bn2bin(n, bytes)));
	BN_free(n);
	return text;
}

static void test_rsa_bits(void)
{
	static const struct {
		int bits;
		const char *fault; /* NULL: usable */
	} cases[] = {
		{2048, NULL},
		{2049, NULL},
		{3072, NULL},
		{4096, NULL},
		{8192, NULL},
		/* bad input */
		{8, "fewer than 2048"},
		{512, "fewer than 2048"},
		{1024, "fewer than 2048"},
		{2040, "fewer than 2048"},
		{2047, "fewer than 2048"},
		{8193, "more than 8192"},
		{8200, "more than 8192"},
		{8201, "more than 8192"},
		{16384, "more than 8192"},
		{16800, "more than 8192"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *key = rsa(modulus(cases[i].bits), "\"AQAB\"");
		const char *name = text_of("RSA of %d bits", cases[i].bits);

		if (cases[i].fault)
			expect_unfit(key, cases[i].fault, name);
		else
			expect_fit(key, name);
	}
}

static void test_rsa_numbers(void)
{
	const char *n = modulus(2048);
	unsigned char wide[300] = {0};
	const struct {
		const char *name, *n, *e;
		const char *fault; /* NULL: usable */
	} cases[] = {
		{"e = 3", n, "\"Aw\"", NULL},
		{"e = 17", n, "\"EQ\"", NULL},
		{"e = 65537", n, "\"AQAB\"", NULL},
		{"e of five bytes", n, "\"AQAAAAE\"", NULL},
		{"e of eight bytes", n, "\"gAAAAAAAAAE\"", NULL},
		/* bad input */
		{"e = 0", n, "\"AA\"", "e is"},
		{"e = 1", n, "\"AQ\"", "e is"},
		{"e = 1 in two bytes", n, "\"AAE\"", "e is"},
		{"e = 1 in four bytes", n, "\"AAAAAQ\"", "e is"},
		{"e = 1 in eight bytes", n, "\"AAAAAAAAAAE\"", "e is"},
		{"e = 2", n, "\"Ag\"", "e is"},
		{"e = 65536", n, "\"AQAA\"", "e is"},
		{"e of nine bytes", n, "\"AQAAAAAAAAAB\"",
		 "longer than 8 bytes"},
		{"e = n", n, n, "longer than 8 bytes"},
		{"e a number", n, "65537", "base64url"},
		{"e null", n, "null", "base64url"},
		{"e empty", n, "\"\"", "base64url"},
		{"e padded", n, "\"AQAB=\"", "base64url"},
		{"e in hexadecimal", n, "\"0x10001\"", "base64url"},
		{"n a number", "3", "\"AQAB\"", "base64url"},
		{"n null", "null", "\"AQAB\"", "base64url"},
		{"n empty", "\"\"", "\"AQAB\"", "base64url"},
		{"n padded", text_of("%.20s==\"", n), "\"AQAB\"", "base64url"},
		{"n of zeros", quoted(token_base64(wide, 256)), "\"AQAB\"", ""},
		{"n of more zeros", quoted(token_base64(wide, 300)), "\"AQAB\"",
		 ""},
		{"n = 1", "\"AQ\"", "\"AQAB\"", "fewer than 2048"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		if (cases[i].fault)
			expect_unfit(rsa(cases[i].n, cases[i].e),
				     cases[i].fault,
				     text_of("RSA, %s", cases[i].name));
		else
			expect_fit(rsa(cases[i].n, cases[i].e), cases[i].name);
	expect_unfit(text_of("{\"kty\":\"RSA\",\"n\":%s}", n), "base64url",
		     "RSA without e");
	expect_unfit("{\"kty\":\"RSA\",\"e\":\"AQAB\"}", "base64url",
		     "RSA without n");
	expect_unfit(text_of("{\"kty\":\"RSA\",\"modulus\":%s,"
			     "\"exponent\":\"AQAB\"}",
			     n),
		     "base64url", "RSA by other names");
}

int main(void)
{
	test_ec(ES256);
	test_ec(ES384);
	test_ec(ES512);
	test_ec_other_curve();
	test_okp_text();
	test_okp_points();
	test_rsa_bits();
	test_rsa_numbers();
	keys_release();
	return tap_done();
}
