#include "base/openssl.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/oom.h"
#include "base/banned.h"

/*
 * Look for the symbols of a library in itself first.  Otherwise the dynamic
 * linker looks for each in all earlier libraries, which takes a million
 * instructions.  The sanitizers refuse this flag.
 */
#ifndef OPENSSL_BINDING
#define OPENSSL_BINDING RTLD_DEEPBIND
#endif

#define TEXT(number) #number
#define SONAME(name, version) name ".so." TEXT(version)

/*
 * Of tools/dev/late: the names of a library's functions, each with its NUL, and
 * the pages for their addresses.  NULL: the dynamic linker loads the library.
 */
extern const char late_crypto_names[] __attribute__((weak));
extern const char late_crypto_names_end[] __attribute__((weak));
extern void *late_crypto_slots[] __attribute__((weak));
extern void *late_crypto_slots_end[] __attribute__((weak));
extern const char late_ssl_names[] __attribute__((weak));
extern const char late_ssl_names_end[] __attribute__((weak));
extern void *late_ssl_slots[] __attribute__((weak));
extern void *late_ssl_slots_end[] __attribute__((weak));

static bool has_crypto, has_ssl; /* loaded and started */

/*
 * Write the address of each function to its slot, and make the slots read-only.
 * A failure leaves no address.
 */
static bool resolve(const char *soname, const char *names, const char *end,
		    void **slots, void **slots_end)
{
	const size_t bytes = (size_t)((char *)slots_end - (char *)slots);
	void *library = dlopen(soname, RTLD_NOW | OPENSSL_BINDING);
	void **slot = slots;

	if (library == NULL)
		return false;
	for (; names < end; names += strlen(names) + 1) {
		*slot = dlsym(library, names);
		if (*slot++ == NULL)
			break;
	}
	if (names >= end && mprotect(slots, bytes, PROT_READ) == 0)
		return true;
	memset(slots, 0, bytes);
	(void)dlclose(library);
	return false;
}

static void *allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return oom_malloc(size);
}

static void *reallocate(void *memory, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (size > 0)
		return oom_realloc(memory, size);
	free(memory);
	return NULL;
}

static void release(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

/*
 * Initialise OpenSSL without what a short process does not use.  Full
 * initialisation would triple the start-up time.  OpenSSL honours these options
 * only at its first initialisation.
 */
static bool start_crypto(void)
{
	(void)CRYPTO_set_mem_functions(allocate, reallocate, release);
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
					  OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
					  OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
					  OPENSSL_INIT_NO_ADD_ALL_DIGESTS |
					  OPENSSL_INIT_NO_ATEXIT,
				  NULL);
	/* Check this here, because later OpenSSL calls do not check it. */
	return OSSL_LIB_CTX_get0_global_default() != NULL;
}

bool openssl_load(void)
{
	if (has_crypto)
		return true;
	has_crypto = (late_crypto_slots == NULL ||
		      resolve(SONAME("libcrypto", OPENSSL_SHLIB_VERSION),
			      late_crypto_names, late_crypto_names_end,
			      late_crypto_slots, late_crypto_slots_end)) &&
		     start_crypto();
	if (!has_crypto)
		oom_note();
	return has_crypto;
}

bool openssl_load_tls(void)
{
	if (has_ssl)
		return true;
	/* OpenSSL rejects certificates that are signed with SHA-1 anyway. */
	has_ssl = openssl_load() &&
		  (late_ssl_slots == NULL ||
		   resolve(SONAME("libssl", OPENSSL_SHLIB_VERSION),
			   late_ssl_names, late_ssl_names_end, late_ssl_slots,
			   late_ssl_slots_end)) &&
		  EVP_add_digest(EVP_sha256()) == 1 &&
		  EVP_add_digest(EVP_sha384()) == 1 &&
		  EVP_add_digest(EVP_sha512()) == 1;
	/* For example, libcrypto was updated since this process loaded it. */
	if (!has_ssl)
		oom_note();
	return has_ssl;
}

bool openssl_expect(void)
{
	return late_crypto_slots != NULL || openssl_load();
}

static void end_unless(bool loaded)
{
	static const char message[] = "OpenSSL cannot be loaded\n";

	if (loaded)
		return;
	(void)!write(STDERR_FILENO, message, sizeof(message) - 1);
	abort();
}

void openssl_first_crypto(void)
{
	end_unless(openssl_load());
}

void openssl_first_ssl(void)
{
	end_unless(openssl_load_tls());
}
