/*
 * client.h - the client that the bats tests drive, so that a request, a look
 * into its JSON, a token or a query creates no process.
 *
 * A test starts one (lib/client.bash) and holds two pipes to it.  A command is
 * a list of fields, each ended by a NUL byte; the first field is the number of
 * those that follow.  The client executes it, writes shell assignments to the
 * answer file, and then a line with its result, 0 or 1, to standard output.
 * The commands are listed in main.c.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The fields of a command, the name of the command first; never NULL. */
struct fields {
	char **at;
	size_t count;
};

/* Bytes in memory; text is terminated and may be NULL while length is 0. */
struct bytes {
	char *text;
	size_t length;
};

/* Append; ends the client when memory runs out. */
void bytes_add(struct bytes *bytes, const void *data, size_t length);

/* The whole file as new bytes; the caller frees text.  Ends the client if the
 * file cannot be read, which is a fault of the test. */
struct bytes bytes_of_file(const char *path);

/* Add base64url without padding (RFC 7515, section 2). */
void add_base64url(struct bytes *bytes, const void *data, size_t length);

/* End the client with a message on standard error. */
_Noreturn void die(const char *what, const char *why);

/* Write NAME='VALUE' and a newline to the answer, quoted for the shell.  A shell
 * variable cannot hold a NUL byte, so U+FFFD takes the place of each. */
void assign(FILE *answer, const char *name, const char *value, size_t length);

/* Write a reply's parts: status, body and the associative array reply_headers
 * (names in lower case; values of one name joined by ", ").  The reply is the
 * output of a CGI program or of an HTTP server.  Interim replies are skipped.
 * The status comes from the HTTP status line or, if there is none, from the
 * first Status header.  Any other Status header is a header like the rest. */
void assign_reply(FILE *answer, const struct bytes *reply);

/*
 * The commands.  Each returns whether it succeeded; otherwise it may assign the
 * reason to `why`.
 */

/* http METHOD URL BODY-FILE HEADER...: one request over a connection of its
 * own, by libcurl.  An empty BODY-FILE means no body. */
bool command_http(const struct fields *fields, FILE *answer);

/* send NAME PORT FILE: send the bytes of the file to 127.0.0.1, over the open
 * connection of that name or a new one.  Fails if the server takes no
 * connection; one that closes it before all is sent may have replied. */
bool command_send(const struct fields *fields, FILE *answer);

/* end NAME: send nothing more, and tell the server so. */
bool command_end(const struct fields *fields, FILE *answer);

/* receive NAME: read the reply to its end, which is the end of the connection.
 * There is no limit of time. */
bool command_receive(const struct fields *fields, FILE *answer);

/* waits NAME: whether the connection is open and nothing has come on it. */
bool command_waits(const struct fields *fields, FILE *answer);

/* hang-up NAME: close the connection without reading. */
bool command_hang_up(const struct fields *fields, FILE *answer);

/* program PATH INPUT-FILE NAME=VALUE...: run a program once, with these
 * variables as its whole environment, the last one of each name.
 * CONTENT_LENGTH=auto becomes the size of
 * the input.  Assigns also log (its standard error) and exit_status. */
bool command_program(const struct fields *fields, FILE *answer);

/* fastcgi SOCKET INPUT-FILE NAME=VALUE...: the same request to a process that
 * listens on a Unix socket (FastCGI 1.0); log is the stream FCGI_STDERR.  Fails
 * unless FCGI_END_REQUEST reports success (appStatus 0, protocolStatus 0). */
bool command_fastcgi(const struct fields *fields, FILE *answer);

/* json TEXT FILTER [--arg|--argjson NAME VALUE]...: run a jq filter over one JSON
 * text.  Assigns REPLY to its results as `jq -r -c` prints them, a line each.
 * Succeeds if the last result is neither false nor null, and there is one. */
bool command_json(const struct fields *fields, FILE *answer);

/* sql CONNINFO TEXT: run the statements in one simple query and assign REPLY
 * to all rows (fields separated by "|").  One connection is kept open for each
 * CONNINFO.  If the server closed it outside a transaction, the statements are
 * sent once more over a new one. */
bool command_sql(const struct fields *fields, FILE *answer);

/* disconnect: close all connections that sql has kept. */
bool command_disconnect(const struct fields *fields, FILE *answer);

/* token SECRET HEADER CLAIMS DIGEST: assign token to a JWS of exactly these
 * two texts (RFC 7515), signed by HMAC with SHA256, SHA384 or SHA512. */
bool command_token(const struct fields *fields, FILE *answer);

/* key FILE ALG RSA-BITS: write a new private key for a JWS algorithm (EdDSA,
 * ES256, ES384, ES512, RS256, PS256) to the file.  Assigns REPLY to the members
 * of the public JWK (RFC 7517), without braces and kid. */
bool command_key(const struct fields *fields, FILE *answer);

/* sign FILE ALG HEADER CLAIMS: assign token to a JWS of exactly these two
 * texts, signed with the private key in the file. */
bool command_sign(const struct fields *fields, FILE *answer);

#endif
