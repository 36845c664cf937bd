#include "base/oom.h"

#include <stdlib.h>

#include "base/banned.h"

static bool refused;

void oom_note(void)
{
	refused = true;
}

bool oom_happened(void)
{
	return refused;
}

void *oom_malloc(size_t size)
{
	void *memory = malloc(size);

	if (memory == NULL && size > 0)
		oom_note();
	return memory;
}

void *oom_realloc(void *memory, size_t size)
{
	void *moved = realloc(memory, size);

	if (moved == NULL && size > 0)
		oom_note();
	return moved;
}
