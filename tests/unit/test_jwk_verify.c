/*
 * test_jwk_verify.c - signatures: the examples of the standards are verified;
 * wrong keys and damaged signatures are refused.
 */
#include "base/base64url.h"
#include "keys.h"
#include "vectors.h"
#include "base/banned.h"

#define PAYLOAD "{\"sub\":\"alice\",\"exp\":4102444800}"

/* Not by jws_parse(), because some payloads are not JSON objects. */
static bool holds(const struct jwk *jwk, const char *alg, const char *input,
		  const char *signature)
{
	struct arena arena;
	struct jws jws = {
		.token = text_of("%s.%s", input, signature),
		.signed_length = strlen(input),
		.alg = alg,
	};
	bool verified;

	arena_init(&arena, 1 << 16);
	jws.signature = base64url_decode(signature, strlen(signature), &arena,
					 &jws.signature_length);
	need(jws.signature != NULL, "a vector's signature");
	verified = jwk_verify(jwk, &jws);
	arena_release(&arena);
	return verified;
}

static void test_vector(const struct vector *vector)
{
	const char *token = text_of("%s.%s", vector->input, vector->signature);
	char *changed = text_of("%s", vector->input);
	struct loaded loaded;
	const struct jwk *jwk;

	load_keys(&loaded, vector->jwk);
	jwk = &loaded.set.keys[0];
	if (!ok(!loaded.code && loaded.usable == 1 &&
			strcmp(jwk->kind->alg, vector->alg) == 0,
		"%s: the key is read", vector->name)) {
		unload(&loaded);
		return;
	}
	ok(holds(jwk, vector->alg, vector->input, vector->signature),
	   "%s: the signature holds", vector->name);
	changed[strlen(changed) - 1] ^= 1;
	ok(!holds(jwk, vector->alg, changed, vector->signature),
	   "%s: not for another payload", vector->name);
	ok(!holds(jwk, vector->alg, vector->input, token_base64("\0", 1)),
	   "%s: not for another signature", vector->name);
	ok(takes(jwk, token) == vector->is_object,
	   "%s: a token only when the payload is an object", vector->name);
	unload(&loaded);
}

/* The key verifies RS256 or PS256.  PS384 is refused with any alg in it. */
static void test_ps384(void)
{
	const struct vector *v = &vector_ps384;
	static const char *const algs[] = {"", "RS256", "PS256"};

	for (size_t i = 0; i < COUNT(algs); i++) {
		const char *jwk = v->jwk;
		struct loaded loaded;

		if (*algs[i])
			jwk = text_of("{\"alg\":\"%s\",%s", algs[i],
				      v->jwk + 1);
		load_keys(&loaded, jwk);
		need(loaded.usable == 1, v->name);
		jwk = loaded.set.keys[0].kind->alg;
		ok(!holds(&loaded.set.keys[0], v->alg, v->input,
			  v->signature) &&
			   !holds(&loaded.set.keys[0], jwk, v->input,
				  v->signature),
		   "%s: refused by the key as %s", v->name,
		   *algs[i] ? algs[i] : "no alg");
		unload(&loaded);
	}
}

static void test_right_and_wrong_key(size_t scheme, const struct jwk *jwk)
{
	const struct scheme *s = &schemes[scheme];
	const char *header = text_of("{\"alg\":\"%s\"}", s->alg);

	ok(takes(jwk, token_signed(s, key_of(scheme, 0), header, PAYLOAD)),
	   "%s: the key's own signature lets its user in", s->alg);
	ok(!takes(jwk, token_signed(s, key_of(scheme, 1), header, PAYLOAD)),
	   "%s: a stranger's key lets nobody in", s->alg);
}

/* Damage a signature of this length.  Return the new length. */
typedef size_t damage(unsigned char *signature, size_t length);

static size_t cut_one(unsigned char *signature, size_t length)
{
	(void)signature;
	return length - 1;
}

static size_t cut_half(unsigned char *signature, size_t length)
{
	(void)signature;
	return length / 2;
}

static size_t cut_all(unsigned char *signature, size_t length)
{
	(void)signature;
	(void)length;
	return 0;
}

static size_t cut_first(unsigned char *signature, size_t length)
{
	memmove(signature, signature + 1, length - 1);
	return length - 1;
}

static size_t pad_end(unsigned char *signature, size_t length)
{
	signature[length] = 0;
	return length + 1;
}

static size_t pad_front(unsigned char *signature, size_t length)
{
	memmove(signature + 1, signature, length);
	signature[0] = 0;
	return length + 1;
}

static size_t pad_both_halves(unsigned char *signature, size_t length)
{
	memmove(signature + length / 2 + 2, signature + length / 2,
		length - length / 2);
	memmove(signature + 1, signature, length / 2);
	signature[0] = signature[length / 2 + 1] = 0;
	return length + 2;
}

static size_t extend(unsigned char *signature, size_t length)
{
	memset(signature + length, 0x5a, 16);
	return length + 16;
}

static size_t twice(unsigned char *signature, size_t length)
{
	memcpy(signature + length, signature, length);
	return length * 2;
}

static size_t junk(unsigned char *signature, size_t length)
{
	memset(signature, 0xa5, length);
	return length;
}

static size_t zeros(unsigned char *signature, size_t length)
{
	memset(signature, 0, length);
	return length;
}

static size_t ones(unsigned char *signature, size_t length)
{
	memset(signature, 0xff, length);
	return length;
}

static size_t one(unsigned char *signature, size_t length)
{
	memset(signature, 0, length);
	signature[length - 1] = 1;
	return length;
}

static size_t first_bit(unsigned char *signature, size_t length)
{
	signature[0] ^= 0x80;
	return length;
}

static size_t last_bit(unsigned char *signature, size_t length)
{
	signature[length - 1] ^= 1;
	return length;
}

static size_t middle_bit(unsigned char *signature, size_t length)
{
	signature[length / 2] ^= 0x10;
	return length;
}

static size_t swap_halves(unsigned char *signature, size_t length)
{
	for (size_t i = 0; i < length / 2; i++) {
		unsigned char kept = signature[i];

		signature[i] = signature[length / 2 + i];
		signature[length / 2 + i] = kept;
	}
	return length;
}

static const struct {
	const char *name;
	damage *apply;
} damages[] = {
	{"a byte short", cut_one},
	{"without its first byte", cut_first},
	{"half of it", cut_half},
	{"empty", cut_all},
	{"a zero after it", pad_end},
	{"a zero before it", pad_front},
	{"a zero before each half", pad_both_halves},
	{"bytes after it", extend},
	{"twice", twice},
	{"junk of the right length", junk},
	{"all zero", zeros},
	{"all ones", ones},
	{"the number one", one},
	{"its first bit", first_bit},
	{"its last bit", last_bit},
	{"a bit in the middle", middle_bit},
	{"its halves swapped", swap_halves},
};

static void test_damages(size_t scheme, const struct jwk *jwk)
{
	const struct scheme *s = &schemes[scheme];
	const char *header = text_of("{\"alg\":\"%s\"}", s->alg);
	char *input = signing_input(header, PAYLOAD);
	unsigned char good[SIGNATURE_MAX];
	size_t length = sign_raw(s, key_of(scheme, 0), input, good);

	ok(takes(jwk, text_of("%s.%s", input, token_base64(good, length))),
	   "%s: undamaged it is accepted", s->alg);
	for (size_t i = 0; i < COUNT(damages); i++) {
		unsigned char bad[SIGNATURE_MAX];
		size_t bad_length;

		memcpy(bad, good, length);
		bad_length = damages[i].apply(bad, length);
		ok(!takes(jwk, text_of("%s.%s", input,
				       token_base64(bad, bad_length))),
		   "%s: a damaged signature is refused: %s", s->alg,
		   damages[i].name);
	}
}

/* Change the header or the payload of a signed token. */
static void test_changed_text(size_t scheme, const struct jwk *jwk)
{
	const struct scheme *s = &schemes[scheme];
	const char *header = text_of("{\"alg\":\"%s\"}", s->alg);
	const char *token = token_signed(s, key_of(scheme, 0), header, PAYLOAD);
	const char *signature = strrchr(token, '.') + 1;
	const char *alice = token_base64(PAYLOAD, strlen(PAYLOAD));
	const char *other =
		signing_input(header, "{\"sub\":\"mallo\",\"exp\":4102444800}");
	const char *spaced =
		signing_input(text_of("{\"alg\":\"%s\" }", s->alg), PAYLOAD);

	ok(!takes(jwk, text_of("%s.%s", other, signature)),
	   "%s: nobody becomes another user by the old signature", s->alg);
	ok(!takes(jwk, text_of("%s.%s", spaced, signature)),
	   "%s: the header is signed too", s->alg);
	ok(!takes(jwk, text_of("%s.%s", alice, signature)),
	   "%s: without a header it is refused", s->alg);
	ok(!takes(jwk, text_of("%s.", strndupa(token, (size_t)(signature - 1 -
							       token)))),
	   "%s: without a signature it is refused", s->alg);
}

int main(void)
{
	for (size_t i = 0; i < COUNT(vectors); i++)
		test_vector(&vectors[i]);
	test_ps384();
	for (size_t i = 0; i < SCHEMES; i++) {
		struct loaded loaded;

		load_keys(&loaded, key_named(i, 0, "k"));
		need(loaded.usable == 1, "a key of ours");
		test_right_and_wrong_key(i, &loaded.set.keys[0]);
		test_damages(i, &loaded.set.keys[0]);
		test_changed_text(i, &loaded.set.keys[0]);
		unload(&loaded);
	}
	keys_release();
	return tap_done();
}
