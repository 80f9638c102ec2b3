// SPDX-License-Identifier: GPL-2.0-only
/* TRANSLATE_PID_THREAD_GROUP: the number of the process that a number belongs to. */
#include <limits.h>

#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(thread_group, NAMING_VARIANTS)

#define THREAD_GROUP(pid, source, target)				\
	variant->interface->thread_group(pid, source, target)

#define ITSELF(pid, source, target)					\
	variant->interface->translate(pid, source, target)

TEST_F(thread_group, of_threads)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(outer, CLONE_NEWPID);
	struct node *process = node_spawn(inner, 0);
	__u64 id = node_ns_id(inner), outer_id = node_ns_id(outer);
	pid_t numbers[PID_NS_LEVELS];

	ASSERT_EQ(3, observe_numbers(process->pid, numbers));
	for (int i = 0; i < 3; i++) {
		pid_t tid = node_thread(process);
		long outside = ITSELF(tid, id, 0);

		ASSERT_NE(process->own, tid);
		ASSERT_LT(0, outside);
		EXPECT_EQ(process->own, THREAD_GROUP(tid, id, id));
		EXPECT_EQ(numbers[1], THREAD_GROUP(tid, id, outer_id));
		EXPECT_EQ(process->pid, THREAD_GROUP(tid, id, 0));
		EXPECT_EQ(process->own, THREAD_GROUP(outside, 0, id));
		EXPECT_EQ(process->pid, THREAD_GROUP(outside, 0, 0));
		/* Without the flag it is the thread's own, as ever. */
		EXPECT_EQ(tid, ITSELF(tid, id, id));
	}
}

TEST_F(thread_group, of_a_process_is_its_own_number)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	__u64 id = node_ns_id(init);

	EXPECT_EQ(1, THREAD_GROUP(1, id, id));
	EXPECT_EQ(init->pid, THREAD_GROUP(1, id, 0));
	EXPECT_EQ(child->own, THREAD_GROUP(child->pid, 0, id));
	EXPECT_EQ(getpid(), THREAD_GROUP(getpid(), 0, 0));
	/* It has no number further in, flag or not. */
	EXPECT_EQ(0, THREAD_GROUP(getpid(), 0, id));
}

TEST_F(thread_group, of_a_zombie)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	__u64 id = node_ns_id(init);

	node_exit(child);
	EXPECT_EQ(child->pid, THREAD_GROUP(child->own, id, 0));
	node_reap(child);
	EXPECT_EQ(-ESRCH, THREAD_GROUP(child->own, id, 0));
}

/* The first thread is a zombie then, and the others are its group's. */
TEST_F(thread_group, whose_leader_has_exited)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *process = node_spawn(init, 0);
	__u64 id = node_ns_id(init);
	pid_t tid;

	node_leave_leader(process);
	tid = node_thread(process);
	EXPECT_EQ(process->own, THREAD_GROUP(tid, id, id));
	EXPECT_EQ(process->pid, THREAD_GROUP(tid, id, 0));
	EXPECT_EQ(process->pid, THREAD_GROUP(process->own, id, 0));
}

/* exec() gives the leader's number to the thread that calls it. */
TEST_F(thread_group, that_executes_in_a_thread)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *process = node_spawn(init, 0);
	__u64 id = node_ns_id(init);

	node_leave_leader(process);
	node_exec(process);
	EXPECT_EQ(process->pid, THREAD_GROUP(process->own, id, 0));
	EXPECT_EQ(process->own, THREAD_GROUP(node_thread(process), id, id));
}

TEST_F(thread_group, of_a_number_that_only_a_session_keeps)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *leader = node_spawn(init, 0), *member;
	__u64 id = node_ns_id(init);

	node_lead_session(leader);
	member = node_spawn(leader, 0);
	node_outlive_parent(member);
	EXPECT_EQ(leader->pid, THREAD_GROUP(leader->own, id, 0));
	node_destroy(leader);

	EXPECT_EQ(leader->pid, ITSELF(leader->own, id, 0));
	EXPECT_EQ(-ESRCH, THREAD_GROUP(leader->own, id, 0));
	EXPECT_EQ(-ESRCH, THREAD_GROUP(leader->pid, 0, id));
	/* The member is in a group of another number, which is none of threads. */
	EXPECT_EQ(member->pid, THREAD_GROUP(member->own, id, 0));
}

TEST_F(thread_group, errors_come_in_the_same_order)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	__u64 id = node_ns_id(init), none = ~0ULL;
	static const pid_t nobody[] = { 0, -1, INT_MIN, INT_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(nobody); i++) {
		EXPECT_EQ(-EINVAL, THREAD_GROUP(nobody[i], none, 0));
		EXPECT_EQ(-EINVAL, THREAD_GROUP(nobody[i], 0, none));
		EXPECT_EQ(-EPERM, thread_group_as(user, variant->interface, nobody[i], id, none));
		EXPECT_EQ(-EPERM, thread_group_as(user, variant->interface, nobody[i], 0, id));
		EXPECT_EQ(-ESRCH, THREAD_GROUP(nobody[i], id, 0));
	}
	EXPECT_EQ(user->pid, thread_group_as(user, variant->interface, user->pid, 0, 0));
}

/* Numbers come and go while they are asked about: an answer, or ESRCH, never 0. */
TEST_F(thread_group, while_threads_live_and_die)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *process = node_spawn(init, 0);
	__u64 id = node_ns_id(init);

	for (int i = 0; i < 50; i++) {
		pid_t tid = node_thread(process);
		long answer;

		EXPECT_EQ(process->own, THREAD_GROUP(tid, id, id));
		node_thread_exit(process, tid);
		/* pthread_join() returns a little before the number is free. */
		answer = THREAD_GROUP(tid, id, id);
		EXPECT_TRUE(answer == process->own || answer == -ESRCH) {
			TH_LOG("answer %ld", answer);
		}
	}
}

TEST_HARNESS_MAIN
