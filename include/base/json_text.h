/*
 * json_text.h - write a jansson value as text in an arena.
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <jansson.h>

struct arena;

/*
 * Return value as compact JSON in the arena, and release the caller's reference
 * to value.  Return NULL if value is NULL (because json_pack() failed) or
 * memory runs out.
 */
__attribute__((warn_unused_result)) const char *json_text(json_t *value,
							  struct arena *arena);

#endif
