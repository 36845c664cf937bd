/* Run jq filters over JSON by libjq. */
#include <jq.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

enum {
	MAX_PROGRAMS = 64
};

/* A cache of compiled programs, because libjq 1.6 takes 15 ms to compile one.
 * The arguments are part of the input, so that a filter which a test uses in a
 * loop is compiled only once. */
static struct program {
	char *text;
	jq_state *jq;
} programs[MAX_PROGRAMS];
static size_t next_program;

static void report(void *text, jv message)
{
	struct bytes *why = text;

	message = jq_format_error(message);
	bytes_add(why, jv_string_value(message),
		  (size_t)jv_string_length_bytes(jv_copy(message)));
	bytes_add(why, "\n", 1);
	jv_free(message);
}

/* Return the compiled program of that text, which belongs to the cache.  If it
 * does not compile, append the reason to why and return NULL.  This function
 * takes ownership of text. */
static jq_state *compiled(char *text, struct bytes *why)
{
	struct program *program;

	for (size_t i = 0; i < MAX_PROGRAMS; i++) {
		program = &programs[i];
		if (program->text != NULL && strcmp(program->text, text) == 0) {
			free(text);
			jq_set_error_cb(program->jq, report, why);
			return program->jq;
		}
	}
	program = &programs[next_program++ % MAX_PROGRAMS];
	free(program->text);
	if (program->jq != NULL)
		jq_teardown(&program->jq);
	*program = (struct program){text, jq_init()};
	if (program->jq == NULL)
		die("libjq", "cannot start");
	jq_set_error_cb(program->jq, report, why);
	if (jq_compile(program->jq, text))
		return program->jq;
	jq_teardown(&program->jq);
	free(program->text);
	program->text = NULL;
	return NULL;
}

/* Set *input to the array [input, argument...] and *text to a program that
 * takes this array and runs the filter; the caller frees both.  If the input or
 * an argument is not JSON, append the reason to why and return false. */
static bool prepare(const struct fields *fields, char **text, jv *input,
		    struct bytes *why)
{
	struct bytes names = {0};

	*input = jv_array();
	for (size_t i = 1; i < fields->count; i += i == 1 ? 2 : 3) {
		const char *value = fields->at[i == 1 ? 1 : i + 2];
		bool is_text = i > 1 && strcmp(fields->at[i], "--arg") == 0;
		jv parsed = is_text ? jv_string(value) : jv_parse(value);

		if (!jv_is_valid(parsed)) {
			jv_free(parsed);
			jv_free(*input);
			free(names.text);
			bytes_add(why, "not JSON: ", 10);
			bytes_add(why, value, strlen(value));
			return false;
		}
		*input = jv_array_append(*input, parsed);
		bytes_add(&names, i == 1 ? "$input_" : ", $", i == 1 ? 7 : 3);
		if (i > 1)
			bytes_add(&names, fields->at[i + 1],
				  strlen(fields->at[i + 1]));
	}
	if (asprintf(text, ". as [%s] | $input_ | (%s)", names.text,
		     fields->at[2]) < 0)
		die("memory", "ran out");
	free(names.text);
	return true;
}

/* Run the program and append its results to lines.  Return true if the last
 * result is neither false nor null.  Take ownership of input. */
static bool run(jq_state *jq, jv input, struct bytes *lines, struct bytes *why)
{
	bool truth = false;
	jv result;

	jq_start(jq, input, 0);
	while (jv_is_valid(result = jq_next(jq))) {
		jv_kind kind = jv_get_kind(result);

		truth = kind != JV_KIND_FALSE && kind != JV_KIND_NULL;
		if (lines->length > 0)
			bytes_add(lines, "\n", 1);
		if (kind != JV_KIND_STRING)
			result = jv_dump_string(result, 0);
		bytes_add(lines, jv_string_value(result),
			  (size_t)jv_string_length_bytes(jv_copy(result)));
		jv_free(result);
	}
	if (jv_invalid_has_msg(jv_copy(result))) {
		report(why, jv_invalid_get_msg(result));
		return false;
	}
	jv_free(result);
	return truth;
}

bool command_json(const struct fields *fields, FILE *answer)
{
	struct bytes lines = {0}, why = {0};
	bool truth = false;
	jq_state *jq;
	char *text;
	jv input;

	if (fields->count < 3 || (fields->count - 3) % 3 != 0)
		die("json",
		    "takes TEXT FILTER [--arg|--argjson NAME VALUE]...");
	bytes_add(&lines, "", 0);
	bytes_add(&why, "", 0);
	if (prepare(fields, &text, &input, &why)) {
		jq = compiled(text, &why);
		if (jq != NULL)
			truth = run(jq, input, &lines, &why);
		else
			jv_free(input);
	}
	assign(answer, "REPLY", lines.text, lines.length);
	assign(answer, "why", why.text, why.length);
	free(lines.text);
	free(why.text);
	return truth;
}
