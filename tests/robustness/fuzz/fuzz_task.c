/*
 * fuzz_task.c - any body for a task: no crash, no 500, and an accepted body is
 * a valid task without contradictory members.
 */
#include <jansson.h>

#include "base/datetime.h"
#include "task/task_input.h"
#include "base/utf8.h"
#include "json.h"
#include "base/banned.h"

#define ARENA_BYTES (1 << 20)
#define JANSSON_DEPTH 2048

typedef enum problem_code parser(const char *body, size_t length,
				 struct arena *arena, struct task_input *input,
				 struct problem *problem);

/* Each refusal has its details, and a success has none. */
static void check_problem(enum problem_code code, const struct problem *problem)
{
	must(code == PROBLEM_NONE || code == PROBLEM_BAD_JSON ||
	     code == PROBLEM_INVALID);
	must((problem->detail != NULL) == (code == PROBLEM_BAD_JSON));
	must((problem->field_count > 0) == (code == PROBLEM_INVALID));
	must(problem->field_count <= PROBLEM_MAX_FIELDS);
	for (size_t i = 0; i < problem->field_count; i++)
		must(strcmp(problem->fields[i].in, "body") == 0 &&
		     problem->fields[i].type != NULL &&
		     problem->fields[i].message != NULL);
}

/*
 * Malformed JSON is always a 400. Valid JSON is a 400 only for reasons that RFC
 * 8259 leaves to the implementation.
 */
static void check_grammar(const char *body, size_t size, enum problem_code code,
			  const struct problem *problem)
{
	struct json_look look;
	bool good = json_is_one(&look, body, size);

	if (code != PROBLEM_BAD_JSON) {
		/* Parsing stops at a NUL in a member name. */
		must(good ||
		     (problem->field_count == 1 &&
		      strcmp(problem->fields[0].type, "string_nul") == 0 &&
		      problem->fields[0].name == NULL));
		return;
	}
	must(!good || look.surrogate || look.exponent || size > 300 ||
	     look.deepest > JANSSON_DEPTH ||
	     strstr(problem->detail, "Duplicate member") != NULL);
}

static void check_text(const char *text, size_t max_characters)
{
	if (text == NULL)
		return;
	must(fuzz_is_utf8(text, strlen(text)));
	must(utf8_code_points(text, strlen(text)) <= max_characters);
}

static bool is_in(const char *word, const char *const words[3])
{
	return word == NULL || strcmp(word, words[0]) == 0 ||
	       strcmp(word, words[1]) == 0 || strcmp(word, words[2]) == 0;
}

static void check_input(const struct task_input *input, bool is_new)
{
	static const char *const statuses[] = {"pending", "in_progress",
					       "completed"};
	static const char *const priorities[] = {"low", "medium", "high"};

	must(input->title != NULL || !is_new);
	check_text(input->title, TASK_TITLE_MAX_CHARACTERS);
	must(input->title == NULL ||
	     !utf8_is_blank(input->title, strlen(input->title)));
	check_text(input->description, TASK_DESCRIPTION_MAX_CHARACTERS);
	must(input->has_description || input->description == NULL);
	must(is_in(input->status, statuses) &&
	     is_in(input->priority, priorities));
	must(!is_new || (input->status != NULL && input->priority != NULL));
	must(input->has_due_date || input->due_date == NULL);
	if (input->due_date != NULL)
		must(strlen(input->due_date) == DATETIME_TEXT_BYTES - 1);
}

static void put(json_t *object, const char *name, bool sent, const char *value)
{
	if (sent)
		must(json_object_set_new(object, name,
					 value != NULL ? json_string(value)
						       : json_null()) == 0);
}

/* The input is the same after jansson wrote it and it was parsed again. */
static void check_again(const struct task_input *input, parser *parse)
{
	json_t *object = json_object();
	struct arena arena;
	struct task_input again;
	struct problem problem = {0};
	char *text;

	put(object, "title", input->title != NULL, input->title);
	put(object, "description", input->has_description, input->description);
	put(object, "status", input->status != NULL, input->status);
	put(object, "priority", input->priority != NULL, input->priority);
	put(object, "due_date", input->has_due_date, input->due_date);
	if (input->completed != TASK_UNSET)
		must(json_object_set_new(
			     object, "completed",
			     json_boolean(input->completed == TASK_TRUE)) == 0);
	text = json_dumps(object, JSON_ENSURE_ASCII);
	must(text != NULL);
	arena_init(&arena, ARENA_BYTES);
	must(parse(text, strlen(text), &arena, &again, &problem) ==
	     PROBLEM_NONE);
	must(fuzz_same(again.title, input->title) &&
	     again.has_description == input->has_description &&
	     fuzz_same(again.description, input->description) &&
	     fuzz_same(again.status, input->status) &&
	     fuzz_same(again.priority, input->priority) &&
	     again.completed == input->completed &&
	     again.has_due_date == input->has_due_date &&
	     fuzz_same(again.due_date, input->due_date));
	arena_release(&arena);
	free(text);
	json_decref(object);
}

static enum problem_code try_parse(const char *body, size_t size, bool is_new)
{
	parser *parse = is_new ? task_input_new : task_input_change;
	struct arena arena;
	struct task_input input;
	struct problem problem = {0};
	enum problem_code code;

	arena_init(&arena, ARENA_BYTES);
	code = parse(body, size, &arena, &input, &problem);
	must_fit(&arena);
	check_problem(code, &problem);
	check_grammar(body, size, code, &problem);
	if (code == PROBLEM_NONE) {
		check_input(&input, is_new);
		check_again(&input, parse);
	}
	arena_release(&arena);
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/*
	 * Without a NUL after the body, so that AddressSanitizer notices a read
	 * beyond its end.
	 */
	char *body = malloc(size > 0 ? size : 1);
	struct arena arena;
	struct problem problem = {0};
	enum task_bool completed;
	enum problem_code of_new, of_change, code;

	must(body != NULL);
	if (size > 0)
		memcpy(body, data, size);
	of_new = try_parse(body, size, true);
	of_change = try_parse(body, size, false);
	/*
	 * task_input_new() requires more than task_input_change(). Both must
	 * agree on whether the body is JSON.
	 */
	must(of_new != PROBLEM_NONE || of_change == PROBLEM_NONE);
	must((of_new == PROBLEM_BAD_JSON) == (of_change == PROBLEM_BAD_JSON));
	arena_init(&arena, ARENA_BYTES);
	code = task_input_completion(body, size, &arena, &completed, &problem);
	must_fit(&arena);
	check_problem(code, &problem);
	if (size > 0)
		must((code == PROBLEM_BAD_JSON) ==
		     (of_change == PROBLEM_BAD_JSON));
	else
		must(code == PROBLEM_NONE && completed == TASK_UNSET);
	arena_release(&arena);
	free(body);
	return 0;
}
