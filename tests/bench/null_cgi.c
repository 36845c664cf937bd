/*
 * null_cgi - the floor: a CGI program that does nothing but answer.  What a
 * request costs in it is what the server and the start of a process cost.
 */
#include <unistd.h>

int main(void)
{
	static const char reply[] = "Content-Type: text/plain\r\n\r\nok\n";

	return write(STDOUT_FILENO, reply, sizeof(reply) - 1) !=
	       (ssize_t)sizeof(reply) - 1;
}
