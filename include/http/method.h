/*
 * method.h - request methods (RFC 9110, 9; RFC 5789).
 */
#ifndef METHOD_H
#define METHOD_H

/* Bits, so that a set of methods is one number. */
enum http_method {
	METHOD_OTHER = 0, /* a method that no route has */
	METHOD_GET = 1 << 0,
	METHOD_HEAD = 1 << 1,
	METHOD_POST = 1 << 2,
	METHOD_PUT = 1 << 3,
	METHOD_PATCH = 1 << 4,
	METHOD_DELETE = 1 << 5,
	METHOD_OPTIONS = 1 << 6,
};

/* The method called name (case matters); METHOD_OTHER when unknown. */
enum http_method method_parse(const char *name);

/* "GET, HEAD, OPTIONS" for the Allow header (RFC 9110, 10.2.1). */
#define METHOD_LIST_BYTES 64
void method_list(unsigned methods, char text[METHOD_LIST_BYTES]);

#endif
