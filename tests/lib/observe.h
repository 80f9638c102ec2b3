/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel says without the module: /proc, nsfs, and bounded waiting.
 */
#ifndef OBSERVE_H
#define OBSERVE_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>

/* Deepest nesting: the initial namespace and MAX_PID_NS_LEVEL below it. */
#define PID_NS_LEVELS	33

/* How long anything may take that happens by itself, also under emulation. */
#define PATIENCE_MS	60000

/*
 * The numbers of the process or thread @pid from the namespace of this
 * process's /proc inwards (NSpid in /proc/PID/status). Returns how many, or
 * the negative error number.
 */
int observe_numbers(pid_t pid, pid_t numbers[PID_NS_LEVELS]);

/* This process's own number in the namespace of its /proc, or negative error. */
pid_t observe_host_pid(void);

/* Descriptor of /proc/@pid/ns/@name (@pid 0: self), or negative error. */
int observe_open_ns(pid_t pid, const char *name);

/* Flag of pidfd_open(2), newer than some headers. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

/* A new pidfd of the process or thread; it aborts the test if there is none. */
int observe_pidfd(pid_t pid, unsigned int flags);

/*
 * The root directory of a new procfs that shows the pid namespace behind @nsfd and is
 * mounted nowhere; it aborts the test if there is none. Needs CAP_SYS_ADMIN.
 */
int observe_procfs(int nsfd);

/* The kernel's own id (NS_GET_ID) of the namespace behind @fd; 0 on error. */
__u64 observe_ns_id(int fd);

/* Reads a small file as text without the last newline; length or -errno. */
long observe_read(const char *path, char *text, size_t size);

/* Writes a small file, at once if the file takes it; 0 or -errno. */
long observe_write(const char *path, const char *text);

/* Milliseconds of the monotonic clock. */
__u64 observe_clock_ms(void);

/* Polls until @condition holds; false if it does not within PATIENCE_MS. */
bool observe_wait(bool (*condition)(void *argument), void *argument);

/* Prints a sentence for the test's reader and aborts the test. */
void observe_die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#endif
