/*
 * origin.h - origins as browsers write them into Origin: the serialisation of
 * the HTML standard (7.1.1) over the hosts and ports of the URL standard (3.5).
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <stddef.h>

/*
 * NULL when a browser can send these bytes as an origin: https://a.example,
 * http://127.0.0.1:3000, http://[::1], chrome-extension://ID.  Else a literal
 * that says what to write instead, and repeats nothing of text.
 */
const char *origin_fault(const char *text, size_t length);

#endif
