/* client ANSWER-FILE: read commands from standard input; see client.h. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "client.h"
#include "app/route.h"

enum {
	MAX_FIELDS = 1024
};

_Noreturn void die(const char *what, const char *why)
{
	(void)fprintf(stderr, "client: %s: %s\n", what, why);
	exit(1);
}

void bytes_add(struct bytes *bytes, const void *data, size_t length)
{
	char *text = realloc(bytes->text, bytes->length + length + 1);

	if (text == NULL)
		die("memory", strerror(ENOMEM));
	if (length > 0)
		memcpy(text + bytes->length, data, length);
	bytes->text = text;
	bytes->length += length;
	text[bytes->length] = '\0';
}

struct bytes bytes_of_file(const char *path)
{
	struct bytes bytes = {0};
	FILE *file = fopen(path, "re");
	char block[16384];
	size_t got;

	if (file == NULL)
		die(path, strerror(errno));
	bytes_add(&bytes, "", 0);
	while ((got = fread(block, 1, sizeof(block), file)) > 0)
		bytes_add(&bytes, block, got);
	if (ferror(file))
		die(path, "cannot be read");
	(void)fclose(file);
	return bytes;
}

void assign(FILE *answer, const char *name, const char *value, size_t length)
{
	(void)fprintf(answer, "%s='", name);
	for (const char *p = value; p < value + length; p++) {
		if (*p == '\'')
			(void)fputs("'\\''", answer);
		else if (*p == '\0')
			(void)fputs("\xEF\xBF\xBD", answer);
		else
			(void)putc(*p, answer);
	}
	(void)fputs("'\n", answer);
}

/* route METHOD PATH: assign program to the name of the program for this request
 * (lib/app/route.c).  PATH has no percent-encoding. */
static bool command_route(const struct fields *fields, FILE *answer)
{
	struct route route;
	const char *program;

	if (fields->count != 3)
		die("route", "takes METHOD PATH");
	route_parse(fields->at[2], &route);
	program = route_program(route.kind, method_parse(fields->at[1]));
	if (program == NULL)
		program = "fallback";
	assign(answer, "program", program, strlen(program));
	return true;
}

/* reply FILE: parse a reply that another client wrote to the file. */
static bool command_reply(const struct fields *fields, FILE *answer)
{
	struct bytes reply;

	if (fields->count != 2)
		die("reply", "takes FILE");
	reply = bytes_of_file(fields->at[1]);
	assign_reply(answer, &reply);
	free(reply.text);
	return true;
}

static const struct command {
	const char *name;
	bool (*run)(const struct fields *fields, FILE *answer);
} commands[] = {
	{"http", command_http},
	{"program", command_program},
	{"fastcgi", command_fastcgi},
	{"json", command_json},
	{"disconnect", command_disconnect},
	{"sql", command_sql},
	{"token", command_token},
	{"route", command_route},
	{"reply", command_reply},
	{"key", command_key},
	{"sign", command_sign},
	{"send", command_send},
	{"end", command_end},
	{"receive", command_receive},
	{"waits", command_waits},
	{"hang-up", command_hang_up},
};

/* Read the next field into *text, a buffer of *size bytes for getdelim().
 * Return false at the end of input. */
static bool next_field(char **text, size_t *size)
{
	return getdelim(text, size, '\0', stdin) >= 0;
}

/* Read a command into *fields, with the array at for its fields.  The caller
 * frees each field.  Return false at the end of input. */
static bool read_fields(struct fields *fields, char **at)
{
	char *text = NULL, *end;
	size_t size = 0;
	unsigned long count;

	if (!next_field(&text, &size)) {
		free(text);
		return false;
	}
	count = strtoul(text, &end, 10);
	if (count == 0 || count > MAX_FIELDS || *end != '\0')
		die("not a number of fields", text);
	free(text);
	fields->at = at;
	for (fields->count = 0; fields->count < count; fields->count++) {
		at[fields->count] = NULL;
		size = 0;
		if (!next_field(&at[fields->count], &size))
			die("a command", "breaks off");
	}
	return true;
}

static bool run_command(const struct fields *fields, FILE *answer)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, fields->at[0]) == 0)
			return commands[i].run(fields, answer);
	die("no such command", fields->at[0]);
}

int main(int argc, char *argv[])
{
	char *at[MAX_FIELDS];
	struct fields fields;

	if (argc != 2)
		die("usage", "client ANSWER-FILE");
	/* End with the test.  The end of input is not enough, because a
	 * background process of the test may keep the pipe open. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		die("prctl", strerror(errno));
	(void)signal(SIGPIPE, SIG_IGN);
	while (read_fields(&fields, at)) {
		FILE *answer = fopen(argv[1], "we");
		bool succeeded;

		if (answer == NULL)
			die(argv[1], strerror(errno));
		succeeded = run_command(&fields, answer);
		if (fclose(answer) != 0)
			die(argv[1], strerror(errno));
		for (size_t i = 0; i < fields.count; i++)
			free(at[i]);
		if (write(STDOUT_FILENO, succeeded ? "0\n" : "1\n", 2) != 2)
			return 1;
	}
	return 0;
}
