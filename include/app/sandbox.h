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
 *   seccomp   a list of permitted system calls.  Not permitted: execve(),
 *             fork() (the resolver may create threads), opening files for
 *             writing, listen(), signals to other processes, and setting their
 *             limits.  netlink and ioctl() are restricted to what the resolver
 *             uses.  A call that is not permitted fails with ENOSYS.
 *
 * These remain permitted: reading any file that the user may read, setting the
 * times of a file (utimensat(), which requests a key refresh), outgoing
 * connections, and descriptors that are already open.  Without Landlock, bind()
 * can also create a socket file.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#define SANDBOX_MEMORY_BYTES (256 * 1024 * 1024)
#define SANDBOX_FILES 64

/*
 * Enter the sandbox.  Mechanisms that the kernel refuses are skipped, so this
 * never fails.  Do nothing if SANDBOX_OFF is defined: builds with sanitizers or
 * coverage define it, because their programs write files and start processes.
 */
void sandbox_enter(void);

#endif
