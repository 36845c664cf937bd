#include "mac.h"

#include <openssl/evp.h>
#include <string.h>

#include "config.h"
#include "banned.h"

bool mac_make(const struct config *config, const void *bytes, size_t length,
	      unsigned char mac[MAC_BYTES])
{
	const char *secret =
		config->secret != NULL ? config->secret : config->database_url;
	size_t made;

	return secret != NULL &&
	       EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, secret,
			 strlen(secret), bytes, length, mac, MAC_BYTES,
			 &made) != NULL;
}
