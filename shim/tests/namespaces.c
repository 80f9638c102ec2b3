// SPDX-License-Identifier: MIT OR Apache-2.0
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "namespaces.h"
#include "tap.h"

/* A fork() whose child is the init of a new pid namespace. */
static pid_t fork_init(void)
{
	pid_t child = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);

	if (child < 0)
		cannot("clone(CLONE_NEWPID)");
	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child;
}

/*
 * The innermost but one, and the number in this process's /proc, of a process
 * whose NSpid line has more than one number.
 */
static void read_numbers(pid_t pid, pid_t *first, pid_t *last_but_one)
{
	char path[64], line[400];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	if (!file)
		cannot(path);
	while (fgets(line, sizeof(line), file)) {
		char *rest;
		long previous, number;

		if (strncmp(line, "NSpid:", 6))
			continue;
		previous = number = strtol(line + 6, &rest, 10);
		*first = number;
		while (*rest != '\n') {
			previous = number;
			number = strtol(rest, &rest, 10);
		}
		*last_but_one = previous;
	}
	fclose(file);
}

/* The only child of a process. */
static pid_t child_of(pid_t pid)
{
	char path[64];
	int child = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%d", &child) != 1)
		cannot(path);
	fclose(file);
	return child;
}

struct nested nested_start(void)
{
	struct nested nested = { 0 };
	int ready[2];
	char byte;
	pid_t first;

	if (pipe2(ready, O_CLOEXEC))
		cannot("pipe2");
	nested.outer = fork_init();
	if (nested.outer == 0) {
		if (fork_init() == 0 && write(ready[1], "", 1) != 1)
			_exit(3);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		cannot("the process of the inner namespace did not start");
	close(ready[0]);
	nested.inner = child_of(nested.outer);
	read_numbers(nested.inner, &first, &nested.inner_in_outer);
	if (access("/proc/pidns_id", F_OK) == 0) {
		nested.outer_id = linked_id(nested.outer);
		nested.inner_id = linked_id(nested.inner);
	}
	return nested;
}

void nested_stop(const struct nested *nested)
{
	kill(nested->outer, SIGKILL);
	if (waitpid(nested->outer, NULL, 0) != nested->outer)
		cannot("waitpid");
}

uint64_t linked_id(pid_t pid)
{
	char path[64], text[64];
	ssize_t length;
	char *end;
	uint64_t id;

	snprintf(path, sizeof(path), "/proc/%d/ns/pidns_id", pid);
	length = readlink(path, text, sizeof(text) - 1);
	if (length < 3)
		cannot(path);
	text[length] = '\0';
	id = strtoull(text + 1, &end, 10);
	if (text[0] != '[' || strcmp(end, "]"))
		cannot(text);
	return id;
}

int open_namespace(pid_t pid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		cannot(path);
	return fd;
}

int open_pidfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		cannot("pidfd_open");
	return fd;
}

void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		cannot("setresuid");
	/* Or its own /proc entries would belong to root. */
	prctl(PR_SET_DUMPABLE, 1);
}
