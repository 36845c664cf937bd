/*
 * oom.h - record that an allocation of a library failed.
 *
 * jansson and OpenSSL do not report an allocation failure as such.  They report
 * an invalid signature or invalid JSON instead, and jansson can even lose a byte
 * of a string or a member of an object.
 *
 * They are therefore given the allocators below.  Call oom_happened()
 * before you use a library's result and before you report a client error.
 *
 * After a failure, do not serve another request in this process, because a
 * library may keep the state of a failed initialisation.
 */
#ifndef OOM_H
#define OOM_H

#include <stdbool.h>
#include <stddef.h>

/* Allocate as malloc() and realloc() do, and record a failure. */
__attribute__((warn_unused_result, malloc)) void *oom_malloc(size_t size);
__attribute__((warn_unused_result)) void *oom_realloc(void *memory,
						      size_t size);

/* Record an allocation failure that was detected in another way. */
void oom_note(void);

/* Return true if an allocation has failed since this process started. */
bool oom_happened(void);

#endif
