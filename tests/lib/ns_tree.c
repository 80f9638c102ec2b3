// SPDX-License-Identifier: GPL-2.0-only
/* The tree and its pipe protocol; what nodes can be asked for is node_ops.c. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

#include "node_serve.h"
#include "ns_tree.h"
#include "observe.h"
#include "translate.h"

enum operation { CALL, GIVE_FD, TAKE_FD };

struct message {
	__u32 operation;
	__s32 result;		/* of TAKE_FD: the descriptor */
	__u64 function;
	__u64 size;
	char data[NODE_DATA_MAX];
};

#define MESSAGE_HEAD offsetof(struct message, data)

static struct node *nodes;

/* Returns the length, 0 at the end of file, or the negative error number. */
static ssize_t transfer(int channel, bool sending, struct message *message,
			size_t length, int *fd, pid_t *sender)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int)) +
			   CMSG_SPACE(sizeof(struct ucred))];
	} control = {};
	struct iovec part = { .iov_base = message, .iov_len = length };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t done;

	if (!sending || *fd >= 0) {
		header.msg_control = control.space;
		header.msg_controllen = sending ? CMSG_SPACE(sizeof(int)) :
						  sizeof(control.space);
	}
	if (sending && *fd >= 0) {
		cmsg = CMSG_FIRSTHDR(&header);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), fd, sizeof(int));
	}
	do {
		done = sending ? sendmsg(channel, &header, MSG_NOSIGNAL) :
				 recvmsg(channel, &header, MSG_CMSG_CLOEXEC);
	} while (done < 0 && errno == EINTR);
	if (done < 0)
		return -errno;
	if (sending)
		return done;
	*fd = -1;
	for (cmsg = CMSG_FIRSTHDR(&header); cmsg;
	     cmsg = CMSG_NXTHDR(&header, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET)
			continue;
		if (cmsg->cmsg_type == SCM_RIGHTS)
			memcpy(fd, CMSG_DATA(cmsg), sizeof(int));
		if (cmsg->cmsg_type == SCM_CREDENTIALS && sender) {
			struct ucred who;

			memcpy(&who, CMSG_DATA(cmsg), sizeof(who));
			*sender = who.pid;
		}
	}
	return done;
}

/* The node's side. */

int node_channel = -1;

static void answer(struct message *message, int fd)
{
	if (transfer(node_channel, true, message,
		     MESSAGE_HEAD + message->size, &fd, NULL) < 0)
		_exit(0);
}

void node_answer(int result)
{
	struct message message = { .result = result };

	answer(&message, -1);
}

void node_serve(void)
{
	struct message message;
	node_function function;
	int fd;

	for (;;) {
		if (transfer(node_channel, false, &message, sizeof(message),
			     &fd, NULL) < (ssize_t)MESSAGE_HEAD)
			_exit(0);
		switch (message.operation) {
		case CALL:
			function = (node_function)(uintptr_t)message.function;
			message.result = function(message.data);
			answer(&message, -1);
			break;
		case GIVE_FD:
			message.result = fd;
			answer(&message, -1);
			break;
		case TAKE_FD:
			answer(&message, message.result);
			break;
		}
	}
}

/* Without this, children keep other nodes' sockets open after the test's end. */
static void close_all_but(int channel)
{
	if (channel > STDERR_FILENO + 1)
		syscall(__NR_close_range, STDERR_FILENO + 1, channel - 1, 0);
	syscall(__NR_close_range, channel + 1, ~0U, 0);
}

static void map_to_root(uid_t uid, gid_t gid)
{
	char line[64];

	snprintf(line, sizeof(line), "0 %u 1", uid);
	if (observe_write("/proc/self/setgroups", "deny") ||
	    observe_write("/proc/self/uid_map", line))
		observe_die("cannot map user %u in a new user namespace", uid);
	snprintf(line, sizeof(line), "0 %u 1", gid);
	if (observe_write("/proc/self/gid_map", line))
		observe_die("cannot map group %u in a new user namespace", gid);
}

struct spawn_request {
	__u64 clone_flags;
	__s32 channel;
	__u32 set_tid_count;
	pid_t set_tid[PID_NS_LEVELS];
};

/* Runs in the parent. The clone is a fork: nothing is shared. */
static long spawn(void *data)
{
	struct spawn_request *request = data;
	struct clone_args args = {
		.flags = request->clone_flags,
		.exit_signal = SIGCHLD,
		.set_tid = request->set_tid_count ?
				(uintptr_t)request->set_tid : 0,
		.set_tid_size = request->set_tid_count,
	};
	uid_t uid = geteuid();
	gid_t gid = getegid();
	long pid;

	fflush(NULL);
	pid = syscall(__NR_clone3, &args, sizeof(args));
	if (pid < 0)
		return -errno;
	if (pid > 0)
		return pid;

	node_channel = request->channel;
	translate_device_close();
	close_all_but(node_channel);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	if (request->clone_flags & CLONE_NEWUSER)
		map_to_root(uid, gid);
	node_answer(getpid());
	node_serve();
}

/* The test process's side. */

static void exchange(struct node *node, struct message *message, int *fd)
{
	ssize_t done;

	done = transfer(node->channel, true, message,
			MESSAGE_HEAD + message->size, fd, NULL);
	if (done >= 0)
		done = transfer(node->channel, false, message,
				sizeof(*message), fd, NULL);
	if (done < (ssize_t)MESSAGE_HEAD)
		observe_die("process %d (%d in its namespace) does not answer: %s",
			    node->pid, node->own,
			    done < 0 ? strerror(-done) : "it has ended");
}

long node_call(struct node *node, node_function function, void *data,
	       size_t size)
{
	struct message message = {
		.operation = CALL,
		.function = (uintptr_t)function,
		.size = size,
	};
	int fd = -1;

	if (!node)
		return function(data);
	if (size > NODE_DATA_MAX)
		observe_die("%zu bytes are too many for one call", size);
	if (size)
		memcpy(message.data, data, size);
	exchange(node, &message, &fd);
	if (size)
		memcpy(data, message.data, size);
	return message.result;
}

int node_give_fd(struct node *node, int fd)
{
	struct message message = { .operation = GIVE_FD };

	if (!node)
		return fd;
	exchange(node, &message, &fd);
	return message.result;
}

int node_take_fd(struct node *node, int fd)
{
	struct message message = { .operation = TAKE_FD, .result = fd };
	int taken = -1;

	if (!node)
		return fd;
	exchange(node, &message, &taken);
	if (taken < 0)
		observe_die("process %d gave no descriptor %d", node->pid, fd);
	return taken;
}

static long close_fd(void *data)
{
	return close(*(int *)data) ? -errno : 0;
}

struct node *node_try_spawn(struct node *parent, __u64 clone_flags,
			    const pid_t *set_tid, size_t set_tid_count,
			    int *error)
{
	static const struct timeval patience = {
		.tv_sec = PATIENCE_MS / 1000
	};
	struct spawn_request request = {
		.clone_flags = clone_flags,
		.set_tid_count = set_tid_count,
	};
	struct message hello;
	struct node *node;
	int ends[2], fd, one = 1;
	long pid;

	if (set_tid_count > PID_NS_LEVELS)
		observe_die("more numbers than levels");
	if (set_tid_count)
		memcpy(request.set_tid, set_tid,
		       set_tid_count * sizeof(*set_tid));
	/* Orphans come here instead of to the init of the machine. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		observe_die("no socket pair: %s", strerror(errno));
	setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	request.channel = node_give_fd(parent, ends[1]);
	pid = node_call(parent, spawn, &request, sizeof(request));
	if (parent)
		node_call(parent, close_fd, &request.channel,
			  sizeof(request.channel));
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		*error = pid;
		return NULL;
	}

	node = calloc(1, sizeof(*node));
	if (!node)
		observe_die("no memory for a node");
	*node = (struct node){
		.parent = parent,
		.in_parent = pid,
		.channel = ends[0],
		.next = nodes,
	};
	nodes = node;
	if (transfer(node->channel, false, &hello, sizeof(hello), &fd,
		     &node->pid) < (ssize_t)MESSAGE_HEAD)
		observe_die("a new process did not report: see above");
	node->own = hello.result;
	return node;
}

struct node *node_spawn(struct node *parent, __u64 clone_flags)
{
	struct node *node;
	int error;

	node = node_try_spawn(parent, clone_flags, NULL, 0, &error);
	if (!node)
		observe_die("clone3 with flags %#llx failed: %s",
			    (unsigned long long)clone_flags, strerror(-error));
	return node;
}

void node_spawn_chain(struct node *parent, struct node **chain, int depth)
{
	for (int i = 0; i < depth; i++) {
		chain[i] = node_spawn(parent, CLONE_NEWPID);
		parent = chain[i];
	}
}

/* Waits in the parent, which is the only process that can. */
static long wait_for_exit(void *data)
{
	siginfo_t info;

	return waitid(P_PID, *(pid_t *)data, &info, WEXITED | WNOWAIT) ?
	       -errno : 0;
}

static long reap(void *data)
{
	return waitpid(*(pid_t *)data, NULL, 0) < 0 ? -errno : 0;
}

static long exit_quietly(void *data)
{
	(void)data;
	_exit(0);
}

static void ended(struct node *node)
{
	long error = node_call(node->parent, wait_for_exit, &node->in_parent,
			       sizeof(node->in_parent));

	if (error)
		observe_die("cannot wait for process %d: %s", node->pid,
			    strerror(-error));
	close(node->channel);
	node->channel = -1;
	node->exited = true;
}

void node_exit(struct node *node)
{
	struct message message = {
		.operation = CALL,
		.function = (uintptr_t)exit_quietly,
	};
	int fd = -1;

	transfer(node->channel, true, &message, MESSAGE_HEAD, &fd, NULL);
	ended(node);
}

static long send_kill(void *data)
{
	return kill(*(pid_t *)data, SIGKILL) ? -errno : 0;
}

void node_kill(struct node *node)
{
	/* By the parent: the test process may not be allowed to, or not see it. */
	node_call(node->parent, send_kill, &node->in_parent,
		  sizeof(node->in_parent));
	ended(node);
}

void node_reap(struct node *node)
{
	long error = node_call(node->parent, reap, &node->in_parent,
			       sizeof(node->in_parent));

	if (error)
		observe_die("cannot reap process %d: %s", node->pid,
			    strerror(-error));
	node->reaped = true;
}

void node_destroy(struct node *node)
{
	if (!node->exited)
		node_kill(node);
	if (!node->reaped)
		node_reap(node);
}

void nodes_destroy(void)
{
	struct node *node;

	/*
	 * Closing all channels ends every node that is not stuck; children of
	 * the test process are killed, which takes the rest along: as processes
	 * of the namespace, by PR_SET_PDEATHSIG, or as orphans in the next round.
	 */
	for (node = nodes; node; node = node->next)
		if (node->channel >= 0)
			close(node->channel);
	while (nodes) {
		node = nodes;
		nodes = node->next;
		if (!node->parent && !node->reaped)
			kill(node->in_parent, SIGKILL);
		free(node);
	}
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
}
