/*
 * sandbox.h - drop privileges before any input of a request is read.
 *
 * The restrictions are permanent.  If the kernel lacks one of the mechanisms,
 * the others still apply:
 *
 *   prctl     no new privileges by execve(), no core dump; other processes of
 *             the same user cannot read memory or environment (PR_SET_DUMPABLE)
 *   limits    address space, open files
 *   Landlock  no writing, creating, removing or executing of files; since ABI
 *             version 4 no bind() on TCP, since 6 no signals to other processes
 *   seccomp   a list of permitted system calls.  Not on it: execve(), fork()
 *             (threads are permitted, for the resolver), opening files for
 *             writing, listen(), signals to other processes, limits for them.
 *             netlink and ioctl() are restricted to what the resolver uses.
 *             Any other call fails with ENOSYS.
 *
 * Still permitted: reading files within their modes, setting their times
 * (utimensat(), which requests a key refresh), outgoing connections, and
 * descriptors that are already open.  Without Landlock bind() can also create a
 * socket file.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#define SANDBOX_MEMORY_BYTES (256 * 1024 * 1024)
#define SANDBOX_FILES 64

/*
 * Enter the sandbox.  This never fails: mechanisms that the kernel refuses are
 * skipped.  Builds with sanitizers or coverage define SANDBOX_OFF, because
 * these write files and start processes; then this function does nothing.
 */
void sandbox_enter(void);

#endif
