/*
 * prefer.h - read the Prefer header (RFC 7240).
 */
#ifndef PREFER_H
#define PREFER_H

#include <stdbool.h>

/*
 * Return true if the header asks for return=minimal.  prefer is NULL if it was
 * not sent.  The first `return` decides.  Ignore a malformed preference
 * (RFC 7240, section 2).
 */
bool prefer_is_minimal(const char *prefer);

#endif
