/*
 * packets PROGRAM - run PROGRAM with a SOCK_SEQPACKET socket as standard output
 * and print the size of each packet: one line per write().
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	static char packet[1 << 20];
	int pair[2], status;
	ssize_t got;
	pid_t child;

	if (argc != 2 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		return 1;
	child = fork();
	if (child < 0)
		return 1;
	if (child == 0) {
		dup2(pair[1], STDOUT_FILENO);
		close(pair[0]);
		close(pair[1]);
		execl(argv[1], argv[1], (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
	while ((got = recv(pair[0], packet, sizeof(packet), 0)) > 0)
		printf("%zd\n", got);
	return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}
