/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plain child processes and threads that run a function beside the test: for
 * crowds, for calls that block, and for load. They end with the test.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>

/* Zeroed memory that the children share with the test. */
void *shared_memory(size_t size);

/* Runs @body in a child process; its result is the exit status. */
pid_t child_start(int (*body)(void *argument), void *argument);

/*
 * fork() with flags of clone3(); the child gets 0 and ends with its parent. -1
 * with errno if the kernel refuses.
 */
pid_t child_clone(__u64 flags);

/* Waits for the end; returns the exit status, or 128 + the signal's number. */
int child_wait(pid_t pid);

/* Kills and reaps it. */
void child_kill(pid_t pid);

/* A body that waits for its end. */
int child_idle(void *argument);

/*
 * So many children that wait for their end. They share the caller's memory, which
 * makes them cheap where a fork() is dear, as on a kernel with KASAN.
 */
void child_crowd(unsigned int count);

#endif
