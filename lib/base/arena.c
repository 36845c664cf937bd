#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/*
 * A usual request fits into one chunk, and a larger object gets its own chunk.
 * Tests set this to 1, so that each object has its own malloc().  Sanitizers
 * can then detect accesses past the object's end, and tests can make its
 * allocation fail.
 */
#ifndef ARENA_CHUNK_BYTES
#define ARENA_CHUNK_BYTES (16 * 1024)
#endif

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* bytes in data */
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *arena, size_t limit_bytes)
{
	*arena = (struct arena){.limit_bytes = limit_bytes};
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
	size_t wanted = size < ARENA_CHUNK_BYTES ? ARENA_CHUNK_BYTES : size;
	struct arena_chunk *chunk;

	if (wanted > arena->limit_bytes - arena->total_bytes)
		wanted = size; /* near the limit, take only what is needed */
	if (wanted > arena->limit_bytes - arena->total_bytes ||
	    wanted > SIZE_MAX - sizeof(*chunk))
		return NULL;
	chunk = malloc(sizeof(*chunk) + wanted);
	if (chunk == NULL)
		return NULL;
	chunk->size = wanted;
	chunk->used = 0;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->total_bytes += wanted;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_chunk *chunk = arena->chunks;
	void *memory;

	if (size > SIZE_MAX - align)
		size = SIZE_MAX - align; /* add_chunk() rejects this size */
	size = (size + align - 1) / align * align;
	if (chunk == NULL || size > chunk->size - chunk->used)
		chunk = add_chunk(arena, size);
	if (chunk == NULL) {
		arena->failed = true;
		return NULL;
	}
	memory = chunk->data + chunk->used;
	chunk->used += size;
	return memset(memory, 0, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy;

	copy = arena_alloc(arena, length < SIZE_MAX ? length + 1 : length);
	if (copy != NULL && length > 0)
		memcpy(copy, text, length);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text = NULL, scratch[1024]; /* most texts fit: format once */
	int length;

	va_start(args, format);
	length = vsnprintf(scratch, sizeof(scratch), format, args);
	va_end(args);
	if (length >= 0 && (size_t)length < sizeof(scratch))
		return arena_strndup(arena, scratch, (size_t)length);
	if (length >= 0)
		text = arena_alloc(arena, (size_t)length + 1);
	if (text != NULL) {
		va_start(args, format);
		(void)vsnprintf(text, (size_t)length + 1, format, args);
		va_end(args);
	}
	return text;
}

void arena_release(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;

	while (chunk != NULL) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	arena_init(arena, arena->limit_bytes);
}
