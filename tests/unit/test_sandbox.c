/*
 * test_sandbox.c - the sandbox: code in a compromised program cannot run other
 * programs, change files or access other processes.
 *
 * A child process tries each action outside and inside the sandbox, then with
 * Landlock or seccomp alone, and with neither.  In the last case the other
 * protections, such as resource limits, must still be effective.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <asm/sockios.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/sandbox.h"
#include "tap.h"

/* Our process id, read outside because getppid() is denied inside. */
static pid_t parent;

static char folder[] = "/tmp/tasks-sandbox-XXXXXX";

static bool run_program(void)
{
	char *const argv[] = {"true", NULL}, *const envp[] = {NULL};

	/* This replaces the child of attempt(), which then exits with 0. */
	(void)execve("/bin/true", argv, envp);
	return false;
}

static bool start_process(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child > 0 && waitpid(child, NULL, 0) == child;
}

static bool open_for(const char *name, int flags)
{
	int fd = open(name, flags, 0600);

	return fd >= 0 && close(fd) == 0;
}

static bool write_file(void)
{
	return open_for("there", O_WRONLY);
}

static bool append_file(void)
{
	return open_for("there", O_RDWR | O_APPEND);
}

static bool make_file(void)
{
	return open_for("new", O_RDONLY | O_CREAT);
}

static bool make_nameless_file(void)
{
	return open_for(".", O_RDWR | O_TMPFILE);
}

static bool empty_file(void)
{
	return truncate("there", 0) == 0;
}

static bool remove_file(void)
{
	return unlink("there") == 0;
}

static bool rename_file(void)
{
	return rename("there", "elsewhere") == 0;
}

static bool make_folder(void)
{
	return mkdir("folder", 0700) == 0;
}

static bool change_mode(void)
{
	return chmod("there", 0666) == 0;
}

static bool signal_parent(void)
{
	return kill(parent, 0) == 0;
}

static bool signal_parents_thread(void)
{
	return syscall(SYS_tgkill, parent, parent, 0) == 0;
}

/* The kernel would signal the parent when data arrive at the socket. */
static bool signal_parent_by_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return fd >= 0 && fcntl(fd, F_SETOWN, parent) == 0;
}

static bool signal_parent_by_ioctl(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int owner = parent;

	return fd >= 0 && ioctl(fd, FIOSETOWN, &owner) == 0;
}

static bool limit_parent(void)
{
	struct rlimit files;

	return prlimit(parent, RLIMIT_NOFILE, NULL, &files) == 0 &&
	       prlimit(parent, RLIMIT_NOFILE, &files, NULL) == 0;
}

static bool schedule_parent(void)
{
	struct sched_param none = {0};

	return sched_setscheduler(parent, SCHED_OTHER, &none) == 0;
}

static bool trace_parent(void)
{
	return ptrace(PTRACE_SEIZE, parent, 0, 0) == 0;
}

static bool listen_on_network(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 &&
	       bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	       listen(fd, 1) == 0;
}

static bool open_raw_socket(void)
{
	return socket(AF_PACKET, SOCK_DGRAM, 0) >= 0 || errno == EPERM;
}

/* Try all netlink protocols except NETLINK_ROUTE, which the resolver needs. */
static bool open_netlink(void)
{
	for (int protocol = NETLINK_ROUTE + 1; protocol < MAX_LINKS; protocol++)
		if (socket(AF_NETLINK, SOCK_RAW, protocol) >= 0)
			return true;
	return false;
}

/* Try ioctl() requests for descriptors, interfaces and files. */
static bool control_device(void)
{
	static const unsigned long requests[] = {
		FIONBIO,     FIOCLEX,	   FIOASYNC,	  SIOCGIFCONF,
		SIOCGIFADDR, SIOCGIFFLAGS, SIOCGIFHWADDR, FS_IOC_GETFLAGS,
	};
	int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
	int file = open("there", O_RDONLY);

	for (size_t i = 0; i < COUNT(requests); i++) {
		union {
			struct ifconf all;
			struct ifreq one;
			long flags;
		} arg = {.one = {.ifr_name = "lo"}};

		if (requests[i] == SIOCGIFCONF)
			arg.all = (struct ifconf){0};
		if (ioctl(socket_fd, requests[i], &arg) == 0 ||
		    ioctl(file, requests[i], &arg) == 0)
			return true;
	}
	return false;
}

static bool unshare_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool set_clock(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) == 0 &&
	       (clock_settime(CLOCK_MONOTONIC, &now) == 0 || errno == EINVAL);
}

static bool load_keyring(void)
{
	return syscall(SYS_add_key, "user", "t", "x", 1, -5) >= 0 ||
	       errno == EPERM;
}

static bool dump_core(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
}

static bool gain_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
}

static bool take_memory(void)
{
	void *much = mmap(NULL, SANDBOX_MEMORY_BYTES, PROT_READ,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return much != MAP_FAILED;
}

static bool open_many(void)
{
	for (int i = 0; i < SANDBOX_FILES; i++)
		if (open("there", O_RDONLY) < 0)
			return false;
	return true;
}

/* --- Actions that a program needs ---------------------------------------- */

static bool read_file(void)
{
	return open_for("there", O_RDONLY | O_CLOEXEC);
}

static bool touch_file(void)
{
	return utimensat(AT_FDCWD, "there", NULL, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool connect_socket(void)
{
	struct sockaddr_un nobody = {.sun_family = AF_UNIX, .sun_path = "no"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 &&
	       connect(fd, (struct sockaddr *)&nobody, sizeof(nobody)) != 0 &&
	       errno == ENOENT;
}

static bool set_flags(void)
{
	int waiting = -1, fd = open("there", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	       ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 0;
}

static bool see_own_limits(void)
{
	struct rlimit files;

	return getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	       setrlimit(RLIMIT_NOFILE, &files) == 0;
}

static bool resolve_name(void)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	bool found = getaddrinfo("localhost", NULL, &hints, &list) == 0;

	if (found)
		freeaddrinfo(list);
	return found;
}

/* Convert a scope id in both directions, as for fe80::1%lo. */
static bool know_interface(void)
{
	char name[IF_NAMESIZE];
	unsigned index = if_nametoindex("lo");

	return index != 0 && if_indextoname(index, name) != NULL &&
	       strcmp(name, "lo") == 0;
}

static bool ask_for_routes(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE) >= 0;
}

static void *nothing(void *arg)
{
	return arg;
}

static bool start_thread(void)
{
	pthread_t thread;
	void *result = NULL;

	return pthread_create(&thread, NULL, nothing, folder) == 0 &&
	       pthread_join(thread, &result) == 0 && result == folder;
}

static bool end_by_abort(void)
{
	abort();
}

/* --- Running the actions ------------------------------------------------- */

enum place {
	OUTSIDE,
	INSIDE,
	OLD_KERNEL, /* neither Landlock nor seccomp filters */
	LANDLOCK_ALONE,
	SECCOMP_ALONE,
};

/* Let system calls of the sandbox fail with ENOSYS, as on an older kernel. */
static bool pretend_kernel(enum place place)
{
	const uint32_t filters = place == SECCOMP_ALONE
					 ? SYS_landlock_create_ruleset
					 : SYS_seccomp;
	const uint32_t rules = place == LANDLOCK_ALONE
				       ? SYS_seccomp
				       : SYS_landlock_create_ruleset;
	struct sock_filter none[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, filters, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rules, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	const struct sock_fprog program = {COUNT(none), none};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

#ifndef SANDBOX_OFF
static long landlock_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_CREATE_RULESET_VERSION);
}
#endif

/*
 * Try the action in a child process.  Return its wait status, -1 without a
 * child.  Exit status 0 is success, 1 is failure, 2 is an error of the test.
 */
static int attempt(bool (*deed)(void), enum place place)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		if (place > INSIDE &&
		    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		     !pretend_kernel(place)))
			_exit(2);
		if (place != OUTSIDE)
			sandbox_enter();
		_exit(deed() ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return status;
}

static bool succeeds(bool (*deed)(void), enum place place)
{
	int fd;

	/* restore the files that the previous action may have changed */
	fd = open("there", O_RDWR | O_CREAT, 0600);
	if (fd < 0 || close(fd) != 0)
		return false;
	(void)unlink("new");
	(void)rmdir("folder");
	return attempt(deed, place) == 0;
}

int main(void)
{
	/* landlock: the lowest version that denies this alone, 0 if none does;
	   by_limits: also denied without Landlock and seccomp. */
	static const struct {
		const char *name;
		bool (*deed)(void);
		int landlock;
		bool by_limits;
	} denied[] = {
		{"run another program", run_program, 1, false},
		{"start a process", start_process, 0, false},
		{"write a file", write_file, 1, false},
		{"append to a file", append_file, 1, false},
		{"make a file", make_file, 1, false},
		{"make a file without a name", make_nameless_file, 1, false},
		{"empty a file", empty_file, 3, false},
		{"remove a file", remove_file, 1, false},
		{"rename a file", rename_file, 1, false},
		{"make a folder", make_folder, 1, false},
		{"change a file's mode", change_mode, 0, false},
		{"send a signal", signal_parent, 6, false},
		{"send a signal to a thread", signal_parents_thread, 6, false},
		{"have a socket send signals", signal_parent_by_socket, 0,
		 false},
		{"have them sent by ioctl()", signal_parent_by_ioctl, 0, false},
		{"set its parent's limits", limit_parent, 0, false},
		{"schedule its parent", schedule_parent, 0, false},
		{"trace its parent", trace_parent, 1, false},
		{"listen on the network", listen_on_network, 4, false},
		{"open a raw socket", open_raw_socket, 0, false},
		{"open another netlink than routes'", open_netlink, 0, false},
		{"control a device by ioctl()", control_device, 0, false},
		{"get namespaces of its own", unshare_namespace, 0, false},
		{"set the clock", set_clock, 0, false},
		{"use the kernel's keyrings", load_keyring, 0, false},
		{"leave its memory in a core file", dump_core, 0, true},
		{"gain privileges", gain_privileges, 0, true},
		{"take all memory", take_memory, 0, true},
		{"open files without end", open_many, 0, true},
	};
	static const struct {
		const char *name;
		bool (*deed)(void);
	} needed[] = {
		{"read a file", read_file},
		{"ask for newer keys", touch_file},
		{"connect to a socket", connect_socket},
		{"set a descriptor's flags", set_flags},
		{"see its own limits", see_own_limits},
		{"resolve a name", resolve_name},
		{"know an interface by its name", know_interface},
		{"ask for this machine's addresses", ask_for_routes},
		{"start a thread", start_thread},
	};

	parent = getpid();
	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		return 1;
	for (size_t i = 0; i < COUNT(denied); i++) {
		bool (*deed)(void) = denied[i].deed;

		ok(succeeds(deed, OUTSIDE), "outside it can %s",
		   denied[i].name);
#ifndef SANDBOX_OFF
		ok(!succeeds(deed, INSIDE), "inside it cannot %s",
		   denied[i].name);
		ok(!succeeds(deed, SECCOMP_ALONE), "by seccomp it cannot %s",
		   denied[i].name);
		/* no_new_privs, which pretend_kernel() needs, denies this */
		if (deed == gain_privileges)
			continue;
		ok(succeeds(deed, OLD_KERNEL) != denied[i].by_limits,
		   "on an old kernel it can%s %s",
		   denied[i].by_limits ? "not" : "", denied[i].name);
		if (denied[i].landlock == 0 ||
		    denied[i].landlock > landlock_version())
			continue;
		ok(!succeeds(deed, LANDLOCK_ALONE), "by Landlock it cannot %s",
		   denied[i].name);
#endif
	}
	for (size_t i = 0; i < COUNT(needed); i++) {
		ok(succeeds(needed[i].deed, INSIDE), "inside it can %s",
		   needed[i].name);
		ok(succeeds(needed[i].deed, OLD_KERNEL),
		   "on an old kernel it can %s", needed[i].name);
	}
	ok(WTERMSIG(attempt(end_by_abort, INSIDE)) == SIGABRT,
	   "a fault that is found ends it");
	(void)unlink("there");
	(void)unlink("elsewhere");
	return chdir("/") == 0 && rmdir(folder) == 0 ? tap_done() : 1;
}
