/*
 * Stubs for Kerberos and LDAP, to which Debian's libpq.a refers.  Each function
 * reports a failure.  libpq then treats the GSSAPI login or the LDAP lookup of
 * a service as failed.  libpq 17 also refers to functions of libm, but does not
 * call them: they belong to a random number generator for the server.  A program
 * linked with the shared libpq does not use these stubs.
 */
#include <stddef.h>

#define GSS_UNAVAILABLE (16U << 16) /* GSS_S_UNAVAILABLE, RFC 2744, 3.9.1 */
#define LDAP_DOWN 0x51		    /* LDAP_SERVER_DOWN */

#define GSS(name)                       \
	unsigned name(void);            \
	unsigned name(void)             \
	{                               \
		return GSS_UNAVAILABLE; \
	}
#define LDAP(type, name, result) \
	type name(void);         \
	type name(void)          \
	{                        \
		return result;   \
	}

extern void *const GSS_C_NT_HOSTBASED_SERVICE;
void *const GSS_C_NT_HOSTBASED_SERVICE = NULL;

GSS(gss_acquire_cred)
GSS(gss_delete_sec_context)
GSS(gss_display_status)
GSS(gss_import_name)
GSS(gss_init_sec_context)
GSS(gss_release_buffer)
GSS(gss_release_cred)
GSS(gss_release_name)
GSS(gss_unwrap)
GSS(gss_wrap)
GSS(gss_wrap_size_limit)

LDAP(int, ldap_count_entries, 0)
LDAP(const char *, ldap_err2string, "LDAP is not supported")
LDAP(void *, ldap_first_entry, NULL)
LDAP(void *, ldap_get_values_len, NULL)
LDAP(void *, ldap_init, NULL)
LDAP(int, ldap_msgfree, 0)
LDAP(int, ldap_result, -1)
LDAP(int, ldap_search_st, LDAP_DOWN)
LDAP(int, ldap_set_option, LDAP_DOWN)
LDAP(int, ldap_simple_bind, -1)
LDAP(int, ldap_unbind, 0)
LDAP(void, ldap_value_free_len, )

/* libFuzzer calls libm itself. */
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define LIBM(name)            \
	double name(double);  \
	double name(double x) \
	{                     \
		return x;     \
	}

LIBM(log)
LIBM(sin)
LIBM(sqrt)
#endif
