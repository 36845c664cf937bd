#include "task/task_input.h"

#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "base/datetime.h"
#include "base/oom.h"
#include "base/utf8.h"
#include "base/banned.h"

static void refuse(struct problem *problem, const char *member,
		   const char *type, const char *message)
{
	problem_add_field(problem, "body", member, type, message);
}

/* Describe jansson's error in our words: its own text quotes the body. */
static enum problem_code bad_json(const json_error_t *error,
				  struct arena *arena, struct problem *problem)
{
	const char *what = "Malformed JSON";

	switch (json_error_code(error)) {
	case json_error_null_byte_in_key:
		refuse(problem, NULL, "string_nul",
		       "A member's name should not contain U+0000");
		return PROBLEM_INVALID;
	case json_error_out_of_memory:
		return problem_set(problem, PROBLEM_INTERNAL, "task.json",
				   "out of memory");
	case json_error_invalid_utf8:
		what = "Body is not UTF-8";
		break;
	case json_error_duplicate_key:
		what = "Duplicate member";
		break;
	case json_error_stack_overflow:
		what = "JSON is nested too deeply";
		break;
	case json_error_numeric_overflow:
		what = "JSON number out of range";
		break;
	case json_error_premature_end_of_input:
		what = "JSON ends too early";
		break;
	case json_error_end_of_input_expected:
		what = "JSON is followed by something else";
		break;
	default:
		break;
	}
	problem->detail = arena_printf(arena, "%s at line %d, column %d", what,
				       error->line, error->column);
	return problem_set(problem, PROBLEM_BAD_JSON, "task.json", NULL);
}

/*
 * Find a NUL in body and set the detail.  jansson skips a NUL after a number,
 * so it accepts such a body.
 */
static bool has_nul(const char *body, size_t length, struct arena *arena,
		    struct problem *problem)
{
	const char *nul = memchr(body, '\0', length);
	int line = 1;
	const char *start = body;

	if (nul == NULL)
		return false;
	for (const char *p = body; p < nul; p++)
		if (*p == '\n') {
			line++;
			start = p + 1;
		}
	problem->detail =
		arena_printf(arena, "Malformed JSON at line %d, column %d",
			     line, (int)(nul - start) + 1);
	return true;
}

/* Parse body as JSON of any type.  *value is a new reference. */
static enum problem_code parse_value(const char *body, size_t length,
				     struct arena *arena, json_t **value,
				     struct problem *problem)
{
	/* Integers up to 1.8e308, the limit of a double, are accepted because
	   only ignored members can contain them. */
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY |
			     JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL;
	json_error_t error;

	*value = NULL;
	if (length == 0) {
		problem->detail = "Request body is empty";
		return problem_set(problem, PROBLEM_BAD_JSON, "task.json",
				   NULL);
	}
	*value = json_loadb(body, length, flags, &error);
	if (*value == NULL)
		return bad_json(&error, arena, problem);
	if (has_nul(body, length, arena, problem))
		return problem_set(problem, PROBLEM_BAD_JSON, "task.json",
				   NULL);
	return PROBLEM_NONE;
}

static enum problem_code require_object(const json_t *value,
					struct problem *problem)
{
	if (json_is_object(value))
		return PROBLEM_NONE;
	refuse(problem, NULL, "object_type", "Input should be a JSON object");
	return PROBLEM_INVALID;
}

/* Copy a string member that has no U+0000.  Return NULL if it is refused. */
static const char *string_member(const json_t *value, const char *name,
				 size_t max_characters, const char *too_long,
				 struct arena *arena, struct problem *problem)
{
	const char *text = json_string_value(value);
	size_t length = json_string_length(value);

	if (text == NULL) {
		refuse(problem, name, "string_type",
		       "Input should be a string");
		return NULL;
	}
	if (memchr(text, '\0', length) != NULL) {
		refuse(problem, name, "string_nul",
		       "Input should not contain U+0000");
		return NULL;
	}
	if (utf8_code_points(text, length) > max_characters) {
		refuse(problem, name, "string_too_long", too_long);
		return NULL;
	}
	return arena_strndup(arena, text, length);
}

static void read_title(const json_t *value, struct arena *arena,
		       struct task_input *input, struct problem *problem)
{
	input->title = string_member(value, "title", TASK_TITLE_MAX_CHARACTERS,
				     "Input should have at most 255 characters",
				     arena, problem);
	if (input->title != NULL &&
	    utf8_is_blank(input->title, strlen(input->title)))
		refuse(problem, "title", "string_too_short",
		       "Input should have at least 1 character that is not "
		       "white space");
}

static void read_description(const json_t *value, struct arena *arena,
			     struct task_input *input, struct problem *problem)
{
	input->has_description = true;
	if (!json_is_null(value))
		input->description = string_member(
			value, "description", TASK_DESCRIPTION_MAX_CHARACTERS,
			"Input should have at most 2000 characters", arena,
			problem);
}

/* Return the entry of words that value equals, or NULL if it is refused. */
static const char *word_member(const json_t *value, const char *name,
			       const char *const *words, const char *message,
			       struct problem *problem)
{
	const char *text = json_string_value(value);

	/* The lengths differ if the string contains U+0000. */
	for (; text != NULL && *words != NULL; words++)
		if (strcmp(text, *words) == 0 &&
		    json_string_length(value) == strlen(*words))
			return *words;
	refuse(problem, name, "enum", message);
	return NULL;
}

static void read_status(const json_t *value, struct arena *arena,
			struct task_input *input, struct problem *problem)
{
	static const char *const words[] = {"pending", "in_progress",
					    "completed", NULL};

	(void)arena;
	input->status = word_member(
		value, "status", words,
		"Input should be 'pending', 'in_progress' or 'completed'",
		problem);
}

static void read_priority(const json_t *value, struct arena *arena,
			  struct task_input *input, struct problem *problem)
{
	static const char *const words[] = {"low", "medium", "high", NULL};

	(void)arena;
	input->priority = word_member(
		value, "priority", words,
		"Input should be 'low', 'medium' or 'high'", problem);
}

static enum task_bool bool_member(const json_t *value, const char *name,
				  struct problem *problem)
{
	if (!json_is_boolean(value)) {
		refuse(problem, name, "bool_type",
		       "Input should be true or false");
		return TASK_UNSET;
	}
	return json_is_true(value) ? TASK_TRUE : TASK_FALSE;
}

static void read_completed(const json_t *value, struct arena *arena,
			   struct task_input *input, struct problem *problem)
{
	(void)arena;
	input->completed = bool_member(value, "completed", problem);
}

/* null, or "": pages send it for a cleared input, axios for missing data. */
static bool is_nothing(const json_t *value)
{
	return json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

static void read_due_date(const json_t *value, struct arena *arena,
			  struct task_input *input, struct problem *problem)
{
	char canonical[DATETIME_TEXT_BYTES];
	int64_t us;

	input->has_due_date = true;
	if (is_nothing(value))
		return;
	if (!json_is_string(value) ||
	    !datetime_parse(json_string_value(value), json_string_length(value),
			    &us)) {
		refuse(problem, "due_date", "datetime_parsing",
		       "Input should be null or " DATETIME_FORMS);
		return;
	}
	datetime_format(us, canonical);
	input->due_date = arena_strndup(arena, canonical, strlen(canonical));
}

/* The members that a client may set. */
static const struct {
	const char *name;
	void (*read)(const json_t *value, struct arena *arena,
		     struct task_input *input, struct problem *problem);
} members[] = {
	{"title", read_title},	     {"description", read_description},
	{"status", read_status},     {"completed", read_completed},
	{"priority", read_priority}, {"due_date", read_due_date},
};

static void read_members(const json_t *object, struct arena *arena,
			 struct task_input *input, struct problem *problem)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const json_t *value = json_object_get(object, members[i].name);

		if (value != NULL)
			members[i].read(value, arena, input, problem);
	}
}

/* Check what a new task needs, and set the defaults. */
static void complete_new(const json_t *object, struct task_input *input,
			 struct problem *problem)
{
	if (json_object_get(object, "title") == NULL)
		refuse(problem, "title", "missing", "Field required");
	if (input->status != NULL && input->completed != TASK_UNSET &&
	    (strcmp(input->status, "completed") == 0) !=
		    (input->completed == TASK_TRUE))
		refuse(problem, "completed", "value_error",
		       "Input contradicts status");
	if (input->status == NULL)
		input->status =
			input->completed == TASK_TRUE ? "completed" : "pending";
	if (input->priority == NULL)
		input->priority = "medium";
}

static enum problem_code parse(const char *body, size_t length, bool is_new,
			       struct arena *arena, struct task_input *input,
			       struct problem *problem)
{
	json_t *object;
	enum problem_code code =
		parse_value(body, length, arena, &object, problem);

	*input = (struct task_input){0};
	if (code == PROBLEM_NONE)
		code = require_object(object, problem);
	if (code == PROBLEM_NONE) {
		read_members(object, arena, input, problem);
		if (is_new)
			complete_new(object, input, problem);
		if (problem->field_count > 0)
			code = PROBLEM_INVALID;
		/* An allocation failure can make a sent member look unset, or
		   shorten it, so refuse the request. */
		if (arena->failed || oom_happened())
			code = problem_set(problem, PROBLEM_INTERNAL,
					   "task.members", "out of memory");
	}
	json_decref(object);
	return code;
}

enum problem_code task_input_new(const char *body, size_t length,
				 struct arena *arena, struct task_input *input,
				 struct problem *problem)
{
	return parse(body, length, true, arena, input, problem);
}

enum problem_code task_input_change(const char *body, size_t length,
				    struct arena *arena,
				    struct task_input *input,
				    struct problem *problem)
{
	return parse(body, length, false, arena, input, problem);
}

enum problem_code task_input_completion(const char *body, size_t length,
					struct arena *arena,
					enum task_bool *completed,
					struct problem *problem)
{
	static const char *const names[] = {"completed", "complete"};
	json_t *body_value = NULL;
	enum problem_code code = PROBLEM_NONE;

	*completed = TASK_UNSET;
	if (length > 0)
		code = parse_value(body, length, arena, &body_value, problem);
	if (code == PROBLEM_NONE && length > 0 && !is_nothing(body_value))
		code = require_object(body_value, problem);
	for (size_t i = 0; code == PROBLEM_NONE && i < 2; i++) {
		const json_t *value = json_object_get(body_value, names[i]);
		enum task_bool said;

		if (value == NULL)
			continue;
		said = bool_member(value, names[i], problem);
		if (*completed != TASK_UNSET && said != TASK_UNSET &&
		    said != *completed)
			refuse(problem, names[i], "value_error",
			       "Input contradicts completed");
		if (said != TASK_UNSET)
			*completed = said;
	}
	if (problem->field_count > 0)
		code = PROBLEM_INVALID;
	if (oom_happened())
		code = problem_set(problem, PROBLEM_INTERNAL, "task.completion",
				   "out of memory");
	json_decref(body_value);
	return code;
}
