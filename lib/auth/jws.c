#include "auth/jws.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64url.h"
#include "base/text.h"
#include "base/banned.h"

/*
 * Decode a segment that contains exactly one JSON object.  Return a new
 * reference, or NULL.  If an integer exceeds 64 bits, read integers as reals.
 */
static json_t *decode_object(const char *text, size_t length,
			     struct arena *arena)
{
	size_t bytes;
	const unsigned char *json =
		base64url_decode(text, length, arena, &bytes);
	/* Without JSON_ALLOW_NUL, jansson rejects U+0000 in strings. */
	size_t flags = JSON_REJECT_DUPLICATES;
	json_error_t error;
	json_t *object;

	/* jansson does not detect a NUL byte after a number. */
	if (json == NULL || memchr(json, '\0', bytes) != NULL)
		return NULL;
	object = json_loadb((const char *)json, bytes, flags, &error);
	if (object == NULL &&
	    json_error_code(&error) == json_error_numeric_overflow)
		object = json_loadb((const char *)json, bytes,
				    flags | JSON_DECODE_INT_AS_REAL, NULL);
	if (!json_is_object(object)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* JWT (RFC 7519) or at+jwt (RFC 9068, section 2.1), also as a media type. */
static bool is_known_type(const json_t *type)
{
	static const char *const names[] = {"JWT", "at+jwt", "application/JWT",
					    "application/at+jwt"};
	const char *name = json_string_value(type);

	if (type == NULL)
		return true;
	for (size_t i = 0; name != NULL && i < 4; i++)
		if (text_equal_nocase(name, names[i]))
			return true;
	return false;
}

bool jws_parse(struct jws *jws, const char *token, struct arena *arena)
{
	const char *dot1, *dot2 = NULL;
	const json_t *type;

	*jws = (struct jws){.token = token};
	if (strnlen(token, JWS_MAX_BYTES + 1) > JWS_MAX_BYTES)
		return false;
	dot1 = strchr(token, '.');
	if (dot1 != NULL)
		dot2 = strchr(dot1 + 1, '.');
	if (dot2 == NULL)
		return false;
	jws->signed_length = (size_t)(dot2 - token);
	/* This also rejects a fourth segment, because "." is not base64url. */
	jws->signature = base64url_decode(dot2 + 1, strlen(dot2 + 1), arena,
					  &jws->signature_length);
	jws->header = decode_object(token, (size_t)(dot1 - token), arena);
	jws->payload =
		decode_object(dot1 + 1, (size_t)(dot2 - dot1 - 1), arena);
	jws->alg = json_string_value(json_object_get(jws->header, "alg"));
	type = json_object_get(jws->header, "typ");
	if (jws->signature != NULL && jws->header != NULL &&
	    jws->payload != NULL && jws->alg != NULL &&
	    json_object_get(jws->header, "crit") == NULL && is_known_type(type))
		return true;
	jws_release(jws);
	return false;
}

void jws_release(struct jws *jws)
{
	json_decref(jws->header);
	json_decref(jws->payload);
	*jws = (struct jws){0};
}
