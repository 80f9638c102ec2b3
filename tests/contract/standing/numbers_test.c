// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has a number: processes, threads, zombies, process groups and sessions;
 * and what has none any more.
 */
#include <dirent.h>

#include "test.h"

TREE_FIXTURE(numbers)

/* The thread's number in the test process's namespace, from /proc. */
static pid_t outer_tid(struct node *node, pid_t inner)
{
	char path[64];
	pid_t numbers[PID_NS_LEVELS], found = 0;
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", node->pid);
	tasks = opendir(path);
	if (!tasks)
		observe_die("%s cannot be read", path);
	while (!found && (entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);
		int levels = tid ? observe_numbers(tid, numbers) : 0;

		if (levels > 0 && numbers[levels - 1] == inner)
			found = tid;
	}
	closedir(tasks);
	return found;
}

TEST_F(numbers, threads)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(init, CLONE_NEWPID);
	__u64 init_id = node_ns_id(init), id = node_ns_id(inner);
	pid_t numbers[PID_NS_LEVELS], tids[4];

	for (int i = 0; i < 4; i++) {
		pid_t outer;

		tids[i] = node_thread(inner);
		outer = outer_tid(inner, tids[i]);
		ASSERT_LT(0, outer);
		ASSERT_EQ(3, observe_numbers(outer, numbers));
		EXPECT_EQ(outer, variant->interface->translate(tids[i], id, 0));
		EXPECT_EQ(numbers[1],
			  variant->interface->translate(tids[i], id, init_id));
		EXPECT_EQ(tids[i], variant->interface->translate(outer, 0, id));
		EXPECT_EQ(tids[i],
			  variant->interface->translate(numbers[1], init_id, id));
	}
	/* pthread_join() returns a little before the kernel frees the number. */
	node_thread_exit(inner, tids[1]);
	EXPECT_TRUE(number_dies(variant->interface, tids[1], id));
	EXPECT_EQ(tids[2], variant->interface->translate(tids[2], id, id));
}

TEST_F(numbers, zombies_until_they_are_reaped)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	__u64 id = node_ns_id(init);

	node_exit(child);
	EXPECT_EQ(child->pid, variant->interface->translate(child->own, id, 0));
	EXPECT_EQ(child->own, variant->interface->translate(child->pid, 0, id));
	node_reap(child);
	EXPECT_EQ(-ESRCH, variant->interface->translate(child->own, id, 0));
	EXPECT_EQ(-ESRCH, variant->interface->translate(child->pid, 0, id));
}

static long start_group(void *data)
{
	(void)data;
	return setpgid(0, 0) ? -errno : 0;
}

static void lead_group(struct node *node)
{
	if (node_call(node, start_group, NULL, 0))
		observe_die("process %d cannot lead a group", node->pid);
}

static long own_group(void *data)
{
	(void)data;
	return getpgid(0);
}

static long own_session(void *data)
{
	(void)data;
	return getsid(0);
}

/* A leader that starts a group or session, and its child that stays in it. */
static struct node *make_leader(struct node *init, void (*lead)(struct node *),
				struct node **member)
{
	struct node *leader = node_spawn(init, 0);

	lead(leader);
	*member = node_spawn(leader, 0);
	node_outlive_parent(*member);
	return leader;
}

/* The init inherits its orphans. */
static void inherit(struct node *init, struct node *orphan)
{
	orphan->parent = init;
	orphan->in_parent = orphan->own;
}

static void check_leader(struct __test_metadata *_metadata,
			 const struct translate_interface *interface,
			 void (*lead)(struct node *),
			 node_function leader_of_self)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *member;
	struct node *leader = make_leader(init, lead, &member);
	pid_t numbers[PID_NS_LEVELS];
	__u64 id = node_ns_id(init);

	EXPECT_EQ(leader->own, node_call(member, leader_of_self, NULL, 0));
	node_destroy(leader);
	inherit(init, member);

	/* No task has the number any more, but it is taken and is shown. */
	EXPECT_EQ(-ENOENT, observe_numbers(leader->pid, numbers));
	EXPECT_EQ(leader->own, node_call(member, leader_of_self, NULL, 0));
	EXPECT_EQ(leader->pid, interface->translate(leader->own, id, 0));
	EXPECT_EQ(leader->own, interface->translate(leader->pid, 0, id));

	node_destroy(member);
	EXPECT_EQ(-ESRCH, interface->translate(leader->own, id, 0));
	EXPECT_EQ(-ESRCH, interface->translate(leader->pid, 0, id));
}

TEST_F(numbers, group_of_a_reaped_leader)
{
	check_leader(_metadata, variant->interface, lead_group, own_group);
}

TEST_F(numbers, session_of_a_reaped_leader)
{
	check_leader(_metadata, variant->interface, node_lead_session,
		     own_session);
}

TEST_F(numbers, reuse)
{
	static const pid_t wanted = 777;
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	pid_t before = 0;
	int error = 0;

	for (int i = 0; i < 5; i++) {
		struct node *child = node_try_spawn(init, 0, &wanted, 1, &error);

		ASSERT_NE(NULL, child);
		EXPECT_NE(before, child->pid);
		EXPECT_EQ(child->pid, variant->interface->translate(wanted, id, 0));
		EXPECT_EQ(wanted, variant->interface->translate(child->pid, 0, id));
		before = child->pid;
		node_destroy(child);
		EXPECT_EQ(-ESRCH, variant->interface->translate(wanted, id, 0));
		EXPECT_EQ(-ESRCH, variant->interface->translate(before, 0, id));
	}
}

/* The same number in two namespaces is two processes. */
TEST_F(numbers, equal_numbers_of_different_processes)
{
	static const pid_t both[] = { 500, 600 };
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(init, CLONE_NEWPID);
	__u64 init_id = node_ns_id(init), id = node_ns_id(inner);
	struct node *first, *second;
	int error = 0;

	/* 500 inside and 600 outside; then 600 inside and 500 outside. */
	first = node_try_spawn(inner, 0, both, 2, &error);
	ASSERT_NE(NULL, first);
	second = node_try_spawn(inner, 0, (pid_t[]){ 600, 500 }, 2, &error);
	ASSERT_NE(NULL, second);
	EXPECT_EQ(600, variant->interface->translate(500, id, init_id));
	EXPECT_EQ(500, variant->interface->translate(600, id, init_id));
	EXPECT_EQ(600, variant->interface->translate(500, init_id, id));
	EXPECT_EQ(500, variant->interface->translate(600, init_id, id));
	EXPECT_EQ(first->pid, variant->interface->translate(500, id, 0));
	EXPECT_EQ(second->pid, variant->interface->translate(500, init_id, 0));
}

/* setns() moves the children, not the caller. */
TEST_F(numbers, children_after_setns)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *visitor = node_spawn(NULL, 0), *child;
	__u64 id = node_ns_id(init);
	pid_t numbers[PID_NS_LEVELS];
	int fd = observe_open_ns(init->pid, "pid");

	ASSERT_LE(0, fd);
	node_join_pidns(visitor, fd);
	close(fd);
	child = node_spawn(visitor, 0);

	ASSERT_EQ(2, observe_numbers(child->pid, numbers));
	EXPECT_EQ(numbers[1], variant->interface->translate(child->pid, 0, id));
	EXPECT_EQ(child->pid, variant->interface->translate(numbers[1], id, 0));
	EXPECT_EQ(0, variant->interface->translate(visitor->pid, 0, id));
	EXPECT_EQ(id, node_ns_id(child));
	EXPECT_EQ(node_ns_id(NULL), node_ns_id(visitor));
	node_destroy(child);
	node_destroy(visitor);
}

TEST_HARNESS_MAIN
