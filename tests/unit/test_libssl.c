/*
 * test_libssl.c - libssl is loaded on demand: before that, TLS fails and nothing
 * is called; after that, the functions are those of libssl.
 */
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "db/libssl.h"
#include "tap.h"
#include "base/banned.h"

static void without(void)
{
	ok(TLS_method() == NULL && SSL_CTX_new(NULL) == NULL &&
		   SSL_new(NULL) == NULL,
	   "without libssl there is no TLS");
	ok(SSL_connect(NULL) == 0 && SSL_read(NULL, NULL, 0) == 0 &&
		   SSL_write(NULL, "x", 1) == 0,
	   "without libssl nothing is connected, read or written");
	SSL_free(NULL);
	SSL_CTX_free(NULL);
	ok(EVP_get_digestbyname("SHA384") == NULL,
	   "without libssl no digests of certificates are added");
}

static void with(void)
{
	SSL_CTX *ctx;
	SSL *ssl;

	ok(libssl_load() && libssl_load(), "libssl is loaded, once");
	ctx = SSL_CTX_new(TLS_method());
	ssl = ctx != NULL ? SSL_new(ctx) : NULL;
	ok(ssl != NULL && SSL_get_error(ssl, -1) == SSL_ERROR_SYSCALL &&
		   SSL_write(ssl, "x", 1) <= 0,
	   "libssl then makes a connection, which is not connected");
	ok(EVP_get_digestbyname("SHA256") != NULL &&
		   EVP_get_digestbyname("SHA384") != NULL &&
		   EVP_get_digestbyname("SHA512") != NULL,
	   "the digests of certificates are known");
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

int main(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ADD_ALL_DIGESTS, NULL);
	without();
	with();
	return tap_done();
}
