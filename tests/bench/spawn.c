/*
 * spawn - measure processes from exec to exit.
 *
 *   spawn ROUNDS PROGRAM...
 *
 * Starts each program in turn, ROUNDS times, with the environment of spawn and
 * with /dev/null for its input and output. Prints a line for each program: the
 * medians of the microseconds from start to exit, of the microseconds of CPU
 * time, and of the minor page faults. A program that fails ends the run.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	WALL,
	CPU,
	FAULTS,
	FIGURES
};

extern char **environ;

static long micros(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	return (long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static long cpu_micros(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
	       usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

/* Run the program and set figures[]. Return 0 if it failed, otherwise 1. */
static int measure(char *program, long figures[FIGURES])
{
	char *const arguments[] = {program, NULL};
	struct rusage usage;
	long start = micros();
	int status;
	pid_t pid;

	if (posix_spawn(&pid, program, NULL, NULL, arguments, environ) != 0)
		return 0;
	if (wait4(pid, &status, 0, &usage) != pid || status != 0)
		return 0;
	figures[WALL] = micros() - start;
	figures[CPU] = cpu_micros(&usage);
	figures[FAULTS] = usage.ru_minflt;
	return 1;
}

static int by_value(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long median(long (*figures)[FIGURES], size_t count, size_t step,
		   int which, long *scratch)
{
	for (size_t i = 0; i < count; i++)
		scratch[i] = figures[i * step][which];
	qsort(scratch, count, sizeof(*scratch), by_value);
	return scratch[count / 2];
}

/*
 * Return a stream to standard output, and redirect the programs to /dev/null.
 */
static FILE *own_output(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	if (null < 0 || out < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		return NULL;
	return fdopen(out, "w");
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	size_t programs = argc > 2 ? (size_t)argc - 2 : 0;
	long(*figures)[FIGURES];
	long *scratch;
	FILE *out;

	if (rounds == 0 || rounds > 1000000)
		return 2;
	out = own_output();
	figures = calloc(rounds * programs, sizeof(*figures));
	scratch = calloc(rounds, sizeof(*scratch));
	if (out == NULL || figures == NULL || scratch == NULL)
		return 1;
	for (size_t i = 0; i < rounds * programs; i++) {
		char *program = argv[2 + i % programs];

		if (!measure(program, figures[i])) {
			(void)fprintf(stderr, "spawn: %s failed\n", program);
			return 1;
		}
	}
	for (size_t i = 0; i < programs; i++) {
		long(*own)[FIGURES] = figures + i;

		(void)fprintf(out, "%s\t%ld\t%ld\t%ld\n", argv[2 + i],
			      median(own, rounds, programs, WALL, scratch),
			      median(own, rounds, programs, CPU, scratch),
			      median(own, rounds, programs, FAULTS, scratch));
	}
	free(scratch);
	free(figures);
	return fclose(out) != 0;
}
