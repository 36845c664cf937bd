/*
 * ed25519.h - whether 32 bytes are an Ed25519 public key (RFC 8032, 5.1.3).
 *
 * OpenSSL 3.0 takes any 32 bytes for one and then verifies nothing with them,
 * or, with a point of small order, anything.
 */
#ifndef ED25519_H
#define ED25519_H

#include <stdbool.h>

/*
 * True when the bytes are a point on the curve in its one spelling, and not
 * one of the eight of small order.  False too when memory is short.
 */
bool ed25519_is_public_key(const unsigned char key[32]);

#endif
