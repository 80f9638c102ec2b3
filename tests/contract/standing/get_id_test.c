// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_GET_ID: all ways to name a namespace. ns_request_test.c has what
 * names none.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include "test.h"

TREE_FIXTURE_WITH(get_id, NAMING_VARIANTS)

/* Asks as the test process and expects nothing to be written on an error. */
static long ask(const struct translate_interface *interface, __u32 by, __u64 value)
{
	__u64 id = 4711, ns_id = 4712;
	long error = interface->get_id(by, value, &id, &ns_id);

	if (error && (id != 4711 || ns_id != 4712))
		observe_die("an error came with a result");
	return error;
}

TEST_F(get_id, every_way_agrees)
{
	struct node *chain[4], *asker;
	const struct translate_interface *interface = variant->interface;

	node_spawn_chain(NULL, chain, 4);
	asker = node_spawn(NULL, 0);
	for (int i = 0; i < 4; i++) {
		struct node *in = node_spawn(chain[i], 0);
		int nsfd = observe_open_ns(chain[i]->pid, "pid");
		int pidfd = observe_pidfd(in->pid, 0);
		__u64 id = 0, ns_id = 0, kernel_id = observe_ns_id(nsfd);
		struct {
			struct node *caller;
			__u32 by;
			__u64 value;
		} ways[] = {
			{ in, TRANSLATE_PID_BY_SELF, 0 },
			{ chain[i], TRANSLATE_PID_BY_SELF, 0 },
			{ NULL, TRANSLATE_PID_BY_PID, in->pid },
			{ NULL, TRANSLATE_PID_BY_PID, chain[i]->pid },
			{ in, TRANSLATE_PID_BY_PID, 1 },
			{ in, TRANSLATE_PID_BY_PID, in->own },
			{ NULL, TRANSLATE_PID_BY_PIDFD, pidfd },
			{ in, TRANSLATE_PID_BY_PIDFD, node_give_fd(in, pidfd) },
			{ NULL, TRANSLATE_PID_BY_NSFD, nsfd },
			{ in, TRANSLATE_PID_BY_NSFD, node_give_fd(in, nsfd) },
			{ NULL, TRANSLATE_PID_BY_NS_ID, kernel_id },
			{ in, TRANSLATE_PID_BY_NS_ID, kernel_id },
			{ asker, TRANSLATE_PID_BY_NS_ID, kernel_id },
		};

		ASSERT_NE(0, kernel_id);
		ASSERT_EQ(0, interface->get_id(TRANSLATE_PID_BY_NSFD, nsfd, &id,
					       &ns_id));
		EXPECT_NE(0, id);
		EXPECT_NE(kernel_id, id);
		EXPECT_EQ(kernel_id, ns_id);
		for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
			__u64 found = 0, found_ns_id = 0;

			EXPECT_EQ(0, get_id_as(ways[w].caller, interface,
					       ways[w].by, ways[w].value,
					       &found, &found_ns_id));
			EXPECT_EQ(id, found) {
				TH_LOG("way %zu, level %d", w, i + 1);
			}
			EXPECT_EQ(kernel_id, found_ns_id);
		}
		ASSERT_EQ(0, get_id_as(asker, interface, TRANSLATE_PID_BY_ID, id,
				       NULL, &ns_id));
		EXPECT_EQ(kernel_id, ns_id);
		close(nsfd);
		close(pidfd);
	}
}

TEST_F(get_id, initial_namespace)
{
	int nsfd = observe_open_ns(1, "pid"), pidfd = observe_pidfd(1, 0);
	struct {
		__u32 by;
		__u64 value;
	} ways[] = {
		{ TRANSLATE_PID_BY_SELF, 0 },
		{ TRANSLATE_PID_BY_PID, 1 },
		{ TRANSLATE_PID_BY_PID, 2 },
		{ TRANSLATE_PID_BY_PIDFD, pidfd },
		{ TRANSLATE_PID_BY_NSFD, nsfd },
		{ TRANSLATE_PID_BY_NS_ID, observe_ns_id(nsfd) },
		{ TRANSLATE_PID_BY_ID, TRANSLATE_PID_INIT_NS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		__u64 id = 4711, ns_id = 4711;

		EXPECT_EQ(0, variant->interface->get_id(ways[i].by, ways[i].value,
							&id, &ns_id));
		EXPECT_EQ(0, id);
		EXPECT_EQ(observe_ns_id(nsfd), ns_id);
	}
	close(nsfd);
	close(pidfd);
}

TEST_F(get_id, threads)
{
	struct node *node = node_spawn(NULL, CLONE_NEWPID);
	pid_t tid = node_thread(node), outer;
	__u64 id = node_ns_id(node), found = 0;
	int fd;

	outer = variant->interface->translate(tid, id, 0);
	ASSERT_LT(0, outer);
	EXPECT_EQ(0, variant->interface->get_id(TRANSLATE_PID_BY_PID, outer, &found,
						NULL));
	EXPECT_EQ(id, found);
	fd = observe_pidfd(outer, PIDFD_THREAD);
	found = 0;
	EXPECT_EQ(0, variant->interface->get_id(TRANSLATE_PID_BY_PIDFD, fd, &found,
						NULL));
	EXPECT_EQ(id, found);
	close(fd);
}

TEST_F(get_id, namespace_for_children)
{
	int fd = observe_open_ns(0, "pid_for_children");
	__u64 id = 4711;

	EXPECT_EQ(0, variant->interface->get_id(TRANSLATE_PID_BY_NSFD, fd, &id,
						NULL));
	EXPECT_EQ(0, id);
	close(fd);
}

TEST_F(get_id, zombie_and_reaped)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	int fd = observe_pidfd(child->pid, 0);
	__u64 id = node_ns_id(init), found = 0;

	node_exit(child);
	EXPECT_EQ(0, variant->interface->get_id(TRANSLATE_PID_BY_PID, child->pid,
						&found, NULL));
	EXPECT_EQ(id, found);
	found = 0;
	EXPECT_EQ(0, variant->interface->get_id(TRANSLATE_PID_BY_PIDFD, fd, &found,
						NULL));
	EXPECT_EQ(id, found);
	node_reap(child);
	EXPECT_EQ(-ESRCH, ask(variant->interface, TRANSLATE_PID_BY_PID, child->pid));
	EXPECT_EQ(-ESRCH, ask(variant->interface, TRANSLATE_PID_BY_PIDFD, fd));
	close(fd);
}

/* A reaped leader's number stays that of its session, but of no process. */
TEST_F(get_id, leader_of_a_session_reaped)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *leader = node_spawn(init, 0), *member;
	int fd = observe_pidfd(leader->pid, 0);
	__u64 id = node_ns_id(init);

	node_lead_session(leader);
	member = node_spawn(leader, 0);
	node_outlive_parent(member);
	node_destroy(leader);
	EXPECT_EQ(-ESRCH, ask(variant->interface, TRANSLATE_PID_BY_PID,
			      leader->pid));
	EXPECT_EQ(-ESRCH, ask(variant->interface, TRANSLATE_PID_BY_PIDFD, fd));
	/* It is a number all the same. */
	EXPECT_EQ(leader->own,
		  variant->interface->translate(leader->pid, TRANSLATE_PID_INIT_NS,
						id));
	close(fd);
}

/* A pidfd keeps neither the process nor its namespace. */
TEST_F(get_id, pidfd_of_a_dead_namespace)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int fd = observe_pidfd(init->pid, 0);

	node_destroy(init);
	EXPECT_EQ(-ESRCH, ask(variant->interface, TRANSLATE_PID_BY_PIDFD, fd));
	close(fd);
}

TEST_F(get_id, dead_ids)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int nsfd = observe_open_ns(init->pid, "pid");
	__u64 id = node_ns_id(init), ns_id = observe_ns_id(nsfd);

	close(nsfd);
	EXPECT_EQ(0, ask(variant->interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(0, ask(variant->interface, TRANSLATE_PID_BY_NS_ID, ns_id));
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
	EXPECT_EQ(-EINVAL, ask(variant->interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(-ESRCH, ask(variant->interface, TRANSLATE_PID_BY_NS_ID, ns_id));
}

TEST_HARNESS_MAIN
