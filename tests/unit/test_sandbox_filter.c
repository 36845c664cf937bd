/*
 * test_sandbox_filter.c - the list of system calls of the sandbox: exactly these
 * numbers, for the processor that the program was built for.
 *
 * The test interprets the filter and does not install it, so that it also runs
 * where the kernel has none, for example under qemu-user.  The numbers are those
 * of the kernel's tables, not of our headers.
 */
#include "tap.h" /* first, because of banned.h */

#undef SANDBOX_OFF
#include "../../lib/app/sandbox.c"

#if defined(__x86_64__)
#define NUMBER(x86_64, aarch64) (x86_64)
#define OUR_ARCH 0xc000003eU
#define OTHER_ARCH 0xc00000b7U
#elif defined(__aarch64__)
#define NUMBER(x86_64, aarch64) (aarch64)
#define OUR_ARCH 0xc00000b7U
#define OTHER_ARCH 0xc000003eU
#endif

enum {
	ANY = 1 << 12, /* more numbers than the kernel has calls */
	OUR_PID = 1234,
	CLONE = NUMBER(56, 220),
	OPENAT = NUMBER(257, 56),
	SOCKET = NUMBER(41, 198),
	FCNTL = NUMBER(72, 25),
	IOCTL = NUMBER(16, 29),
	PRLIMIT64 = NUMBER(302, 261),
	TGKILL = NUMBER(234, 131),
};

/* Interpret the filter.  Return its action, 0 for an instruction that it should
 * not have. */
static uint32_t answer(const struct seccomp_data *data)
{
	uint32_t value = 0;

	for (size_t at = 0; at < COUNT(filter); at++) {
		const struct sock_filter *step = &filter[at];

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (step->k > sizeof(*data) - sizeof(value))
				return 0;
			memcpy(&value, (const char *)data + step->k,
			       sizeof(value));
			break;
		case BPF_ALU | BPF_ADD | BPF_K:
			value += step->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += value == step->k ? step->jt : step->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			at += (value & step->k) != 0 ? step->jt : step->jf;
			break;
		case BPF_RET | BPF_K:
			return step->k;
		default:
			return 0;
		}
	}
	return 0;
}

static bool permits(int number, uint64_t first, uint64_t second, uint64_t third)
{
	const struct seccomp_data data = {
		.nr = number,
		.arch = OUR_ARCH,
		.args = {first, second, third},
	};

	return answer(&data) == SECCOMP_RET_ALLOW;
}

static bool denies(uint32_t arch, int number)
{
	const struct seccomp_data data = {.nr = number, .arch = arch};

	return answer(&data) == (SECCOMP_RET_ERRNO | ENOSYS);
}

/* Permitted whatever the arguments are.  -1: the processor has no such call. */
static const struct {
	const char *name;
	int number;
} permitted[] = {
	{"read", NUMBER(0, 63)},
	{"write", NUMBER(1, 64)},
	{"close", NUMBER(3, 57)},
	{"stat", NUMBER(4, -1)},
	{"fstat", NUMBER(5, 80)},
	{"lstat", NUMBER(6, -1)},
	{"poll", NUMBER(7, -1)},
	{"lseek", NUMBER(8, 62)},
	{"mmap", NUMBER(9, 222)},
	{"mprotect", NUMBER(10, 226)},
	{"munmap", NUMBER(11, 215)},
	{"brk", NUMBER(12, 214)},
	{"rt_sigaction", NUMBER(13, 134)},
	{"rt_sigprocmask", NUMBER(14, 135)},
	{"rt_sigreturn", NUMBER(15, 139)},
	{"pread64", NUMBER(17, 67)},
	{"readv", NUMBER(19, 65)},
	{"writev", NUMBER(20, 66)},
	{"access", NUMBER(21, -1)},
	{"select", NUMBER(23, -1)},
	{"sched_yield", NUMBER(24, 124)},
	{"mremap", NUMBER(25, 216)},
	{"madvise", NUMBER(28, 233)},
	{"nanosleep", NUMBER(35, 101)},
	{"getpid", NUMBER(39, 172)},
	{"connect", NUMBER(42, 203)},
	{"accept", NUMBER(43, 202)},
	{"sendto", NUMBER(44, 206)},
	{"recvfrom", NUMBER(45, 207)},
	{"sendmsg", NUMBER(46, 211)},
	{"recvmsg", NUMBER(47, 212)},
	{"shutdown", NUMBER(48, 210)},
	{"bind", NUMBER(49, 200)},
	{"getsockname", NUMBER(51, 204)},
	{"getpeername", NUMBER(52, 205)},
	{"setsockopt", NUMBER(54, 208)},
	{"getsockopt", NUMBER(55, 209)},
	{"exit", NUMBER(60, 93)},
	{"uname", NUMBER(63, 160)},
	{"readlink", NUMBER(89, -1)},
	{"gettimeofday", NUMBER(96, 169)},
	{"sysinfo", NUMBER(99, 179)},
	{"getuid", NUMBER(102, 174)},
	{"getgid", NUMBER(104, 176)},
	{"geteuid", NUMBER(107, 175)},
	{"getegid", NUMBER(108, 177)},
	{"rt_sigpending", NUMBER(127, 136)},
	{"rt_sigtimedwait", NUMBER(128, 137)},
	{"sigaltstack", NUMBER(131, 132)},
	{"sched_getparam", NUMBER(143, 121)},
	{"sched_getscheduler", NUMBER(145, 120)},
	{"gettid", NUMBER(186, 178)},
	{"time", NUMBER(201, -1)},
	{"futex", NUMBER(202, 98)},
	{"sched_getaffinity", NUMBER(204, 123)},
	{"getdents64", NUMBER(217, 61)},
	{"restart_syscall", NUMBER(219, 128)},
	{"clock_gettime", NUMBER(228, 113)},
	{"clock_nanosleep", NUMBER(230, 115)},
	{"exit_group", NUMBER(231, 94)},
	{"newfstatat", NUMBER(262, 79)},
	{"readlinkat", NUMBER(267, 78)},
	{"faccessat", NUMBER(269, 48)},
	{"pselect6", NUMBER(270, 72)},
	{"ppoll", NUMBER(271, 73)},
	{"set_robust_list", NUMBER(273, 99)},
	{"utimensat", NUMBER(280, 88)},
	{"accept4", NUMBER(288, 242)},
	{"sendmmsg", NUMBER(307, 269)},
	{"getrandom", NUMBER(318, 278)},
	{"membarrier", NUMBER(324, 283)},
	{"statx", NUMBER(332, 291)},
	{"rseq", NUMBER(334, 293)},
};

static void test_numbers(void)
{
	static const int depending[] = {CLONE, OPENAT,	  SOCKET, FCNTL,
					IOCTL, PRLIMIT64, TGKILL};
	static bool known[ANY];
	int other = -1, foreign = -1;

	for (size_t i = 0; i < COUNT(permitted); i++) {
		if (permitted[i].number < 0)
			continue;
		known[permitted[i].number] = true;
		ok(permits(permitted[i].number, 0, 0, 0) &&
			   permits(permitted[i].number, ~0ULL, ~0ULL, ~0ULL),
		   "%s is permitted", permitted[i].name);
	}
	for (size_t i = 0; i < COUNT(depending); i++)
		known[depending[i]] = true;
	for (int number = 0; number < ANY; number++) {
		if (!known[number] && !denies(OUR_ARCH, number))
			other = number;
		if (!denies(OTHER_ARCH, number))
			foreign = number;
	}
	ok(other < 0, "no other call is permitted");
	if (other >= 0)
		diag("number %d", other);
	ok(foreign < 0, "no call of another processor is permitted");
	/* x32 has the same architecture, and numbers from here. */
	ok(denies(OUR_ARCH, 0x40000000), "no call of x32 is permitted");
}

static void test_arguments(void)
{
	const uint64_t directory = NUMBER(0200000, 040000), cloexec = 02000000;

	ok(permits(OPENAT, 0, 0, 0) &&
		   permits(OPENAT, 0, 0, directory | cloexec),
	   "a file or folder can be opened for reading");
	ok(!permits(OPENAT, 0, 0, 1) && !permits(OPENAT, 0, 0, 2) &&
		   !permits(OPENAT, 0, 0, 0100) &&
		   !permits(OPENAT, 0, 0, 01000) &&
		   !permits(OPENAT, 0, 0, 020000000 | directory),
	   "a file cannot be opened for writing, created or emptied");
	ok(permits(CLONE, 0x10000, 0, 0), "a thread can be started");
	ok(!permits(CLONE, 0, 0, 0) && !permits(CLONE, 17, 0, 0),
	   "a process cannot");
	ok(permits(SOCKET, 1, 1, 0) && permits(SOCKET, 2, 1, 0) &&
		   permits(SOCKET, 10, 1, 0) && permits(SOCKET, 16, 3, 0),
	   "a socket can be made for the database and the resolver");
	ok(!permits(SOCKET, 17, 3, 0) && !permits(SOCKET, 16, 3, 4) &&
		   !permits(SOCKET, 0, 0, 0),
	   "no other one can");
	ok(permits(FCNTL, 3, 4, 0) && !permits(FCNTL, 3, 8, 0) &&
		   !permits(FCNTL, 3, 15, 0),
	   "fcntl() cannot set the owner of a descriptor");
	ok(permits(IOCTL, 3, 0x541b, 0) && permits(IOCTL, 3, 0x8933, 0) &&
		   permits(IOCTL, 3, 0x8910, 0) &&
		   !permits(IOCTL, 3, 0x5412, 0),
	   "ioctl() is for the resolver only");
	ok(permits(PRLIMIT64, 0, 7, 0) && !permits(PRLIMIT64, 1, 7, 0),
	   "prlimit64() is for the caller only");
	ok(permits(TGKILL, OUR_PID, 0, 0) && !permits(TGKILL, 1, 0, 0),
	   "tgkill() is for the caller only");
}

int main(void)
{
	set_jumps();
	filter[OUR_NUMBER].k = OUR_PID;
	test_numbers();
	test_arguments();
	return tap_done();
}
