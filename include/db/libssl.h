/*
 * libssl.h - load libssl only for a connection that may use TLS.
 *
 * libpq refers to libssl, but a connection to a Unix socket does not use it.
 * libssl.c defines the functions of libssl that libpq calls.  Until libssl is
 * loaded, each of them does nothing and returns 0, which libpq takes for a
 * failure of TLS.  A program that is linked with the shared libpq does not use
 * these functions, because that libpq loads libssl itself.
 */
#ifndef LIBSSL_H
#define LIBSSL_H

#include <stdbool.h>

/*
 * Load libssl, unless it is loaded, and add the digests of certificates.
 * Return false if libssl cannot be loaded or lacks a function; TLS connections
 * then fail.
 */
__attribute__((warn_unused_result)) bool libssl_load(void);

#endif
