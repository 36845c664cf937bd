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
 *             writing, listen(), and signals or limits for other processes.
 *             netlink and ioctl() are restricted to what the resolver uses.  A
 *             call that is not permitted fails with ENOSYS.
 *
 * A program can still read any file that its user may read, make outgoing
 * connections, and use descriptors that are already open.  It can set the times
 * of a file (utimensat()), which requests a key refresh.  Without Landlock,
 * bind() can also create a socket file.
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
