#include "db/db_url.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "base/banned.h"

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
		{"sslsni", {"0", "1"}},
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
	if (is_one_of(option->keyword, numbers))
		return text_to_number(value, strlen(value), INT32_MAX, &number);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
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

const char *db_url_parse(const char *url, char host[DB_URL_HOST_BYTES])
{
	/* libpq's error message is not requested, because it quotes part of the
	   URI, which can be the password. */
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	bool sound = options != NULL;
	size_t length;

	for (PQconninfoOption *o = options; sound && o->keyword != NULL; o++)
		sound = is_option_sound(o);
	length = sound ? strlen(network_host(options)) : 0;
	sound = sound && length < DB_URL_HOST_BYTES;
	if (sound)
		memcpy(host, network_host(options), length + 1);
	PQconninfoFree(options);
	return sound ? NULL
		     : "is not a postgresql:// URI that libpq accepts, or has "
		       "an invalid option";
}
