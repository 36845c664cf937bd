/*
 * client.h - the client of the bats tests.  It executes requests, jq filters,
 * SQL and signatures in one process, because a process for each is slow.
 *
 * Each test starts one client (lib/client.bash) and holds a pipe to its
 * standard input and one to its standard output.  A command is a list of
 * fields, each terminated by a NUL byte.  The first field is the number of
 * fields that follow.  The client executes the command, writes shell
 * assignments to the answer file, and then a line to standard output: 0 if the
 * command succeeded, otherwise 1.  main.c lists the commands.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The fields of a command, none of them NULL.  The first one is its name. */
struct fields {
	char **at;
	size_t count;
};

/* Bytes in memory, followed by a NUL byte; text may be NULL if length is 0. */
struct bytes {
	char *text;
	size_t length;
};

/* Append data.  End the client if an allocation fails. */
void bytes_add(struct bytes *bytes, const void *data, size_t length);

/* Return the contents of the file; the caller frees text, which is not NULL.
 * End the client if the file cannot be read: that is a bug in the test. */
struct bytes bytes_of_file(const char *path);

/* Append data as base64url without padding (RFC 7515, section 2). */
void add_base64url(struct bytes *bytes, const void *data, size_t length);

/* End the client with a message on standard error. */
_Noreturn void die(const char *what, const char *why);

/* Write NAME='VALUE' and a newline to the answer, quoted for the shell.  U+FFFD
 * replaces each NUL byte, which a shell variable cannot hold. */
void assign(FILE *answer, const char *name, const char *value, size_t length);

/* Write a reply's parts: status, body and the associative array reply_headers
 * (names in lower case; values of one name joined by ", ").  The reply is the
 * output of a CGI program or of an HTTP server.  Interim replies are skipped.
 * The status comes from the HTTP status line or, if there is none, from the
 * first Status header.  Any other Status header is a header like the rest. */
void assign_reply(FILE *answer, const struct bytes *reply);

/*
 * The commands.  Each returns true if it succeeded.  A command that fails may
 * assign the reason to `why`.
 */

/* http METHOD URL BODY-FILE HEADER...: send one request by libcurl over a new
 * connection and assign the reply.  An empty BODY-FILE means no body. */
bool command_http(const struct fields *fields, FILE *answer);

/* send NAME PORT FILE: send the bytes of the file over the connection of that
 * name.  If there is none, connect to 127.0.0.1; fail if the server refuses.
 * Succeed even if the server closes the connection before it has received all
 * bytes, because it may have replied. */
bool command_send(const struct fields *fields, FILE *answer);

/* end NAME: shut down the connection for sending.  Receiving stays possible. */
bool command_end(const struct fields *fields, FILE *answer);

/* receive NAME: read until the server closes the connection, close it and
 * assign the reply.  There is no timeout. */
bool command_receive(const struct fields *fields, FILE *answer);

/* waits NAME: succeed if the connection is open and no data has arrived. */
bool command_waits(const struct fields *fields, FILE *answer);

/* hang-up NAME: close the connection without reading. */
bool command_hang_up(const struct fields *fields, FILE *answer);

/* program PATH INPUT-FILE NAME=VALUE...: execute a program once.  These
 * variables are its whole environment; the last value of a name counts.
 * CONTENT_LENGTH=auto becomes the size of the input.  Assign the reply, log
 * (the program's standard error) and exit_status.  Fail if the exit status is
 * not 0. */
bool command_program(const struct fields *fields, FILE *answer);

/* fastcgi SOCKET INPUT-FILE NAME=VALUE...: send the same request to a process
 * that listens on a Unix socket (FastCGI 1.0).  Assign the reply and log (the
 * stream FCGI_STDERR).  Fail unless FCGI_END_REQUEST reports success (appStatus
 * 0, protocolStatus 0). */
bool command_fastcgi(const struct fields *fields, FILE *answer);

/* json TEXT FILTER [--arg|--argjson NAME VALUE]...: run a jq filter over one
 * JSON text.  Assign REPLY to its results, one per line as from `jq -r -c`.
 * Fail if there is no result or the last one is false or null. */
bool command_json(const struct fields *fields, FILE *answer);

/* sql CONNINFO TEXT: execute the statements in one simple query and assign
 * REPLY to all rows (fields separated by "|").  One connection is kept open for
 * each CONNINFO.  If the server closed it outside a transaction, the statements
 * are sent once more over a new connection. */
bool command_sql(const struct fields *fields, FILE *answer);

/* disconnect: close all connections of the command sql. */
bool command_disconnect(const struct fields *fields, FILE *answer);

/* token SECRET HEADER CLAIMS DIGEST: assign token to a JWS of exactly these
 * two texts (RFC 7515), signed by HMAC with SHA256, SHA384 or SHA512. */
bool command_token(const struct fields *fields, FILE *answer);

/* key FILE ALG RSA-BITS: write a new private key for a JWS algorithm (EdDSA,
 * ES256, ES384, ES512, RS256, PS256) to the file.  Assign REPLY to the members
 * of the public JWK (RFC 7517), without braces and kid. */
bool command_key(const struct fields *fields, FILE *answer);

/* sign FILE ALG HEADER CLAIMS: assign token to a JWS of exactly these two
 * texts, signed with the private key in the file. */
bool command_sign(const struct fields *fields, FILE *answer);

#endif
