// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may ask for the init of a namespace: as in the 2020 patch those with
 * CAP_SYS_ADMIN over it, and besides those who may access it.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <linux/capability.h>

#include "ns_question.h"
#include "test.h"

#define USER		1000
#define OTHER_USER	1001
#define CAPABILITY(c)	(1ULL << (c))

TREE_FIXTURE_WITH(init_access, NAMING_VARIANTS)

/* By id and by descriptor, of the namespace of @of. */
static void check(struct __test_metadata *_metadata,
		  const struct translate_interface *interface, struct node *caller,
		  struct node *of, long expected, const char *who)
{
	struct ns_names names = ns_names_of(of);
	int fd = node_give_fd(caller, names.values[TRANSLATE_PID_BY_NSFD]);

	EXPECT_EQ(expected, init_pid_as(caller, interface, TRANSLATE_PID_BY_ID,
					names.values[TRANSLATE_PID_BY_ID])) {
		TH_LOG("%s: by id", who);
	}
	EXPECT_EQ(expected, init_pid_as(caller, interface, TRANSLATE_PID_BY_NSFD,
					fd)) {
		TH_LOG("%s: by descriptor", who);
	}
	EXPECT_EQ(expected, init_pid_as(caller, interface, TRANSLATE_PID_BY_NS_ID,
					names.values[TRANSLATE_PID_BY_NS_ID])) {
		TH_LOG("%s: by the kernel's id", who);
	}
	EXPECT_EQ(expected, init_pid_as(caller, interface, TRANSLATE_PID_BY_PID,
					of->pid)) {
		TH_LOG("%s: by pid", who);
	}
	ns_names_close(&names);
}

TEST_F(init_access, users)
{
	struct node *init = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *of_root = node_spawn(NULL, CLONE_NEWPID);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	const struct translate_interface *interface = variant->interface;

	check(_metadata, interface, same, init, init->pid, "same user");
	check(_metadata, interface, other, init, -EPERM, "other user");
	check(_metadata, interface, same, of_root, -EPERM, "of root");
	node_set_dumpable(init, false);
	check(_metadata, interface, same, init, -EPERM, "not dumpable");
	node_set_dumpable(init, true);
	check(_metadata, interface, same, init, init->pid, "dumpable again");
}

/* Either capability is enough; of them only one opens the namespace itself. */
TEST_F(init_access, capabilities)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *admin = node_spawn_user(NULL, 0, USER,
					     CAPABILITY(CAP_SYS_ADMIN));
	struct node *tracer = node_spawn_user(NULL, 0, USER,
					      CAPABILITY(CAP_SYS_PTRACE));
	struct node *others = node_spawn_user(NULL, 0, USER,
					      (CAPABILITY(CAP_LAST_CAP + 1) - 1) &
					      ~CAPABILITY(CAP_SYS_ADMIN) &
					      ~CAPABILITY(CAP_SYS_PTRACE));
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(init);

	check(_metadata, interface, admin, init, init->pid, "CAP_SYS_ADMIN");
	check(_metadata, interface, tracer, init, init->pid, "CAP_SYS_PTRACE");
	check(_metadata, interface, others, init, -EPERM, "all others");
	EXPECT_EQ(-EPERM, translate_as(admin, interface, 1, id, 0));
	EXPECT_EQ(init->pid, translate_as(tracer, interface, 1, id, 0));
	node_become_user(admin, USER, 0);
	check(_metadata, interface, admin, init, -EPERM, "given up");
}

/* The capability counts in the user namespace that owns the namespace. */
TEST_F(init_access, user_namespaces)
{
	struct node *owner = node_spawn_user(NULL, 0, USER, 0);
	struct node *init = node_spawn(owner, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *nested = node_spawn(init, CLONE_NEWPID);
	struct node *outside = node_spawn(NULL, CLONE_NEWPID);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	struct node *elsewhere = node_spawn(other, CLONE_NEWUSER);
	const struct translate_interface *interface = variant->interface;

	node_exec(init);
	node_set_dumpable(init, false);
	node_exec(nested);
	node_set_dumpable(nested, false);
	check(_metadata, interface, owner, init, init->pid, "owner");
	check(_metadata, interface, owner, nested, nested->pid,
	      "owner, of the nested one");
	check(_metadata, interface, other, init, -EPERM, "other user");
	check(_metadata, interface, elsewhere, init, -EPERM,
	      "all capabilities elsewhere");
	/* All capabilities inside are none outside; nobody is visible either. */
	EXPECT_EQ(-EPERM, init_pid_as(init, interface, TRANSLATE_PID_BY_ID,
				      node_ns_id(outside)));
	EXPECT_EQ(-EPERM, init_pid_as(init, interface, TRANSLATE_PID_BY_ID, 0));
	EXPECT_EQ(nested->in_parent,
		  init_pid_as(init, interface, TRANSLATE_PID_BY_ID,
			      node_ns_id(nested)));
}

/* A process may know its own namespace, whoever its init is. */
TEST_F(init_access, own_namespace)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(init, 0, USER, 0);
	struct node *child = node_spawn(init, CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;

	node_set_dumpable(init, false);
	EXPECT_EQ(1, init_pid_as(user, interface, TRANSLATE_PID_BY_SELF, 0));
	EXPECT_EQ(1, init_pid_as(user, interface, TRANSLATE_PID_BY_ID,
				 node_ns_id(init)));
	EXPECT_EQ(-EPERM, init_pid_as(user, interface, TRANSLATE_PID_BY_ID, 0));
	EXPECT_EQ(-EPERM, init_pid_as(user, interface, TRANSLATE_PID_BY_ID,
				      node_ns_id(child)));
}

/* EPERM comes before ESRCH: whether there is an init is a secret, too. */
TEST_F(init_access, without_an_init)
{
	struct node *maker = node_spawn(NULL, 0);
	struct node *admin = node_spawn_user(NULL, 0, USER,
					     CAPABILITY(CAP_SYS_ADMIN));
	struct node *tracer = node_spawn_user(NULL, 0, USER,
					      CAPABILITY(CAP_SYS_PTRACE));
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	const struct translate_interface *interface = variant->interface;
	__u64 id;
	int nsfd;

	node_unshare(maker, CLONE_NEWPID);
	nsfd = observe_open_ns(maker->pid, "pid_for_children");
	ASSERT_LE(0, nsfd);
	ASSERT_EQ(0, get_id_as(NULL, interface, TRANSLATE_PID_BY_NSFD, nsfd, &id,
			       NULL));
	EXPECT_EQ(-EPERM, init_pid_as(user, interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(-EPERM, init_pid_as(user, interface, TRANSLATE_PID_BY_NSFD,
				      node_give_fd(user, nsfd)));
	EXPECT_EQ(-ESRCH, init_pid_as(admin, interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(-ESRCH, init_pid_as(tracer, interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
	close(nsfd);
}

/* The credentials of an init last as long as it does. */
TEST_F(init_access, zombie_and_reaped)
{
	struct node *init = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	const struct translate_interface *interface = variant->interface;
	int nsfd = observe_open_ns(init->pid, "pid");
	int of_same, of_other;

	ASSERT_LE(0, nsfd);
	of_same = node_give_fd(same, nsfd);
	of_other = node_give_fd(other, nsfd);
	node_kill(init);
	EXPECT_EQ(init->pid, init_pid_as(same, interface, TRANSLATE_PID_BY_NSFD,
					 of_same));
	EXPECT_EQ(-EPERM, init_pid_as(other, interface, TRANSLATE_PID_BY_NSFD,
				      of_other));
	node_reap(init);
	EXPECT_EQ(-EPERM, init_pid_as(same, interface, TRANSLATE_PID_BY_NSFD,
				      of_same));
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_NSFD,
				      nsfd));
	close(nsfd);
}

TEST_HARNESS_MAIN
