/*
 * fuzz_cursor.c - any text as a cursor: no crash, and only cursors made for
 * this user and this order are accepted.
 *
 * The first byte selects what the rest is: a cursor as received, a sort key to
 * make a cursor of, or the content of a cursor, which is authenticated here.
 */
#include <openssl/evp.h>

#include "base/base64url.h"
#include "base/buf.h"
#include "config/config.h"
#include "task/cursor.h"
#include "base/text.h"
#include "fuzz.h"
#include "base/banned.h"

#define ARENA_BYTES (1 << 20)
#define SECRET "correct-horse-battery-staple-012345"
#define ID "7b2e8f0a-1c3d-4e5f-8a9b-0c1d2e3f4a5b"
#define USER "alice"
#define ORDER "title:asc"
#define KEY_MAX_BYTES 4096

static const struct cursor_scope scope = {SECRET, USER, ORDER};

/* Read a cursor. cursor_make() must make an accepted one exactly so. */
static bool try_read(const char *cursor, struct arena *arena, const char **key,
		     const char **id)
{
	const char *again;

	if (!cursor_read(&scope, cursor, arena, key, id))
		return false;
	must(text_is_uuid(*id, strlen(*id)));
	again = cursor_make(&scope, *key, *id, arena);
	must(again != NULL && strcmp(again, cursor) == 0);
	return true;
}

/*
 * A cursor can be read again. It is refused for another user, for another
 * order, and with one character changed.
 */
static void try_make(const char *key, size_t where, struct arena *arena)
{
	const struct cursor_scope others[] = {
		{SECRET, "alicf", ORDER},
		{SECRET, "", ORDER},
		{SECRET, USER, "title:desc"},
		{SECRET, USER ORDER, ""},
	};
	const char *cursor = cursor_make(&scope, key, ID, arena);
	const char *got_key, *got_id;
	char *edited;

	if (cursor == NULL) {
		must(strlen(key) > KEY_MAX_BYTES);
		return;
	}
	/*
	 * A key longer than any sort key: the cursor may be made and then
	 * refused.
	 */
	if (!try_read(cursor, arena, &got_key, &got_id)) {
		must(strlen(key) > KEY_MAX_BYTES);
		return;
	}
	must(strcmp(got_key, key) == 0 && strcmp(got_id, ID) == 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		must(!cursor_read(&others[i], cursor, arena, &got_key,
				  &got_id));
	edited = arena_strndup(arena, cursor, strlen(cursor));
	where %= strlen(cursor);
	edited[where] = edited[where] == 'A' ? 'B' : 'A';
	must(!cursor_read(&scope, edited, arena, &got_key, &got_id));
}

/*
 * With a valid MAC, the content is accepted if and only if it is a UUID
 * followed by a text without NUL.
 */
static void try_sealed(const uint8_t *data, size_t size, struct arena *arena)
{
	static const char head[] = "cursor\0" USER "\0" ORDER;
	unsigned char mac[EVP_MAX_MD_SIZE];
	const char *key, *id;
	struct buf text, cursor;
	size_t length;
	bool fits;

	buf_init(&text, arena, ARENA_BYTES / 8);
	buf_add(&text, head, sizeof(head));
	buf_add(&text, data, size);
	must(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, SECRET,
		       sizeof(SECRET) - 1,
		       (const unsigned char *)buf_text(&text), text.length, mac,
		       sizeof(mac), &length) != NULL);
	buf_init(&text, arena, ARENA_BYTES / 8);
	buf_add(&text, mac, 16);
	buf_add(&text, data, size);
	buf_init(&cursor, arena, ARENA_BYTES / 4);
	base64url_add(&cursor, buf_text(&text), text.length);
	must(!buf_failed(&cursor));
	fits = size >= 36 && text_is_uuid((const char *)data, 36) &&
	       memchr(data, '\0', size) == NULL;
	if (try_read(buf_text(&cursor), arena, &key, &id))
		must(fits && strlen(key) == size - 36 &&
		     memcmp(key, data + 36, size - 36) == 0);
	else
		must(!fits || size > KEY_MAX_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	const char *key, *id;
	char *text;

	if (size < 2 || size > 20000)
		return 0;
	text = fuzz_text(data + 1, size - 1);
	arena_init(&arena, ARENA_BYTES);
	if (data[0] % 3 == 0)
		(void)!try_read(text, &arena, &key, &id);
	else if (data[0] % 3 == 1)
		try_make(text, data[0], &arena);
	else
		try_sealed(data + 1, size - 1, &arena);
	must_fit(&arena);
	arena_release(&arena);
	free(text);
	return 0;
}
