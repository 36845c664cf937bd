#include "base/json_text.h"

#include "base/arena.h"
#include "base/oom.h"
#include "base/banned.h"

const char *json_text(json_t *value, struct arena *arena)
{
	size_t length = json_dumpb(value, NULL, 0, JSON_COMPACT);
	char *text = NULL;

	if (value != NULL && length > 0)
		text = arena_alloc(arena, length + 1);
	if (text != NULL &&
	    json_dumpb(value, text, length, JSON_COMPACT) != length)
		text = NULL;
	/* After an allocation failure, jansson can omit part of value. */
	if (oom_happened())
		text = NULL;
	json_decref(value);
	return text;
}
