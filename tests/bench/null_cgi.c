/*
 * null_cgi - the floor of CGI: a program that only answers. A request to it
 * costs as much as the server and the start of a process.
 */
#include <unistd.h>

int main(void)
{
	static const char reply[] = "Content-Type: text/plain\r\n\r\nok\n";

	return write(STDOUT_FILENO, reply, sizeof(reply) - 1) !=
	       (ssize_t)sizeof(reply) - 1;
}
