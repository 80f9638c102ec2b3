// SPDX-License-Identifier: GPL-2.0-only
/*
 * The library of the other tests does what they rely on; needs no module.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include "test.h"

FIXTURE(nodes) {
};

FIXTURE_SETUP(nodes)
{
}

FIXTURE_TEARDOWN(nodes)
{
	nodes_destroy();
}

static long own_number(void *data)
{
	(void)data;
	return getpid();
}

static long own_uid(void *data)
{
	(void)data;
	return geteuid();
}

static long open_null(void *data)
{
	(void)data;
	return open("/dev/null", O_RDWR);
}

TEST_F(nodes, numbers_agree_with_nspid)
{
	struct node *chain[3];
	pid_t numbers[PID_NS_LEVELS];
	int levels_here;

	levels_here = observe_numbers(getpid(), numbers);
	ASSERT_LE(1, levels_here);
	node_spawn_chain(NULL, chain, 3);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(levels_here + i + 1,
			  observe_numbers(chain[i]->pid, numbers));
		EXPECT_EQ(1, chain[i]->own);
		EXPECT_EQ(1, numbers[levels_here + i]);
		EXPECT_EQ(chain[i]->in_parent, numbers[levels_here + i - 1]);
		EXPECT_EQ(1, node_call(chain[i], own_number, NULL, 0));
	}
}

TEST_F(nodes, zombie_until_reaped)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	pid_t numbers[PID_NS_LEVELS];

	EXPECT_EQ(2, child->own);
	node_exit(child);
	EXPECT_LT(0, observe_numbers(child->pid, numbers));
	node_reap(child);
	EXPECT_EQ(-ENOENT, observe_numbers(child->pid, numbers));
}

TEST_F(nodes, numbers_of_choice)
{
	static const pid_t wanted = 4242;
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child;
	int error = 0;

	child = node_try_spawn(init, 0, &wanted, 1, &error);
	ASSERT_NE(NULL, child);
	EXPECT_EQ(4242, child->own);
	EXPECT_EQ(NULL, node_try_spawn(init, 0, &wanted, 1, &error));
	EXPECT_EQ(-EEXIST, error);
}

TEST_F(nodes, threads_and_leaderless)
{
	struct node *node = node_spawn(NULL, CLONE_NEWPID);
	pid_t tid = node_thread(node);

	EXPECT_EQ(2, tid);
	node_thread_exit(node, tid);
	node_leave_leader(node);
	EXPECT_EQ(1, node_call(node, own_number, NULL, 0));
	node_exec(node);
	EXPECT_EQ(1, node_call(node, own_number, NULL, 0));
	EXPECT_EQ(1, node_spawn(node, CLONE_NEWPID)->own);
}

TEST_F(nodes, descriptors_travel)
{
	struct node *node = node_spawn(NULL, CLONE_NEWPID | CLONE_NEWUSER);
	int fd = node_take_fd(node, node_call(node, open_null, NULL, 0));

	EXPECT_EQ(3, write(fd, "abc", 3));
	EXPECT_LT(2, node_give_fd(node, fd));
}

TEST_F(nodes, users_and_capabilities)
{
	struct node *user = node_spawn(NULL, 0);
	struct node *root;

	node_become_user(user, 1000, 0);
	EXPECT_EQ(1000, node_call(user, own_uid, NULL, 0));
	root = node_spawn(user, CLONE_NEWPID | CLONE_NEWUSER);
	EXPECT_EQ(0, node_call(root, own_uid, NULL, 0));
	EXPECT_EQ(1, root->own);
}

TEST_F(nodes, nothing_survives_the_test_process)
{
	int report[2];
	pid_t pid, survivor;
	pid_t numbers[PID_NS_LEVELS];

	ASSERT_EQ(0, pipe(report));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct node *init = node_spawn(NULL, CLONE_NEWPID);

		survivor = node_spawn(init, 0)->pid;
		if (write(report[1], &survivor, sizeof(survivor)) < 0)
			_exit(2);
		abort();
	}
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	ASSERT_EQ(sizeof(survivor), read(report[0], &survivor, sizeof(survivor)));
	for (__u64 end = observe_clock_ms() + PATIENCE_MS;
	     observe_numbers(survivor, numbers) > 0;)
		ASSERT_LT(observe_clock_ms(), end);
}

TEST_HARNESS_MAIN
