/*
 * json_text.h - a small jansson value as text in request memory.
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <jansson.h>

struct arena;

/*
 * The compact JSON text of value, whose reference is taken.  NULL when value
 * is NULL (json_pack() failed) or memory is short.
 */
__attribute__((warn_unused_result)) const char *json_text(json_t *value,
							  struct arena *arena);

#endif
