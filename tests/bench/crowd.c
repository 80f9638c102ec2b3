// SPDX-License-Identifier: GPL-2.0-only
/* Many processes in one namespace, and many namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "caller.h"
#include "observe.h"

/* The outer one shows what the inner one has by two numbers, as a host shows containers' processes. */
static struct node *outer, *inner;
struct crowd crowd = { .proc = -1 };

/* The headers of the build system may be older. */
#ifndef PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE
#define PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE	_IO(0xFF, 6)
#endif
#ifndef NS_GET_PID_FROM_PIDNS
#define NS_GET_PID_FROM_PIDNS	_IOR(0xb7, 6, int)
#endif

/* A procfs of its own namespace, as a descriptor. */
static long open_procfs(void *data)
{
	int context = syscall(__NR_fsopen, "proc", 0), mounted, directory;

	(void)data;
	if (context < 0 || syscall(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	mounted = syscall(__NR_fsmount, context, FSMOUNT_CLOEXEC, 0);
	close(context);
	/* The mount's own descriptor can be used in paths only. */
	directory = openat(mounted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(mounted);
	return directory < 0 ? -errno : directory;
}

struct fork_request {
	unsigned int count;
	pid_t last;
};

static long fork_idle(void *data)
{
	struct fork_request *request = data;

	for (unsigned int i = 0; i < request->count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return -errno;
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			syscall(__NR_close_range, 0, ~0U, 0);
			for (;;)
				pause();
		}
		request->last = pid;
	}
	return 0;
}

static void begin(void)
{
	int there;

	outer = node_spawn(NULL, CLONE_NEWPID);
	inner = node_spawn(outer, CLONE_NEWPID);
	there = node_call(outer, open_procfs, NULL, 0);
	if (there < 0)
		observe_die("no procfs of another namespace: %s", strerror(-there));
	crowd.proc = node_take_fd(outer, there);
	crowd.inner_fd = observe_open_ns(inner->pid, "pid");
	/* So that the user may ask about it, too. */
	node_become_user(inner, BENCH_USER, 0);
	node_become_user(outer, BENCH_USER, 0);
	crowd.processes = 2;
}

/* Its number in the outer one, which its procfs has. */
static pid_t number_in_outer(pid_t last)
{
	char path[64], text[4096];
	const char *line;
	int outside, inside;

	/* They were made one after the other, so it is the highest; numbers before it may be the nodes'. */
	for (int guess = last; guess < last + 100; guess++) {
		long length;
		int fd;

		snprintf(path, sizeof(path), "%d/status", guess);
		fd = openat(crowd.proc, path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		length = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[length < 0 ? 0 : length] = '\0';
		line = strstr(text, "\nNSpid:");
		if (line && sscanf(line, "\nNSpid:\t%d\t%d", &outside, &inside) == 2 && inside == last)
			return outside;
	}
	observe_die("the crowd's last process is not found in its procfs");
}

void crowd_grow(unsigned int processes)
{
	struct fork_request request;
	long error;

	if (!outer)
		begin();
	request = (struct fork_request){ .count = processes - crowd.processes };
	error = node_call(inner, fork_idle, &request, sizeof(request));
	if (error)
		observe_die("the crowd cannot grow to %u: %s", processes, strerror(-error));
	crowd.processes = processes;
	crowd.last_in_inner = request.last;
	crowd.last_in_outer = number_in_outer(request.last);
	crowd.last_outside = ioctl(crowd.inner_fd, NS_GET_PID_FROM_PIDNS, request.last);
}

void crowd_learn_id(void)
{
	crowd.id = node_ns_id(outer);
}

void crowd_end(void)
{
	if (!outer)
		return;
	close(crowd.proc);
	close(crowd.inner_fd);
	node_destroy(inner);
	node_destroy(outer);
	outer = inner = NULL;
	crowd.proc = -1;
	crowd.processes = 0;
}

static void raise_limits(unsigned int total)
{
	struct rlimit files;
	char limit[16];

	if (getrlimit(RLIMIT_NOFILE, &files))
		observe_die("no limit of open files: %s", strerror(errno));
	if (files.rlim_cur < total + 100) {
		files.rlim_cur = files.rlim_max = total + 100;
		snprintf(limit, sizeof(limit), "%u", total + 1000);
		if (setrlimit(RLIMIT_NOFILE, &files) || observe_write("/proc/sys/user/max_pid_namespaces", limit))
			observe_die("the limits cannot be raised for %u namespaces", total);
	}
}

void crowd_namespaces(unsigned int total)
{
	/* The initial one and those of the scenes. */
	static unsigned int there = 5;
	int self = syscall(__NR_pidfd_open, getpid(), 0);

	raise_limits(total);
	for (; there < total; there++)
		if (unshare(CLONE_NEWPID) || ioctl(self, PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE, 0) < 0 ||
		    setns(own_namespace, CLONE_NEWPID))
			observe_die("namespace %u cannot be made: %s", there, strerror(errno));
	close(self);
}
