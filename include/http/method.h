/*
 * method.h - request methods (RFC 9110, section 9, and RFC 5789).
 */
#ifndef METHOD_H
#define METHOD_H

/* Each method is one bit, so that a set of methods fits one integer. */
enum http_method {
	METHOD_OTHER = 0, /* a method that no route accepts */
	METHOD_GET = 1 << 0,
	METHOD_HEAD = 1 << 1,
	METHOD_POST = 1 << 2,
	METHOD_PUT = 1 << 3,
	METHOD_PATCH = 1 << 4,
	METHOD_DELETE = 1 << 5,
	METHOD_OPTIONS = 1 << 6,
};

/* Return the method called name (case-sensitive), or METHOD_OTHER. */
enum http_method method_parse(const char *name);

/*
 * Write a set of methods as the Allow header lists them: "GET, HEAD, OPTIONS"
 * (RFC 9110, section 10.2.1).
 */
#define METHOD_LIST_BYTES 64
void method_list(unsigned methods, char text[METHOD_LIST_BYTES]);

#endif
