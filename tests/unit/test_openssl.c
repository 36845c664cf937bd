/*
 * test_openssl.c - OpenSSL is loaded when a request needs it.  Before that it is
 * not in the process.  The first call of a function keeps its arguments.  If
 * OpenSSL cannot be loaded, nothing is taken for valid.
 */
#include <link.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/oom.h"
#include "base/openssl.h"
#include "base/sha2.h"
#include "tap.h"
#include "base/banned.h"

extern void *late_crypto_slots[] __attribute__((weak));
extern void *late_ssl_slots[] __attribute__((weak));

static int has_name(struct dl_phdr_info *info, size_t size, void *name)
{
	(void)size;
	return strstr(info->dlpi_name, name) != NULL;
}

static bool is_loaded(const char *name)
{
	char copy[32];

	(void)snprintf(copy, sizeof(copy), "/%s.so", name);
	return dl_iterate_phdr(has_name, copy) != 0;
}

/* Return the signal that ended deed in a process of its own; 0: none. */
static int signal_of(void (*deed)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)close(STDERR_FILENO);
		deed();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status)
		       ? WTERMSIG(status)
		       : 0;
}

static void open_no_files(void)
{
	const struct rlimit none = {0, 0};

	(void)signal(SIGABRT, SIG_DFL);
	if (setrlimit(RLIMIT_NOFILE, &none) != 0)
		_exit(1);
}

static void call_without_libcrypto(void)
{
	open_no_files();
	EVP_MD_CTX_free(EVP_MD_CTX_new());
}

static void call_without_libssl(void)
{
	open_no_files();
	(void)SSL_connect(NULL);
}

static void load_without_libraries(void)
{
	open_no_files();
	if (!openssl_load() && !openssl_load_tls() && oom_happened())
		(void)raise(SIGUSR1);
}

static void load_without_libssl(void)
{
	const bool loaded = openssl_load();

	open_no_files();
	if (loaded && !openssl_load_tls() && oom_happened())
		(void)raise(SIGUSR1);
}

static void write_crypto_slot(void)
{
	(void)signal(SIGSEGV, SIG_DFL);
	*(void *volatile *)late_crypto_slots = NULL;
}

static void write_ssl_slot(void)
{
	(void)signal(SIGSEGV, SIG_DFL);
	*(void *volatile *)late_ssl_slots = NULL;
}

static void without(void)
{
	unsigned char digest[SHA2_256_BYTES];

	ok(sha2_256("abc", 3, digest) && digest[0] == 0xba &&
		   digest[31] == 0xad,
	   "SHA-256 is there from the start");
	ok(openssl_expect(), "OpenSSL may be called");
	ok(!is_loaded("libcrypto") && !is_loaded("libssl"),
	   "no library of OpenSSL is loaded so far");
	ok(signal_of(call_without_libcrypto) == SIGABRT &&
		   signal_of(call_without_libssl) == SIGABRT,
	   "if it cannot be loaded, a call ends the process");
	ok(signal_of(load_without_libraries) == SIGUSR1,
	   "if it cannot be loaded, the functions of openssl.h say so");
	ok(signal_of(load_without_libssl) == SIGUSR1,
	   "a process that has libcrypto, but cannot load libssl, is to end");
}

static void first_call(void)
{
	/* The public key of RFC 8032, 7.1, test 1 */
	static const unsigned char key[] =
		"\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07"
		"\x3a\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07"
		"\x51\x1a";
	static const unsigned char signature[] =
		"\xe5\x56\x43\x00\xc3\x60\xac\x72\x90\x86\xe2\xcc\x80\x6e\x82"
		"\x8a\x84\x87\x7f\x1e\xb8\xe5\xd9\x74\xd8\x73\xe0\x65\x22\x49"
		"\x01\x55\x5f\xb8\x82\x15\x90\xa3\x3b\xac\xc6\x1e\x39\x70\x1c"
		"\xf9\xb4\x6b\xd2\x5b\xf5\xf0\x59\x5b\xbe\x24\x65\x51\x41\x43"
		"\x8e\x7a\x10\x0b";
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
						     key, sizeof(key) - 1);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	ok(pkey != NULL, "the first call keeps its arguments");
	ok(ctx != NULL &&
		   EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey,
					   NULL) == 1 &&
		   EVP_DigestVerify(ctx, signature, sizeof(signature) - 1, key,
				    0) == 1 &&
		   EVP_DigestVerify(ctx, signature, sizeof(signature) - 1, key,
				    1) != 1,
	   "signatures are verified");
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
}

static void tls(void)
{
	SSL_CTX *ctx;
	SSL *ssl;

	ok(openssl_load_tls() && openssl_load_tls(), "libssl is loaded, once");
	ctx = SSL_CTX_new(TLS_method());
	ssl = ctx != NULL ? SSL_new(ctx) : NULL;
	/* SSL_get_error() reads the errors of this thread first. */
	ERR_clear_error();
	ok(ssl != NULL && SSL_get_error(ssl, -1) == SSL_ERROR_SYSCALL,
	   "libssl makes a connection");
	ok(EVP_get_digestbyname("SHA256") != NULL &&
		   EVP_get_digestbyname("SHA384") != NULL &&
		   EVP_get_digestbyname("SHA512") != NULL,
	   "the digests of certificates are known");
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

int main(void)
{
	const bool late = late_crypto_slots != NULL;

	if (late) {
		without();
	} else {
		ok(openssl_expect(), "OpenSSL is loaded and started");
	}
	first_call();
	ok(!late || !is_loaded("libssl"), "libssl is not loaded for that");
	tls();
	ok(!late || (signal_of(write_crypto_slot) == SIGSEGV &&
		     signal_of(write_ssl_slot) == SIGSEGV),
	   "the addresses are read-only then");
	return tap_done();
}
