/* Send a request to a program: as CGI, or as FastCGI over a socket. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

enum {
	MAX_RECORD_BYTES = 65535,
	/* Record types (FastCGI 1.0, section 8) */
	FCGI_BEGIN_REQUEST = 1,
	FCGI_END_REQUEST = 3,
	FCGI_PARAMS = 4,
	FCGI_STDIN = 5,
	FCGI_STDOUT = 6,
	FCGI_STDERR = 7,
};

/* Append a variable, or replace the variable of the same name. */
static void put(char **variables, char *variable)
{
	size_t name = strcspn(variable, "=") + 1;

	while (*variables != NULL && strncmp(*variables, variable, name) != 0)
		variables++;
	*variables = variable;
}

/* Return the variables of a command, terminated by NULL.  The text in length
 * replaces CONTENT_LENGTH=auto.  The caller frees the array, but not the
 * variables, and keeps length as long as the array. */
static char **variables_of(const struct fields *fields, size_t input_bytes,
			   char length[static 64])
{
	char **variables = calloc(fields->count, sizeof(*variables));

	if (variables == NULL)
		die("memory", strerror(ENOMEM));
	(void)snprintf(length, 64, "CONTENT_LENGTH=%zu", input_bytes);
	for (size_t i = 3; i < fields->count; i++)
		put(variables, strcmp(fields->at[i], "CONTENT_LENGTH=auto") == 0
				       ? length
				       : fields->at[i]);
	return variables;
}

static int output_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		die("memfd_create", strerror(errno));
	return fd;
}

/* Return the contents of the file and close fd. */
static struct bytes output_of(int fd)
{
	struct bytes bytes = {0};
	char block[16384];
	ssize_t got;

	bytes_add(&bytes, "", 0);
	(void)lseek(fd, 0, SEEK_SET);
	while ((got = read(fd, block, sizeof(block))) > 0)
		bytes_add(&bytes, block, (size_t)got);
	(void)close(fd);
	return bytes;
}

static void assign_output(FILE *answer, struct bytes *reply, struct bytes *log)
{
	while (log->length > 0 && log->text[log->length - 1] == '\n')
		log->length--;
	assign_reply(answer, reply);
	assign(answer, "log", log->text, log->length);
	free(reply->text);
	free(log->text);
}

/* Execute the program and wait for its end.  Return its exit status, 127 if it
 * cannot be started, or 128 plus the number of the signal that killed it. */
static int run(char *path, char **variables, int input, int output, int errors)
{
	char *argv[] = {path, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int result, status = 0;
	pid_t pid;

	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	if (posix_spawnattr_init(&attributes) != 0 ||
	    posix_spawnattr_setsigdefault(&attributes, &defaults) != 0 ||
	    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF) != 0 ||
	    posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, input, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, output, 1) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, errors, 2) != 0)
		die("posix_spawn", "cannot prepare");
	result =
		posix_spawn(&pid, path, &actions, &attributes, argv, variables);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	if (result != 0)
		return 127;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool command_program(const struct fields *fields, FILE *answer)
{
	char length[64], **variables;
	struct bytes reply, log;
	struct stat input;
	int fd, output = output_file("output"), errors = output_file("errors");
	int result;

	if (fields->count < 3)
		die("program", "takes PATH INPUT-FILE NAME=VALUE...");
	fd = open(fields->at[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &input) != 0)
		die(fields->at[2], strerror(errno));
	variables = variables_of(fields, (size_t)input.st_size, length);
	result = run(fields->at[1], variables, fd, output, errors);
	free(variables);
	(void)close(fd);
	reply = output_of(output);
	log = output_of(errors);
	assign_output(answer, &reply, &log);
	(void)fprintf(answer, "exit_status=%d\n", result);
	return result == 0;
}

/* --- FastCGI --------------------------------------------------------------- */

/* Append data as records of one type.  Without data append one empty record,
 * which ends a stream. */
static void add_records(struct bytes *request, int type, const char *data,
			size_t length)
{
	do {
		size_t part =
			length < MAX_RECORD_BYTES ? length : MAX_RECORD_BYTES;
		const unsigned char header[8] = {1,
						 (unsigned char)type,
						 0,
						 1,
						 (unsigned char)(part >> 8),
						 (unsigned char)part,
						 0,
						 0};

		bytes_add(request, header, sizeof(header));
		bytes_add(request, data, part);
		data += part;
		length -= part;
	} while (length > 0);
}

/* Append the length of a parameter's name or value as four bytes. */
static void add_length(struct bytes *params, size_t length)
{
	const unsigned char bytes[4] = {(unsigned char)(0x80 | length >> 24),
					(unsigned char)(length >> 16),
					(unsigned char)(length >> 8),
					(unsigned char)length};

	bytes_add(params, bytes, sizeof(bytes));
}

static struct bytes request_of(char **variables, const struct bytes *input)
{
	static const char responder[8] = {0, 1};
	struct bytes request = {0}, params = {0};

	for (; *variables != NULL; variables++) {
		size_t name = strcspn(*variables, "=");
		size_t rest = strlen(*variables + name);

		add_length(&params, name);
		add_length(&params, rest > 0 ? rest - 1 : 0);
		bytes_add(&params, *variables, name);
		if (rest > 0)
			bytes_add(&params, *variables + name + 1, rest - 1);
	}
	add_records(&request, FCGI_BEGIN_REQUEST, responder, sizeof(responder));
	if (params.length > 0)
		add_records(&request, FCGI_PARAMS, params.text, params.length);
	add_records(&request, FCGI_PARAMS, "", 0);
	if (input->length > 0)
		add_records(&request, FCGI_STDIN, input->text, input->length);
	add_records(&request, FCGI_STDIN, "", 0);
	free(params.text);
	return request;
}

/* Send the request and read until the process closes the connection.  Return
 * false if connecting, sending or receiving fails. */
static bool exchange(const char *path, const struct bytes *request,
		     struct bytes *records)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool sent;
	char block[16384];
	ssize_t got = 0;

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		die(path, "is no socket's name");
	memcpy(address.sun_path, path, strlen(path) + 1);
	sent = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	for (size_t at = 0; sent && at < request->length; at += (size_t)got) {
		got = write(fd, request->text + at, request->length - at);
		if (got < 0) {
			sent = false;
			got = 0;
		}
	}
	while (sent && (got = read(fd, block, sizeof(block))) > 0)
		bytes_add(records, block, (size_t)got);
	(void)close(fd);
	return sent && got == 0;
}

/* Append the streams of the response to reply and log.  Return whether the
 * records are complete, belong to request 1 and end it with appStatus 0 and
 * protocolStatus FCGI_REQUEST_COMPLETE (0). */
static bool split_records(const struct bytes *records, struct bytes *reply,
			  struct bytes *log)
{
	const unsigned char *at = (const unsigned char *)records->text;
	const unsigned char *end = at + records->length;
	bool ended = false;

	while (end - at >= 8) {
		size_t length = (size_t)at[4] << 8 | at[5];
		size_t padding = at[6];

		if ((size_t)(end - at) < 8 + length + padding || at[2] != 0 ||
		    at[3] != 1)
			return false;
		if (at[1] == FCGI_STDOUT)
			bytes_add(reply, at + 8, length);
		else if (at[1] == FCGI_STDERR)
			bytes_add(log, at + 8, length);
		else if (at[1] == FCGI_END_REQUEST)
			ended = length == 8 &&
				memcmp(at + 8, "\0\0\0\0", 5) == 0;
		at += 8 + length + padding;
	}
	return ended && at == end;
}

bool command_fastcgi(const struct fields *fields, FILE *answer)
{
	struct bytes input, request, records = {0}, reply = {0}, log = {0};
	char length[64], **variables;
	bool succeeded;

	if (fields->count < 3)
		die("fastcgi", "takes SOCKET INPUT-FILE NAME=VALUE...");
	input = bytes_of_file(fields->at[2]);
	variables = variables_of(fields, input.length, length);
	request = request_of(variables, &input);
	bytes_add(&records, "", 0);
	succeeded = exchange(fields->at[1], &request, &records);
	bytes_add(&reply, "", 0);
	bytes_add(&log, "", 0);
	succeeded = split_records(&records, &reply, &log) && succeeded;
	assign_output(answer, &reply, &log);
	free(variables);
	free(input.text);
	free(request.text);
	free(records.text);
	return succeeded;
}
