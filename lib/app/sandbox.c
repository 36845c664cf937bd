#include "app/sandbox.h"

#ifdef SANDBOX_OFF

void sandbox_enter(void)
{
}

#else

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

static void limit(__rlimit_resource_t resource, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(resource, &now) != 0)
		return;
	now.rlim_max = now.rlim_max < most ? now.rlim_max : most;
	now.rlim_cur =
		now.rlim_cur < now.rlim_max ? now.rlim_cur : now.rlim_max;
	(void)setrlimit(resource, &now);
}

/* --- Landlock (landlock(7)): denies each handled right, without rules --- */

/* Access rights that older kernel headers do not define. */
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define NET_BIND_TCP (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

static void enter_landlock(void)
{
	struct {
		uint64_t fs, net, scoped;
	} denied = {
		.fs = LANDLOCK_ACCESS_FS_EXECUTE |
		      LANDLOCK_ACCESS_FS_WRITE_FILE |
		      LANDLOCK_ACCESS_FS_REMOVE_DIR |
		      LANDLOCK_ACCESS_FS_REMOVE_FILE |
		      LANDLOCK_ACCESS_FS_MAKE_CHAR |
		      LANDLOCK_ACCESS_FS_MAKE_DIR |
		      LANDLOCK_ACCESS_FS_MAKE_REG |
		      LANDLOCK_ACCESS_FS_MAKE_SOCK |
		      LANDLOCK_ACCESS_FS_MAKE_FIFO |
		      LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		      LANDLOCK_ACCESS_FS_MAKE_SYM,
	};
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
				     LANDLOCK_CREATE_RULESET_VERSION);
	size_t size = sizeof(denied.fs);
	long rules;

	if (version >= 2)
		denied.fs |= FS_REFER;
	if (version >= 3)
		denied.fs |= FS_TRUNCATE;
	if (version >= 4) {
		denied.net = NET_BIND_TCP;
		size += sizeof(denied.net);
	}
	if (version >= 6) {
		denied.scoped = SCOPE_SIGNAL;
		size += sizeof(denied.scoped);
	}
	rules = version < 1 ? -1
			    : syscall(SYS_landlock_create_ruleset, &denied,
				      size, 0);
	if (rules < 0)
		return;
	(void)syscall(SYS_landlock_restrict_self, rules, 0);
	(void)close((int)rules);
}

/* --- seccomp (seccomp(2)) --- */

#ifdef ARCH

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define JUMP(condition, value, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_K | (condition), value, yes, no)
/* Jumps to the last two instructions, which set_jumps() replaces by distances:
   the kernel takes longer to install a filter with a verdict of its own for
   each call. */
#define YES 254
#define NO 255
#define ALLOW(call) JUMP(BPF_JEQ, SYS_##call, YES, 0)
#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

static struct sock_filter filter[] = {
	LOAD(arch),
	JUMP(BPF_JEQ, ARCH, 0, NO),
	LOAD(nr),
	/* Adding 0 has no effect, but the kernel's emulator stops here and does
	   not fill the cache of permitted calls.  To fill the cache, it would
	   run the filter for each call number, which doubles the time to
	   install the filter.  The process is too short to gain from the
	   cache. */
	BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 0),
	/* Input, output, memory */
	ALLOW(read),
	ALLOW(write),
	ALLOW(readv),
	ALLOW(writev),
	ALLOW(recvfrom),
	ALLOW(sendto),
	ALLOW(ppoll),
	ALLOW(close),
	ALLOW(mmap),
	ALLOW(munmap),
	ALLOW(mremap),
	ALLOW(mprotect),
	ALLOW(madvise),
	ALLOW(brk),
	ALLOW(lseek),
	ALLOW(pread64),
	/* Connections to the database, the resolver and the web server */
	ALLOW(connect),
	ALLOW(accept),
	ALLOW(accept4),
	ALLOW(bind),
	ALLOW(sendmsg),
	ALLOW(sendmmsg),
	ALLOW(recvmsg),
	ALLOW(getsockname),
	ALLOW(getpeername),
	ALLOW(getsockopt),
	ALLOW(setsockopt),
	ALLOW(shutdown),
	ALLOW(pselect6),
	/* Files, for reading */
	ALLOW(newfstatat),
	ALLOW(fstat),
	ALLOW(statx),
	ALLOW(faccessat),
	ALLOW(readlinkat),
	ALLOW(getdents64),
	ALLOW(utimensat),
	/* Time, random numbers, signals */
	ALLOW(getrandom),
	ALLOW(clock_gettime),
	ALLOW(clock_nanosleep),
	ALLOW(nanosleep),
	ALLOW(gettimeofday),
	ALLOW(rt_sigprocmask),
	ALLOW(rt_sigaction),
	ALLOW(rt_sigpending),
	ALLOW(rt_sigreturn),
	ALLOW(rt_sigtimedwait),
	ALLOW(sigaltstack),
	ALLOW(restart_syscall),
	/* Threads, ids, exit */
	ALLOW(futex),
	ALLOW(set_robust_list),
	ALLOW(rseq),
	ALLOW(sched_yield),
	ALLOW(sched_getaffinity),
	ALLOW(sched_getparam),
	ALLOW(sched_getscheduler),
	ALLOW(membarrier),
	ALLOW(getpid),
	ALLOW(gettid),
	ALLOW(getuid),
	ALLOW(geteuid),
	ALLOW(getgid),
	ALLOW(getegid),
	ALLOW(uname),
	ALLOW(sysinfo),
	ALLOW(exit),
	ALLOW(exit_group),
#ifdef __x86_64__ /* system calls that aarch64 does not have */
	ALLOW(poll),
	ALLOW(select),
	ALLOW(stat),
	ALLOW(lstat),
	ALLOW(access),
	ALLOW(readlink),
	ALLOW(time),
#endif
	/* clone() only for threads.  clone3() is denied, because its flags are
	   in memory that a filter cannot read; glibc then uses clone(). */
	JUMP(BPF_JEQ, SYS_clone, 0, 2),
	LOAD(args[0]),
	JUMP(BPF_JSET, CLONE_THREAD, YES, NO),
	/* openat() only for reading. */
	JUMP(BPF_JEQ, SYS_openat, 0, 2),
	LOAD(args[2]),
	JUMP(BPF_JSET, WRITING, NO, YES),
	JUMP(BPF_JEQ, SYS_socket, 0, 7),
	LOAD(args[0]),
	JUMP(BPF_JEQ, AF_UNIX, YES, 0),
	JUMP(BPF_JEQ, AF_INET, YES, 0),
	JUMP(BPF_JEQ, AF_INET6, YES, 0),
	JUMP(BPF_JEQ, AF_NETLINK, 0, NO),
	LOAD(args[2]),
	/* getaddrinfo() reads this machine's addresses to sort the results. */
	JUMP(BPF_JEQ, NETLINK_ROUTE, YES, NO),
	/* fcntl(), except to send a descriptor's signals to other processes. */
	JUMP(BPF_JEQ, SYS_fcntl, 0, 3),
	LOAD(args[1]),
	JUMP(BPF_JEQ, F_SETOWN, NO, 0),
	JUMP(BPF_JEQ, F_SETOWN_EX, NO, YES),
	/* ioctl() for the resolver: the size of an answer, the interface of a
	   link-local address (fe80::1%eth0). */
	JUMP(BPF_JEQ, SYS_ioctl, 0, 4),
	LOAD(args[1]),
	JUMP(BPF_JEQ, FIONREAD, YES, 0),
	JUMP(BPF_JEQ, SIOCGIFINDEX, YES, 0),
	JUMP(BPF_JEQ, SIOCGIFNAME, YES, NO),
	/* prlimit64() for pid 0, the caller; tgkill() for our own pid. */
	JUMP(BPF_JEQ, SYS_prlimit64, 0, 2),
	LOAD(args[0]),
	JUMP(BPF_JEQ, 0, YES, NO),
	JUMP(BPF_JEQ, SYS_tgkill, 0, NO),
	LOAD(args[0]),
	JUMP(BPF_JEQ, 0 /* set to getpid() */, YES, NO),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
};
#define FILTER_LENGTH (sizeof(filter) / sizeof(filter[0]))
#define OUR_NUMBER (FILTER_LENGTH - 3)
/* A jump is at most 255 instructions long. */
_Static_assert(FILTER_LENGTH < YES, "the filter is too long");

static uint8_t distance(uint8_t jump, size_t from)
{
	if (jump == YES)
		return (uint8_t)(FILTER_LENGTH - 3 - from);
	if (jump == NO)
		return (uint8_t)(FILTER_LENGTH - 2 - from);
	return jump;
}

static void set_jumps(void)
{
	for (size_t i = 0; i < FILTER_LENGTH; i++) {
		filter[i].jt = distance(filter[i].jt, i);
		filter[i].jf = distance(filter[i].jf, i);
	}
}

static void enter_seccomp(void)
{
	const struct sock_fprog program = {
		.len = FILTER_LENGTH,
		.filter = filter,
	};

	set_jumps();
	filter[OUR_NUMBER].k = (uint32_t)getpid();
	/* Without SPEC_ALLOW the kernel would enable mitigations of speculative
	   execution.  They slow the process down, and only hide its memory from
	   its own code. */
	(void)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		      SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

#else

static void enter_seccomp(void)
{
}

#endif

void sandbox_enter(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_AS, SANDBOX_MEMORY_BYTES);
	limit(RLIMIT_NOFILE, SANDBOX_FILES);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* Landlock and seccomp require this. */
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	enter_landlock();
	enter_seccomp();
}

#endif
