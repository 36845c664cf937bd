/*
 * test_dotenv.c - the settings file: comments, quotes and escapes in values,
 * and files that are refused.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "config/config.h"
#include "tap.h"
#include "base/banned.h"

static char path[] = "/tmp/tasks-dotenv-XXXXXX";
static char file_variable[sizeof(path) + 16];

/* The value of JWT_ISSUER in a file.  fault: the file is refused. */
struct file_case {
	const char *name;
	const char *text;
	size_t length;
	const char *issuer;
	bool fault;
};

static const struct file_case cases[] = {
	{"empty file", LIT(""), NULL, false},
	{"plain", LIT("JWT_ISSUER=a\n"), "a", false},
	{"no newline at the end", LIT("JWT_ISSUER=a"), "a", false},
	{"CRLF", LIT("X=1\r\nJWT_ISSUER=a\r\nY=2\r\n"), "a", false},
	{"CRLF, quoted", LIT("JWT_ISSUER=\"a\"\r\n"), "a", false},
	{"CRLF, literal", LIT("JWT_ISSUER='a'\r\n"), "a", false},
	{"export", LIT("export JWT_ISSUER=a\n"), "a", false},
	{"export and spaces", LIT("export \t JWT_ISSUER=a\n"), "a", false},
	{"indented", LIT("  JWT_ISSUER=a\n"), "a", false},
	{"outer white space", LIT("JWT_ISSUER=  a b \t\n"), "a b", false},
	{"comment lines", LIT("# JWT_ISSUER=b\n\n \t\n  # x\nJWT_ISSUER=a\n"),
	 "a", false},
	{"comment after", LIT("JWT_ISSUER=a # b\n"), "a", false},
	{"comment after a tab", LIT("JWT_ISSUER=a\t#b\n"), "a", false},
	{"comment with a #", LIT("JWT_ISSUER=a # b#c #d\n"), "a", false},
	{"comment after CRLF", LIT("JWT_ISSUER=a # b\r\n"), "a", false},
	{"# in quotes", LIT("JWT_ISSUER=\"#a#b\"\n"), "#a#b", false},
	{"# in a literal", LIT("JWT_ISSUER='#a#b' #c\n"), "#a#b", false},
	{"= inside", LIT("JWT_ISSUER=a=b==\n"), "a=b==", false},
	{"quotes inside", LIT("JWT_ISSUER=a\"b'c\n"), "a\"b'c", false},
	{"bare backslash", LIT("JWT_ISSUER=a\\nb\n"), "a\\nb", false},
	{"bare dollar", LIT("JWT_ISSUER=$HOME\n"), "$HOME", false},
	{"literal", LIT("JWT_ISSUER=' a\\n\"$# '\n"), " a\\n\"$# ", false},
	{"quoted", LIT("JWT_ISSUER=\" a # 'b' \"\n"), " a # 'b' ", false},
	{"escapes", LIT("JWT_ISSUER=\"\\n\\r\\t\\\"\\\\\\$x\"\n"),
	 "\n\r\t\"\\$x", false},
	{"comment after quotes", LIT("JWT_ISSUER=\"a\" # b\n"), "a", false},
	{"comment after literal", LIT("JWT_ISSUER='a' # b\n"), "a", false},
	{"last of two", LIT("JWT_ISSUER=a\nJWT_ISSUER=b\n"), "b", false},
	{"last is empty", LIT("JWT_ISSUER=a\nJWT_ISSUER=\n"), NULL, false},
	{"empty", LIT("JWT_ISSUER=\n"), NULL, false},
	{"empty quotes", LIT("JWT_ISSUER=\"\"\n"), NULL, false},
	{"empty quotes and a comment", LIT("JWT_ISSUER='' # a\n"), NULL, false},
	{"byte-order mark", LIT("\xef\xbb\xbfJWT_ISSUER=a\n"), "a", false},
	{"byte-order mark and a comment",
	 LIT("\xef\xbb\xbf# b\r\nJWT_ISSUER=a\r\n"), "a", false},
	{"byte-order mark and export",
	 LIT("\xef\xbb\xbf export JWT_ISSUER=a\n"), "a", false},
	{"byte-order mark alone", LIT("\xef\xbb\xbf"), NULL, false},
	{"byte-order mark in a value", LIT("JWT_ISSUER=\xef\xbb\xbf\n"),
	 "\xef\xbb\xbf", false},
	{"unknown names", LIT("NEXT_PUBLIC_URL=x\nJWT_ISSUER=a\n"), "a", false},
	{"other case", LIT("jwt_issuer=a\n"), NULL, false},
	{"UTF-8", LIT("JWT_ISSUER=\xc3\xa9\n"), "\xc3\xa9", false},
	/* bad input */
	{"open quote", LIT("JWT_ISSUER=\"hunter2\n"), NULL, true},
	{"open literal", LIT("JWT_ISSUER='hunter2\n"), NULL, true},
	{"open quote at the end", LIT("JWT_ISSUER=\""), NULL, true},
	{"escaped closing quote", LIT("JWT_ISSUER=\"hunter2\\\"\n"), NULL,
	 true},
	{"open quote, later closed",
	 LIT("JWT_ISSUER=\"hunter2\nJWT_AUDIENCE=b\"\n"), NULL, true},
	{"text after quotes", LIT("JWT_ISSUER=\"a\"hunter2\n"), NULL, true},
	{"# inside", LIT("JWT_ISSUER=hunter2#b\n"), NULL, true},
	{"# first", LIT("JWT_ISSUER=#hunter2\n"), NULL, true},
	{"# first, after a blank", LIT("JWT_ISSUER= #hunter2\n"), NULL, true},
	{"# last", LIT("JWT_ISSUER=hunter2#\n"), NULL, true},
	{"# inside, and a comment", LIT("JWT_ISSUER=a#hunter2 # c\n"), NULL,
	 true},
	{"# after a quote", LIT("JWT_ISSUER=\"hunter2\"#b\n"), NULL, true},
	{"# after a literal", LIT("JWT_ISSUER='hunter2'#b\n"), NULL, true},
	{"# after a no-break space", LIT("JWT_ISSUER=a\xc2\xa0#hunter2\n"),
	 NULL, true},
	{"# in a name that is no setting", LIT("OTHER=hunter2#b\n"), NULL,
	 true},
	{"half a byte-order mark", LIT("\xef\xbbJWT_ISSUER=hunter2\n"), NULL,
	 true},
	{"two byte-order marks",
	 LIT("\xef\xbb\xbf\xef\xbb\xbfJWT_ISSUER=hunter2\n"), NULL, true},
	{"byte-order mark on line 2",
	 LIT("X=1\n\xef\xbb\xbfJWT_ISSUER=hunter2\n"), NULL, true},
	{"UTF-16", LIT("\xff\xfeJ\0W\0T\0_\0X\0=\0a\0"), NULL, true},
	{"no =", LIT("JWT_ISSUER=a\nhunter2\n"), NULL, true},
	{"no name", LIT("=hunter2\n"), NULL, true},
	{"NUL byte", LIT("JWT_ISSUER=a\0hunter2\n"), NULL, true},
};

static void write_file(const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		diag("cannot write %s", path);
	if (fd >= 0)
		close(fd);
}

static enum problem_code load(struct config *config, const char *variable,
			      struct arena *arena, struct problem *problem)
{
	char *env[] = {file_variable, (char *)variable, NULL};

	*problem = (struct problem){0};
	return config_load(config, env, arena, problem);
}

static void test_file(const struct file_case *c)
{
	struct arena arena;
	struct config config;
	struct problem problem;
	enum problem_code code;

	arena_init(&arena, 1048576);
	write_file(c->text, c->length);
	code = load(&config, NULL, &arena, &problem);
	if (c->fault) {
		ok(code == PROBLEM_INTERNAL && problem.setting &&
			   (strcmp(problem.setting, "TASKS_ENV_FILE") == 0 ||
			    strcmp(problem.setting, "JWT_ISSUER") == 0),
		   "a broken settings file is named, not half read: %s",
		   c->name);
		ok(problem.reason && !strstr(problem.reason, "hunter2"),
		   "and its text is kept out of the log: %s", c->name);
	} else if (ok(code == PROBLEM_NONE, "a settings file is read: %s",
		      c->name)) {
		is_text(config.issuer, c->issuer, c->name);
	} else {
		diag("%s: %s", problem.setting, problem.reason);
	}
	arena_release(&arena);
}

static void test_precedence(void)
{
	struct arena arena;
	struct config config;
	struct problem problem;
	enum problem_code code;

	arena_init(&arena, 4 * 1048576);
	write_file(LIT("JWT_ISSUER=file\nTASKS_MAX_ROWS=7\n"));
	code = load(&config, "JWT_ISSUER=env", &arena, &problem);
	ok(!code && config.issuer && strcmp(config.issuer, "env") == 0 &&
		   config.max_rows == 7,
	   "the environment wins over the file, one by one");
	code = load(&config, "JWT_ISSUER=", &arena, &problem);
	ok(!code && config.issuer && strcmp(config.issuer, "file") == 0,
	   "an empty variable leaves it to the file");
	write_file(LIT("JWT_SECRET='#0123456789 0123456789 0123456789'\n"));
	code = load(&config, NULL, &arena, &problem);
	ok(!code && config.secret_bytes == 33,
	   "a secret with # and spaces comes whole from a file");
	write_file(LIT("JWT_SECRET=short\n"));
	code = load(&config, NULL, &arena, &problem);
	ok(code == PROBLEM_INTERNAL, "a file's settings are checked too");
	is_text(problem.setting, "JWT_SECRET", "and named by their own name");
	write_file(LIT("JWT_SECRET=0123456789012345678901234567890123\n"));
	code = load(&config,
		    "BETTER_AUTH_SECRET="
		    "abcdefghijabcdefghijabcdefghijabcd",
		    &arena, &problem);
	ok(code == PROBLEM_INTERNAL, "two secrets in two places are a fault");
	arena_release(&arena);
}

/* The setting in the last line shows that the whole file was read. */
static void test_size(void)
{
	static const char last[] = "\nJWT_ISSUER=a";
	static char text[65537];

	for (size_t size = 65536; size <= 65537; size++) {
		struct arena arena;
		struct config config;
		struct problem problem;
		enum problem_code code;

		memset(text, '#', size);
		memcpy(text + size - strlen(last), last, strlen(last));
		write_file(text, size);
		arena_init(&arena, 1048576);
		code = load(&config, NULL, &arena, &problem);
		if (size == 65536)
			ok(!code && config.issuer &&
				   strcmp(config.issuer, "a") == 0,
			   "a file of 64 KiB is read to its end");
		else
			ok(code == PROBLEM_INTERNAL && problem.setting &&
				   strcmp(problem.setting, "TASKS_ENV_FILE") ==
					   0,
			   "one byte more is refused, not cut");
		arena_release(&arena);
	}
}

static void test_count(void)
{
	static char text[256 * 4 + 12];

	for (size_t count = 256; count <= 257; count++) {
		struct arena arena;
		struct config config;
		struct problem problem;
		enum problem_code code;

		for (size_t i = 0; i + 1 < count; i++)
			memcpy(text + 4 * i, "A=b\n", 4);
		memcpy(text + 4 * (count - 1), "JWT_ISSUER=a", 12);
		write_file(text, 4 * (count - 1) + 12);
		arena_init(&arena, 1048576);
		code = load(&config, NULL, &arena, &problem);
		if (count == 256)
			ok(!code && config.issuer &&
				   strcmp(config.issuer, "a") == 0,
			   "a file of 256 values is read to its end");
		else
			ok(code == PROBLEM_INTERNAL && problem.setting &&
				   strcmp(problem.setting, "TASKS_ENV_FILE") ==
					   0,
			   "one value more is refused, not left out");
		arena_release(&arena);
	}
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	snprintf(file_variable, sizeof(file_variable), "TASKS_ENV_FILE=%s",
		 path);
	for (size_t i = 0; i < COUNT(cases); i++)
		test_file(&cases[i]);
	test_precedence();
	test_size();
	test_count();
	unlink(path);
	return tap_done();
}
