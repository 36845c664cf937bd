/*
 * mac.h - compute HMAC-SHA256 (RFC 2104) with a key that all programs of one
 * deployment share: config_mac_key().
 */
#ifndef MAC_H
#define MAC_H

#include <stdbool.h>
#include <stddef.h>

#define MAC_BYTES 32

/*
 * Write the MAC of length bytes under the NUL-terminated key.  Begin the bytes
 * with the purpose of the MAC and a NUL, so that a MAC for one purpose is not
 * valid for another.  Return false if key is NULL or OpenSSL fails.
 */
__attribute__((warn_unused_result)) bool mac_make(const char *key,
						  const void *bytes,
						  size_t length,
						  unsigned char mac[MAC_BYTES]);

#endif
