#include "request.h"

#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "arena.h"
#include "buf.h"
#include "config.h"
#include "gateway.h"
#include "text.h"
#include "banned.h"

#define MAX_HEADER_NAME 64

#define READ_BYTES 4096

static bool is_request_id(const char *id)
{
	size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-");

	return length > 0 && length < REQUEST_ID_BYTES && id[length] == '\0';
}

/* The caller's id, where it is fit to be logged and sent back, or a new one. */
static void choose_id(const char *sent, char id[REQUEST_ID_BYTES])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char random[16] = {0};
	size_t length = 0;

	if (sent != NULL && is_request_id(sent)) {
		memcpy(id, sent, strlen(sent) + 1);
		return;
	}
	/* An id is for finding a log line; zeros would still be one. */
	if (getrandom(random, sizeof(random), 0) < 0)
		memset(random, 0, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++) {
		id[length++] = hex[random[i] >> 4];
		id[length++] = hex[random[i] & 15];
	}
	id[length] = '\0';
}

/*
 * The fields of one name as one list (RFC 3875, 4.1.18): nginx before 1.23
 * sends each as a variable of its own.
 */
static const char *all_fields(char *const envp[], const char *name,
			      struct arena *arena)
{
	const char *all = NULL, *next;

	while ((next = config_env_raw(envp, name)) != NULL) {
		all = all == NULL ? next
				  : arena_printf(arena, "%s, %s", all, next);
		while (*envp + strlen(name) + 1 != next)
			envp++;
		envp++;
	}
	return all;
}

/*
 * Read up to declared bytes of the body, or to the end of input.  What does
 * not fit is read all the same and dropped.  False on PROBLEM_INTERNAL.
 */
static bool read_body(struct request *request, struct gateway *gateway,
		      bool has_length, unsigned long declared, size_t max_bytes,
		      struct arena *arena)
{
	char scrap[READ_BYTES];
	struct buf body;
	unsigned long total = 0;
	ssize_t got = 1;

	buf_init(&body, arena, max_bytes);
	while (got != 0 && (!has_length || total < declared)) {
		size_t want = sizeof(scrap);

		if (has_length && declared - total < want)
			want = declared - total;
		got = gateway_read(gateway, scrap, want);
		if (got < 0)
			break;
		total += (unsigned long)got;
		if (total <= max_bytes)
			buf_add(&body, scrap, (size_t)got);
	}
	if (total > max_bytes || (has_length && declared > max_bytes)) {
		request->body_state = REQUEST_BODY_TOO_LARGE;
		return true;
	}
	if (got < 0 || (has_length && total < declared))
		request->body_state = REQUEST_BODY_SHORT;
	request->body = buf_text(&body);
	request->body_length = body.length;
	return !buf_failed(&body);
}

bool request_is_json_type(const char *content_type)
{
	static const char json[] = "application/json";
	const char *p = content_type;
	struct text_pair pair;

	if (p == NULL || strncasecmp(p, json, sizeof(json) - 1) != 0)
		return false;
	p += sizeof(json) - 1;
	for (p += strspn(p, " \t"); *p == ';'; p += strspn(p, " \t")) {
		p += 1 + strspn(p + 1, " \t");
		if (*p == ';' || *p == '\0')
			continue;
		p = text_read_pair(p, &pair);
		if (p == NULL ||
		    (text_is_word(pair.name, pair.name_length, "charset") &&
		     !text_is_word(pair.value, pair.value_length, "utf-8")))
			return false;
	}
	return *p == '\0';
}

/* The name, if it is one that no other header of a reply has. */
static const char *own_header(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz-"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char end[] = "Tasks-Log";
	size_t length = name != NULL ? strlen(name) : 0;

	if (length < strlen("X-") + strlen(end) || length > MAX_HEADER_NAME ||
	    strncmp(name, "X-", 2) != 0 ||
	    strcmp(name + length - strlen(end), end) != 0 ||
	    strspn(name, letters) != length)
		return NULL;
	return name;
}

enum problem_code request_read(struct request *request, struct gateway *gateway,
			       size_t max_body_bytes, struct arena *arena,
			       struct problem *problem)
{
	char *const *envp = gateway->envp;
	const char *method = config_env(envp, "REQUEST_METHOD");
	const char *path = config_env(envp, "PATH_INFO");
	const char *query = config_env(envp, "QUERY_STRING");
	const char *length = config_env(envp, "CONTENT_LENGTH");
	const char *status = config_env(envp, "REDIRECT_STATUS");
	const char *asked = config_env(envp, "REDIRECT_URL");
	unsigned long declared = 0;
	bool plain, whole;

	*request = (struct request){
		.method = method != NULL ? route_method(method) : METHOD_OTHER,
		.path = path != NULL ? path : "",
		.query = query != NULL ? query : "",
		.body = "",
		.authorization = config_env(envp, "HTTP_AUTHORIZATION"),
		.origin = config_env(envp, "HTTP_ORIGIN"),
		.content_type = config_env(envp, "CONTENT_TYPE"),
		/* An empty one is no condition that could be left out. */
		.if_match = all_fields(envp, "HTTP_IF_MATCH", arena),
		.if_none_match = all_fields(envp, "HTTP_IF_NONE_MATCH", arena),
		.prefer = all_fields(envp, "HTTP_PREFER", arena),
		.idempotency_key =
			all_fields(envp, "HTTP_IDEMPOTENCY_KEY", arena),
		.log_header = own_header(config_env(envp, "TASKS_LOG_HEADER")),
	};
	choose_id(config_env(envp, "HTTP_X_REQUEST_ID"), request->id);
	if (length == NULL)
		length = config_env(envp, "HTTP_CONTENT_LENGTH");
	trace_parse(all_fields(envp, "HTTP_TRACEPARENT", arena),
		    request->trace_id);
	/* An internal redirect that went well says 200. */
	if (status == NULL ||
	    !text_to_number(status, strlen(status), 599,
			    &request->server_status) ||
	    request->server_status < 400)
		request->server_status = 0;
	if (request->server_status != 0 && asked != NULL)
		request->path = asked;
	plain = length != NULL &&
		strspn(length, "0123456789") == strlen(length);
	/* A number too large to hold is too large a body. */
	if (plain &&
	    !text_to_number(length, strlen(length), LONG_MAX, &declared))
		declared = LONG_MAX;
	whole = read_body(request, gateway, plain, declared, max_body_bytes,
			  arena);
	gateway_drain(gateway);
	/* A header that was lost must not look like one not sent. */
	if (!whole || arena->failed)
		return problem_set(problem, PROBLEM_INTERNAL, "request.body",
				   "out of memory");
	if (length != NULL && !plain)
		return problem_set(problem, PROBLEM_BAD_REQUEST,
				   "request.length",
				   "CONTENT_LENGTH is not a plain number");
	if (method == NULL)
		return problem_set(problem, PROBLEM_BAD_REQUEST,
				   "request.method", "no REQUEST_METHOD");
	return PROBLEM_NONE;
}
