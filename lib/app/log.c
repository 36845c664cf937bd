#include "app/log.h"

#include <stdio.h>
#include <string.h>

#include "base/datetime.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "base/banned.h"

/* A line under construction.  room excludes the space for the line's end. */
struct line {
	char *text;
	size_t length, room;
};

struct field {
	const char *key;
	const char *value; /* NULL or "": the field is omitted */
	bool number;
};

static bool is_there(const struct field *field)
{
	return field->value != NULL && *field->value != '\0';
}

static bool put_bytes(struct line *line, const char *bytes, size_t length)
{
	if (line->length + length > line->room)
		return false;
	memcpy(line->text + line->length, bytes, length);
	line->length += length;
	return true;
}

static bool put_char(struct line *line, char c)
{
	return put_bytes(line, &c, 1);
}

/* --- logfmt --- */

/* Add as much of the bytes as fits. */
static void put_start(struct line *line, const char *bytes, size_t length)
{
	const size_t left = line->room - line->length;

	(void)put_bytes(line, bytes, length < left ? length : left);
}

static void put_escaped(struct line *line, const char *value)
{
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\') {
			put_char(line, '\\');
			put_char(line, *value);
		} else if (c < 0x20 || c == 0x7f) {
			put_char(line, '\\');
			put_char(line, 'x');
			put_char(line, HEX_DIGITS[c >> 4]);
			put_char(line, HEX_DIGITS[c & 15]);
		} else {
			put_char(line, *value);
		}
	}
}

/* Return true if a logfmt value needs no quotes and no escapes. */
static bool is_bare(const char *value)
{
	for (const char *p = value; *p != '\0'; p++)
		if (*p < '!' || *p > '~' || *p == '"' || *p == '=' ||
		    *p == '\\')
			return false;
	return *value != '\0';
}

/* Add key=value, with quotes if the value needs them. */
static void put_logfmt(struct line *line, const struct field *field)
{
	if (line->length > 0)
		put_char(line, ' ');
	put_start(line, field->key, strlen(field->key));
	put_char(line, '=');
	if (is_bare(field->value)) {
		put_start(line, field->value, strlen(field->value));
	} else {
		put_char(line, '"');
		put_escaped(line, field->value);
		put_char(line, '"');
	}
}

/* --- JSON (RFC 8259) --- */

/* Return the bytes of the UTF-8 character at text, or 0 if it is invalid. */
static size_t character_bytes(const char *text)
{
	for (size_t length = 1; length <= strnlen(text, 4); length++)
		if (utf8_is_valid(text, length))
			return length;
	return 0;
}

/* Add a string's text.  If it does not fit, cut it between two characters. */
static void put_json_text(struct line *line, const char *value)
{
	bool fits = true;

	while (fits && *value != '\0') {
		unsigned char c = (unsigned char)*value;
		size_t length = character_bytes(value);
		char escaped[8];

		if (length == 0)
			(void)snprintf(escaped, sizeof(escaped), "\\ufffd");
		else if (c == '"' || c == '\\')
			(void)snprintf(escaped, sizeof(escaped), "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			(void)snprintf(escaped, sizeof(escaped), "\\u%04x", c);
		else
			(void)snprintf(escaped, sizeof(escaped), "%.*s",
				       (int)length, value);
		fits = put_bytes(line, escaped, strlen(escaped));
		value += length > 0 ? length : 1;
	}
}

/* Add a member, or nothing if not even "key":"" fits. */
static void put_json(struct line *line, const struct field *field)
{
	const char *quote = field->number ? "" : "\"";
	char head[64];
	int length = snprintf(head, sizeof(head), "%c\"%s\":%s",
			      line->length == 0 ? '{' : ',', field->key, quote);

	line->room -= strlen(quote);
	if (put_bytes(line, head, (size_t)length))
		put_json_text(line, field->value);
	else
		quote = "";
	line->room += strlen(quote);
	(void)put_bytes(line, quote, strlen(quote));
}

/* --- Lines --- */

/* Format the fields as a line, which ends with a newline and a NUL. */
static size_t put_line(char text[LOG_LINE_BYTES], bool json,
		       const struct field *fields, size_t count)
{
	const char *end = json ? "}\n" : "\n";
	struct line line = {text, 0, LOG_LINE_BYTES - 1 - strlen(end)};

	for (size_t i = 0; i < count; i++)
		if (is_there(&fields[i]))
			(json ? put_json : put_logfmt)(&line, &fields[i]);
	(void)snprintf(text + line.length, LOG_LINE_BYTES - line.length, "%s",
		       end);
	return line.length + strlen(end);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

size_t log_format(char text[LOG_LINE_BYTES], const struct log_entry *entry,
		  enum problem_code code, const struct problem *problem)
{
	char time[DATETIME_TEXT_BYTES], status[16];
	const struct field fields[] = {
		{"time", time, false},
		{"level", problem_status(code) >= 500 ? "error" : "info",
		 false},
		{"request_id", entry->request_id, false},
		{"program", entry->program, false},
		{"status", status, true},
		{"code", problem_slug(code), false},
		{"trace_id", entry->trace_id, false},
		{"sqlstate", problem->sqlstate, false},
		{"site", problem->site, false},
		{"setting", problem->setting, false},
		{"reason", problem->reason, false},
	};

	datetime_format(entry->now_us, time);
	(void)snprintf(status, sizeof(status), "%d", problem_status(code));
	return put_line(text, entry->json, fields, COUNT(fields));
}

size_t log_format_warning(char text[LOG_LINE_BYTES],
			  const struct log_entry *entry, const char *setting,
			  const char *reason)
{
	char time[DATETIME_TEXT_BYTES];
	const struct field fields[] = {
		{"time", time, false},
		{"level", "warning", false},
		{"request_id", entry->request_id, false},
		{"program", entry->program, false},
		{"trace_id", entry->trace_id, false},
		{"setting", setting, false},
		{"reason", reason, false},
	};

	datetime_format(entry->now_us, time);
	return put_line(text, entry->json, fields, COUNT(fields));
}

/* Enough for an int64_t as 1.234, with a NUL. */
#define MS_BYTES 24

static void format_ms(char text[MS_BYTES], int64_t us)
{
	(void)snprintf(text, MS_BYTES, "%lld.%03d", (long long)(us / 1000),
		       (int)(us % 1000));
}

void log_format_access(char text[LOG_ACCESS_BYTES],
		       const struct log_access *access)
{
	char program_ms[MS_BYTES], db_ms[MS_BYTES] = "";
	const struct field fields[] = {
		{"program", access->program, false},
		{"user", access->user, false},
		{"code",
		 access->code != PROBLEM_NONE ? problem_slug(access->code)
					      : NULL,
		 false},
		{"program_ms", program_ms, true},
		{"db_ms", db_ms, true},
		{"trace_id", access->trace_id, false},
	};
	struct line line = {text, 0, LOG_ACCESS_BYTES - 1};

	format_ms(program_ms, access->program_us);
	if (access->db_us > 0)
		format_ms(db_ms, access->db_us);
	for (size_t i = 0; i < COUNT(fields); i++)
		if (is_there(&fields[i]))
			put_logfmt(&line, &fields[i]);
	text[line.length] = '\0';
}

void log_format_timing(char text[LOG_ACCESS_BYTES],
		       const struct log_access *access)
{
	char program_ms[MS_BYTES], db_ms[MS_BYTES];

	format_ms(program_ms, access->program_us);
	format_ms(db_ms, access->db_us);
	(void)snprintf(text, LOG_ACCESS_BYTES,
		       access->db_us > 0 ? "app;dur=%s, db;dur=%s"
					 : "app;dur=%s",
		       program_ms, db_ms);
}
