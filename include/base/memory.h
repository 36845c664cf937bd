/*
 * memory.h - record that an allocation of a library failed.
 *
 * jansson, OpenSSL and libjwt do not report an allocation failure as such.
 * They report an invalid token or invalid JSON instead, and jansson can even
 * lose a byte of a string or a member of an object.
 *
 * They are therefore given the allocators below.  Call memory_was_refused()
 * before you use a library's result and before you report a client error.
 *
 * After a failure, do not serve another request in this process, because a
 * library may keep the state of a failed initialisation.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Allocate as malloc() and realloc() do, and record a failure. */
__attribute__((warn_unused_result, malloc)) void *memory_alloc(size_t size);
__attribute__((warn_unused_result)) void *memory_realloc(void *memory,
							 size_t size);

/* Record an allocation failure that was detected in another way. */
void memory_note_refusal(void);

/* Return true if an allocation has failed since this process started. */
bool memory_was_refused(void);

#endif
