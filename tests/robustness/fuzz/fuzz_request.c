/*
 * fuzz_request.c - any request from a web server: every program gives a
 * complete reply in the form of the contract, writes one log line if the
 * request failed, and sends PostgreSQL only valid statements and parameters.
 *
 * An input is a byte for the program; a byte for the database's replies;
 * environment strings, each with a final NUL, and an empty one after the last;
 * the body. HTTP_AUTHORIZATION=ME is replaced by a token of alice. Everything
 * is real except the database (rows.h).
 */
#include <openssl/evp.h>

#include "base/base64url.h"
#include "base/env.h"
#include "programs.h"
#include "rows.h"
#include "base/banned.h"

#define MAX_VARIABLES 64
#define MAX_HEADERS 32
#define MAX_REPLY_BYTES (1 << 20)
#define SECRET "correct-horse-battery-staple-012345"
#define ORIGIN "https://app.example.org"
/* {"alg":"HS256"} and {"sub":"alice","exp":99999999999} */
#define SIGNED                  \
	"eyJhbGciOiJIUzI1NiJ9." \
	"eyJzdWIiOiJhbGljZSIsImV4cCI6OTk5OTk5OTk5OTl9"

static char *settings[] = {
	"DATABASE_URL=postgresql:///tasks",
	"BETTER_AUTH_SECRET=" SECRET,
	"CORS_ORIGINS=" ORIGIN,
	"TASKS_LOG_USER=whole",
	"TASKS_SERVER_TIMING=yes",
	NULL,
};
static struct process process;
static struct gateway gateway = GATEWAY_CGI(-1, -1, -1);
static char token_variable[256];

struct header {
	const char *name, *value;
};

/* A reply, split into its parts. */
struct reply {
	char *text;
	int status;
	struct header headers[MAX_HEADERS];
	size_t count;
	const char *body;
};

int endpoint_main(const struct endpoint *endpoint)
{
	return serve(endpoint, &gateway, &process) ? 0 : 1;
}

static void make_token(void)
{
	unsigned char mac[32];
	struct arena arena;
	struct buf text;
	size_t length;

	must(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, SECRET,
		       sizeof(SECRET) - 1, (const unsigned char *)SIGNED,
		       sizeof(SIGNED) - 1, mac, sizeof(mac), &length) != NULL);
	arena_init(&arena, 1 << 16);
	buf_init(&text, &arena, sizeof(token_variable));
	base64url_add(&text, mac, length);
	snprintf(token_variable, sizeof(token_variable),
		 "HTTP_AUTHORIZATION=Bearer " SIGNED ".%s", buf_text(&text));
	arena_release(&arena);
}

/* Return the file's whole content as a new string, which the caller frees. */
static char *text_of(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = malloc((size_t)size + 1);

	must(size >= 0 && size < MAX_REPLY_BYTES && text != NULL);
	must(pread(fd, text, (size_t)size, 0) == size);
	text[size] = '\0';
	must(strlen(text) == (size_t)size);
	return text;
}

static void take_apart(struct reply *reply)
{
	char *line = reply->text, *end;

	reply->count = 0;
	for (;; line = end + 2) {
		char *colon;

		end = strstr(line, "\r\n");
		must(end != NULL);
		*end = '\0';
		if (end == line)
			break;
		for (char *p = line; *p != '\0'; p++)
			must((unsigned char)*p >= 0x20 && *p != 0x7f);
		colon = strstr(line, ": ");
		must(colon != NULL && colon > line &&
		     reply->count < MAX_HEADERS);
		*colon = '\0';
		must(strspn(line,
			    "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == strlen(line));
		for (size_t i = 0; i < reply->count; i++)
			must(strcasecmp(reply->headers[i].name, line) != 0);
		reply->headers[reply->count++] =
			(struct header){line, colon + 2};
	}
	must(reply->count > 0 && strcmp(reply->headers[0].name, "Status") == 0);
	reply->status = (int)strtol(reply->headers[0].value, NULL, 10);
	reply->body = end + 2;
}

static const char *header(const struct reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->count; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	return NULL;
}

/* The body must be {"detail", "code", "request_id"} without other members. */
static void check_error(const struct reply *reply, const json_t *body)
{
	const json_t *detail = json_object_get(body, "detail");
	const char *id = json_string_value(json_object_get(body, "request_id"));

	must(json_object_size(body) == 3 &&
	     json_is_string(json_object_get(body, "code")));
	must(id != NULL && strcmp(id, header(reply, "X-Request-Id")) == 0);
	if (reply->status == 422)
		must(json_array_size(detail) > 0);
	else
		must(*json_string_value(detail) != '\0');
}

static void check_reply_body(const struct reply *reply, bool head)
{
	bool bare = reply->status == 204 || reply->status == 304 ||
		    header(reply, "Preference-Applied") != NULL;
	const char *type = header(reply, "Content-Type");
	json_t *body;

	must((type == NULL) == bare);
	must(type == NULL || strcmp(type, "application/json") == 0);
	if (bare || head) {
		must(*reply->body == '\0');
		return;
	}
	body = json_loads(reply->body, JSON_REJECT_DUPLICATES, NULL);
	must(body != NULL);
	if (reply->status >= 400 && json_object_get(body, "status") == NULL)
		check_error(reply, body);
	json_decref(body);
}

static bool is_id(const char *id)
{
	size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-");

	return length >= 1 && length <= 64 && id[length] == '\0';
}

/* X-Tasks-Log is in logfmt, and is present only if the server requested it. */
static void check_account(const struct reply *reply)
{
	const char *said = header(reply, "X-Tasks-Log");

	must((said != NULL) ==
	     (env_get(gateway.envp, "TASKS_LOG_HEADER") != NULL &&
	      strcmp(env_get(gateway.envp, "TASKS_LOG_HEADER"),
		     "X-Tasks-Log") == 0));
	must(header(reply, "Server-Timing") != NULL);
	if (said == NULL)
		return;
	must(strncmp(said, "program=", 8) == 0 && strlen(said) < 256);
	must(strspn(said, "abcdefghijklmnopqrstuvwxyz0123456789 =_.-") ==
	     strlen(said));
	must((strstr(said, " code=") != NULL) == (reply->status >= 400));
	must(strstr(said, " user=") == NULL ||
	     strstr(said, " user=" ROWS_USER " ") != NULL);
	must(strstr(said, "  ") == NULL);
}

/* Two Origin fields make a list of origins, which is never allowed. */
static bool is_allowed(char *const envp[])
{
	const char *origin = env_raw(envp, "HTTP_ORIGIN");

	if (origin == NULL || strcmp(origin, ORIGIN) != 0)
		return false;
	while (*envp != NULL && strncmp(*envp, "HTTP_ORIGIN=", 12) != 0)
		envp++;
	return env_raw(envp + 1, "HTTP_ORIGIN") == NULL;
}

static void check_headers(const struct reply *reply)
{
	const bool allowed = is_allowed(gateway.envp);

	must(is_id(header(reply, "X-Request-Id")));
	must(fuzz_same(header(reply, "X-Content-Type-Options"), "nosniff"));
	must(fuzz_same(header(reply, "Vary"), "Origin"));
	must(header(reply, "Cache-Control") != NULL);
	must(fuzz_same(header(reply, "Access-Control-Allow-Origin"),
		       allowed ? ORIGIN : NULL));
	must((header(reply, "WWW-Authenticate") != NULL) ==
	     (reply->status == 401));
	must((header(reply, "Retry-After") != NULL) ==
	     (reply->status == 429 || reply->status >= 503));
	must(reply->status != 405 || header(reply, "Allow") != NULL);
	must(reply->status != 201 || header(reply, "Location") != NULL);
}

/* Only a failed request writes a line, which has nothing of the token. */
static void check_log(const struct reply *reply, const char *log)
{
	const char *end = strchr(log, '\n');

	if (reply->status < 400) {
		must(*log == '\0');
		return;
	}
	must(end != NULL && end[1] == '\0' && strncmp(log, "time=", 5) == 0);
	for (const char *p = log; p < end; p++)
		must((unsigned char)*p >= 0x20 && *p != 0x7f);
	must(strstr(log, SIGNED) == NULL);
}

/* Whether a web server reports an error; lighttpd sends the variable twice. */
static bool is_redirected(void)
{
	static const char name[] = "REDIRECT_STATUS=";

	for (char *const *entry = gateway.envp; *entry != NULL; entry++)
		if (strncmp(*entry, name, sizeof(name) - 1) == 0 &&
		    (*entry)[sizeof(name) - 1] != '\0')
			return true;
	return false;
}

static void check(struct reply *reply, const char *log)
{
	const char *method = env_get(gateway.envp, "REQUEST_METHOD");

	take_apart(reply);
	check_headers(reply);
	check_account(reply);
	check_reply_body(reply, fuzz_same(method, "HEAD"));
	check_log(reply, log);
	must(reply->status >= 200 && reply->status <= 504);
	/*
	 * An input cannot cause a 5xx, except by REDIRECT_STATUS and an
	 * unreachable database.
	 */
	must(reply->status < 500 || is_redirected() ||
	     (reply->status == 503 && rows_mood == ROWS_AWAY));
	must(rows_asked <= 2 && rows_written <= 1);
	must(rows_asked == 0 || reply->status != 401);
	must(reply->status != 400 || rows_asked == 0);
	must(reply->status != 201 || rows_written == 1);
	must(reply->status != 403 || rows_asked == 0 ||
	     rows_mood == ROWS_FOREIGN);
	must(reply->status != 412 || rows_mood == ROWS_CHANGED);
}

/*
 * Read the environment strings into envp and return the start of the body. A
 * body is announced by Transfer-Encoding, which counts unless there is a
 * CONTENT_LENGTH.
 */
static const char *read_block(char *text, char *end, char **envp)
{
	size_t count = 0;

	while (text < end && *text != '\0' && count < MAX_VARIABLES) {
		char *next = text + strlen(text) + 1;

		if (strchr(text, '=') != NULL)
			envp[count++] =
				strcmp(text, "HTTP_AUTHORIZATION=ME") == 0
					? token_variable
					: text;
		text = next;
	}
	text = text < end ? text + 1 : end;
	if (text < end)
		envp[count++] = "HTTP_TRANSFER_ENCODING=chunked";
	envp[count] = NULL;
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *envp[MAX_VARIABLES + 2], *text, *end, *log;
	const char *body;
	struct reply reply;

	if (size < 2)
		return 0;
	if (*token_variable == '\0')
		make_token();
	text = fuzz_text(data + 2, size - 2);
	end = text + size - 2;
	body = read_block(text, end, envp);
	environ = settings;
	rows_mood = (enum rows_mood)(data[1] % ROWS_MOODS);
	rows_sql = NULL;
	rows_asked = rows_written = 0;
	gateway = (struct gateway)GATEWAY_CGI(memfd_create("input", 0),
					      memfd_create("output", 0),
					      memfd_create("log", 0));
	gateway.envp = envp;
	must(write(gateway.input, body, (size_t)(end - body)) == end - body);
	must(lseek(gateway.input, 0, SEEK_SET) == 0);
	must(programs[data[0] % PROGRAM_COUNT]() == 0);
	reply.text = text_of(gateway.output);
	log = text_of(gateway.log);
	check(&reply, log);
	free(reply.text);
	free(log);
	close(gateway.input);
	close(gateway.output);
	close(gateway.log);
	free(text);
	return 0;
}
