#include "base/memory.h"

#include <stdlib.h>

#include "base/banned.h"

static bool refused;

void memory_note_refusal(void)
{
	refused = true;
}

bool memory_was_refused(void)
{
	return refused;
}

void *memory_alloc(size_t size)
{
	void *memory = malloc(size);

	if (memory == NULL && size > 0)
		memory_note_refusal();
	return memory;
}

void *memory_realloc(void *memory, size_t size)
{
	void *moved = realloc(memory, size);

	if (moved == NULL && size > 0)
		memory_note_refusal();
	return moved;
}
