#include "base/mac.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/banned.h"

bool mac_make(const char *key, const void *bytes, size_t length,
	      unsigned char mac[MAC_BYTES])
{
	size_t made;

	return key != NULL &&
	       EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, strlen(key),
			 bytes, length, mac, MAC_BYTES, &made) != NULL;
}
