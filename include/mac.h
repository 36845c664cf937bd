/*
 * mac.h - HMAC-SHA256 under what the deployment keeps secret: the token secret,
 * or DATABASE_URL where there is none.  So all its programs and machines agree,
 * and nobody else can make one, unless that has no password.
 */
#ifndef MAC_H
#define MAC_H

#include <stdbool.h>
#include <stddef.h>

struct config;

#define MAC_BYTES 32

/*
 * The MAC of length bytes.  They begin with what it is for, ended by a NUL, so
 * that a MAC for one purpose is none for another.  False when OpenSSL fails or
 * the deployment has no secret.
 */
__attribute__((warn_unused_result)) bool mac_make(const struct config *config,
						  const void *bytes,
						  size_t length,
						  unsigned char mac[MAC_BYTES]);

#endif
