/* Sign tokens.  This file uses no code of the project, because the tests would
 * miss a bug that the signing and the verifying code share. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

void add_base64url(struct bytes *token, const void *data, size_t length)
{
	unsigned char *text = malloc(length / 3 * 4 + 5);

	if (text == NULL)
		die("memory", "ran out");
	(void)EVP_EncodeBlock(text, data, (int)length);
	for (unsigned char *p = text; *p != '\0' && *p != '='; p++) {
		if (*p == '+')
			*p = '-';
		else if (*p == '/')
			*p = '_';
		bytes_add(token, p, 1);
	}
	free(text);
}

bool command_token(const struct fields *fields, FILE *answer)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	struct bytes token = {0};
	size_t mac_bytes;

	if (fields->count != 5)
		die("token", "takes SECRET HEADER CLAIMS DIGEST");
	add_base64url(&token, fields->at[2], strlen(fields->at[2]));
	bytes_add(&token, ".", 1);
	add_base64url(&token, fields->at[3], strlen(fields->at[3]));
	if (EVP_Q_mac(NULL, "HMAC", NULL, fields->at[4], NULL, fields->at[1],
		      strlen(fields->at[1]), (unsigned char *)token.text,
		      token.length, mac, sizeof(mac), &mac_bytes) == NULL)
		die("token", "cannot sign");
	bytes_add(&token, ".", 1);
	add_base64url(&token, mac, mac_bytes);
	assign(answer, "token", token.text, token.length);
	free(token.text);
	return true;
}
