/*
 * memory.h - whether a library was refused memory.
 *
 * jansson, OpenSSL and libjwt do not say that memory is short: their answer is
 * that a token is wrong, a text no JSON, and jansson drops a byte out of a string
 * or a member out of an object.  So they are given these functions, and whoever
 * believes a library, or reports a client's fault, asks first.  What a library
 * keeps of a beginning that failed is anybody's guess: a process that was
 * refused memory serves no other request.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* malloc() and realloc() that note their failure. */
__attribute__((warn_unused_result, malloc)) void *memory_alloc(size_t size);
__attribute__((warn_unused_result)) void *memory_realloc(void *memory,
							 size_t size);

/* Note a failure that was found out in another way. */
void memory_note_refusal(void);

/* Whether there was one in the life of this process. */
bool memory_was_refused(void);

#endif
