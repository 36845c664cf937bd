/*
 * tap.h - the Test Anything Protocol (TAP) for the unit tests, header-only.
 *
 * Call ok() once per test, and return the result of tap_done() from main().
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* Two arguments: a string literal, which may have NUL bytes, and its length. */
#define LIT(literal) (literal), sizeof(literal) - 1

static int tap_count;
static int tap_failures;

/* Report one test.  The name is a printf() format.  Return passed. */
__attribute__((format(printf, 2, 3))) static inline bool ok(bool passed,
							    const char *name,
							    ...)
{
	char text[512];
	va_list args;

	va_start(args, name);
	vsnprintf(text, sizeof(text), name, args);
	va_end(args);
	for (char *p = text; *p; p++)
		if (*p == '#' || (unsigned char)*p < 0x20)
			*p = '.'; /* # begins a directive in TAP */
	tap_count++;
	tap_failures += !passed;
	printf("%sok %d - %s\n", passed ? "" : "not ", tap_count, text);
	return passed;
}

/* Print a diagnostic about the previous test, with line ends replaced. */
__attribute__((format(printf, 1, 2))) static inline void diag(const char *text,
							      ...)
{
	char line[2048];
	va_list args;

	va_start(args, text);
	vsnprintf(line, sizeof(line), text, args);
	va_end(args);
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20)
			*p = '.';
	printf("# %s\n", line);
}

/* Test that two strings are equal.  NULL is equal to NULL only. */
static inline bool is_text(const char *got, const char *want, const char *name)
{
	bool same = got && want ? strcmp(got, want) == 0 : got == want;

	if (!ok(same, "%s", name))
		diag("got \"%s\", wanted \"%s\"", got ? got : "(null)",
		     want ? want : "(null)");
	return same;
}

/* Print the plan.  Return the exit status: 0 if all tests have passed. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	fflush(stdout);
	return tap_failures ? 1 : 0;
}

#endif
