// SPDX-License-Identifier: GPL-2.0-only
/* TRANSLATE_PID_FROM_PIDFD: the number of a pidfd's process or thread in a namespace. */
#include <limits.h>
#include <sys/epoll.h>

#include "pid_chain.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(pidfd, NAMING_VARIANTS)

#define NUMBER(caller, fd, target, flags)				\
	pidfd_as(caller, variant->interface, fd, target, flags)

TEST_F(pidfd, in_each_namespace)
{
	struct node *nodes[3], *process, *beside = node_spawn(NULL, CLONE_NEWPID);
	pid_t numbers[PID_NS_LEVELS];
	int fd;

	node_spawn_chain(NULL, nodes, 3);
	process = node_spawn(nodes[1], 0);
	ASSERT_EQ(3, observe_numbers(process->pid, numbers));
	fd = observe_pidfd(process->pid, 0);
	EXPECT_EQ(numbers[0], NUMBER(NULL, fd, 0, 0));
	EXPECT_EQ(numbers[1], NUMBER(NULL, fd, node_ns_id(nodes[0]), 0));
	EXPECT_EQ(numbers[2], NUMBER(NULL, fd, node_ns_id(nodes[1]), 0));
	EXPECT_EQ(0, NUMBER(NULL, fd, node_ns_id(nodes[2]), 0));
	EXPECT_EQ(0, NUMBER(NULL, fd, node_ns_id(beside), 0));
	close(fd);
}

/* What SO_PEERPIDFD gives to one of two containers that do not see each other. */
TEST_F(pidfd, of_a_sibling_container)
{
	struct node *here = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *there = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *roots = node_spawn(NULL, CLONE_NEWPID);
	struct node *process = node_spawn(there, 0);
	int outside = observe_pidfd(process->pid, 0), fd = node_give_fd(here, outside);
	int of_root = observe_pidfd(roots->pid, 0);

	EXPECT_EQ(process->own, NUMBER(here, fd, node_ns_id(there), 0));
	EXPECT_EQ(0, NUMBER(here, fd, node_ns_id(here), 0));
	/* Access to the target is asked for, as ever. */
	EXPECT_EQ(-EPERM, NUMBER(here, fd, 0, 0));
	EXPECT_EQ(-EPERM, NUMBER(here, fd, node_ns_id(roots), 0));
	/* That to the process is not: it has no number where the caller may look. */
	fd = node_give_fd(here, of_root);
	EXPECT_EQ(0, NUMBER(here, fd, node_ns_id(there), 0));
	EXPECT_EQ(-EPERM, NUMBER(here, fd, node_ns_id(roots), 0));
	close(outside);
	close(of_root);
}

TEST_F(pidfd, of_threads)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *process = node_spawn(init, 0);
	__u64 id = node_ns_id(init);
	pid_t tid = node_thread(process);
	long outside = translate_by_ioctl.translate(tid, id, 0);
	int fd = observe_pidfd(outside, PIDFD_THREAD), whole = observe_pidfd(process->pid, 0);

	EXPECT_EQ(tid, NUMBER(NULL, fd, id, 0));
	EXPECT_EQ(outside, NUMBER(NULL, fd, 0, 0));
	EXPECT_EQ(process->own, NUMBER(NULL, fd, id, TRANSLATE_PID_THREAD_GROUP));
	EXPECT_EQ(process->pid, NUMBER(NULL, fd, 0, TRANSLATE_PID_THREAD_GROUP));
	EXPECT_EQ(process->own, NUMBER(NULL, whole, id, TRANSLATE_PID_THREAD_GROUP));
	node_thread_exit(process, tid);
	ASSERT_TRUE(number_dies(&translate_by_ioctl, tid, id));
	EXPECT_EQ(-ESRCH, NUMBER(NULL, fd, id, 0));
	EXPECT_EQ(-ESRCH, NUMBER(NULL, fd, id, TRANSLATE_PID_THREAD_GROUP));
	EXPECT_EQ(process->own, NUMBER(NULL, whole, id, 0));
	close(fd);
	close(whole);
}

TEST_F(pidfd, whose_leader_has_exited_and_then_executes)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *process = node_spawn(init, 0);
	int fd = observe_pidfd(process->pid, 0);
	__u64 id = node_ns_id(init);

	node_leave_leader(process);
	EXPECT_EQ(process->own, NUMBER(NULL, fd, id, 0));
	EXPECT_EQ(process->own, NUMBER(NULL, fd, id, TRANSLATE_PID_THREAD_GROUP));
	node_exec(process);
	EXPECT_EQ(process->own, NUMBER(NULL, fd, id, 0));
	EXPECT_EQ(process->own, NUMBER(NULL, fd, id, TRANSLATE_PID_THREAD_GROUP));
	close(fd);
}

TEST_F(pidfd, zombies_until_they_are_reaped)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *process = node_spawn(init, 0);
	int fd = observe_pidfd(process->pid, 0), of_init = observe_pidfd(init->pid, 0);
	__u64 id = node_ns_id(init);

	node_exit(process);
	EXPECT_EQ(process->own, NUMBER(NULL, fd, id, 0));
	EXPECT_EQ(process->pid, NUMBER(NULL, fd, 0, TRANSLATE_PID_THREAD_GROUP));
	node_reap(process);
	EXPECT_EQ(-ESRCH, NUMBER(NULL, fd, id, 0));
	EXPECT_EQ(-ESRCH, NUMBER(NULL, fd, 0, TRANSLATE_PID_THREAD_GROUP));
	node_kill(init);
	EXPECT_EQ(init->pid, NUMBER(NULL, of_init, 0, 0));
	EXPECT_EQ(1, NUMBER(NULL, of_init, id, 0));
	node_reap(init);
	EXPECT_EQ(-ESRCH, NUMBER(NULL, of_init, 0, 0));
	/* The pidfds keep the namespace, as they always do, and nothing has a number there. */
	EXPECT_EQ(-ESRCH, NUMBER(NULL, of_init, id, 0));
	close(fd);
	close(of_init);
	EXPECT_TRUE(id_dies(id));
}

/* The number lives on as the session's, and what the pidfd stands for does not. */
TEST_F(pidfd, of_a_reaped_session_leader)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *leader = node_spawn(init, 0), *member;
	int fd = observe_pidfd(leader->pid, 0);
	__u64 id = node_ns_id(init);

	node_lead_session(leader);
	member = node_spawn(leader, 0);
	node_outlive_parent(member);
	EXPECT_EQ(leader->own, NUMBER(NULL, fd, id, 0));
	node_destroy(leader);
	EXPECT_EQ(leader->pid, translate_by_ioctl.translate(leader->own, id, 0));
	EXPECT_EQ(-ESRCH, NUMBER(NULL, fd, id, 0));
	close(fd);
}

TEST_F(pidfd, errors_come_in_this_order)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *child = node_spawn(NULL, 0);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	int reaped = observe_pidfd(child->pid, 0), path = open("/proc/self/status", O_PATH);
	int wrong[] = { observe_open_ns(0, "pid"), epoll_create1(0), translate_device() };
	__u64 id = node_ns_id(init);

	node_destroy(child);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(-EINVAL, NUMBER(NULL, wrong[i], 0, 0));
		EXPECT_EQ(-EINVAL, NUMBER(NULL, wrong[i], ~0ULL, 0));
	}
	EXPECT_EQ(-EBADF, NUMBER(NULL, -1, ~0ULL, 0));
	EXPECT_EQ(-EBADF, NUMBER(NULL, INT_MIN, 0, 0));
	EXPECT_EQ(-EBADF, NUMBER(NULL, INT_MAX, 0, 0));
	EXPECT_EQ(-EBADF, NUMBER(NULL, path, 0, 0));
	EXPECT_EQ(-EINVAL, NUMBER(NULL, reaped, ~0ULL, 0));
	EXPECT_EQ(-EPERM, NUMBER(user, node_give_fd(user, reaped), id, 0));
	EXPECT_EQ(-ESRCH, NUMBER(NULL, reaped, id, 0));
	EXPECT_EQ(-EINVAL, NUMBER(NULL, reaped, id, 1U << 1));
	close(reaped);
	close(path);
}

/* A source beside a descriptor means nothing, and is kept for what it may mean. */
TEST_F(pidfd, source_must_be_zero)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int fd = observe_pidfd(init->pid, 0);
	struct translate_pid_request request = {
		.pid = fd, .flags = TRANSLATE_PID_FROM_PIDFD, .source = node_ns_id(init),
	};
	struct translate_pid_many_request many = { .flags = TRANSLATE_PID_FROM_PIDFD };
	struct translate_pid_bind_request bind = { .flags = TRANSLATE_PID_FROM_PIDFD };
	struct translate_pid_list_request list = { .flags = TRANSLATE_PID_FROM_PIDFD };
	int device = translate_device();

	EXPECT_EQ(-EINVAL, translate_ioctl(device, TRANSLATE_PID_TRANSLATE, &request));
	request.pid = -1;
	EXPECT_EQ(-EINVAL, translate_ioctl(device, TRANSLATE_PID_TRANSLATE, &request));
	/* Nor do other commands know the flag. */
	EXPECT_EQ(-EINVAL, translate_ioctl(device, TRANSLATE_PID_TRANSLATE_MANY, &many));
	EXPECT_EQ(-EINVAL, translate_ioctl(device, TRANSLATE_PID_BIND, &bind));
	EXPECT_EQ(-EINVAL, translate_ioctl(device, TRANSLATE_PID_LIST_PIDS, &list));
	close(fd);
}

TEST_HARNESS_MAIN
