// SPDX-License-Identifier: GPL-2.0-only
/* What nodes can be asked for. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

#include "node_serve.h"
#include "ns_tree.h"
#include "observe.h"

/* Names the channel to the program that node_exec() starts. */
#define CHANNEL_VARIABLE "TRANSLATE_PID_NODE_CHANNEL"

static void must(struct node *node, node_function function, void *data,
		 size_t size, const char *what)
{
	long error = node_call(node, function, data, size);

	if (error < 0)
		observe_die("process %d cannot %s: %s", node ? node->pid : 0,
			    what, strerror(-error));
}

struct idle_thread {
	pthread_t thread;
	pid_t tid;
	bool leave;
	struct idle_thread *next;
};

static struct idle_thread *idle_threads;
static pthread_mutex_t idle_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t idle_change = PTHREAD_COND_INITIALIZER;

static void *idle(void *argument)
{
	struct idle_thread *self = argument;

	pthread_mutex_lock(&idle_lock);
	self->tid = syscall(__NR_gettid);
	pthread_cond_broadcast(&idle_change);
	while (!self->leave)
		pthread_cond_wait(&idle_change, &idle_lock);
	pthread_mutex_unlock(&idle_lock);
	return NULL;
}

static long start_idle_thread(void *data)
{
	struct idle_thread *idle_thread = calloc(1, sizeof(*idle_thread));
	pthread_attr_t small;
	int error;

	(void)data;
	if (!idle_thread)
		return -ENOMEM;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	error = pthread_create(&idle_thread->thread, &small, idle, idle_thread);
	pthread_attr_destroy(&small);
	if (error) {
		free(idle_thread);
		return -error;
	}
	pthread_mutex_lock(&idle_lock);
	while (!idle_thread->tid)
		pthread_cond_wait(&idle_change, &idle_lock);
	idle_thread->next = idle_threads;
	idle_threads = idle_thread;
	pthread_mutex_unlock(&idle_lock);
	return idle_thread->tid;
}

static long stop_idle_thread(void *data)
{
	struct idle_thread **place, *idle_thread;

	for (place = &idle_threads; *place; place = &(*place)->next)
		if ((*place)->tid == *(pid_t *)data)
			break;
	idle_thread = *place;
	if (!idle_thread)
		return -ESRCH;
	*place = idle_thread->next;
	pthread_mutex_lock(&idle_lock);
	idle_thread->leave = true;
	pthread_cond_broadcast(&idle_change);
	pthread_mutex_unlock(&idle_lock);
	pthread_join(idle_thread->thread, NULL);
	free(idle_thread);
	return 0;
}

pid_t node_thread(struct node *node)
{
	long tid = node_call(node, start_idle_thread, NULL, 0);

	if (tid < 0)
		observe_die("no thread: %s", strerror(-tid));
	return tid;
}

void node_thread_exit(struct node *node, pid_t tid)
{
	must(node, stop_idle_thread, &tid, sizeof(tid), "end a thread");
}

/* Answers the call in place of the leader, which may be gone by then. */
static void *serve_in_thread(void *argument)
{
	(void)argument;
	node_answer(0);
	node_serve();
}

static long leave_leader(void *data)
{
	pthread_t server;
	int error;

	(void)data;
	error = pthread_create(&server, NULL, serve_in_thread, NULL);
	if (error)
		return -error;
	/* Only this thread; exit_group() would take the new one along. */
	syscall(__NR_exit, 0);
	return 0;
}

static bool leader_left(void *argument)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/%d/status", *(pid_t *)argument);
	return observe_read(path, text, sizeof(text)) > 0 &&
	       strstr(text, "\nState:\tZ");
}

void node_leave_leader(struct node *node)
{
	must(node, leave_leader, NULL, 0, "start a thread");
	if (!observe_wait(leader_left, &node->pid))
		observe_die("the leader of process %d does not exit", node->pid);
}

static long execute(void *data)
{
	char number[16];

	(void)data;
	snprintf(number, sizeof(number), "%d", node_channel);
	setenv(CHANNEL_VARIABLE, number, 1);
	fcntl(node_channel, F_SETFD, 0);
	/* Not /proc/self: a leader that exited has no program. */
	execl("/proc/thread-self/exe", "node", NULL);
	return -errno;
}

/* Before main(), so that no test program needs to know. */
static void __attribute__((constructor)) go_on_after_exec(void)
{
	const char *number = getenv(CHANNEL_VARIABLE);

	if (!number)
		return;
	node_channel = atoi(number);
	unsetenv(CHANNEL_VARIABLE);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	node_answer(0);
	node_serve();
}

void node_exec(struct node *node)
{
	must(node, execute, NULL, 0, "execute the test program");
}

struct identity {
	uid_t uid;
	__u64 capabilities;
};

/* The C library's functions would look for threads that were not cloned. */
#ifdef __NR_setresuid32
#define SET_UIDS __NR_setresuid32
#define SET_GIDS __NR_setresgid32
#define SET_GROUPS __NR_setgroups32
#else
#define SET_UIDS __NR_setresuid
#define SET_GIDS __NR_setresgid
#define SET_GROUPS __NR_setgroups
#endif

static long become(void *data)
{
	struct identity *identity = data;
	uid_t uid = identity->uid;
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};

	/* Fails the second time, without CAP_SETPCAP. */
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(identity->capabilities >> cap & 1))
			prctl(PR_CAPBSET_DROP, cap);
	if (uid != geteuid() &&
	    (prctl(PR_SET_KEEPCAPS, 1) || syscall(SET_GROUPS, 0, NULL) ||
	     syscall(SET_GIDS, uid, uid, uid) ||
	     syscall(SET_UIDS, uid, uid, uid)))
		return -errno;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		sets[i].permitted = identity->capabilities >> (32 * i);
		sets[i].effective = sets[i].permitted;
	}
	if (syscall(__NR_capset, &header, sets))
		return -errno;
	/* The kernel cleared both when the user changed. */
	if (prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		return -errno;
	return 0;
}

void node_become_user(struct node *node, uid_t uid, __u64 mask)
{
	struct identity identity = { .uid = uid, .capabilities = mask };

	must(node, become, &identity, sizeof(identity), "change its user");
}

struct node *node_spawn_user(struct node *parent, __u64 clone_flags, uid_t uid,
			     __u64 mask)
{
	struct node *node = node_spawn(parent, clone_flags);

	node_become_user(node, uid, mask);
	return node;
}

static long set_dumpable(void *data)
{
	return prctl(PR_SET_DUMPABLE, *(int *)data) ? -errno : 0;
}

void node_set_dumpable(struct node *node, bool dumpable)
{
	int value = dumpable;

	must(node, set_dumpable, &value, sizeof(value), "set PR_SET_DUMPABLE");
}

static long lead_session(void *data)
{
	(void)data;
	return setsid() < 0 ? -errno : 0;
}

void node_lead_session(struct node *node)
{
	must(node, lead_session, NULL, 0, "lead a session");
}

static long unshare_namespaces(void *data)
{
	return unshare(*(int *)data) ? -errno : 0;
}

void node_unshare(struct node *node, int flags)
{
	must(node, unshare_namespaces, &flags, sizeof(flags),
	     "unshare namespaces");
}

static long join_pidns(void *data)
{
	int fd = *(int *)data;
	long error = setns(fd, CLONE_NEWPID) ? -errno : 0;

	close(fd);
	return error;
}

void node_join_pidns(struct node *node, int fd)
{
	int there = node_give_fd(node, fd);

	must(node, join_pidns, &there, sizeof(there), "join a pid namespace");
}

static long outlive_parent(void *data)
{
	(void)data;
	return prctl(PR_SET_PDEATHSIG, 0) ? -errno : 0;
}

void node_outlive_parent(struct node *node)
{
	must(node, outlive_parent, NULL, 0, "outlive its parent");
}
