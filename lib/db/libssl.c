#include "db/libssl.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/banned.h"

#define TEXT(number) #number
#define SONAME(version) "libssl.so." TEXT(version)

/*
 * What libpq 15 calls: VALUE(result, name, parameters, arguments) and
 * NOTHING(name, parameters, arguments).  If a newer libpq calls another
 * function, the linker adds libssl to the program, as it usually does.
 */
#define FUNCTIONS(VALUE, NOTHING)                                              \
	VALUE(int, OPENSSL_init_ssl,                                           \
	      (uint64_t options, const OPENSSL_INIT_SETTINGS *settings),       \
	      (options, settings))                                             \
	VALUE(int, SSL_CIPHER_get_bits, (const SSL_CIPHER *cipher, int *bits), \
	      (cipher, bits))                                                  \
	VALUE(const char *, SSL_CIPHER_get_name, (const SSL_CIPHER *cipher),   \
	      (cipher))                                                        \
	VALUE(long, SSL_CTX_ctrl,                                              \
	      (SSL_CTX * ctx, int cmd, long number, void *arg),                \
	      (ctx, cmd, number, arg))                                         \
	NOTHING(SSL_CTX_free, (SSL_CTX * ctx), (ctx))                          \
	VALUE(X509_STORE *, SSL_CTX_get_cert_store, (const SSL_CTX *ctx),      \
	      (ctx))                                                           \
	VALUE(int, SSL_CTX_load_verify_locations,                              \
	      (SSL_CTX * ctx, const char *file, const char *folder),           \
	      (ctx, file, folder))                                             \
	VALUE(SSL_CTX *, SSL_CTX_new, (const SSL_METHOD *method), (method))    \
	NOTHING(SSL_CTX_set_default_passwd_cb,                                 \
		(SSL_CTX * ctx, pem_password_cb * callback), (ctx, callback))  \
	NOTHING(SSL_CTX_set_default_passwd_cb_userdata,                        \
		(SSL_CTX * ctx, void *data), (ctx, data))                      \
	VALUE(uint64_t, SSL_CTX_set_options,                                   \
	      (SSL_CTX * ctx, uint64_t options), (ctx, options))               \
	VALUE(int, SSL_CTX_use_certificate_chain_file,                         \
	      (SSL_CTX * ctx, const char *file), (ctx, file))                  \
	VALUE(int, SSL_check_private_key, (const SSL *ssl), (ssl))             \
	VALUE(uint64_t, SSL_clear_options, (SSL * ssl, uint64_t options),      \
	      (ssl, options))                                                  \
	VALUE(int, SSL_connect, (SSL * ssl), (ssl))                            \
	VALUE(long, SSL_ctrl, (SSL * ssl, int cmd, long number, void *arg),    \
	      (ssl, cmd, number, arg))                                         \
	NOTHING(SSL_free, (SSL * ssl), (ssl))                                  \
	VALUE(X509 *, SSL_get1_peer_certificate, (const SSL *ssl), (ssl))      \
	VALUE(const SSL_CIPHER *, SSL_get_current_cipher, (const SSL *ssl),    \
	      (ssl))                                                           \
	VALUE(const COMP_METHOD *, SSL_get_current_compression,                \
	      (const SSL *ssl), (ssl))                                         \
	VALUE(int, SSL_get_error, (const SSL *ssl, int result), (ssl, result)) \
	VALUE(const char *, SSL_get_version, (const SSL *ssl), (ssl))          \
	VALUE(SSL *, SSL_new, (SSL_CTX * ctx), (ctx))                          \
	VALUE(int, SSL_pending, (const SSL *ssl), (ssl))                       \
	VALUE(int, SSL_read, (SSL * ssl, void *buffer, int size),              \
	      (ssl, buffer, size))                                             \
	NOTHING(SSL_set_bio, (SSL * ssl, BIO * input, BIO * output),           \
		(ssl, input, output))                                          \
	VALUE(int, SSL_set_ex_data, (SSL * ssl, int index, void *data),        \
	      (ssl, index, data))                                              \
	VALUE(uint64_t, SSL_set_options, (SSL * ssl, uint64_t options),        \
	      (ssl, options))                                                  \
	NOTHING(SSL_set_verify, (SSL * ssl, int mode, SSL_verify_cb callback), \
		(ssl, mode, callback))                                         \
	VALUE(int, SSL_shutdown, (SSL * ssl), (ssl))                           \
	VALUE(int, SSL_use_PrivateKey, (SSL * ssl, EVP_PKEY * key),            \
	      (ssl, key))                                                      \
	VALUE(int, SSL_use_PrivateKey_file,                                    \
	      (SSL * ssl, const char *file, int type), (ssl, file, type))      \
	VALUE(int, SSL_write, (SSL * ssl, const void *bytes, int size),        \
	      (ssl, bytes, size))                                              \
	VALUE(const SSL_METHOD *, TLS_method, (void), ())

#define POINTER(result, name, parameters, arguments) result(*name) parameters;
#define VOID_POINTER(name, parameters, arguments) void(*name) parameters;
struct functions {
	FUNCTIONS(POINTER, VOID_POINTER)
};

/* In memory that is read-only once the addresses are known.  NULL: not loaded */
static const struct functions *libssl;

#define CALL(result, name, parameters, arguments)                   \
	result name parameters                                      \
	{                                                           \
		return libssl != NULL ? libssl->name arguments : 0; \
	}
#define VOID_CALL(name, parameters, arguments)  \
	void name parameters                    \
	{                                       \
		if (libssl != NULL)             \
			libssl->name arguments; \
	}
FUNCTIONS(CALL, VOID_CALL)

static bool find(void *library, const char *name, void *pointer)
{
	void *address = dlsym(library, name);

	memcpy(pointer, &address, sizeof(address));
	return address != NULL;
}

#define FIND(result, name, parameters, arguments) \
	found = find(library, #name, &table->name) && found;
#define VOID_FIND(name, parameters, arguments) \
	found = find(library, #name, &table->name) && found;
static bool find_all(void *library, struct functions *table)
{
	bool found = true;

	FUNCTIONS(FIND, VOID_FIND)
	return found;
}

/*
 * Add the digests that certificates are signed with.  OpenSSL rejects SHA-1
 * there anyway.
 */
static void add_digests(void)
{
	(void)EVP_add_digest(EVP_sha256());
	(void)EVP_add_digest(EVP_sha384());
	(void)EVP_add_digest(EVP_sha512());
}

bool libssl_load(void)
{
	struct functions *table;
	void *library;

	if (libssl != NULL)
		return true;
	library = dlopen(SONAME(OPENSSL_SHLIB_VERSION), RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return false;
	table = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (table != MAP_FAILED && find_all(library, table) &&
	    mprotect(table, sizeof(*table), PROT_READ) == 0) {
		add_digests();
		libssl = table;
		return true;
	}
	if (table != MAP_FAILED)
		(void)munmap(table, sizeof(*table));
	(void)dlclose(library);
	return false;
}
