/*
 * test_task_query.c - the parameters of a list: their values, names and limits.
 * Invalid ones are refused, never ignored.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "config/config.h"
#include "tap.h"
#include "task/task_query.h"
#include "token.h"
#include "base/uri.h"
#include "base/banned.h"

#define ID "7b0c2b1e-4f5a-4c3d-9e8f-0123456789ab"

static const struct config config = {
	.secret = KEY, .secret_bytes = sizeof(KEY) - 1, .max_rows = 500};

struct asked {
	struct arena arena;
	struct uri_query params;
	struct task_query query;
	struct problem problem;
	enum problem_code code;
};

static void ask(const char *text, struct asked *asked)
{
	*asked = (struct asked){0};
	arena_init(&asked->arena, 4 << 20);
	if (!uri_parse_query(text, &asked->arena, &asked->params))
		exit(1);
	asked->code =
		task_query_parse(&asked->params, &config, "alice",
				 &asked->arena, &asked->query, &asked->problem);
}

/* Return the parsed query as text, "!name name" if parameters are invalid. */
static const char *say(const char *text)
{
	static char out[4096];
	static const char *const sorts[] = {"created_at", "updated_at",
					    "due_date",	  "priority",
					    "title",	  "status"};
	struct asked a;
	size_t n = 0;

	ask(text, &a);
	if (a.code == PROBLEM_INVALID) {
		n += (size_t)snprintf(out, sizeof(out), "!");
		for (size_t i = 0; i < a.problem.field_count; i++)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s",
					      i ? " " : "",
					      a.problem.fields[i].name);
	} else if (a.code != PROBLEM_NONE) {
		snprintf(out, sizeof(out), "code %d", (int)a.code);
	} else {
		const struct task_query *q = &a.query;
		const char *const parts[][2] = {
			{"status", q->status},	   {"completed", q->completed},
			{"priority", q->priority}, {"search", q->search},
			{"after", q->due_after},   {"before", q->due_before},
			{"has", q->has_due_date},  {"overdue", q->overdue},
			{"key", q->after_key},	   {"id", q->after_id},
		};

		n += (size_t)snprintf(out, sizeof(out), "%s %s %zu+%zu%s",
				      sorts[q->sort],
				      q->descending ? "desc" : "asc", q->limit,
				      q->offset, q->counted ? " counted" : "");
		for (size_t i = 0; i < COUNT(parts); i++)
			if (parts[i][1])
				n += (size_t)snprintf(out + n, sizeof(out) - n,
						      " %s:%s", parts[i][0],
						      parts[i][1]);
	}
	arena_release(&a.arena);
	return out;
}

#define PLAIN "created_at desc 500+0"

static void test_good(void)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{"", PLAIN},
		{"unknown=1&Status=x&statuses=y", PLAIN},
		{"status=&q=&limit=&sort=&cursor=&page=&offset=", PLAIN},
		{"status=&status=pending&status=", PLAIN " status:pending"},
		{"status=all", PLAIN},
		{"status_filter=active", PLAIN " status:active"},
		{"status=in_progress", PLAIN " status:in_progress"},
		{"completed=true", PLAIN " completed:true"},
		{"completed=True", PLAIN " completed:true"},
		{"completed=TRUE", PLAIN " completed:true"},
		{"completed=1", PLAIN " completed:true"},
		{"completed=Yes", PLAIN " completed:true"},
		{"completed=oN", PLAIN " completed:true"},
		{"completed=T", PLAIN " completed:true"},
		{"completed=y", PLAIN " completed:true"},
		{"completed=False", PLAIN " completed:false"},
		{"completed=0", PLAIN " completed:false"},
		{"completed=NO", PLAIN " completed:false"},
		{"completed=Off", PLAIN " completed:false"},
		{"completed=f", PLAIN " completed:false"},
		{"completed=N", PLAIN " completed:false"},
		{"has_due_date=off&overdue=ON",
		 PLAIN " has:false overdue:true"},
		{"is_completed=false", PLAIN " completed:false"},
		{"priority=low", PLAIN " priority:low"},
		{"search=a+%25_b", PLAIN " search:a %_b"},
		{"q=%F0%9F%98%80", PLAIN " search:\xf0\x9f\x98\x80"},
		{"q=+", PLAIN " search: "},
		{"due_after=2026-01-09",
		 PLAIN " after:2026-01-09T00:00:00.000000Z"},
		{"date_from=2026-01-09T12:00",
		 PLAIN " after:2026-01-09T12:00:00.000000Z"},
		{"due_date_from=2026-01-09T12:00:00%2B01:00",
		 PLAIN " after:2026-01-09T11:00:00.000000Z"},
		{"due_date_from=2026-01-09T12:00:00+01:00",
		 PLAIN " after:2026-01-09T11:00:00.000000Z"},
		{"due_after=2026-01-09+12:00+0530",
		 PLAIN " after:2026-01-09T06:30:00.000000Z"},
		{"due_after=2026-01-09%2012:00-05",
		 PLAIN " after:2026-01-09T17:00:00.000000Z"},
		{"date_from=2026-01-09T00:00&date_to=2026-01-09T00:00",
		 PLAIN " after:2026-01-09T00:00:00.000000Z"
		       " before:2026-01-09T00:00:00.000000Z"},
		{"due_before=2026-01-09T12:00:00.1234567Z",
		 PLAIN " before:2026-01-09T12:00:00.123456Z"},
		{"date_to=9999-12-31",
		 PLAIN " before:9999-12-31T23:59:59.999999Z"},
		{"due_date_to=0001-01-01",
		 PLAIN " before:0001-01-01T23:59:59.999999Z"},
		{"has_due_date=true&overdue=false",
		 PLAIN " has:true overdue:false"},
		{"sort=created", PLAIN},
		{"sort=-created_at", PLAIN},
		{"sort=created_at:asc", "created_at asc 500+0"},
		{"sort_by=updated_at", "updated_at desc 500+0"},
		{"sort=due_date", "due_date desc 500+0"},
		{"sort=priority", "priority asc 500+0"},
		{"sort=title", "title asc 500+0"},
		{"sort=-title", "title desc 500+0"},
		{"sort=title:desc", "title desc 500+0"},
		{"sort=status:asc", "status asc 500+0"},
		{"order=asc", "created_at asc 500+0"},
		{"sort_order=desc&sort=title", "title desc 500+0"},
		{"sort=-title&sort_dir=desc", "title desc 500+0"},
		{"sort=due_date:asc&order=asc", "due_date asc 500+0"},
		{"limit=1", "created_at desc 1+0 counted"},
		{"page_size=1000", PLAIN " counted"},
		{"limit=501", PLAIN " counted"},
		{"limit=007", "created_at desc 7+0 counted"},
		{"offset=0", PLAIN " counted"},
		{"skip=1000000000", "created_at desc 500+1000000000 counted"},
		{"page=3&limit=20", "created_at desc 20+40 counted"},
		{"page_size=20&page=1", "created_at desc 20+0 counted"},
		{"page=1000000&limit=1000",
		 "created_at desc 500+499999500 counted"},
	};
	char name[300];

	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(name, sizeof(name), "understood: %s", cases[i].text);
		is_text(say(cases[i].text), cases[i].want, name);
	}
}

static void test_names(void)
{
	static const struct {
		const char *names[4];
		const char *good[2];
		const char *bad[12];
	} cases[] = {
		{{"status", "status_filter"},
		 {"active", "pending"},
		 {"done", "Active", "active ", "a,b", "all%00", "%ff", "0"}},
		{{"completed", "is_completed"},
		 {"true", "false"},
		 {"2", "-1", "00", "tru", "ye", "true%20", "null", "enabled",
		  "%EF%BC%91", "oui", "%zz"}},
		{{"priority"}, {"high", "low"}, {"urgent", "HIGH", "3", "'"}},
		{{"search", "q"}, {"a", "b"}, {"%00", "%ff", "%", "%c3"}},
		{{"due_after", "date_from", "due_date_from"},
		 {"2026-01-09", "2026-01-10"},
		 {"x", "2026-13-01", "2026-02-29", "0000-01-01", "10000-01-01",
		  "1767960000", "2026-01-09T12", "now", "infinity", "%ff",
		  "2026-01-09Z"}},
		{{"due_before", "date_to", "due_date_to"},
		 {"2026-01-09", "2026-01-10"},
		 {"x", "2026-1-9", "2026-01-09T25:00", "-1", "%00",
		  "0001-01-01T00:00:00%2B00:01"}},
		{{"has_due_date"}, {"true", "false"}, {"01", "none", "any"}},
		{{"overdue"}, {"true", "false"}, {"10", "now", "%ff"}},
		{{"sort", "sort_by"},
		 {"title", "status"},
		 {"id", "Title", "title ", "--title", "-title:desc", "title:",
		  "title:up", ":asc", "-", "title,status", "%2Btitle"}},
		{{"order", "sort_order", "sort_dir"},
		 {"asc", "desc"},
		 {"ASC", "up", "1", "-1", "asc%20"}},
		{{"limit", "page_size"},
		 {"1", "1000"},
		 {"0", "-1", "1001", "1.0", "1e2", "%2B1", "+1", "x", "0x1",
		  "18446744073709551617"}},
		{{"offset", "skip"},
		 {"0", "1"},
		 {"-1", "1.5", "x", "1000000001", "18446744073709551616"}},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t n = 0; n < 4 && cases[i].names[n]; n++) {
			const char *name = cases[i].names[n];
			char text[200], want[50];

			snprintf(want, sizeof(want), "!%s", name);
			for (size_t g = 0; g < 2; g++) {
				snprintf(text, sizeof(text), "%s=%s", name,
					 cases[i].good[g]);
				ok(say(text)[0] != '!', "taken: %s", text);
			}
			for (size_t b = 0; b < 12 && cases[i].bad[b]; b++) {
				snprintf(text, sizeof(text), "%s=%s", name,
					 cases[i].bad[b]);
				ok(strcmp(say(text), want) == 0,
				   "refused by its name: %s", text);
			}
			/* a parameter twice, with each pair of its names */
			for (size_t m = 0; m < 4 && cases[i].names[m]; m++) {
				snprintf(text, sizeof(text), "%s=%s&%s=%s",
					 cases[i].names[m], cases[i].good[0],
					 name, cases[i].good[1]);
				ok(strcmp(say(text), want) == 0,
				   "refused twice: %s", text);
			}
		}
}

static void test_together(void)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{"sort=-title&order=asc", "!order"},
		{"sort=title:asc&sort_dir=desc", "!order"},
		{"page=1", "!page"},
		{"page=0&limit=5", "!page"},
		{"page=1000001&limit=5", "!page"},
		{"page=1&limit=5&offset=0", "!page"},
		{"page=1&offset=1", "!page page"},
		{"cursor=x", "!cursor"},
		{"cursor=x&offset=1", "!cursor cursor"},
		{"status=x&is_completed=x&priority=x&q=%ff&date_from=x"
		 "&due_date_to=x&has_due_date=x&overdue=x&sort_by=x&sort_dir=x"
		 "&page_size=0&skip=-1&page=0&cursor=x",
		 "!status is_completed priority q date_from due_date_to "
		 "has_due_date overdue sort_by sort_dir page_size skip page"},
		{"page=2&limit=0", "!limit"},
		{"limit=000000000000000000001", "!limit"},
		{"limit=0&limit=5&limit=6", "!limit limit limit"},
	};
	char name[300];

	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(name, sizeof(name), "refused: %s", cases[i].text);
		is_text(say(cases[i].text), cases[i].want, name);
	}
}

/* Test the Link to the page after a row, and parse the cursor in it. */
static void test_link(void)
{
	static const struct {
		const char *path;
		const char *text;
		const char *kept; /* the Link up to the cursor */
	} cases[] = {
		{"/api/tasks", "", "</api/tasks?"},
		{"/api/tasks/", "limit=2", "</api/tasks/?limit=2&"},
		{"/api/a b<>/tasks", "", "</api/a%20b%3C%3E/tasks?"},
		{"/api/tasks", "page_size=2&sort_by=-title&x=1&q=a%26b+%25",
		 "</api/tasks?page_size=2&sort_by=-title&q=a%26b%20%25&"},
		{"/api/tasks", "offset=5&limit=2", "</api/tasks?limit=2&"},
		{"/api/tasks", "page=5&limit=2", "</api/tasks?limit=2&"},
		{"/api/tasks", "skip=5&status=all", "</api/tasks?status=all&"},
		{"/api/tasks", "q=%0d%0a%22%3e", "</api/tasks?q=%0D%0A%22%3E&"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *link, *cursor, *end;
		struct asked a;
		char next[600], want[700];
		size_t kept = strlen(cases[i].kept);

		ask(cases[i].text, &a);
		link = a.code ? NULL
			      : task_query_next_link(
					&a.query, &a.params, &config, "alice",
					cases[i].path, "a key", ID, &a.arena);
		cursor = link ? strstr(link, "cursor=") : NULL;
		end = cursor ? strstr(cursor, ">; rel=\"next\"") : NULL;
		if (!ok(end && strlen(end) == 13 &&
				(size_t)(cursor - link) == kept &&
				strncmp(link, cases[i].kept, kept) == 0,
			"a Link keeps what was asked: %s", cases[i].text)) {
			diag("got %s", link ? link : "(null)");
			arena_release(&a.arena);
			continue;
		}
		snprintf(next, sizeof(next), "%s%.*s",
			 strstr(cases[i].text, "-title") ? "sort=-title&" : "",
			 (int)(end - cursor), cursor);
		arena_release(&a.arena);
		snprintf(want, sizeof(want), "%s 500+0 counted key:a key id:%s",
			 strstr(next, "-title") ? "title desc"
						: "created_at desc",
			 ID);
		is_text(say(next), want, "and its cursor is taken");
		snprintf(want, sizeof(want), "%s&offset=1", next);
		is_text(say(want), "!cursor", "but not beside an offset");
		snprintf(want, sizeof(want), "%s&page=1&limit=1", next);
		is_text(say(want), "!cursor", "nor beside a page");
	}
}

static void test_long(void)
{
	static char text[65537];
	char search[3 * 4 * 256 + 10] = "q=";

	memset(text, '&', 65536);
	ok(strcmp(say(text), PLAIN) == 0, "64 KiB of nothing are nothing");
	memset(text, 'x', 65536);
	ok(strcmp(say(text), PLAIN) == 0, "64 KiB of an unknown name too");
	memcpy(text, "q=", 2);
	is_text(say(text), "!q", "a search of 64 KiB is refused");
	memcpy(text, "limit=", 6);
	is_text(say(text), "!limit", "a limit of 64 KiB is refused");
	memcpy(text, "cursor=", 7);
	is_text(say(text), "!cursor", "a cursor of 64 KiB is refused");
	for (size_t i = 0; i + 4 <= 65536; i += 4)
		memcpy(text + i, "q=a&", 4);
	ok(say(text)[0] == '!', "a search 16384 times is refused");
	for (size_t i = 0; i < 255; i++)
		memcpy(search + 2 + 12 * i, "%F0%9F%98%80", 13);
	ok(say(search)[0] != '!', "a search of 255 emoji is taken");
	memcpy(search + 2 + 12 * 255, "x", 2);
	is_text(say(search), "!q", "one of 256 characters is refused");
}

int main(void)
{
	test_good();
	test_names();
	test_together();
	test_link();
	test_long();
	return tap_done();
}
