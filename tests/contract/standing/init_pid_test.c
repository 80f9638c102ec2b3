// SPDX-License-Identifier: GPL-2.0-only
/*
 * The init process of a pid namespace, as the caller sees it.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */

#include "ns_question.h"
#include "test.h"

TREE_FIXTURE_WITH(init_pid, NAMING_VARIANTS)

TEST_F(init_pid, by_everything_that_names_it)
{
	struct node *chain[3];
	struct ns_names names;

	node_spawn_chain(NULL, chain, 3);
	for (int i = 0; i < 3; i++) {
		names = ns_names_of(chain[i]);
		for (int by = TRANSLATE_PID_BY_PID; by < NS_NAMES; by++) {
			EXPECT_EQ(chain[i]->pid,
				  init_pid_as(NULL, variant->interface, by,
					      names.values[by])) {
				TH_LOG("level %d, by %d", i, by);
			}
		}
		ns_names_close(&names);
	}
}

/* Any process of the namespace names it, a thread's id too. */
TEST_F(init_pid, by_other_processes)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	long tid = variant->interface->translate(node_thread(child),
						 node_ns_id(init), 0);
	int pidfd = observe_pidfd(child->pid, 0);

	ASSERT_LT(0, tid);
	EXPECT_EQ(init->pid, init_pid_as(NULL, variant->interface,
					 TRANSLATE_PID_BY_PID, child->pid));
	EXPECT_EQ(init->pid, init_pid_as(NULL, variant->interface,
					 TRANSLATE_PID_BY_PID, tid));
	EXPECT_EQ(init->pid, init_pid_as(NULL, variant->interface,
					 TRANSLATE_PID_BY_PIDFD, pidfd));
	close(pidfd);
}

TEST_F(init_pid, of_the_own_namespace)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	struct node *user = node_spawn(init, 0);
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(init);

	node_become_user(user, 1000, 0);
	for (struct node *caller = NULL;; caller = caller ? user : child) {
		EXPECT_EQ(1, init_pid_as(caller, interface, TRANSLATE_PID_BY_SELF,
					 0));
		EXPECT_EQ(1, init_pid_as(caller, interface, TRANSLATE_PID_BY_PID,
					 1));
		EXPECT_EQ(1, init_pid_as(caller, interface, TRANSLATE_PID_BY_ID,
					 caller ? id : 0));
		if (caller == user)
			break;
	}
	EXPECT_EQ(1, init_pid_as(init, interface, TRANSLATE_PID_BY_SELF, 0));
}

/* Each caller gets the number that its own namespace has for the init. */
TEST_F(init_pid, as_outer_callers_see_it)
{
	struct node *chain[4];
	pid_t numbers[PID_NS_LEVELS];

	node_spawn_chain(NULL, chain, 4);
	ASSERT_EQ(5, observe_numbers(chain[3]->pid, numbers));
	EXPECT_EQ(numbers[0], init_pid_as(NULL, variant->interface,
					  TRANSLATE_PID_BY_ID,
					  node_ns_id(chain[3])));
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(numbers[i + 1], init_pid_as(chain[i], variant->interface,
						      TRANSLATE_PID_BY_ID,
						      node_ns_id(chain[3]))) {
			TH_LOG("level %d", i);
		}
	}
}

/* Root may ask about namespaces whose processes have no number in its own. */
TEST_F(init_pid, invisible)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, CLONE_NEWPID);
	struct node *sibling = node_spawn(NULL, CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;
	int nsfd = observe_open_ns(init->pid, "pid");

	ASSERT_LE(0, nsfd);
	EXPECT_EQ(0, init_pid_as(child, interface, TRANSLATE_PID_BY_ID,
				 node_ns_id(init)));
	EXPECT_EQ(0, init_pid_as(child, interface, TRANSLATE_PID_BY_ID, 0));
	EXPECT_EQ(0, init_pid_as(sibling, interface, TRANSLATE_PID_BY_ID,
				 node_ns_id(init)));
	EXPECT_EQ(0, init_pid_as(sibling, interface, TRANSLATE_PID_BY_NSFD,
				 node_give_fd(sibling, nsfd)));
	close(nsfd);
}

TEST_F(init_pid, none_born_yet)
{
	struct node *maker = node_spawn(NULL, 0), *init;
	const struct translate_interface *interface = variant->interface;
	__u64 id = 0;
	int nsfd;

	node_unshare(maker, CLONE_NEWPID);
	nsfd = observe_open_ns(maker->pid, "pid_for_children");
	ASSERT_LE(0, nsfd);
	ASSERT_EQ(0, get_id_as(NULL, interface, TRANSLATE_PID_BY_NSFD, nsfd, &id,
			       NULL));
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_NSFD,
				      nsfd));
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
	init = node_spawn(maker, 0);
	EXPECT_EQ(init->pid, init_pid_as(NULL, interface, TRANSLATE_PID_BY_NSFD,
					 nsfd));
	EXPECT_EQ(init->pid, init_pid_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
	close(nsfd);
}

TEST_F(init_pid, zombie_until_it_is_reaped)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	const struct translate_interface *interface = variant->interface;
	struct ns_names names = ns_names_of(init);
	int nsfd = names.values[TRANSLATE_PID_BY_NSFD];
	__u64 id = names.values[TRANSLATE_PID_BY_ID];

	node_kill(init);
	for (int by = TRANSLATE_PID_BY_PID; by < NS_NAMES; by++) {
		EXPECT_EQ(init->pid, init_pid_as(NULL, interface, by,
						 names.values[by])) {
			TH_LOG("zombie, by %d", by);
		}
	}
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_PID,
				      child->pid));
	node_reap(init);
	/* The descriptor keeps the namespace, and its name. */
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_NSFD,
				      nsfd));
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_NS_ID,
				      names.values[TRANSLATE_PID_BY_NS_ID]));
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_PIDFD,
				      names.values[TRANSLATE_PID_BY_PIDFD]));
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_PID,
				      init->pid));
	ns_names_close(&names);
	EXPECT_TRUE(id_dies(id));
	EXPECT_EQ(-EINVAL, init_pid_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
}

/* The 2020 text's second case: the thread group stays, and so does pid 1. */
TEST_F(init_pid, threads_of_the_init)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(init);
	pid_t numbers[PID_NS_LEVELS], tid = node_thread(init);

	EXPECT_EQ(init->pid, init_pid_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
	node_leave_leader(init);
	EXPECT_EQ(init->pid, init_pid_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(1, init_pid_as(init, interface, TRANSLATE_PID_BY_SELF, 0));

	/* A thread that is not the leader executes, and becomes pid 1. */
	node_exec(init);
	EXPECT_EQ(init->pid, init_pid_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(1, init_pid_as(init, interface, TRANSLATE_PID_BY_SELF, 0));
	ASSERT_EQ(2, observe_numbers(init->pid, numbers));
	EXPECT_EQ(1, numbers[1]);
	/* exec() may return a little before the kernel frees the thread's number. */
	EXPECT_TRUE(number_dies(interface, tid, id));
}

TEST_F(init_pid, init_executes)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	node_exec(init);
	EXPECT_EQ(init->pid, init_pid_as(NULL, variant->interface,
					 TRANSLATE_PID_BY_ID, id));
}

/* Who joined from outside is not the init, and is told of it alike. */
TEST_F(init_pid, joined_process_asks)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *joiner = node_spawn(NULL, 0), *child;
	int nsfd = observe_open_ns(init->pid, "pid");

	ASSERT_LE(0, nsfd);
	node_join_pidns(joiner, nsfd);
	/* Its children are inside, it is not. */
	EXPECT_EQ(1, init_pid_as(joiner, variant->interface,
				 TRANSLATE_PID_BY_SELF, 0));
	EXPECT_EQ(init->pid, init_pid_as(joiner, variant->interface,
					 TRANSLATE_PID_BY_ID,
					 node_ns_id(init)));
	child = node_spawn(joiner, 0);
	EXPECT_EQ(1, init_pid_as(child, variant->interface, TRANSLATE_PID_BY_ID,
				 node_ns_id(init)));
	EXPECT_EQ(0, init_pid_as(child, variant->interface, TRANSLATE_PID_BY_ID,
				 0));
	close(nsfd);
}

TEST_HARNESS_MAIN
