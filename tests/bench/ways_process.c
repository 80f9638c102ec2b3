// SPDX-License-Identifier: GPL-2.0-only
/* By other processes, and what making namespaces costs. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

#include "bench.h"
#include "observe.h"

/* The pid of the credentials that come, as the kernel translates it for the reader. */
static long receive_pid(int socket)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *cmsg;
	struct ucred who;

	if (recvmsg(socket, &header, 0) < 0)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&header);
	if (!cmsg || cmsg->cmsg_type != SCM_CREDENTIALS)
		return -EPROTO;
	memcpy(&who, CMSG_DATA(cmsg), sizeof(who));
	return who.pid;
}

static long ask_helper(void)
{
	if (send(scene->helper, &scene->in_inner, sizeof(scene->in_inner), MSG_NOSIGNAL) < 0)
		return -errno;
	return receive_pid(scene->helper);
}

static const char *expects_outside(long *expected)
{
	*expected = scene->outside;
	return NULL;
}

static _Noreturn void send_credentials(int socket, pid_t pid)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control = {};
	struct ucred who = { .pid = pid, .uid = geteuid(), .gid = getegid() };
	struct iovec part = { .iov_base = &who, .iov_len = 1 };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_CREDENTIALS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(who));
	memcpy(CMSG_DATA(cmsg), &who, sizeof(who));
	_exit(sendmsg(socket, &header, MSG_NOSIGNAL) < 0);
}

static char link_path[64];

/* As lxcfs finds the init of a reader's namespace: a child joins it, and has a child that speaks for pid 1. */
static long by_two_forks(void)
{
	int ends[2], one = 1, fd;
	pid_t child;
	long pid;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends))
		return -errno;
	setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	child = fork();
	if (child == 0) {
		fd = open(link_path, O_RDONLY);
		if (setns(fd, CLONE_NEWPID))
			_exit(1);
		child = fork();
		if (child == 0)
			send_credentials(ends[1], 1);
		waitpid(child, NULL, 0);
		_exit(0);
	}
	pid = receive_pid(ends[0]);
	waitpid(child, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

static const char *prepare_forks(long *expected)
{
	snprintf(link_path, sizeof(link_path), "/proc/%d/ns/pid", scene->process->pid);
	*expected = scene->inner->pid;
	return NULL;
}

/* A namespace lives and dies. */
static long clone_and_wait(void)
{
	struct clone_args args = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };
	pid_t pid = syscall(__NR_clone3, &args, sizeof(args));

	if (pid == 0)
		syscall(__NR_exit_group, 0);
	return waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}

static long unshare_pid(void)
{
	return failed(unshare(CLONE_NEWPID));
}

static void go_back(void)
{
	if (setns(own_namespace, CLONE_NEWPID))
		observe_die("a process cannot leave its namespace for children: %s", strerror(errno));
}

static long unshare_and_go_back(void)
{
	long error = failed(unshare(CLONE_NEWPID));
	int fd = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);

	if (!error)
		error = failed(setns(fd, CLONE_NEWPID));
	close(fd);
	return error;
}

const struct way process_ways[] = {
	WAY("credentials", WITHOUT_MODULE, 60, expects_outside, ask_helper),
	WAY("two-forks", WITHOUT_MODULE, 10, prepare_forks, by_two_forks, .root_only = true),
	WAY("clone", WITHOUT_MODULE | WITH_MODULE, 60, NULL, clone_and_wait, .root_only = true),
	WAY("unshare", WITHOUT_MODULE | WITH_MODULE, 200, NULL, unshare_pid, .root_only = true, .undo = go_back),
	WAY("unshare-setns", WITHOUT_MODULE | WITH_MODULE, 100, NULL, unshare_and_go_back, .root_only = true),
};
WAYS_COUNT(process_ways);
