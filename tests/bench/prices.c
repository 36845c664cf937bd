/*
 * prices - what this machine charges: the cost of a null process (fork, exec
 * and wait), of a page fault, of a system call (getppid) and of a context
 * switch between two processes on one processor.
 *
 * Prints a line for each: "price", its name, nanoseconds.  Each is the least of
 * several measurements, because other work of the machine only adds to it.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIES 9

static char *null_program;
static int null_output;

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Each of these does its work `count` times and returns whether it could. */

static int process(int count)
{
	int status = 0;

	while (count-- > 0 && status == 0) {
		const pid_t pid = fork();

		if (pid == 0) {
			(void)dup2(null_output, STDOUT_FILENO);
			(void)execl(null_program, null_program, (char *)NULL);
			_exit(1);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 0;
	}
	return status == 0;
}

static int fault(int count)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t size = (size_t)count * page;
	volatile char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* A huge page would be one fault. */
	if (memory == MAP_FAILED ||
	    madvise((void *)memory, size, MADV_NOHUGEPAGE) != 0)
		return 0;
	for (size_t i = 0; i < size; i += page)
		memory[i] = 1;
	return munmap((void *)memory, size) == 0;
}

static int call(int count)
{
	while (count-- > 0)
		if (syscall(SYS_getppid) < 0)
			return 0;
	return 1;
}

/* Pass a byte to a child and back: two switches. */
static int pass(int count)
{
	int to[2], from[2], status = 1;
	char byte = 0;
	pid_t child;

	if (pipe(to) != 0 || pipe(from) != 0)
		return 0;
	child = fork();
	if (child == 0) {
		(void)close(to[1]);
		while (read(to[0], &byte, 1) == 1)
			if (write(from[1], &byte, 1) != 1)
				_exit(1);
		_exit(0);
	}
	while (count > 0 && write(to[1], &byte, 1) == 1 &&
	       read(from[0], &byte, 1) == 1)
		count -= 2;
	(void)close(to[0]);
	(void)close(to[1]);
	(void)close(from[0]);
	(void)close(from[1]);
	return waitpid(child, &status, 0) == child && status == 0 && count <= 0;
}

static int print(const char *name, int (*work)(int), int count)
{
	double best = 0;

	for (int i = 0; i < TRIES; i++) {
		const double start = now();
		double each;

		if (!work(count))
			return 0;
		each = (now() - start) / count;
		if (i == 0 || each < best)
			best = each;
	}
	return printf("price\t%s\t%.0f\n", name, best) > 0;
}

int main(int argc, char **argv)
{
	const int here = sched_getcpu();
	cpu_set_t one;

	if (argc != 2 || here < 0) /* usage: prices NULL-PROGRAM */
		return 2;
	null_program = argv[1];
	null_output = open("/dev/null", O_WRONLY | O_CLOEXEC);
	CPU_ZERO(&one);
	CPU_SET((size_t)here, &one);
	return !(null_output >= 0 && print("process", process, 50) &&
		 print("fault", fault, 4096) && print("call", call, 200000) &&
		 sched_setaffinity(0, sizeof(one), &one) == 0 &&
		 print("switch", pass, 10000));
}
