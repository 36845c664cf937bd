/*
 * openssl.h - load and start OpenSSL only when a request needs it.
 *
 * Loading libcrypto takes a CGI program longer than all that the program does
 * itself, and a request with a shared secret needs only the SHA-2 functions
 * (sha2.h).  So tools/dev/late links these statically, and replaces each other
 * function of libcrypto and libssl by one that loads its library at the first
 * call.  If the library cannot be loaded then, the process ends.  A module that
 * can report a failure calls openssl_load() or openssl_load_tls() first.
 *
 * Where tools/dev/late cannot do this, the dynamic linker loads both libraries
 * as usual, and these functions only start them.
 */
#ifndef BASE_OPENSSL_H
#define BASE_OPENSSL_H

#include <stdbool.h>

/*
 * Load libcrypto and start it without its configuration file, its tables of
 * names and its exit handlers.  Return false, and note the lack of memory
 * (oom.h), if it cannot be loaded or started.
 */
__attribute__((warn_unused_result)) bool openssl_load(void);

/*
 * Load libssl, too, and add the digests that certificates are signed with.
 * Return false, and note it as above, if a library cannot be loaded or started.
 */
__attribute__((warn_unused_result)) bool openssl_load_tls(void);

/*
 * Call this before a library, for example libpq, may call OpenSSL.  Start
 * libcrypto if it is already in the process; otherwise the first call starts
 * it.  Return false if it cannot be started.
 */
__attribute__((warn_unused_result)) bool openssl_expect(void);

/* For tools/dev/late: load a library for the first call, or end the process. */
void openssl_first_crypto(void);
void openssl_first_ssl(void);

#endif
