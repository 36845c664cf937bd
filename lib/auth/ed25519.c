#include "auth/ed25519.h"

#include <openssl/bn.h>
#include <stddef.h>
#include <string.h>

#include "base/banned.h"

/* p = 2^255 - 19 and d = -121665/121666 (RFC 8032, section 5.1). */
#define P "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"
#define D "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3"

/* The y coordinates of the points of order 1, 2, 4 and 8. */
static const char *const small_orders[] = {
	"00",
	"01",
	"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
	"05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
	"7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
};

static bool is_small_order(const BIGNUM *y)
{
	BIGNUM *other = NULL;
	bool found = false;

	for (size_t i = 0;
	     i < sizeof(small_orders) / sizeof(small_orders[0]) && !found; i++)
		found = BN_hex2bn(&other, small_orders[i]) == 0 ||
			BN_cmp(y, other) == 0;
	BN_free(other);
	return found;
}

/*
 * The point is on the curve if x^2 = (y^2 - 1) / (d y^2 + 1) has a solution.
 * That is so exactly if (y^2 - 1)(d y^2 + 1) is a square, by Euler's criterion.
 * Points with x = 0 have y = 1 or y = -1, so is_small_order() has already
 * rejected them.
 */
static bool is_on_curve(const BIGNUM *y, const BIGNUM *p, BN_CTX *context)
{
	BIGNUM *d = NULL, *square, *u, *v, *half;
	bool on_curve;

	BN_CTX_start(context);
	square = BN_CTX_get(context);
	u = BN_CTX_get(context);
	v = BN_CTX_get(context);
	half = BN_CTX_get(context); /* NULL if an earlier BN_CTX_get() failed */
	on_curve = half != NULL && BN_hex2bn(&d, D) != 0 &&
		   BN_mod_sqr(square, y, p, context) &&
		   BN_mod_sub(u, square, BN_value_one(), p, context) &&
		   BN_mod_mul(v, d, square, p, context) &&
		   BN_mod_add(v, v, BN_value_one(), p, context) &&
		   BN_mod_mul(u, u, v, p, context) && BN_rshift1(half, p) &&
		   BN_mod_exp(v, u, half, p, context) && BN_is_one(v);
	BN_CTX_end(context);
	BN_free(d);
	return on_curve;
}

bool ed25519_is_public_key(const unsigned char key[32])
{
	unsigned char bytes[32];
	BN_CTX *context = BN_CTX_new();
	BIGNUM *p = NULL, *y;
	bool is_key;

	/* The last bit is the sign of x.  The others are y, little-endian. */
	memcpy(bytes, key, sizeof(bytes));
	bytes[31] &= 0x7f;
	y = BN_lebin2bn(bytes, sizeof(bytes), NULL);
	is_key = context != NULL && y != NULL && BN_hex2bn(&p, P) != 0 &&
		 BN_cmp(y, p) < 0 && !is_small_order(y) &&
		 is_on_curve(y, p, context);
	BN_free(y);
	BN_free(p);
	BN_CTX_free(context);
	return is_key;
}
