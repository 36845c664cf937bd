/*
 * ed25519.h - check that 32 bytes are an Ed25519 public key (RFC 8032, section
 * 5.1.3).
 *
 * OpenSSL 3.0 accepts any 32 bytes as a key.  With an invalid point it verifies
 * nothing, and with a point of small order it can accept any signature.
 */
#ifndef ED25519_H
#define ED25519_H

#include <stdbool.h>

/*
 * Return true if the bytes are the canonical encoding of a point on the curve,
 * other than the eight points of small order.  Return false if memory runs out.
 */
bool ed25519_is_public_key(const unsigned char key[32]);

#endif
