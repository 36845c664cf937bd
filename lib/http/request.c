#include "http/request.h"

#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/buf.h"
#include "config/config.h"
#include "base/env.h"
#include "base/hex.h"
#include "http/gateway.h"
#include "base/text.h"
#include "base/banned.h"

#define MAX_HEADER_NAME 64

#define READ_BYTES 4096

static bool is_request_id(const char *id)
{
	size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-");

	return length > 0 && length < REQUEST_ID_BYTES && id[length] == '\0';
}

/*
 * Fill bytes with random bytes.  The ids only identify log lines, so zeros are
 * acceptable.  A process takes bytes for several ids from the kernel at once.
 * It starts no other process, so no other process has the same bytes.
 */
static void fill_random(unsigned char *bytes, size_t length)
{
	static unsigned char pool[256];
	static size_t left;

	if (left < length) {
		if (getrandom(pool, sizeof(pool), 0) != sizeof(pool))
			memset(pool, 0, sizeof(pool));
		left = sizeof(pool);
	}
	left -= length;
	memcpy(bytes, pool + left, length);
}

/* Use the id that the client sent if it is valid, else make a random one. */
static void choose_id(const char *sent, char id[REQUEST_ID_BYTES])
{
	unsigned char random[16];

	if (sent != NULL && is_request_id(sent)) {
		memcpy(id, sent, strlen(sent) + 1);
		return;
	}
	fill_random(random, sizeof(random));
	hex_encode(random, sizeof(random), id);
}

/*
 * Join the fields of one name into a list (RFC 3875, section 4.1.18).  nginx
 * before 1.23 passes each of them as a separate variable.
 */
static const char *all_fields(char *const envp[], const char *name,
			      struct arena *arena)
{
	const char *all = NULL, *next;

	while ((next = env_raw(envp, name)) != NULL) {
		all = all == NULL ? next
				  : arena_printf(arena, "%s, %s", all, next);
		while (*envp + strlen(name) + 1 != next)
			envp++;
		envp++;
	}
	return all;
}

/* As all_fields(), but return NULL if the list is empty. */
static const char *fields(char *const envp[], const char *name,
			  struct arena *arena)
{
	const char *all = all_fields(envp, name, arena);

	return all != NULL && *all != '\0' ? all : NULL;
}

/*
 * nginx passes only the first field in CONTENT_TYPE, and all fields in
 * HTTP_CONTENT_TYPE.
 */
static const char *all_types(char *const envp[], struct arena *arena)
{
	const char *all = fields(envp, "HTTP_CONTENT_TYPE", arena);

	return all != NULL ? all : env_get(envp, "CONTENT_TYPE");
}

/* Count consecutive fields of one name as one, because they are joined. */
static bool has_long_field(char *const envp[])
{
	size_t length = 0;

	for (char *const *at = envp; *at != NULL; at++) {
		size_t name = strcspn(*at, "=") + 1;
		bool again = at != envp && strncmp(at[-1], *at, name) == 0;

		length = (again ? length : 0) + strlen(*at);
		if (strncmp(*at, "HTTP_", 5) == 0 &&
		    length > REQUEST_FIELD_MAX_BYTES)
			return true;
	}
	return false;
}

void request_limit_body(struct request *request, size_t max_body_bytes)
{
	if (request->announced_bytes <= max_body_bytes)
		return;
	request->body_state = REQUEST_BODY_TOO_LARGE;
	request->body = "";
	request->body_length = 0;
}

/* How the meta-variables announce the body.  If all are 0, there is none. */
struct announcement {
	const char *fault;   /* why the length is unknown, or NULL */
	bool has_length;     /* read `bytes` bytes */
	bool is_chunked;     /* read to the end of the input */
	bool is_undecoded;   /* the server did not decode the chunks */
	unsigned long bytes; /* valid with has_length */
};

/* BusyBox httpd 1.35 passes the raw chunks that it has received so far. */
static bool leaves_chunks(const char *server)
{
	static const char busybox[] = "busybox httpd";

	return server != NULL &&
	       strncmp(server, busybox, sizeof(busybox) - 1) == 0;
}

/*
 * If the last coding is not chunked, the end is unknown (RFC 9112, section
 * 6.3).
 */
static bool ends_in_chunks(const char *codings)
{
	const char *last = codings + strlen(codings);

	while (last != codings && strchr(" \t,", last[-1]) == NULL)
		last--;
	return text_is_word(last, strlen(last), "chunked");
}

/* A length or a transfer coding announces a body (RFC 9112, section 6.3). */
static struct announcement read_announcement(char *const envp[])
{
	const char *length = env_get(envp, "CONTENT_LENGTH");
	const char *codings = env_get(envp, "HTTP_TRANSFER_ENCODING");
	struct announcement announced = {0};

	if (length == NULL)
		length = env_get(envp, "HTTP_CONTENT_LENGTH");
	if (length != NULL) {
		announced.has_length =
			strspn(length, "0123456789") == strlen(length);
		if (!announced.has_length)
			announced.fault =
				"CONTENT_LENGTH is not a decimal number";
		/* Treat an overflow as a body that is too large. */
		if (announced.has_length &&
		    !text_to_number(length, strlen(length), LONG_MAX,
				    &announced.bytes))
			announced.bytes = LONG_MAX;
	} else if (codings != NULL && !ends_in_chunks(codings)) {
		announced.fault =
			"the last coding in Transfer-Encoding is not chunked";
	} else if (codings != NULL) {
		announced.is_chunked = true;
		announced.is_undecoded =
			leaves_chunks(env_get(envp, "SERVER_SOFTWARE"));
	}
	return announced;
}

/*
 * Read the announced body.  Read and discard what exceeds max_bytes.  Return
 * false if memory runs out.
 */
static bool read_body(struct request *request, struct gateway *gateway,
		      const struct announcement *announced, size_t max_bytes,
		      struct arena *arena)
{
	char scrap[READ_BYTES];
	struct buf body;
	unsigned long total = 0;
	ssize_t got = 1;

	buf_init(&body, arena, max_bytes);
	while (got != 0 &&
	       (announced->is_chunked || total < announced->bytes)) {
		size_t want = sizeof(scrap);

		if (announced->has_length && announced->bytes - total < want)
			want = announced->bytes - total;
		got = gateway_read(gateway, scrap, want);
		if (got < 0)
			break;
		total += (unsigned long)got;
		if (total <= max_bytes)
			buf_add(&body, scrap, (size_t)got);
	}
	request->announced_bytes =
		announced->has_length ? announced->bytes : total;
	if (got < 0 || total < announced->bytes)
		request->body_state = REQUEST_BODY_SHORT;
	else if (announced->is_undecoded)
		request->body_state = REQUEST_BODY_CHUNKED;
	request->body = buf_text(&body);
	request->body_length = body.length;
	request_limit_body(request, max_bytes);
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
		     !text_is_word(pair.value, pair.value_length, "utf-8") &&
		     !text_is_word(pair.value, pair.value_length, "utf8")))
			return false;
	}
	return *p == '\0';
}

bool request_is_unencoded(const char *codings)
{
	while (codings != NULL && *codings != '\0') {
		size_t length;

		codings += strspn(codings, " \t,");
		length = strcspn(codings, " \t,");
		if (length > 0 && !text_is_word(codings, length, "identity"))
			return false;
		codings += length;
	}
	return true;
}

/*
 * Return name if it is valid for the log header, else NULL.  No other header of
 * a reply has such a name.
 */
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
	const char *method = env_get(envp, "REQUEST_METHOD");
	const char *path = env_get(envp, "PATH_INFO");
	const char *query = env_get(envp, "QUERY_STRING");
	const struct announcement announced = read_announcement(envp);
	const char *status = fields(envp, "REDIRECT_STATUS", arena);
	const char *asked = env_get(envp, "REDIRECT_URL");
	bool whole;

	*request = (struct request){
		.method = method != NULL ? method_parse(method) : METHOD_OTHER,
		.path = path != NULL ? path : "",
		.query = query != NULL ? query : "",
		.body = "",
		.authorization = fields(envp, "HTTP_AUTHORIZATION", arena),
		.origin = fields(envp, "HTTP_ORIGIN", arena),
		.content_type = all_types(envp, arena),
		.content_encoding =
			all_fields(envp, "HTTP_CONTENT_ENCODING", arena),
		/* An empty condition must not be ignored: that would skip a check. */
		.if_match = all_fields(envp, "HTTP_IF_MATCH", arena),
		.if_none_match = all_fields(envp, "HTTP_IF_NONE_MATCH", arena),
		.prefer = all_fields(envp, "HTTP_PREFER", arena),
		.idempotency_key =
			all_fields(envp, "HTTP_IDEMPOTENCY_KEY", arena),
		.log_header = own_header(env_get(envp, "TASKS_LOG_HEADER")),
	};
	choose_id(fields(envp, "HTTP_X_REQUEST_ID", arena), request->id);
	traceparent_id(all_fields(envp, "HTTP_TRACEPARENT", arena),
		       request->trace_id);
	/* lighttpd passes two values: 200, then the configured status. */
	if (status != NULL && strrchr(status, ' ') != NULL)
		status = strrchr(status, ' ') + 1;
	/* A status below 400 is a successful internal redirect. */
	if (status == NULL ||
	    !text_to_number(status, strlen(status), 599,
			    &request->server_status) ||
	    request->server_status < 400)
		request->server_status = 0;
	if (request->server_status != 0 && asked != NULL)
		request->path = asked;
	whole = read_body(request, gateway, &announced, max_body_bytes, arena);
	gateway_drain(gateway);
	/* After an allocation failure a header that was sent may be missing. */
	if (!whole || arena->failed)
		return problem_set(problem, PROBLEM_INTERNAL, "request.body",
				   "out of memory");
	if (has_long_field(envp))
		return problem_set(problem, PROBLEM_HEADERS_TOO_LARGE,
				   "request.fields", NULL);
	if (announced.fault != NULL)
		return problem_set(problem, PROBLEM_BAD_REQUEST,
				   "request.length", announced.fault);
	if (method == NULL)
		return problem_set(problem, PROBLEM_BAD_REQUEST,
				   "request.method",
				   "REQUEST_METHOD is not set");
	return PROBLEM_NONE;
}
