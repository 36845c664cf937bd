/*
 * minor_faults FILE PROGRAM: run the program with this environment, input and
 * output, and write to FILE how many minor page faults it had, from its start
 * to its exit.  Exit with the program's status.
 */
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t pid;
	FILE *out;

	if (argc != 3)
		return 2;
	/* posix_spawn() does not copy the pages of this process, as fork()
	   would. */
	if (posix_spawn(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0 ||
	    wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status))
		return 2;
	out = fopen(argv[1], "we");
	if (out == NULL || fprintf(out, "%ld\n", usage.ru_minflt) < 0 ||
	    fclose(out) != 0)
		return 2;
	return WEXITSTATUS(status);
}
