#include "auth/jwk.h"

#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/json_scan.h"
#include "base/banned.h"

#define WANT_INTERVAL_S 30

/* Accept integers of any size, because we read no member that is a number. */
#define JSON_FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL)

/* Append an empty key.  Return NULL if memory runs out. */
static struct jwk *add_key(struct jwk_set *set)
{
	if (set->count == set->room) {
		size_t room = set->room > 0 ? set->room * 2 : 16;
		struct jwk *keys =
			arena_alloc(set->arena, room * sizeof(*keys));

		if (keys == NULL)
			return NULL;
		if (set->count > 0)
			memcpy(keys, set->keys, set->count * sizeof(*keys));
		set->keys = keys;
		set->room = room;
	}
	set->keys[set->count] = (struct jwk){0};
	return &set->keys[set->count++];
}

/* Parse a kid that has escapes or is ambiguous.  Set NULL if it is invalid. */
static void parse_kid(struct jwk_set *set, struct jwk *jwk)
{
	json_t *object = json_loadb(jwk->text, jwk->length, JSON_FLAGS, NULL);
	const json_t *kid = json_object_get(object, "kid");

	jwk->kid = NULL;
	if (json_is_string(kid)) {
		jwk->kid_length = json_string_length(kid);
		jwk->kid = arena_strndup(set->arena, json_string_value(kid),
					 jwk->kid_length);
	}
	json_decref(object);
}

/* Find the end of a key and its kid without parsing the key. */
static void scan_key(struct jwk_set *set, struct jwk *jwk,
		     struct json_scan *scan)
{
	struct json_span name, kid, whole;
	bool unclear = false;

	if (!json_scan_enter(scan, '{')) {
		json_scan_value(scan, &whole);
		jwk->text = whole.text;
		jwk->length = whole.length;
		return;
	}
	jwk->text = scan->at - 1;
	for (size_t i = 0; json_scan_next(scan, '}', i); i++) {
		json_scan_name(scan, &name);
		unclear = unclear || name.escaped;
		if (!json_span_is(&name, "kid") ||
		    !json_scan_string(scan, &kid)) {
			json_scan_value(scan, NULL);
			continue;
		}
		unclear = unclear || kid.escaped || jwk->kid != NULL;
		jwk->kid = kid.text;
		jwk->kid_length = kid.length;
	}
	jwk->length = (size_t)(scan->at - jwk->text);
	if (unclear && !scan->failed)
		parse_kid(set, jwk);
}

/* Find the slot of this kid, or the empty slot (0) where it belongs. */
static uint32_t *find_slot(const struct jwk_set *set, const char *kid,
			   size_t length)
{
	uint32_t hash = 2166136261; /* FNV-1a */
	uint32_t *slot;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)kid[i]) * 16777619;
	for (;; hash++) {
		const struct jwk *jwk;

		slot = &set->slots[hash & set->slot_mask];
		if (*slot == 0)
			return slot;
		jwk = &set->keys[*slot - 1];
		if (jwk->kid_length == length &&
		    memcmp(jwk->kid, kid, length) == 0)
			return slot;
	}
}

/*
 * Make the hash table of the kids.  If two keys have one kid, make both
 * unusable, because it is unclear which one a token means.  Return false if
 * memory runs out.
 */
static bool index_kids(struct jwk_set *set)
{
	static const char twin[] = "another key has the same kid";
	size_t slots = 2;

	while (slots < set->count * 2)
		slots *= 2;
	set->slots = arena_alloc(set->arena, slots * sizeof(*set->slots));
	if (set->slots == NULL)
		return false;
	memset(set->slots, 0, slots * sizeof(*set->slots));
	set->slot_mask = (uint32_t)slots - 1;
	for (size_t i = 0; i < set->count; i++) {
		struct jwk *jwk = &set->keys[i];
		uint32_t *slot;

		if (jwk->kid == NULL)
			continue;
		slot = find_slot(set, jwk->kid, jwk->kid_length);
		if (*slot != 0)
			jwk->fault = set->keys[*slot - 1].fault = twin;
		else
			*slot = (uint32_t)i + 1;
	}
	return true;
}

/*
 * Check the file without the keys: replace the array from begin to end by an
 * empty one.  The result must be a JSON object whose member `keys` is an array.
 * The byte at end is not part of the array.
 */
static bool is_frame_right(struct jwk_set *set, const struct json_span *file,
			   const char *begin, const char *end)
{
	size_t before = (size_t)(begin - file->text);
	size_t after = (size_t)(file->text + file->length - end);
	char *frame = arena_alloc(set->arena, before + 2 + after);
	json_t *root;
	bool right;

	if (frame == NULL)
		return false;
	memcpy(frame, file->text, before);
	frame[before] = '[';
	frame[before + 1] = ']';
	memcpy(frame + before + 2, end, after);
	root = json_loadb(frame, before + 2 + after, JSON_FLAGS, NULL);
	right = json_is_array(json_object_get(root, "keys"));
	json_decref(root);
	return right;
}

/* Find the keys in the file.  Return false if it is not a key set. */
static bool scan_set(struct jwk_set *set, const struct json_span *file)
{
	struct json_scan scan = {.at = file->text,
				 .end = file->text + file->length};
	const char *begin = NULL, *end = NULL;
	struct json_span name;

	if (!json_scan_enter(&scan, '{'))
		return false;
	for (size_t i = 0; json_scan_next(&scan, '}', i); i++) {
		json_scan_name(&scan, &name);
		if (begin != NULL || !json_span_is(&name, "keys") ||
		    !json_scan_enter(&scan, '[')) {
			json_scan_value(&scan, NULL);
			continue;
		}
		begin = scan.at - 1;
		for (size_t k = 0; json_scan_next(&scan, ']', k); k++) {
			struct jwk *jwk = add_key(set);

			if (jwk == NULL)
				return false;
			scan_key(set, jwk, &scan);
		}
		end = scan.at;
	}
	return !scan.failed && begin != NULL &&
	       is_frame_right(set, file, begin, end);
}

/* Return true if the key is usable.  Parse it at the first call. */
static bool is_usable(struct jwk_set *set, struct jwk *jwk)
{
	json_t *object;

	if (jwk->key != NULL || jwk->fault != NULL)
		return jwk->key != NULL;
	object = json_loadb(jwk->text, jwk->length,
			    JSON_FLAGS | JSON_DECODE_ANY, NULL);
	jwk->fault =
		object != NULL
			? jwk_read(jwk, object, set->arena)
			: "the key is not valid JSON or has a duplicate member";
	json_decref(object);
	if (jwk->fault != NULL) {
		EVP_PKEY_free(jwk->key);
		jwk->key = NULL;
	}
	return jwk->key != NULL;
}

/* Return the first usable key from index begin on, or NULL. */
static struct jwk *next_usable(struct jwk_set *set, size_t begin)
{
	for (size_t i = begin; i < set->count; i++)
		if (is_usable(set, &set->keys[i]))
			return &set->keys[i];
	return NULL;
}

static const char *load(struct jwk_set *set, const char *path)
{
	static const char no_memory[] = "needs more memory than is available";
	struct json_span file = {0};

	file.text =
		file_read(path, JWK_SET_MAX_BYTES, set->arena, &file.length);
	if (file.text == NULL || !scan_set(set, &file) || !index_kids(set)) {
		set->count = 0; /* use no key of an invalid set */
		return set->arena->failed ? no_memory
					  : "is not a readable JSON key set of "
					    "at most 64 KiB";
	}
	return next_usable(set, 0) != NULL ? NULL : "has no usable key";
}

enum problem_code jwk_set_load(struct jwk_set *set, const char *path,
			       struct arena *arena, struct problem *problem)
{
	const char *fault;

	*set = (struct jwk_set){.arena = arena};
	fault = load(set, path);
	if (fault != NULL)
		return problem_setting(problem, "JWKS_FILE", fault);
	return PROBLEM_NONE;
}

/* Return the key with this kid, usable or not, or NULL. */
static struct jwk *find(const struct jwk_set *set, const char *kid)
{
	uint32_t slot =
		set->slots != NULL ? *find_slot(set, kid, strlen(kid)) : 0;

	return slot != 0 ? &set->keys[slot - 1] : NULL;
}

const struct jwk *jwk_set_select(struct jwk_set *set, const char *kid)
{
	struct jwk *jwk = kid != NULL ? find(set, kid) : next_usable(set, 0);

	if (jwk == NULL || !is_usable(set, jwk))
		return NULL;
	if (kid == NULL &&
	    next_usable(set, (size_t)(jwk - set->keys) + 1) != NULL)
		return NULL;
	return jwk;
}

const char *jwk_set_fault(const struct jwk_set *set, const char *kid)
{
	const struct jwk *jwk = find(set, kid);

	return jwk != NULL ? jwk->fault : NULL;
}

size_t jwk_set_usable(struct jwk_set *set)
{
	size_t usable = 0;

	for (size_t i = 0; i < set->count; i++)
		usable += is_usable(set, &set->keys[i]);
	return usable;
}

void jwk_set_want_newer(const char *path, struct arena *arena)
{
	const char *flag = arena_printf(arena, "%s.wanted", path);
	struct stat status;

	if (flag == NULL || stat(flag, &status) != 0 ||
	    !S_ISREG(status.st_mode) ||
	    llabs(time(NULL) - status.st_mtime) < WANT_INTERVAL_S)
		return;
	/* Do not open the file: the sandbox denies that.  Ignore an error. */
	(void)utimensat(AT_FDCWD, flag, NULL, AT_SYMLINK_NOFOLLOW);
}

void jwk_set_release(struct jwk_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		EVP_PKEY_free(set->keys[i].key);
	*set = (struct jwk_set){0};
}
