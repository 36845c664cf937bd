/*
 * mac.h - HMAC-SHA256 (RFC 2104) under a key of the deployment, which
 * config_mac_key() tells.
 */
#ifndef MAC_H
#define MAC_H

#include <stdbool.h>
#include <stddef.h>

#define MAC_BYTES 32

/*
 * The MAC of length bytes under key.  The bytes begin with the purpose of the MAC
 * and a NUL, so that a MAC for one purpose is not valid for another.
 * Return false if key is NULL or OpenSSL fails.
 */
__attribute__((warn_unused_result)) bool mac_make(const char *key,
						  const void *bytes,
						  size_t length,
						  unsigned char mac[MAC_BYTES]);

#endif
