#include "log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "datetime.h"
#include "banned.h"

/* A line under construction; the last byte is kept for the newline. */
struct line {
	char *text;
	size_t length;
};

static void put_char(struct line *line, char c)
{
	if (line->length < LOG_LINE_BYTES - 2)
		line->text[line->length++] = c;
}

static void put_escaped(struct line *line, const char *value)
{
	static const char hex[] = "0123456789abcdef";

	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\') {
			put_char(line, '\\');
			put_char(line, *value);
		} else if (c < 0x20 || c == 0x7f) {
			put_char(line, '\\');
			put_char(line, 'x');
			put_char(line, hex[c >> 4]);
			put_char(line, hex[c & 15]);
		} else {
			put_char(line, *value);
		}
	}
}

/* True when a value can stand without quotes in logfmt. */
static bool is_bare(const char *value)
{
	for (const char *p = value; *p != '\0'; p++)
		if (*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' ||
		    *p == 0x7f)
			return false;
	return *value != '\0';
}

/* key=value, quoted where it must be; nothing for NULL and "". */
static void put(struct line *line, const char *key, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	if (line->length > 0)
		put_char(line, ' ');
	put_escaped(line, key);
	put_char(line, '=');
	if (is_bare(value)) {
		put_escaped(line, value);
	} else {
		put_char(line, '"');
		put_escaped(line, value);
		put_char(line, '"');
	}
}

static size_t finish(struct line *line)
{
	line->text[line->length++] = '\n';
	line->text[line->length] = '\0';
	return line->length;
}

size_t log_format(char text[LOG_LINE_BYTES], int64_t now_us,
		  const char *request_id, const char *program,
		  enum problem_code code, const struct problem *problem)
{
	struct line line = {text, 0};
	char time[DATETIME_TEXT_BYTES], status[16];

	datetime_format(now_us, time);
	(void)snprintf(status, sizeof(status), "%d", problem_status(code));
	put(&line, "time", time);
	put(&line, "level", problem_status(code) >= 500 ? "error" : "info");
	put(&line, "request_id", request_id);
	put(&line, "program", program);
	put(&line, "status", status);
	put(&line, "code", problem_slug(code));
	put(&line, "sqlstate", problem->sqlstate);
	put(&line, "site", problem->site);
	put(&line, "setting", problem->setting);
	put(&line, "reason", problem->reason);
	return finish(&line);
}

size_t log_format_warning(char text[LOG_LINE_BYTES], int64_t now_us,
			  const char *program, const char *setting,
			  const char *reason)
{
	char time[DATETIME_TEXT_BYTES];
	struct line line = {text, 0};

	datetime_format(now_us, time);
	put(&line, "time", time);
	put(&line, "level", "warning");
	put(&line, "program", program);
	put(&line, "setting", setting);
	put(&line, "reason", reason);
	return finish(&line);
}
