/*
 * shim.c - failing allocations, for LD_PRELOAD.
 *
 * The file that TORTURE_FILE names holds three 64-bit numbers: the first
 * allocation that fails, the first after it that succeeds again, and the number
 * of allocations so far. The file is mapped shared, so that the test can reset
 * it between two requests to one process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* AddressSanitizer's functions if it is linked, otherwise the C library's. */
__attribute__((weak)) void *__interceptor_malloc(size_t size);
__attribute__((weak)) void *__interceptor_calloc(size_t count, size_t size);
__attribute__((weak)) void *__interceptor_realloc(void *memory, size_t size);
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

struct orders {
	uint64_t from, until, seen;
};

static struct orders *orders;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("TORTURE_FILE");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *map = MAP_FAILED;

	if (fd >= 0) {
		map = mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE,
			   MAP_SHARED, fd, 0);
		(void)close(fd);
	}
	if (map == MAP_FAILED)
		_exit(97); /* without failures the test would pass */
	orders = map;
}

static bool is_refused(void)
{
	uint64_t number;

	if (orders == NULL)
		return false;
	number = __atomic_add_fetch(&orders->seen, 1, __ATOMIC_RELAXED);
	if (number < orders->from || number >= orders->until)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	if (is_refused())
		return NULL;
	return __interceptor_malloc != NULL ? __interceptor_malloc(size)
					    : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (is_refused())
		return NULL;
	return __interceptor_calloc != NULL ? __interceptor_calloc(count, size)
					    : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	if (size > 0 && is_refused()) /* 0 frees */
		return NULL;
	return __interceptor_realloc != NULL
		       ? __interceptor_realloc(memory, size)
		       : __libc_realloc(memory, size);
}
