#include "db/db_url.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "base/banned.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_one_of(const char *value, const char *const *names)
{
	while (*names != NULL && strcmp(*names, value) != 0)
		names++;
	return *names != NULL;
}

/* Ports with commas between them; libpq reads an empty one as 5432. */
static bool is_port_list(const char *value)
{
	for (const char *end = value; *value != '\0'; value = end) {
		unsigned long port;

		end = value + strcspn(value, ",");
		if (end > value &&
		    (!text_to_number(value, (size_t)(end - value), 65535,
				     &port) ||
		     port == 0))
			return false;
		end += *end == ',';
	}
	return true;
}

/* Methods with commas between them: all required, or all excluded by a '!'. */
static bool is_method_list(const char *value)
{
	static const char *const methods[] = {
		"password", "md5", "gss", "sspi", "scram-sha-256", "none"};
	const bool excluded = *value == '!';
	unsigned seen = 0;

	do {
		size_t length, i = 0;

		if ((*value == '!') != excluded)
			return false;
		value += excluded;
		length = strcspn(value, ",");
		while (i < COUNT(methods) &&
		       (strlen(methods[i]) != length ||
			strncmp(methods[i], value, length) != 0))
			i++;
		if (i == COUNT(methods) || (seen & 1U << i) != 0)
			return false;
		seen |= 1U << i;
		value += length;
	} while (*value++ == ',');
	return true;
}

/*
 * Check an option that libpq checks only while connecting, where a fault looks
 * like an unavailable database.
 */
static bool is_option_sound(const PQconninfoOption *option)
{
	static const struct {
		const char *keyword;
		const char *values[8];
	} words[] = {
		{"sslmode",
		 {"disable", "allow", "prefer", "require", "verify-ca",
		  "verify-full"}},
		{"channel_binding", {"disable", "prefer", "require"}},
		{"gssencmode", {"disable", "prefer", "require"}},
		{"target_session_attrs",
		 {"any", "read-write", "read-only", "primary", "standby",
		  "prefer-standby"}},
		{"ssl_min_protocol_version",
		 {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"ssl_max_protocol_version",
		 {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"sslcertmode", {"disable", "allow", "require"}},
		{"sslnegotiation", {"postgres", "direct"}},
		{"sslsni", {"0", "1"}},
		{"gssdelegation", {"0", "1"}},
		{"load_balance_hosts", {"disable", "random"}},
		{"keepalives", {"0", "1"}},
	};
	static const char *const numbers[] = {
		"connect_timeout",  "keepalives_idle",	"keepalives_interval",
		"keepalives_count", "tcp_user_timeout", NULL};
	const char *value = option->val;
	unsigned long number;

	if (value == NULL || *value == '\0')
		return true;
	if (strcmp(option->keyword, "port") == 0)
		return is_port_list(value);
	if (strcmp(option->keyword, "require_auth") == 0)
		return is_method_list(value);
	if (is_one_of(option->keyword, numbers))
		return text_to_number(value, strlen(value), INT32_MAX, &number);
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(option->keyword, words[i].keyword) == 0)
			return is_one_of(value, words[i].values);
	return true;
}

const char *db_url_option(const PQconninfoOption *options, const char *keyword)
{
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (strcmp(o->keyword, keyword) == 0)
			return o->val != NULL ? o->val : "";
	return "";
}

/* Return the host if it is the only one and must be resolved, else "". */
static const char *network_host(const PQconninfoOption *options)
{
	const char *host = db_url_option(options, "host");

	if (*host == '/' || *host == '@' || strchr(host, ',') != NULL ||
	    *db_url_option(options, "hostaddr") != '\0')
		return "";
	return host;
}

bool db_url_uses_network(const PQconninfoOption *options)
{
	const char *host = db_url_option(options, "host");

	if (*db_url_option(options, "hostaddr") != '\0')
		return true;
	for (; *host != '\0'; host += *host == ',') {
		if (*host != ',' && *host != '/' && *host != '@')
			return true;
		host += strcspn(host, ",");
	}
	return false;
}

/* Name the parameter that a URI has and that only a newer libpq knows. */
static const char *newer_fault(const char *url)
{
	static const struct {
		const char *keyword, *fault;
		int version;
	} newer[] = {
#define NEWER(keyword, version)                                          \
	{keyword "=", "has " keyword ", which requires libpq " #version, \
	 (version)*10000}
		NEWER("require_auth", 16),   NEWER("sslcertmode", 16),
		NEWER("gssdelegation", 16),  NEWER("load_balance_hosts", 16),
		NEWER("sslnegotiation", 17),
#undef NEWER
	};
	const char *word = strchr(url, '?');

	for (; word != NULL; word = strchr(word, '&')) {
		word++;
		for (size_t i = 0; i < COUNT(newer); i++)
			if (PQlibVersion() < newer[i].version &&
			    strncmp(word, newer[i].keyword,
				    strlen(newer[i].keyword)) == 0)
				return newer[i].fault;
	}
	return NULL;
}

/* Find a combination that libpq refuses only while connecting. */
static const char *weak_mode_fault(const PQconninfoOption *options)
{
	static const char *const strong[] = {"require", "verify-ca",
					     "verify-full", NULL};
	const char *mode = db_url_option(options, "sslmode");
	const bool is_system =
		PQlibVersion() >= DB_URL_LIBPQ_WITH_SYSTEM &&
		strcmp(db_url_option(options, "sslrootcert"), "system") == 0;

	if (is_system && *mode == '\0')
		mode = "verify-full"; /* libpq's default then */
	if (is_system && strcmp(mode, "verify-full") != 0)
		return "has sslrootcert=system, which requires "
		       "sslmode=verify-full";
	if (strcmp(db_url_option(options, "sslnegotiation"), "direct") == 0 &&
	    !is_one_of(mode, strong))
		return "has sslnegotiation=direct, which requires "
		       "sslmode=require, verify-ca or verify-full";
	return NULL;
}

const char *db_url_parse(const char *url, char host[DB_URL_HOST_BYTES])
{
	/* libpq's error message is not requested, because it quotes part of the
	   URI, which can be the password. */
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	bool sound = options != NULL;
	const char *fault = sound ? weak_mode_fault(options) : newer_fault(url);
	size_t length;

	for (PQconninfoOption *o = options; sound && o->keyword != NULL; o++)
		sound = is_option_sound(o);
	length = sound ? strlen(network_host(options)) : 0;
	sound = sound && length < DB_URL_HOST_BYTES;
	if (sound)
		memcpy(host, network_host(options), length + 1);
	PQconninfoFree(options);
	if (sound || fault != NULL)
		return fault;
	return "is not a postgresql:// URI that libpq accepts, or has an "
	       "invalid option";
}
