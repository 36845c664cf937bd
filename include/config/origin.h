/*
 * origin.h - check that an origin has the form that browsers send in the Origin
 * header.  The HTML standard (section 7.1.1) defines its serialisation, and the
 * URL standard (section 3.5) that of its host and port.
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <stddef.h>

/*
 * Return NULL if a browser can send these bytes as an origin, for example
 * https://a.example, http://127.0.0.1:3000, http://[::1] or
 * chrome-extension://ID.  Otherwise return a string literal that says what to
 * write instead.  It never repeats the text.
 */
const char *origin_fault(const char *text, size_t length);

#endif
