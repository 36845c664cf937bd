/*
 * sandbox.h - what a program gives up before it reads anything of a request.
 *
 * For good, and by every means that the kernel has; where it lacks one, the
 * others hold:
 *
 *   prctl     no privileges by execve(), no core dump, no look into memory or
 *             environment by others of the same user (PR_SET_DUMPABLE)
 *   limits    address space, open files
 *   Landlock  no writing, making, removing or executing of any file, and by
 *             newer kernels no listening on TCP, no signal to others
 *   seccomp   a list of system calls, without execve(), without processes
 *             (threads: the resolver's), without opening a file for writing,
 *             listening, signals to others or limits for them; of netlink and
 *             ioctl() what the resolver uses; all else fails with ENOSYS
 *
 * What stays: reading files, as far as their modes allow, setting their times
 * (utimensat, by which a key refresh is asked for), connections to the outside, and
 * what is open already; without Landlock also the making of a socket's file (bind).
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#define SANDBOX_MEMORY_BYTES (256 * 1024 * 1024)
#define SANDBOX_FILES 64

/*
 * Enter it.  Never fails: a kernel that refuses a part leaves the rest.
 * Sanitizers and coverage, which write files and start processes themselves, are
 * built with -DSANDBOX_OFF; then nothing happens.
 */
void sandbox_enter(void);

#endif
