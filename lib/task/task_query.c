#include "task/task_query.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "config/config.h"
#include "task/cursor.h"
#include "base/datetime.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/uri.h"
#include "base/banned.h"

#define MAX_NAMES 4
#define SEARCH_MAX_CHARACTERS 255
#define INSTANT_MAX_BYTES 64
#define NUMBER_MAX_BYTES 20
/* Apache accepts header lines of up to 8 KiB from a program. */
#define LINK_MAX_BYTES (8000 + URI_PREFIX_MAX_BYTES)

/* The state while the parameters are read. */
struct reading {
	struct arena *arena;
	struct task_query *query;
	struct problem *problem;
	/* Combined by settle() when all parameters have been read. */
	bool has_direction, has_order, order_descending;
	bool limit_sent, has_limit, has_offset, sort_refused;
	unsigned long page; /* 0: not sent */
	const char *cursor;
};

static void refuse(struct reading *r, const char *name, const char *type,
		   const char *message)
{
	problem_add_field(r->problem, "query", name, type, message);
}

static const char *word(struct reading *r, const char *name, const char *value,
			const char *const *words, const char *message)
{
	for (; *words != NULL; words++)
		if (strcmp(value, *words) == 0)
			return *words;
	refuse(r, name, "enum", message);
	return NULL;
}

static const char *read_bool(struct reading *r, const char *name,
			     const char *value)
{
	/* Each pair means true and false.  pydantic accepts the same words. */
	static const char *const words[][2] = {
		{"true", "false"}, {"1", "0"}, {"yes", "no"},
		{"on", "off"},	   {"t", "f"}, {"y", "n"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (size_t n = 0; n < 2; n++)
			if (text_is_word(value, strlen(value), words[i][n]))
				return words[0][n];
	refuse(r, name, "bool_parsing", "Input should be true or false");
	return NULL;
}

/* Read an instant.  A date without a time is 00:00 UTC plus of_day_us. */
static const char *read_instant(struct reading *r, const char *name,
				const char *value, int64_t of_day_us)
{
	char canonical[DATETIME_TEXT_BYTES];
	int64_t us;

	/* Link repeats the value, so its fraction of a second is limited. */
	if (strlen(value) > INSTANT_MAX_BYTES ||
	    !datetime_parse_parameter(value, strlen(value), &us)) {
		refuse(r, name, "datetime_parsing",
		       "Input should be " DATETIME_FORMS);
		return NULL;
	}
	if (strlen(value) == DATETIME_DATE_BYTES)
		us += of_day_us;
	datetime_format(us, canonical);
	return arena_strndup(r->arena, canonical, strlen(canonical));
}

static bool read_number(struct reading *r, const char *name, const char *value,
			unsigned long min, unsigned long max,
			const char *message, unsigned long *out)
{
	/* Link repeats the value, so its leading zeros are limited. */
	if (strlen(value) <= NUMBER_MAX_BYTES &&
	    text_to_number(value, strlen(value), max, out) && *out >= min)
		return true;
	*out = min;
	refuse(r, name, "int_range", message);
	return false;
}

static void read_status(struct reading *r, const char *name, const char *value)
{
	static const char *const words[] = {
		"all", "active", "pending", "in_progress", "completed", NULL};
	const char *status = word(r, name, value, words,
				  "Input should be 'all', 'active', 'pending', "
				  "'in_progress' or 'completed'");

	if (status != NULL && strcmp(status, "all") != 0)
		r->query->status = status;
}

static void read_completed(struct reading *r, const char *name,
			   const char *value)
{
	r->query->completed = read_bool(r, name, value);
}

static void read_priority(struct reading *r, const char *name,
			  const char *value)
{
	static const char *const words[] = {"low", "medium", "high", NULL};

	r->query->priority = word(r, name, value, words,
				  "Input should be 'low', 'medium' or 'high'");
}

static void read_search(struct reading *r, const char *name, const char *value)
{
	if (utf8_code_points(value, strlen(value)) > SEARCH_MAX_CHARACTERS)
		refuse(r, name, "string_too_long",
		       "Input should have at most 255 characters");
	r->query->search = value;
}

static void read_due_after(struct reading *r, const char *name,
			   const char *value)
{
	r->query->due_after = read_instant(r, name, value, 0);
}

static void read_due_before(struct reading *r, const char *name,
			    const char *value)
{
	r->query->due_before =
		read_instant(r, name, value, DATETIME_DAY_US - 1);
}

static void read_has_due_date(struct reading *r, const char *name,
			      const char *value)
{
	r->query->has_due_date = read_bool(r, name, value);
}

static void read_overdue(struct reading *r, const char *name, const char *value)
{
	r->query->overdue = read_bool(r, name, value);
}

static const struct {
	const char *name;
	const char *other; /* a second accepted name */
	bool descending;   /* the default direction */
} sorts[TASK_SORT_COUNT] = {
	[TASK_SORT_CREATED_AT] = {"created_at", "created", true},
	[TASK_SORT_UPDATED_AT] = {"updated_at", "updated", true},
	[TASK_SORT_DUE_DATE] = {"due_date", "due", true},
	[TASK_SORT_PRIORITY] = {"priority", "priority", false},
	[TASK_SORT_TITLE] = {"title", "title", false},
	[TASK_SORT_STATUS] = {"status", "status", false},
};

/* Accept title, -title, title:asc and title:desc. */
static void read_sort(struct reading *r, const char *name, const char *value)
{
	bool minus = *value == '-';
	const char *column = value + minus;
	size_t length = strcspn(column, ":");
	const char *direction = column + length;

	for (size_t i = 0; i < TASK_SORT_COUNT; i++) {
		const char *names[] = {sorts[i].name, sorts[i].other};
		bool found = false;

		for (size_t n = 0; n < 2; n++)
			found = found ||
				(strlen(names[n]) == length &&
				 memcmp(names[n], column, length) == 0);
		if (!found || (minus && *direction != '\0') ||
		    (*direction != '\0' && strcmp(direction, ":asc") != 0 &&
		     strcmp(direction, ":desc") != 0))
			continue;
		r->query->sort = (enum task_sort)i;
		r->has_direction = minus || *direction != '\0';
		r->query->descending =
			minus || strcmp(direction, ":desc") == 0 ||
			(*direction == '\0' && sorts[i].descending);
		return;
	}
	r->sort_refused = true;
	refuse(r, name, "enum",
	       "Input should be created_at, updated_at, due_date, priority, "
	       "title or status, with - before it or :asc or :desc after it");
}

static void read_order(struct reading *r, const char *name, const char *value)
{
	static const char *const words[] = {"asc", "desc", NULL};
	const char *order =
		word(r, name, value, words, "Input should be asc or desc");

	r->has_order = order != NULL;
	r->order_descending = order != NULL && strcmp(order, "desc") == 0;
}

static void read_limit(struct reading *r, const char *name, const char *value)
{
	unsigned long limit;

	r->limit_sent = true;
	r->has_limit =
		read_number(r, name, value, 1, TASK_QUERY_MAX_LIMIT,
			    "Input should be a number from 1 to 1000", &limit);
	if (r->has_limit && limit < r->query->limit)
		r->query->limit = limit;
}

static void read_offset(struct reading *r, const char *name, const char *value)
{
	unsigned long offset;

	r->has_offset = read_number(
		r, name, value, 0, TASK_QUERY_MAX_OFFSET,
		"Input should be a number from 0 to 1000000000", &offset);
	r->query->offset = offset;
}

static void read_page(struct reading *r, const char *name, const char *value)
{
	if (!read_number(r, name, value, 1, 1000000,
			 "Input should be a number from 1 to 1000000",
			 &r->page))
		r->page = 0;
}

static void read_cursor(struct reading *r, const char *name, const char *value)
{
	(void)name;
	r->cursor = value;
}

/* All parameters and their names. */
static const struct {
	const char *names[MAX_NAMES]; /* the first is the main name */
	void (*read)(struct reading *r, const char *name, const char *value);
	bool in_link; /* Link repeats it; the cursor replaces the others */
} parameters[] = {
	{{"status", "status_filter"}, read_status, true},
	{{"completed", "is_completed"}, read_completed, true},
	{{"priority"}, read_priority, true},
	{{"search", "q"}, read_search, true},
	{{"due_after", "date_from", "due_date_from"}, read_due_after, true},
	{{"due_before", "date_to", "due_date_to"}, read_due_before, true},
	{{"has_due_date"}, read_has_due_date, true},
	{{"overdue"}, read_overdue, true},
	{{"sort", "sort_by"}, read_sort, true},
	{{"order", "sort_order", "sort_dir"}, read_order, true},
	{{"limit", "page_size"}, read_limit, true},
	{{"offset", "skip"}, read_offset, false},
	{{"page"}, read_page, false},
	{{"cursor"}, read_cursor, false},
};

#define PARAMETER_COUNT (sizeof(parameters) / sizeof(parameters[0]))

/* Find the parameter called name; PARAMETER_COUNT if it is unknown. */
static size_t find_parameter(const char *name)
{
	size_t i = 0;

	for (; name != NULL && i < PARAMETER_COUNT; i++)
		for (size_t n = 0; n < MAX_NAMES; n++)
			if (parameters[i].names[n] != NULL &&
			    strcmp(parameters[i].names[n], name) == 0)
				return i;
	return PARAMETER_COUNT;
}

static void read_parameters(const struct uri_query *params, struct reading *r)
{
	bool seen[PARAMETER_COUNT] = {false};

	for (size_t i = 0; i < params->count; i++) {
		const struct uri_param *param = &params->params[i];
		size_t found = find_parameter(param->name);

		if (found == PARAMETER_COUNT ||
		    (param->value != NULL && *param->value == '\0'))
			continue;
		if (param->value == NULL)
			refuse(r, param->name, "string_encoding",
			       "Input should be UTF-8 in percent-encoding");
		else if (seen[found])
			refuse(r, param->name, "repeated",
			       "Input should be given once");
		else
			parameters[found].read(r, param->name, param->value);
		seen[found] = true;
	}
}

/* The scope of a cursor for user and the order of query. */
static struct cursor_scope scope_of(const struct task_query *query,
				    const struct config *config,
				    const char *user, struct arena *arena)
{
	return (struct cursor_scope){
		config_mac_key(config), user,
		arena_printf(arena, "%s:%s", sorts[query->sort].name,
			     query->descending ? "desc" : "asc")};
}

enum problem_code task_query_bad_cursor(struct problem *problem)
{
	problem_add_field(problem, "query", "cursor", "value_error",
			  "Input is no cursor for this list and order");
	return PROBLEM_INVALID;
}

/* Check and combine the parameters that depend on each other. */
static void settle(struct reading *r, const struct config *config,
		   const char *user)
{
	struct task_query *query = r->query;
	struct cursor_scope scope;

	if (r->has_direction && r->has_order &&
	    r->order_descending != query->descending)
		refuse(r, "order", "value_error", "Input contradicts sort");
	if (r->has_order)
		query->descending = r->order_descending;
	if (r->page > 0 && !r->limit_sent)
		refuse(r, "page", "value_error", "Input needs a limit");
	if (r->page > 0 && r->has_offset)
		refuse(r, "page", "value_error", "Input contradicts offset");
	if (r->cursor != NULL && (r->page > 0 || r->has_offset))
		refuse(r, "cursor", "value_error",
		       "Input contradicts offset or page");
	if (r->page > 0)
		query->offset = (r->page - 1) * query->limit;
	query->counted = r->has_limit || r->has_offset || r->page > 0 ||
			 r->cursor != NULL;
	/* Without a valid order the cursor cannot be checked. */
	if (r->cursor == NULL || r->sort_refused)
		return;
	scope = scope_of(query, config, user, r->arena);
	if (scope.order != NULL &&
	    !cursor_read(&scope, r->cursor, r->arena, &query->after_key,
			 &query->after_id))
		(void)task_query_bad_cursor(r->problem);
}

enum problem_code task_query_parse(const struct uri_query *params,
				   const struct config *config,
				   const char *user, struct arena *arena,
				   struct task_query *query,
				   struct problem *problem)
{
	struct reading reading = {
		.arena = arena, .query = query, .problem = problem};

	*query = (struct task_query){.sort = TASK_SORT_CREATED_AT,
				     .descending = true,
				     .limit = config->max_rows};
	read_parameters(params, &reading);
	settle(&reading, config, user);
	if (arena->failed)
		return problem_set(problem, PROBLEM_INTERNAL, "task_query",
				   "out of memory");
	return problem->field_count > 0 ? PROBLEM_INVALID : PROBLEM_NONE;
}

const char *task_query_next_link(const struct task_query *query,
				 const struct uri_query *params,
				 const struct config *config, const char *user,
				 const char *path, const char *key,
				 const char *id, struct arena *arena)
{
	const struct cursor_scope scope = scope_of(query, config, user, arena);
	const char *cursor = scope.order != NULL
				     ? cursor_make(&scope, key, id, arena)
				     : NULL;
	struct buf link;

	if (cursor == NULL)
		return NULL;
	buf_init(&link, arena, LINK_MAX_BYTES);
	buf_puts(&link, "<");
	if (config->public_prefix != NULL)
		buf_puts(&link, config->public_prefix);
	uri_add_path(&link, path, strlen(path));
	buf_puts(&link, "?");
	for (size_t i = 0; i < params->count; i++) {
		const struct uri_param *param = &params->params[i];

		size_t found = find_parameter(param->name);

		if (found == PARAMETER_COUNT || !parameters[found].in_link ||
		    param->value == NULL || *param->value == '\0')
			continue;
		uri_add_value(&link, param->name);
		buf_puts(&link, "=");
		uri_add_value(&link, param->value);
		buf_puts(&link, "&");
	}
	buf_printf(&link, "cursor=%s>; rel=\"next\"", cursor);
	return buf_failed(&link) ? NULL : buf_text(&link);
}
