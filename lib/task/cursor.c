#include "task/cursor.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64url.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/banned.h"

#define KEPT_BYTES 16 /* of the MAC in a cursor */
#define ID_BYTES 36
#define KEY_MAX_BYTES 4096

/*
 * Make the MAC of scope, id and key.  Every part but the last has a fixed
 * length or ends with a NUL, so different values never give the same text.
 */
static bool make_mac(const struct cursor_scope *scope, const char *id,
		     const char *key, struct arena *arena,
		     unsigned char mac[HASH_MAC_BYTES])
{
	struct buf text;

	buf_init(&text, arena, 4 * KEY_MAX_BYTES);
	buf_add(&text, "cursor", sizeof("cursor"));
	buf_add(&text, scope->user, strlen(scope->user) + 1);
	buf_add(&text, scope->order, strlen(scope->order) + 1);
	buf_add(&text, id, ID_BYTES);
	buf_puts(&text, key);
	return !buf_failed(&text) &&
	       hash_mac(scope->mac_key, text.data, text.length, mac);
}

const char *cursor_make(const struct cursor_scope *scope, const char *key,
			const char *id, struct arena *arena)
{
	unsigned char mac[HASH_MAC_BYTES];
	struct buf bytes, cursor;

	if (!make_mac(scope, id, key, arena, mac))
		return NULL;
	buf_init(&bytes, arena, 2 * KEY_MAX_BYTES);
	buf_add(&bytes, mac, KEPT_BYTES);
	buf_add(&bytes, id, ID_BYTES);
	buf_puts(&bytes, key);
	buf_init(&cursor, arena, 3 * KEY_MAX_BYTES);
	base64url_add(&cursor, buf_text(&bytes), bytes.length);
	return buf_failed(&bytes) || buf_failed(&cursor) ? NULL
							 : buf_text(&cursor);
}

bool cursor_read(const struct cursor_scope *scope, const char *cursor,
		 struct arena *arena, const char **key, const char **id)
{
	unsigned char mac[HASH_MAC_BYTES];
	size_t length = strnlen(cursor, 2 * KEY_MAX_BYTES);
	const unsigned char *bytes =
		base64url_decode(cursor, length, arena, &length);
	const char *text;

	if (bytes == NULL || length < KEPT_BYTES + ID_BYTES)
		return false;
	text = (const char *)bytes + KEPT_BYTES;
	length -= KEPT_BYTES;
	*id = arena_strndup(arena, text, ID_BYTES);
	*key = arena_strndup(arena, text + ID_BYTES, length - ID_BYTES);
	return *id != NULL && *key != NULL && text_is_uuid(*id, ID_BYTES) &&
	       strlen(*key) == length - ID_BYTES &&
	       make_mac(scope, *id, *key, arena, mac) &&
	       CRYPTO_memcmp(mac, bytes, KEPT_BYTES) == 0;
}
