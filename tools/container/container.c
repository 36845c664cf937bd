/*
 * container: the first process of the container (Containerfile).
 *
 *   container         listen at a socket for each program, and run PROCESSES
 *                     processes of each, and nginx.  SIGTERM lets running
 *                     requests end.  If nginx ends by itself, so does this
 *                     program, with exit status 1.
 *   container health  exit status 0 if /health answers 200
 *
 * The container has no shell and no service manager.  All logs go to standard
 * output.  FOLDER must be writable.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"
#include "config/config.h"
#include "base/banned.h"

#define PROGRAMS "/usr/lib/tasks-cgi"
#define NGINX "/usr/sbin/nginx"
#define FOLDER "/tmp/tasks-cgi"
#define PORT 8080
#define BACKLOG 2048
#define MOST 1024

/* A process that is to run as long as the container. */
static struct slot {
	char path[sizeof(PROGRAMS) + NAME_MAX + 1];
	int input; /* the listening socket */
	pid_t pid; /* 0: it does not run */
	time_t started;
} slots[MOST];
static size_t slot_count;

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "container: %s: %s\n", what, strerror(errno));
	exit(1);
}

static time_t seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* --- Processes --- */

static _Noreturn void become(const struct slot *slot, bool waits)
{
	const struct timespec pause = {.tv_sec = 1};
	char *none[] = {NULL};
	char *words[] = {(char *)slot->path, NULL};
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigprocmask(SIG_SETMASK, &signals, NULL);
	if (waits)
		(void)nanosleep(&pause, NULL);
	if (dup2(slot->input, STDIN_FILENO) < 0)
		die("dup2");
	/* nginx needs none of the settings, which contain secrets. */
	(void)execve(slot->path, words,
		     strcmp(slot->path, NGINX) == 0 ? none : environ);
	die(slot->path);
}

/* Start it, but a process that has just ended only after a second. */
static void start(struct slot *slot)
{
	const bool waits = slot->started != 0 && seconds() - slot->started <= 1;

	slot->started = seconds();
	slot->pid = fork();
	if (slot->pid == 0)
		become(slot, waits);
	if (slot->pid < 0)
		die("fork");
}

static void add(const char *path, int input)
{
	struct slot *slot = &slots[slot_count];

	if (++slot_count > MOST)
		die("too many processes");
	(void)snprintf(slot->path, sizeof(slot->path), "%s", path);
	slot->input = input;
}

/* Send the signal to nginx, else to all others. */
static void signal_all(bool nginx, int number)
{
	for (size_t i = 0; i < slot_count; i++)
		if (slots[i].pid > 0 &&
		    (strcmp(slots[i].path, NGINX) == 0) == nginx)
			(void)kill(slots[i].pid, number);
}

/*
 * Wait for signals until no process runs.  Stop nginx first: it ends when it
 * has answered, and no program has a request then.
 */
static int supervise(const sigset_t *signals)
{
	bool stopping = false, failed = false;
	size_t running = slot_count;
	struct slot *slot;
	pid_t pid;
	int number;

	while (running > 0 && sigwait(signals, &number) == 0) {
		if (number != SIGCHLD) {
			stopping = true;
			signal_all(true, SIGQUIT);
		}
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
			/* A process whose parent has ended is not in a slot. */
			for (slot = slots; slot < slots + slot_count; slot++)
				if (slot->pid == pid)
					break;
			if (slot == slots + slot_count)
				continue;
			slot->pid = 0;
			if (strcmp(slot->path, NGINX) == 0) {
				failed = !stopping;
				stopping = true;
				signal_all(false, SIGTERM);
			}
			if (stopping)
				running--;
			else
				start(slot);
		}
	}
	return failed ? 1 : 0;
}

/* --- Preparation --- */

static int listen_at(const char *name)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int length = snprintf(address.sun_path, sizeof(address.sun_path),
				    FOLDER "/%s.sock", name);

	if (length < 0 || (size_t)length >= sizeof(address.sun_path))
		die("the name of a program is too long");
	(void)unlink(address.sun_path);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		die(address.sun_path);
	return fd;
}

static void add_programs(void)
{
	const char *text = getenv("PROCESSES");
	unsigned long processes;
	char path[sizeof(slots[0].path)];
	const struct dirent *entry;
	DIR *folder = opendir(PROGRAMS);
	int fd;

	if (text == NULL ||
	    !text_to_number(text, strlen(text), MOST, &processes) ||
	    processes == 0) {
		errno = EINVAL;
		die("PROCESSES");
	}
	if (folder == NULL)
		die(PROGRAMS);
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		fd = listen_at(entry->d_name);
		(void)snprintf(path, sizeof(path), PROGRAMS "/%s",
			       entry->d_name);
		for (unsigned long i = 0; i < processes; i++)
			add(path, fd);
	}
	(void)closedir(folder);
}

/*
 * Write the lines of nginx's configuration that depend on the settings and on
 * the kernel.  The programs report a fault of the settings.
 */
static void write_includes(void)
{
	struct problem problem = {0};
	struct config config;
	struct arena arena;
	FILE *origins = fopen(FOLDER "/origins", "we");
	FILE *addresses = fopen(FOLDER "/addresses", "we");

	if (origins == NULL || addresses == NULL)
		die(FOLDER);
	arena_init(&arena, 1 << 20);
	if (config_load(&config, environ, &arena, &problem) != PROBLEM_NONE)
		(void)fputs("container: the settings have a fault, which "
			    "/health writes to the log\n",
			    stderr);
	for (size_t i = 0; i < config.origin_count; i++)
		(void)fprintf(origins, "\"~^\\Q%.*s\\E\\z\" $http_origin;\n",
			      (int)config.origins[i].length,
			      config.origins[i].text);
	arena_release(&arena);
	(void)fprintf(addresses, "listen %d backlog=4096;\n", PORT);
	if (access("/proc/net/if_inet6", F_OK) == 0)
		(void)fprintf(addresses, "listen [::]:%d backlog=4096;\n",
			      PORT);
	if (fclose(origins) != 0 || fclose(addresses) != 0)
		die(FOLDER);
}

static int run(void)
{
	sigset_t signals;
	int null;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGQUIT);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	if (dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		die("dup2");
	if (mkdir(FOLDER, 0700) < 0 && errno != EEXIST)
		die(FOLDER);
	write_includes();
	add_programs();
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0)
		die("/dev/null");
	add(NGINX, null);
	for (size_t i = 0; i < slot_count; i++)
		start(&slots[i]);
	return supervise(&signals);
}

/* --- Health --- */

static int health(void)
{
	static const char request[] = "GET /health HTTP/1.0\r\n\r\n";
	static const char good[] = "HTTP/1.1 200 ";
	const struct sockaddr_in address = {.sin_family = AF_INET,
					    .sin_port = htons(PORT),
					    .sin_addr.s_addr =
						    htonl(INADDR_LOOPBACK)};
	char reply[sizeof(good)] = "";
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		die("cannot connect to nginx");
	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0 ||
	    recv(fd, reply, sizeof(reply) - 1, MSG_WAITALL) < 0)
		die("nginx does not answer");
	return strcmp(reply, good) == 0 ? 0 : 1;
}

int main(int argc, char *argv[])
{
	return argc == 2 && strcmp(argv[1], "health") == 0 ? health() : run();
}
