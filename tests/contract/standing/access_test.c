// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may name which namespace: the access rule of translations and ids.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <linux/capability.h>

#include "test.h"

#define USER		1000
#define OTHER_USER	1001
#define CAPABILITY(c)	(1ULL << (c))

/* What container engines leave to root by default. */
#define CONTAINER_CAPABILITIES						\
	(CAPABILITY(CAP_CHOWN) | CAPABILITY(CAP_DAC_OVERRIDE) |		\
	 CAPABILITY(CAP_FOWNER) | CAPABILITY(CAP_FSETID) |		\
	 CAPABILITY(CAP_KILL) | CAPABILITY(CAP_SETGID) |		\
	 CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETPCAP) |		\
	 CAPABILITY(CAP_NET_BIND_SERVICE) | CAPABILITY(CAP_NET_RAW) |	\
	 CAPABILITY(CAP_SYS_CHROOT) | CAPABILITY(CAP_MKNOD) |		\
	 CAPABILITY(CAP_AUDIT_WRITE) | CAPABILITY(CAP_SETFCAP))

TREE_FIXTURE(access)

TREE_FIXTURE_WITH(access_naming, NAMING_VARIANTS)

/*
 * Whether the caller may name the namespace, by every command and in every
 * place. The other side of the translation is the caller's own namespace.
 */
static void check_access(struct __test_metadata *_metadata,
			 const struct translate_interface *interface,
			 struct node *caller, __u64 own, __u64 id, bool allowed,
			 const char *who)
{
	__u64 found = ~0ULL, ns_id = 0;
	long as_source, as_target, by_id;

	as_source = translate_as(caller, interface, 0, id, own);
	as_target = translate_as(caller, interface, 0, own, id);
	EXPECT_EQ(allowed ? -ESRCH : -EPERM, as_source) {
		TH_LOG("%s: as source", who);
	}
	EXPECT_EQ(allowed ? -ESRCH : -EPERM, as_target) {
		TH_LOG("%s: as target", who);
	}
	if (interface->translates_only)
		return;
	by_id = get_id_as(caller, interface, TRANSLATE_PID_BY_ID, id, &found,
			  &ns_id);
	EXPECT_EQ(allowed ? 0 : -EPERM, by_id) {
		TH_LOG("%s: by id", who);
	}
	if (allowed) {
		EXPECT_EQ(id, found);
		EXPECT_EQ(0, get_id_as(caller, interface, TRANSLATE_PID_BY_NS_ID,
				       ns_id, NULL, NULL));
	}
}

TEST_F(access, user_of_the_init)
{
	struct node *init = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	struct node *nobody = node_spawn_user(NULL, 0, 65534, 0);
	__u64 id = node_ns_id(init);
	const struct translate_interface *interface = variant->interface;

	check_access(_metadata, interface, same, 0, id, true, "same user");
	check_access(_metadata, interface, other, 0, id, false, "other user");
	check_access(_metadata, interface, nobody, 0, id, false, "nobody");
	check_access(_metadata, interface, NULL, 0, id, true, "root");
	EXPECT_EQ(init->pid, translate_as(same, interface, 1, id, 0));
	EXPECT_EQ(1, translate_as(same, interface, init->pid, 0, id));
}

/* The user of the init decides, not the one of the process asked about. */
TEST_F(access, user_of_another_process_in_it)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *inside = node_spawn_user(init, 0, USER, 0);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	__u64 id = node_ns_id(init);
	const struct translate_interface *interface = variant->interface;

	check_access(_metadata, interface, same, 0, id, false, "same as a child");
	if (interface->translates_only)
		return;
	EXPECT_EQ(-EPERM, get_id_as(same, interface, TRANSLATE_PID_BY_PID,
				    inside->pid, NULL, NULL));
}

TEST_F(access, init_that_is_not_dumpable)
{
	struct node *init = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	__u64 id = node_ns_id(init);
	const struct translate_interface *interface = variant->interface;

	node_set_dumpable(init, false);
	check_access(_metadata, interface, same, 0, id, false, "same user");
	check_access(_metadata, interface, NULL, 0, id, true, "root");
	check_access(_metadata, interface, init, id, id, true, "itself");
	node_set_dumpable(init, true);
	check_access(_metadata, interface, same, 0, id, true, "dumpable again");
}

TEST_F(access, own_namespace)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(init, 0, USER, 0);
	struct node *child = node_spawn(init, CLONE_NEWPID);
	__u64 id = node_ns_id(init), child_id = node_ns_id(child);
	const struct translate_interface *interface = variant->interface;

	check_access(_metadata, interface, user, id, id, true, "own");
	check_access(_metadata, interface, user, id, 0, false, "initial");
	check_access(_metadata, interface, user, id, child_id, false, "below");
	EXPECT_EQ(1, translate_as(user, interface, 1, id, id));
	EXPECT_EQ(user->own, translate_as(user, interface, user->own, id, id));
}

/* To belong to the initial namespace is enough for it, as for any other. */
TEST_F(access, initial_namespace_for_everybody_in_it)
{
	struct node *nobody = node_spawn_user(NULL, 0, 65534, 0);
	const struct translate_interface *interface = variant->interface;

	check_access(_metadata, interface, nobody, 0, 0, true, "nobody");
	EXPECT_EQ(1, translate_as(nobody, interface, 1, 0, 0));
}

TEST_F(access, capability_decides_without_the_user)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *tracer = node_spawn(NULL, 0);
	struct node *inside = node_spawn(init, 0);
	__u64 id = node_ns_id(init);
	const struct translate_interface *interface = variant->interface;

	node_become_user(tracer, USER, CAPABILITY(CAP_SYS_PTRACE));
	check_access(_metadata, interface, tracer, 0, id, true, "from outside");
	node_become_user(inside, USER, CAPABILITY(CAP_SYS_PTRACE));
	check_access(_metadata, interface, inside, id, 0, true, "from inside");
	/* Others do not help. */
	node_become_user(tracer, USER, 0);
	check_access(_metadata, interface, tracer, 0, id, false, "given up");
	inside = node_spawn(init, 0);
	node_become_user(inside, USER, ~CAPABILITY(CAP_SYS_PTRACE) &
				       (CAPABILITY(CAP_LAST_CAP + 1) - 1));
	check_access(_metadata, interface, inside, id, 0, false, "all others");
}

TEST_F(access, container_root)
{
	struct node *plain = node_spawn(NULL, CLONE_NEWPID);
	struct node *privileged = node_spawn(NULL, CLONE_NEWPID);
	struct node *sibling = node_spawn(NULL, CLONE_NEWPID);
	struct node *nested;
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(plain), privileged_id = node_ns_id(privileged);

	node_become_user(plain, 0, CONTAINER_CAPABILITIES);
	check_access(_metadata, interface, plain, id, id, true, "own");
	check_access(_metadata, interface, plain, id, 0, false, "host");
	check_access(_metadata, interface, plain, id, privileged_id, false,
		     "privileged container");
	EXPECT_EQ(-EPERM, translate_as(plain, interface, 1, id, 0));
	EXPECT_EQ(-EPERM, translate_as(plain, interface, 1, 0, id));

	check_access(_metadata, interface, privileged, privileged_id, 0, true,
		     "host, for the privileged");
	EXPECT_EQ(privileged->pid,
		  translate_as(privileged, interface, 1, privileged_id, 0));

	/* The kernel's rule knows no containers: this one's root is the same. */
	node_become_user(sibling, 0, CONTAINER_CAPABILITIES);
	check_access(_metadata, interface, plain, id, node_ns_id(sibling), true,
		     "sibling of the same capabilities");

	/* What a container starts with its own capabilities is its own. */
	nested = node_spawn(plain, CLONE_NEWUSER | CLONE_NEWPID);
	check_access(_metadata, interface, plain, id, node_ns_id(nested), true,
		     "nested container");
}

TEST_F(access, user_namespace)
{
	struct node *owner = node_spawn_user(NULL, 0, USER, 0);
	struct node *init = node_spawn(owner, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *inside = node_spawn(init, 0);
	struct node *below = node_spawn(init, CLONE_NEWPID);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	struct node *root_elsewhere = node_spawn(other, CLONE_NEWUSER |
							CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(init), below_id = node_ns_id(below);
	__u64 elsewhere = node_ns_id(root_elsewhere);

	check_access(_metadata, interface, owner, 0, id, true, "owner");
	check_access(_metadata, interface, same, 0, id, true, "same user");
	check_access(_metadata, interface, other, 0, id, false, "other user");
	check_access(_metadata, interface, NULL, 0, id, true, "root");
	check_access(_metadata, interface, root_elsewhere, elsewhere, id, false,
		     "root of another user namespace");
	check_access(_metadata, interface, inside, id, id, true, "inside: own");
	check_access(_metadata, interface, inside, id, below_id, true,
		     "inside: below");
	check_access(_metadata, interface, inside, id, 0, false, "inside: host");
	check_access(_metadata, interface, below, below_id, id, true,
		     "below: its parent, of the same root");
	check_access(_metadata, interface, below, below_id, 0, false,
		     "below: host");
}

/* The owner has all capabilities there, also over an init hidden from users. */
TEST_F(access, owner_of_the_user_namespace)
{
	struct node *owner = node_spawn_user(NULL, 0, USER, 0);
	struct node *init = node_spawn(owner, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(init);

	/* The program's memory belongs to the user namespace it starts in. */
	node_exec(init);
	node_set_dumpable(init, false);
	check_access(_metadata, interface, owner, 0, id, true, "owner");
	check_access(_metadata, interface, same, 0, id, true, "same user");
	check_access(_metadata, interface, other, 0, id, false, "other user");
}

/* Without confine, kinship does not matter: the sibling's init is one's own. */
TEST_F(access, sibling_of_the_same_user)
{
	struct node *first = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *second = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *third = node_spawn_user(NULL, CLONE_NEWPID, OTHER_USER, 0);
	const struct translate_interface *interface = variant->interface;
	__u64 id = node_ns_id(first), sibling = node_ns_id(second);

	check_access(_metadata, interface, first, id, sibling, true, "sibling");
	check_access(_metadata, interface, first, id, node_ns_id(third), false,
		     "other user's sibling");
	EXPECT_EQ(0, translate_as(first, interface, 1, sibling, id));
}

/* To hold a descriptor, a pidfd or the kernel's id gives no access. */
TEST_F(access_naming, handles_give_none)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	const struct translate_interface *interface = variant->interface;
	int nsfd = observe_open_ns(init->pid, "pid");
	int pidfd = observe_pidfd(init->pid, 0), procfs;
	__u64 id = 1, ns_id = 1;

	ASSERT_LE(0, nsfd);
	procfs = observe_procfs(nsfd);
	EXPECT_EQ(-EPERM, get_id_as(user, interface, TRANSLATE_PID_BY_NSFD,
				    node_give_fd(user, nsfd), &id, &ns_id));
	EXPECT_EQ(-EPERM, get_id_as(user, interface, TRANSLATE_PID_BY_PIDFD,
				    node_give_fd(user, pidfd), &id, &ns_id));
	EXPECT_EQ(-EPERM, get_id_as(user, interface, TRANSLATE_PID_BY_PID,
				    init->pid, &id, &ns_id));
	EXPECT_EQ(-EPERM, get_id_as(user, interface, TRANSLATE_PID_BY_NS_ID,
				    observe_ns_id(nsfd), &id, &ns_id));
	EXPECT_EQ(1, id);
	EXPECT_EQ(1, ns_id);
	EXPECT_EQ(-EPERM, get_id_as(user, interface, TRANSLATE_PID_BY_PROCFS,
				    node_give_fd(user, procfs), &id, &ns_id));
	EXPECT_EQ(1, id);
	close(nsfd);
	close(pidfd);
	close(procfs);
}

TEST_HARNESS_MAIN
