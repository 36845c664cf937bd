/* Send bytes over TCP, for requests that libcurl would not send. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

enum {
	MAX_CONNECTIONS = 32
};

static struct connection {
	char name[64]; /* empty if this element is unused */
	int fd;
} connections[MAX_CONNECTIONS];

/* Return the connection of that name, or NULL if there is none. */
static struct connection *find(const char *name)
{
	for (size_t i = 0; i < MAX_CONNECTIONS; i++)
		if (strcmp(connections[i].name, name) == 0)
			return &connections[i];
	return NULL;
}

/* Return a new connection to that port.  If the server refuses, set errno and
 * return NULL. */
static struct connection *open_connection(const char *name, const char *port)
{
	struct connection *added = connections;
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (*name == '\0' || strlen(name) >= sizeof(added->name))
		die("not a name for a connection", name);
	while (added < connections + MAX_CONNECTIONS && *added->name != '\0')
		added++;
	if (added == connections + MAX_CONNECTIONS)
		die("send", "too many connections");
	added->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (added->fd < 0)
		die("socket", strerror(errno));
	if (connect(added->fd, (struct sockaddr *)&address, sizeof(address)) !=
	    0) {
		(void)close(added->fd);
		return NULL;
	}
	memcpy(added->name, name, strlen(name) + 1);
	return added;
}

static void close_connection(struct connection *connection)
{
	(void)close(connection->fd);
	*connection->name = '\0';
}

/* Return the connection that a command names in its only argument.  End the
 * client if there is none. */
static struct connection *named(const struct fields *fields)
{
	struct connection *connection =
		fields->count == 2 ? find(fields->at[1]) : NULL;

	if (connection == NULL)
		die(fields->at[0], "takes the NAME of a connection");
	return connection;
}

bool command_send(const struct fields *fields, FILE *answer)
{
	struct connection *connection;
	struct bytes bytes;
	ssize_t sent = 0;

	if (fields->count != 4)
		die("send", "takes NAME PORT FILE");
	connection = find(fields->at[1]);
	if (connection == NULL)
		connection = open_connection(fields->at[1], fields->at[2]);
	if (connection == NULL) {
		assign(answer, "why", strerror(errno), strlen(strerror(errno)));
		return false;
	}
	bytes = bytes_of_file(fields->at[3]);
	/* A server may send an error and close before it has read all bytes. */
	for (size_t at = 0; at < bytes.length; at += (size_t)sent) {
		sent = send(connection->fd, bytes.text + at, bytes.length - at,
			    MSG_NOSIGNAL);
		if (sent < 0)
			break;
	}
	free(bytes.text);
	return true;
}

bool command_end(const struct fields *fields, FILE *answer)
{
	(void)answer;
	return shutdown(named(fields)->fd, SHUT_WR) == 0;
}

bool command_receive(const struct fields *fields, FILE *answer)
{
	struct connection *connection = named(fields);
	struct bytes reply = {0};
	char block[16384];
	ssize_t got;

	bytes_add(&reply, "", 0);
	while ((got = recv(connection->fd, block, sizeof(block), 0)) > 0)
		bytes_add(&reply, block, (size_t)got);
	close_connection(connection);
	assign_reply(answer, &reply);
	free(reply.text);
	return true;
}

bool command_hang_up(const struct fields *fields, FILE *answer)
{
	(void)answer;
	close_connection(named(fields));
	return true;
}

bool command_waits(const struct fields *fields, FILE *answer)
{
	struct connection *connection = named(fields);
	char byte;

	(void)answer;
	return recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       errno == EAGAIN;
}
