/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Pid namespaces to ask about, and what the kernel says of them without the
 * library. What cannot be prepared ends the program by cannot().
 */
#ifndef NAMESPACES_H
#define NAMESPACES_H

#include <stdint.h>
#include <sys/types.h>

/*
 * A process that is the init of a new pid namespace and waits to be killed; it
 * has a child that is the init of another one inside. It dies with its parent.
 */
struct nested {
	pid_t outer;		/* numbers in the caller's pid namespace */
	pid_t inner;
	pid_t inner_in_outer;	/* the number of inner in the namespace of outer */
	uint64_t outer_id;	/* from /proc/<pid>/ns/pidns_id; 0 without the module */
	uint64_t inner_id;
};

struct nested nested_start(void);

/* Kills and reaps outer; the kernel kills inner with it. */
void nested_stop(const struct nested *nested);

/* The number in /proc/<pid>/ns/pidns_id. */
uint64_t linked_id(pid_t pid);

/* /proc/<pid>/ns/<name>, opened. */
int open_namespace(pid_t pid, const char *name);

int open_pidfd(pid_t pid);

/* For the rest of this process: an ordinary user without any privilege. */
void become_nobody(void);

#define NOBODY	65534

#endif
