// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces without an init process, and inits that are not ordinary. */
#include "test.h"

#define USER	1000

TREE_FIXTURE(no_init)

static __u64 id_of_fd(int fd)
{
	__u64 id = 0;
	long error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, fd, &id,
					       NULL);

	if (error)
		observe_die("no id of a namespace descriptor: error %ld",
			    -error);
	return id;
}

static void check_without_init(struct __test_metadata *_metadata,
			       const struct translate_interface *interface, __u64 id)
{
	EXPECT_EQ(-ESRCH, interface->translate(1, id, 0));
	EXPECT_EQ(-ESRCH, interface->translate(2, id, 0));
	EXPECT_EQ(-ESRCH, interface->translate(1, id, id));
	EXPECT_EQ(0, interface->translate(1, 0, id));
	EXPECT_EQ(0, interface->translate(getpid(), 0, id));
	EXPECT_EQ(-ESRCH, interface->translate(0, 0, id));
}

TEST_F(no_init, not_born_yet)
{
	struct node *maker = node_spawn(NULL, 0), *init;
	struct node *user = node_spawn(NULL, 0);
	__u64 id;
	int fd;

	node_become_user(user, USER, 0);
	node_unshare(maker, CLONE_NEWPID);
	fd = observe_open_ns(maker->pid, "pid_for_children");
	ASSERT_LE(0, fd);
	id = id_of_fd(fd);
	EXPECT_NE(0, id);
	check_without_init(_metadata, variant->interface, id);
	EXPECT_EQ(-EPERM, translate_as(user, variant->interface, 1, id, 0));
	EXPECT_EQ(-EPERM, translate_as(user, variant->interface, 1, 0, id));

	/* The first child becomes the init; the name stays. */
	init = node_spawn(maker, 0);
	EXPECT_EQ(1, init->own);
	EXPECT_EQ(id, node_ns_id(init));
	EXPECT_EQ(id, id_of_fd(fd));
	EXPECT_EQ(init->pid, variant->interface->translate(1, id, 0));
	close(fd);
}

/* CAP_SYS_PTRACE in the owning user namespace is what counts. */
TEST_F(no_init, not_born_in_a_user_namespace)
{
	struct node *maker = node_spawn(NULL, 0);
	struct node *same_user = node_spawn(NULL, 0);
	struct node *stranger = node_spawn(NULL, 0);
	const struct translate_interface *interface = variant->interface;
	__u64 id;
	int fd;

	node_become_user(maker, USER, 0);
	node_become_user(same_user, USER, 0);
	node_become_user(stranger, USER + 1, 0);
	node_unshare(maker, CLONE_NEWUSER | CLONE_NEWPID);
	fd = observe_open_ns(maker->pid, "pid_for_children");
	ASSERT_LE(0, fd);
	id = id_of_fd(fd);
	/* Has all capabilities there: it is in that user namespace. */
	EXPECT_EQ(0, translate_as(maker, interface, 1, 0, id));
	EXPECT_EQ(-ESRCH, translate_as(maker, interface, 1, id, 0));
	/* Owns the user namespace from outside. */
	EXPECT_EQ(0, translate_as(same_user, interface, 1, 0, id));
	EXPECT_EQ(-EPERM, translate_as(stranger, interface, 1, 0, id));
	EXPECT_EQ(-EPERM, translate_as(stranger, interface, 1, id, 0));
	close(fd);
}

TEST_F(no_init, pinned_after_the_end)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn(NULL, 0);
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(init);
	int fd = observe_open_ns(init->pid, "pid");

	ASSERT_LE(0, fd);
	node_become_user(init, USER, 0);
	node_become_user(user, USER, 0);
	EXPECT_EQ(init->pid, translate_as(user, interface, 1, id, 0));
	node_destroy(init);

	EXPECT_EQ(id, id_of_fd(fd));
	check_without_init(_metadata, interface, id);
	/* Nobody's credentials are left that could be the user's own. */
	EXPECT_EQ(-EPERM, translate_as(user, interface, 1, id, 0));
	EXPECT_EQ(-EPERM, translate_as(user, interface, 1, 0, id));

	close(fd);
	EXPECT_TRUE(id_dies(id));
	EXPECT_EQ(-EINVAL, interface->translate(1, id, 0));
	EXPECT_EQ(-EINVAL, interface->translate(1, 0, id));
}

TEST_F(no_init, zombie_init)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	struct node *user = node_spawn(NULL, 0);
	struct node *other = node_spawn(NULL, 0);
	__u64 id = node_ns_id(init);

	node_become_user(init, USER, 0);
	node_become_user(user, USER, 0);
	node_become_user(other, USER + 1, 0);
	node_kill(init);
	EXPECT_EQ(init->pid, variant->interface->translate(1, id, 0));
	EXPECT_EQ(1, variant->interface->translate(init->pid, 0, id));
	/* To be seen by whom it was: it keeps its credentials. */
	EXPECT_EQ(init->pid, translate_as(user, variant->interface, 1, id, 0));
	EXPECT_EQ(-EPERM, translate_as(other, variant->interface, 1, id, 0));
	/* It took the others along before it became a zombie. */
	EXPECT_EQ(-ESRCH, variant->interface->translate(child->own, id, 0));
	node_reap(init);
	EXPECT_TRUE(id_dies(id));
}

TEST_F(no_init, leader_of_init_exited)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn(NULL, 0);
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(init);

	node_become_user(init, USER, 0);
	node_become_user(user, USER, 0);
	node_leave_leader(init);
	EXPECT_EQ(init->pid, interface->translate(1, id, 0));
	EXPECT_EQ(init->pid, translate_as(user, interface, 1, id, 0));
	EXPECT_EQ(1, translate_as(init, interface, 1, id, id));
	EXPECT_EQ(id, node_ns_id(init));

	/* Its other thread executes a program and becomes the leader. */
	node_exec(init);
	EXPECT_EQ(init->pid, interface->translate(1, id, 0));
	EXPECT_EQ(init->pid, translate_as(user, interface, 1, id, 0));
	EXPECT_EQ(1, translate_as(init, interface, 1, id, id));
	EXPECT_EQ(id, node_ns_id(init));
}

TEST_F(no_init, init_executes)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	node_exec(init);
	EXPECT_EQ(id, node_ns_id(init));
	EXPECT_EQ(init->pid, variant->interface->translate(1, id, 0));
}

/* An outer namespace lives as long as something inside of it does. */
TEST_F(no_init, parents_of_a_pinned_namespace)
{
	struct node *chain[3];
	__u64 ids[3];
	int fd;

	node_spawn_chain(NULL, chain, 3);
	for (int i = 0; i < 3; i++)
		ids[i] = node_ns_id(chain[i]);
	fd = observe_open_ns(chain[2]->pid, "pid");
	ASSERT_LE(0, fd);
	node_destroy(chain[0]);
	for (int i = 0; i < 3; i++)
		check_without_init(_metadata, variant->interface, ids[i]);
	close(fd);
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(id_dies(ids[i]));
}

TEST_HARNESS_MAIN
