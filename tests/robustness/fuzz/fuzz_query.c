/*
 * fuzz_query.c - any query string: no crash, no 500, all values within their
 * bounds, and the link to the next page requests the same list.
 */
#include "base/buf.h"
#include "config/config.h"
#include "base/datetime.h"
#include "task/task_query.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/uri.h"
#include "fuzz.h"
#include "base/banned.h"

#define ARENA_BYTES (8 << 20)
#define ID "7b2e8f0a-1c3d-4e5f-8a9b-0c1d2e3f4a5b"
#define KEY "2026-01-09 12:00:00+00"
/* Fits a Link header of 8000 bytes, even if every byte becomes %XX. */
#define LINK_QUERY_BYTES 2400

static const struct config config = {
	.secret = "correct-horse-battery-staple-012345",
	.secret_bytes = 35,
	.max_rows = 500,
};

static bool is_instant(const char *text)
{
	int64_t us;

	return text == NULL || (strlen(text) == DATETIME_TEXT_BYTES - 1 &&
				datetime_parse(text, strlen(text), &us));
}

static bool is_bool(const char *text)
{
	return text == NULL || strcmp(text, "true") == 0 ||
	       strcmp(text, "false") == 0;
}

static void check_bounds(const struct task_query *query)
{
	must(query->sort < TASK_SORT_COUNT);
	must(query->limit >= 1 && query->limit <= config.max_rows);
	must(query->offset <= TASK_QUERY_MAX_OFFSET);
	must(is_instant(query->due_after) && is_instant(query->due_before));
	must(is_bool(query->completed) && is_bool(query->has_due_date) &&
	     is_bool(query->overdue));
	must((query->after_key == NULL) == (query->after_id == NULL));
	must(query->after_id == NULL || text_is_uuid(query->after_id, 36));
	if (query->search != NULL)
		must(fuzz_is_utf8(query->search, strlen(query->search)) &&
		     utf8_code_points(query->search, strlen(query->search)) <=
			     255);
}

static void check_same(const struct task_query *a, const struct task_query *b)
{
	must(fuzz_same(a->status, b->status) &&
	     fuzz_same(a->completed, b->completed) &&
	     fuzz_same(a->priority, b->priority) &&
	     fuzz_same(a->search, b->search) &&
	     fuzz_same(a->due_after, b->due_after) &&
	     fuzz_same(a->due_before, b->due_before) &&
	     fuzz_same(a->has_due_date, b->has_due_date) &&
	     fuzz_same(a->overdue, b->overdue));
	must(a->sort == b->sort && a->descending == b->descending &&
	     a->limit == b->limit);
}

/* The link requests the same list, from the end of this page. */
static void check_link(const struct task_query *query,
		       const struct uri_query *params, size_t size)
{
	struct arena arena;
	struct uri_query next_params;
	struct task_query next;
	struct problem problem = {0};
	const char *link, *question, *end;

	arena_init(&arena, ARENA_BYTES);
	link = task_query_next_link(query, params, &config, "alice",
				    "/api/tasks", KEY, ID, &arena);
	must(link != NULL || size > LINK_QUERY_BYTES);
	if (link != NULL) {
		question = strchr(link, '?');
		end = strchr(link, '>');
		must(strncmp(link, "</api/tasks?", 12) == 0);
		must(end != NULL && strcmp(end, ">; rel=\"next\"") == 0);
		for (const char *p = link; *p != '\0'; p++)
			must(*p >= 0x20 && *p < 0x7f);
		must(uri_parse_query(
			arena_strndup(&arena, question + 1,
				      (size_t)(end - question - 1)),
			&arena, &next_params));
		must(task_query_parse(&next_params, &config, "alice", &arena,
				      &next, &problem) == PROBLEM_NONE);
		check_same(query, &next);
		must(next.offset == 0 && next.counted &&
		     fuzz_same(next.after_key, KEY) &&
		     fuzz_same(next.after_id, ID));
	}
	must_fit(&arena);
	arena_release(&arena);
}

/* Each name and value is the same after it was encoded and parsed again. */
static void check_params(const struct uri_query *params)
{
	for (size_t i = 0; i < params->count; i++) {
		const struct uri_param *param = &params->params[i];
		const char *both[] = {param->name, param->value};
		struct arena arena;
		struct buf text;
		struct uri_query again;

		arena_init(&arena, ARENA_BYTES);
		buf_init(&text, &arena, ARENA_BYTES / 8);
		for (size_t n = 0; n < 2; n++) {
			if (both[n] == NULL)
				continue;
			must(fuzz_is_utf8(both[n], strlen(both[n])));
			buf_puts(&text, "x=");
			uri_add_value(&text, both[n]);
			buf_puts(&text, "&");
		}
		must(uri_parse_query(buf_text(&text), &arena, &again));
		for (size_t n = 0, at = 0; n < 2; n++)
			if (both[n] != NULL)
				must(fuzz_same(again.params[at++].value,
					       both[n]));
		must_fit(&arena);
		arena_release(&arena);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct arena arena;
	struct uri_query params;
	struct task_query query;
	struct problem problem = {0};
	enum problem_code code;

	arena_init(&arena, ARENA_BYTES);
	must(uri_parse_query(text, &arena, &params));
	must(params.count <= strlen(text));
	code = task_query_parse(&params, &config, "alice", &arena, &query,
				&problem);
	must_fit(&arena);
	must(code == PROBLEM_NONE || code == PROBLEM_INVALID);
	must((code == PROBLEM_INVALID) == (problem.field_count > 0));
	must(problem.field_count <= PROBLEM_MAX_FIELDS);
	for (size_t i = 0; i < problem.field_count; i++)
		must(strcmp(problem.fields[i].in, "query") == 0 &&
		     problem.fields[i].name != NULL);
	if (code == PROBLEM_NONE) {
		check_bounds(&query);
		check_link(&query, &params, strlen(text));
	}
	if (params.count < 16)
		check_params(&params);
	arena_release(&arena);
	free(text);
	return 0;
}
