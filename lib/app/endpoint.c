#include "app/endpoint.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "http/cors.h"
#include "base/datetime.h"
#include "app/endpoint_checks.h"
#include "app/log.h"
#include "base/oom.h"
#include "app/sandbox.h"
#include "base/banned.h"

/*
 * The maximum memory of a request.  It suffices for several copies of the
 * largest body (TASKS_MAX_BODY), and for two copies of a list of a thousand
 * tasks of the greatest length.
 */
#define ARENA_LIMIT_BYTES (48 * 1024 * 1024)

/* The maximum number of unusable keys of one set that are logged. */
#define MOST_KEYS_TOLD 16

static void add_allow(unsigned methods, struct response *response)
{
	char allow[METHOD_LIST_BYTES];

	method_list(methods, allow);
	response_header(response, "Allow", allow);
}

static struct log_entry entry_of(const struct endpoint *endpoint,
				 const struct call *call)
{
	return (struct log_entry){.json = call->settings->config.log_json,
				  .now_us = call->now_us,
				  .program = endpoint->program,
				  .request_id = call->request.id,
				  .trace_id = call->request.trace_id};
}

static void warn(const struct endpoint *endpoint, const struct call *call,
		 struct gateway *gateway, const char *setting,
		 const char *reason)
{
	const struct log_entry entry = entry_of(endpoint, call);
	char line[LOG_LINE_BYTES];
	const size_t length = log_format_warning(line, &entry, setting, reason);

	gateway_log(gateway, line, length);
}

/* Load the keys, and log each key that is skipped. */
static enum problem_code load_keys(const struct endpoint *endpoint,
				   struct call *call, struct gateway *gateway)
{
	const struct jwk_set *set = &call->keys->set;
	enum problem_code code =
		endpoint->auth->load(call->keys, &call->settings->config,
				     call->now_us, &call->problem);

	for (size_t i = 0, told = 0;
	     call->keys->fresh && i < set->count && told < MOST_KEYS_TOLD; i++)
		if (set->keys[i].fault != NULL) {
			told++;
			warn(endpoint, call, gateway, "JWKS_FILE",
			     arena_printf(&call->arena,
					  "key %zu is skipped: %s", i + 1,
					  set->keys[i].fault));
		}
	return code;
}

/* Both clocks are needed to check tokens and deadlines. */
static bool knows_the_time(const struct call *call)
{
	return call->now_us != DATETIME_UNKNOWN_US &&
	       datetime_monotonic_us() != DATETIME_UNKNOWN_US;
}

/* Update the settings, the database URL and the keys if they changed. */
static enum problem_code load(const struct endpoint *endpoint,
			      struct call *call, struct gateway *gateway)
{
	struct problem *problem = &call->problem;
	enum problem_code code;

	call->now_us = datetime_now_us();
	code = settings_load(call->settings, environ, call->now_us, problem);
	if (code == PROBLEM_NONE && !knows_the_time(call))
		code = problem_set(problem, PROBLEM_INTERNAL, "endpoint.clock",
				   "the clock cannot be read");
	if (code == PROBLEM_NONE && endpoint->db != NULL)
		code = endpoint->db->begin(call->db, &call->settings->config,
					   call->request.trace_id, problem);
	if (code == PROBLEM_NONE && endpoint->auth != NULL)
		code = load_keys(endpoint, call, gateway);
	return code;
}

/*
 * Return true if the request can be answered although a setting is invalid.
 * /health/live only reports that programs run.  If a preflight failed, the
 * browser would not send the request, so the page could not read its error.
 */
static bool needs_no_settings(const struct call *call)
{
	return call->settings->config.is_told &&
	       (call->route.kind == ROUTE_LIVE ||
		call->request.method == METHOD_OPTIONS);
}

/*
 * Read the request first, because its body may take minutes to arrive.  The
 * token is then checked with the current settings, keys and time.
 */
static enum problem_code begin(const struct endpoint *endpoint,
			       struct call *call, struct gateway *gateway)
{
	struct problem unread = {0};
	enum problem_code code, read;

	read = request_read(&call->request, gateway,
			    endpoint->takes_body ? CONFIG_MAX_BODY_BYTES : 0,
			    &call->arena, &unread);
	route_parse(call->request.path, &call->route);
	code = load(endpoint, call, gateway);
	if (code != PROBLEM_NONE &&
	    (!needs_no_settings(call) || !knows_the_time(call)))
		return code;
	call->problem = (struct problem){0};
	request_limit_body(&call->request,
			   call->settings->config.max_body_bytes);
	if (read != PROBLEM_NONE)
		call->problem = unread;
	return read;
}

/* Run the checks in the contract's order, then the handler. */
static enum problem_code decide(const struct endpoint *endpoint,
				struct call *call, struct gateway *gateway)
{
	enum problem_code code = begin(endpoint, call, gateway);

	if (code != PROBLEM_NONE)
		return code;
	code = endpoint_check_route(endpoint, call);
	if (code != PROBLEM_NONE)
		return code;
	if (call->request.method == METHOD_OPTIONS) {
		call->response.status = 204;
		add_allow(endpoint_methods(endpoint, call), &call->response);
		cors_preflight_headers(&call->settings->config,
				       call->request.origin, &call->response);
		return PROBLEM_NONE;
	}
	if (endpoint->handle == NULL) /* another program serves this path */
		return problem_set(&call->problem, PROBLEM_NOT_FOUND,
				   "endpoint.dispatch",
				   "the web server sent the request to the "
				   "wrong program");
	code = endpoint_check_user(endpoint, call);
	if (code == PROBLEM_NONE)
		code = endpoint_check_task_id(call);
	if (code == PROBLEM_NONE)
		code = endpoint_check_body(endpoint, call);
	return code == PROBLEM_NONE ? endpoint->handle(call) : code;
}

/* Add the headers of every reply. */
static void add_common_headers(struct call *call)
{
	struct response *response = &call->response;

	response_header(response, "X-Request-Id", call->request.id);
	response_header(response, "X-Content-Type-Options", "nosniff");
	response_header(response, "Cache-Control", "private, no-cache");
	cors_headers(&call->settings->config, call->request.origin, response);
}

/*
 * Replace the response by the error reply for code.  Return code, or
 * PROBLEM_INTERNAL if allocation failed, because the reply is then a 500.
 */
static enum problem_code word_problem(const struct endpoint *endpoint,
				      struct call *call, enum problem_code code)
{
	struct response *response = &call->response;
	const char *json;

	response_init(response, &call->arena);
	json = problem_json(code, &call->problem, call->request.id,
			    &call->arena);
	if (json == NULL) { /* allocation failed */
		code = PROBLEM_INTERNAL;
		(void)snprintf(call->oom_body, sizeof(call->oom_body),
			       "{\"detail\":\"%s\",\"code\":\"%s\","
			       "\"request_id\":\"%s\"}",
			       problem_text(code), problem_slug(code),
			       call->request.id);
		json = call->oom_body;
	}
	response_json(response, problem_status(code), json, strlen(json));
	if (code == PROBLEM_METHOD_NOT_ALLOWED)
		add_allow(endpoint_methods(endpoint, call), response);
	if (code == PROBLEM_NO_TOKEN)
		response_header(response, "WWW-Authenticate", "Bearer");
	if (code == PROBLEM_BAD_TOKEN || code == PROBLEM_TOKEN_EXPIRED)
		response_header(response, "WWW-Authenticate",
				"Bearer error=\"invalid_token\"");
	if (code == PROBLEM_TOO_MANY || problem_status(code) >= 503)
		response_header(response, "Retry-After",
				RESPONSE_RETRY_AFTER_S);
	add_common_headers(call);
	return code;
}

static void log_problem(const struct endpoint *endpoint,
			const struct call *call, struct gateway *gateway)
{
	const struct log_entry entry = entry_of(endpoint, call);
	char line[LOG_LINE_BYTES];
	const size_t length =
		log_format(line, &entry, call->logged, &call->problem);

	gateway_log(gateway, line, length);
}

/*
 * Add the headers that describe the request to the operator.  They contain the
 * request's duration, so they are added last.  A header that does not fit is
 * left out.
 */
static void add_operator_headers(const struct endpoint *endpoint,
				 struct call *call)
{
	const struct request *request = &call->request;
	const struct log_access access = {
		.program = endpoint->program,
		.user = request->log_header != NULL && call->user.id != NULL
				? endpoint->auth->log_name(
					  &call->settings->config, &call->user,
					  &call->arena)
				: NULL,
		.code = call->logged,
		.program_us = datetime_monotonic_us() - call->began_us,
		.db_us = call->db->spent_us,
		.trace_id = request->trace_id,
	};
	char text[LOG_ACCESS_BYTES];

	if (call->settings->config.server_timing) {
		log_format_timing(text, &access);
		response_optional_header(&call->response, "Server-Timing",
					 text);
	}
	if (request->log_header != NULL) {
		log_format_access(text, &access);
		response_optional_header(&call->response, request->log_header,
					 text);
	}
}

/*
 * Complete the reply for code, which decide() returned.  After an allocation
 * failure a valid request can look invalid, so reply 500 instead of 4xx.
 */
static void finish(const struct endpoint *endpoint, struct call *call,
		   enum problem_code code)
{
	if (code == PROBLEM_NONE) {
		add_common_headers(call);
		if (!response_failed(&call->response) && !call->arena.failed)
			return;
		code = problem_set(
			&call->problem, PROBLEM_INTERNAL, "endpoint.response",
			"a response header is invalid or too long, or "
			"memory ran out");
	} else if (problem_status(code) < 500 &&
		   (call->arena.failed || oom_happened())) {
		call->problem.detail = NULL;
		code = problem_set(&call->problem, PROBLEM_INTERNAL,
				   "endpoint.memory", "out of memory");
	}
	call->logged = word_problem(endpoint, call, code);
}

/* The state that a process keeps between requests. */
struct process {
	struct db db;
	struct settings settings;
	struct auth_keys keys;
};

/* Process one request.  Return true if its reply was sent. */
static bool serve(const struct endpoint *endpoint, struct gateway *gateway,
		  struct process *process)
{
	struct call call = {.began_us = datetime_monotonic_us(),
			    .db = &process->db,
			    .settings = &process->settings,
			    .keys = &process->keys};
	bool sent;

	arena_init(&call.arena, ARENA_LIMIT_BYTES);
	response_init(&call.response, &call.arena);
	finish(endpoint, &call, decide(endpoint, &call, gateway));
	add_operator_headers(endpoint, &call);
	/* Log first: a client that has its reply can then find the line. */
	if (call.logged != PROBLEM_NONE)
		log_problem(endpoint, &call, gateway);
	sent = response_write(&call.response, gateway,
			      call.request.method == METHOD_HEAD);
	if (!sent)
		warn(endpoint, &call, gateway, NULL,
		     "the reply could not be written");
	if (endpoint->db != NULL)
		endpoint->db->end(call.db);
	arena_release(&call.arena);
	return sent;
}

/*
 * Set jansson's allocator and its seed.  Without a seed, or with 0, jansson
 * would read /dev/urandom.
 */
static void start_json(void)
{
	size_t seed = 0;

	json_set_alloc_funcs(oom_malloc, free);
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
		json_object_seed(seed);
}

int endpoint_main(const struct endpoint *endpoint)
{
	struct gateway gateway;
	struct process process = {0};
	bool sent = true;

	if (!gateway_open(&gateway))
		return 1;
	sandbox_enter();
	start_json();
	while (!oom_happened() && gateway_next(&gateway))
		sent = serve(endpoint, &gateway, &process);
	if (endpoint->db != NULL)
		endpoint->db->release(&process.db);
	if (endpoint->auth != NULL)
		endpoint->auth->release(&process.keys);
	settings_release(&process.settings);
	gateway_close(&gateway);
	return sent ? 0 : 1;
}
