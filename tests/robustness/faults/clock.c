/*
 * clock.so, for LD_PRELOAD: a real-time clock that can be set while programs
 * run. The first 8 bytes of a file say by how many seconds it is ahead.
 * FAULTS_CLOCK names the file; the default is /etc/faults-clock, because web
 * servers do not pass the variable on. The file is mapped before main(), so
 * that reading the clock needs no system call that a sandboxed program may have
 * given up.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead_s;
static int (*true_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void map_clock(void)
{
	const char *path = getenv("FAULTS_CLOCK");
	int fd = open(path != NULL ? path : "/etc/faults-clock",
		      O_RDONLY | O_CLOEXEC);
	void *mapped = MAP_FAILED;

	if (fd >= 0) {
		mapped = mmap(NULL, sizeof(*ahead_s), PROT_READ, MAP_SHARED, fd,
			      0);
		(void)close(fd);
	}
	*(void **)&true_clock = dlsym(RTLD_NEXT, "clock_gettime");
	/* With the true time the test would pass without a fault. */
	if (mapped == MAP_FAILED || true_clock == NULL)
		abort();
	ahead_s = mapped;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	if (true_clock == NULL)
		map_clock();
	if (true_clock(id, now) != 0)
		return -1;
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		now->tv_sec += *ahead_s;
	return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec exact;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &exact) != 0)
		return -1;
	now->tv_sec = exact.tv_sec;
	now->tv_usec = exact.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *result)
{
	struct timespec exact;

	if (clock_gettime(CLOCK_REALTIME, &exact) != 0)
		return -1;
	if (result != NULL)
		*result = exact.tv_sec;
	return exact.tv_sec;
}
