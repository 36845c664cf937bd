/* Send a request over HTTP by libcurl, as the command curl sends it. */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static size_t take(char *data, size_t size, size_t count, void *reply)
{
	bytes_add(reply, data, size * count);
	return size * count;
}

/* Return the timeout of a request.  tests/run sets API_LIMIT_MS by the speed of
 * the machine. */
static long limit_ms(void)
{
	const char *text = getenv("API_LIMIT_MS");
	long limit = text != NULL ? strtol(text, NULL, 10) : 0;

	return limit > 0 ? limit : 60000;
}

static CURLcode perform(CURL *curl, const struct fields *fields,
			const struct curl_slist *headers,
			const struct bytes *body, struct bytes *reply)
{
	const char *method = fields->at[1];

	curl_easy_setopt(curl, CURLOPT_URL, fields->at[2]);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	/* The command reads this variable, but libcurl does not. */
	if (getenv("CURL_CA_BUNDLE") != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO,
				 getenv("CURL_CA_BUNDLE"));
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, limit_ms());
	/* Use a new connection for each request, as the command does. */
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
	if (body != NULL) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)body->length);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->text);
	}
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	return curl_easy_perform(curl);
}

bool command_http(const struct fields *fields, FILE *answer)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	struct bytes body = {0}, reply = {0};
	CURL *curl;
	CURLcode code;

	if (fields->count < 4)
		die("http", "takes METHOD URL BODY-FILE HEADER...");
	curl = curl_easy_init();
	for (size_t i = 4; i < fields->count && headers != NULL; i++)
		headers = curl_slist_append(headers, fields->at[i]);
	if (curl == NULL || headers == NULL)
		die("libcurl", "cannot start");
	if (*fields->at[3] != '\0')
		body = bytes_of_file(fields->at[3]);
	bytes_add(&reply, "", 0);
	code = perform(curl, fields, headers,
		       *fields->at[3] != '\0' ? &body : NULL, &reply);
	assign_reply(answer, &reply);
	if (code != CURLE_OK) {
		const char *why = curl_easy_strerror(code);

		assign(answer, "why", why, strlen(why));
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	free(body.text);
	free(reply.text);
	return code == CURLE_OK;
}
