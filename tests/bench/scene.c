// SPDX-License-Identifier: GPL-2.0-only
/* The namespaces that all ways are asked about, and the helper in them. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "caller.h"
#include "observe.h"

/* Root's and the user's. */
static struct scene scenes[2];
struct scene *scene = scenes;
int own_namespace;

/* Sends the credentials of whatever number it is told, as a process of its namespace. */
static _Noreturn void serve_credentials(int socket)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control = {};
	char byte = 0;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);
	struct ucred who = {};

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_CREDENTIALS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(who));
	while (recv(socket, &who.pid, sizeof(who.pid), 0) == sizeof(who.pid)) {
		memcpy(CMSG_DATA(cmsg), &who, sizeof(who));
		if (sendmsg(socket, &header, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static long start_helper(void *data)
{
	int socket = *(int *)data;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve_credentials(socket);
	}
	close(socket);
	return pid < 0 ? -errno : pid;
}

static void build_helper(void)
{
	int ends[2], one = 1, there;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		observe_die("no socket pair: %s", strerror(errno));
	setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	there = node_give_fd(scene->inner, ends[1]);
	close(ends[1]);
	if (node_call(scene->inner, start_helper, &there, sizeof(there)) < 0)
		observe_die("no helper in the namespace");
	scene->helper = ends[0];
}

static void build(struct node *owner, __u64 flags)
{
	pid_t numbers[PID_NS_LEVELS];

	scene->outer = node_spawn(owner, CLONE_NEWPID | flags);
	scene->inner = node_spawn(scene->outer, CLONE_NEWPID);
	scene->process = node_spawn(scene->inner, 0);
	if (observe_numbers(scene->process->pid, numbers) != 3)
		observe_die("NSpid of the process has not three numbers; is this run in the initial pid namespace?");
	scene->outside = numbers[0];
	scene->in_outer = numbers[1];
	scene->in_inner = numbers[2];
	scene->outer_fd = observe_open_ns(scene->outer->pid, "pid");
	scene->inner_fd = observe_open_ns(scene->inner->pid, "pid");
	if (scene->outer_fd < 0 || scene->inner_fd < 0)
		observe_die("a namespace cannot be opened");
	scene->inner_ns_id = observe_ns_id(scene->inner_fd);
	build_helper();
}

void scenes_build(void)
{
	own_namespace = observe_open_ns(0, "pid");
	if (own_namespace < 0)
		observe_die("the own namespace cannot be opened");
	scene_choose(false);
	build(NULL, 0);
	scene_choose(true);
	build(node_spawn_user(NULL, 0, BENCH_USER, 0), CLONE_NEWUSER);
}

void scenes_learn_ids(void)
{
	for (int user = 0; user < 2; user++) {
		scenes[user].outer_id = node_ns_id(scenes[user].outer);
		scenes[user].inner_id = node_ns_id(scenes[user].inner);
	}
}

void scene_choose(bool of_user)
{
	scene = &scenes[of_user];
}
