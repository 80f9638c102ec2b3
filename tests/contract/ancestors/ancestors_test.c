// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module parameter ancestors=1: translations between a process's own namespace, or those
 * below it, and what lies above without access to that. The module must have been loaded with it.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <limits.h>
#include <linux/capability.h>

#include "ns_question.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE(ancestors)

TREE_FIXTURE_WITH(ancestors_many, NAMING_VARIANTS)

TREE_FIXTURE_WITH(ancestors_once, NO_VARIANTS)

#define ASK(caller, pid, source, target)				\
	translate_as(caller, variant->interface, pid, source, target)

/*
 * A container of the user's in one of root's, with a process beside its init, and another in it.
 * Whoever is in there may access none of what lies above.
 */
struct place {
	struct node *nest, *inner, *child, *below;
	__u64 nest_id, inner_id, below_id;
	pid_t child_numbers[PID_NS_LEVELS];
};

static struct place place_new(void)
{
	struct place place;

	place.nest = node_spawn(NULL, CLONE_NEWPID);
	/* So that no two numbers of it are the same. */
	node_spawn(place.nest, 0);
	place.inner = node_spawn(place.nest, CLONE_NEWPID);
	place.child = node_spawn(place.inner, 0);
	place.below = node_spawn(place.inner, CLONE_NEWPID);
	node_become_user(place.below, USER, 0);
	node_become_user(place.inner, USER, 0);
	node_become_user(place.child, USER, 0);
	place.nest_id = node_ns_id(place.nest);
	place.inner_id = node_ns_id(place.inner);
	place.below_id = node_ns_id(place.below);
	if (observe_numbers(place.child->pid, place.child_numbers) != 3)
		observe_die("a process at the level 2 has not three numbers");
	return place;
}

TEST_F(ancestors_once, is_reported)
{
	struct translate_pid_info info;
	char text[8];

	ASSERT_EQ(0, translate_get_info(&info));
	EXPECT_NE(0, info.features & TRANSLATE_PID_FEATURE_ANCESTORS) {
		TH_LOG("the module must be loaded with ancestors=1 for this test");
	}
	ASSERT_EQ(1, observe_read("/sys/module/translate_pid/parameters/ancestors", text,
				  sizeof(text)));
	EXPECT_STREQ("Y", text);
	EXPECT_EQ(-1, open("/sys/module/translate_pid/parameters/ancestors", O_WRONLY));
}

TEST_F(ancestors, outwards)
{
	struct place place = place_new();
	__u64 ids[] = { TRANSLATE_PID_INIT_NS, place.nest_id, place.inner_id };

	for (int level = 0; level < 3; level++) {
		EXPECT_EQ(place.child_numbers[level],
			  ASK(place.child, place.child->own, place.inner_id, ids[level]));
		EXPECT_EQ(place.child_numbers[level],
			  ASK(place.inner, place.child->own, place.inner_id, ids[level]));
	}
	EXPECT_EQ(place.inner->pid, ASK(place.child, 1, place.inner_id, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(-ESRCH, ASK(place.child, INT_MAX, place.inner_id, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(-ESRCH, ASK(place.child, 0, place.inner_id, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(-ESRCH, ASK(place.child, -1, place.inner_id, place.nest_id));
}

TEST_F(ancestors, inwards)
{
	struct place place = place_new();
	__u64 ids[] = { TRANSLATE_PID_INIT_NS, place.nest_id, place.inner_id };

	for (int level = 0; level < 3; level++) {
		EXPECT_EQ(place.child->own, ASK(place.child, place.child_numbers[level],
						ids[level], place.inner_id));
		EXPECT_EQ(place.child->own, ASK(place.inner, place.child_numbers[level],
						ids[level], place.inner_id));
	}
	EXPECT_EQ(1, ASK(place.child, place.inner->pid, TRANSLATE_PID_INIT_NS, place.inner_id));
}

TEST_F(ancestors, threads_zombies_and_sessions)
{
	struct place place = place_new();
	struct node *child = place.child, *leader = node_spawn(place.inner, 0), *member;
	pid_t tid = node_thread(child), outside;

	outside = translate_by_ioctl.translate(tid, place.inner_id, 0);
	EXPECT_EQ(outside, ASK(place.inner, tid, place.inner_id, 0));
	EXPECT_EQ(tid, ASK(place.inner, outside, 0, place.inner_id));

	node_lead_session(leader);
	member = node_spawn(leader, 0);
	node_outlive_parent(member);
	node_destroy(leader);
	EXPECT_EQ(leader->pid, ASK(place.inner, leader->own, place.inner_id, 0));
	EXPECT_EQ(leader->own, ASK(place.inner, leader->pid, 0, place.inner_id));

	node_exit(child);
	EXPECT_EQ(child->pid, ASK(place.inner, child->own, place.inner_id, 0));
	EXPECT_EQ(child->own, ASK(place.inner, child->pid, 0, place.inner_id));
	node_reap(child);
	EXPECT_EQ(-ESRCH, ASK(place.inner, child->own, place.inner_id, 0));
	EXPECT_EQ(-ESRCH, ASK(place.inner, child->pid, 0, place.inner_id));
}

/* What is in use above, and not inside, is not told from what is not. */
TEST_F(ancestors, numbers_of_others)
{
	struct place place = place_new();
	struct node *sibling = node_spawn_user(place.nest, CLONE_NEWPID, USER, 0);
	pid_t others[] = {
		1, 2, getpid(), place.nest->pid, sibling->pid, 0, -1, INT_MIN, INT_MAX, 4194303,
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		EXPECT_EQ(-ESRCH, ASK(place.child, others[i], TRANSLATE_PID_INIT_NS,
				      place.inner_id)) {
			TH_LOG("number %d", others[i]);
		}
		EXPECT_EQ(-ESRCH, ASK(place.child, others[i], TRANSLATE_PID_INIT_NS,
				      place.below_id)) {
			TH_LOG("number %d", others[i]);
		}
	}
	EXPECT_EQ(-ESRCH, ASK(place.child, 1, place.nest_id, place.inner_id));
	EXPECT_EQ(-ESRCH, ASK(place.child, 2, place.nest_id, place.inner_id));
	EXPECT_EQ(-ESRCH, ASK(place.child, sibling->in_parent, place.nest_id, place.inner_id));
}

TEST_F(ancestors, below_the_own_one)
{
	struct place place = place_new();
	struct node *roots = node_spawn(NULL, CLONE_NEWPID);
	__u64 below = place.below_id;

	EXPECT_EQ(place.below->pid, ASK(place.child, 1, below, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(1, ASK(place.child, place.below->pid, TRANSLATE_PID_INIT_NS, below));
	/* The caller's own process, which has no number there, is no exception. */
	EXPECT_EQ(-ESRCH, ASK(place.child, place.child->pid, TRANSLATE_PID_INIT_NS, below));
	/* To itself that is told as ever. */
	EXPECT_EQ(0, ASK(place.child, place.child->own, place.inner_id, below));
	node_set_dumpable(place.below, false);
	EXPECT_EQ(-EPERM, ASK(place.child, 1, below, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(-EPERM, ASK(place.child, place.below->pid, TRANSLATE_PID_INIT_NS, below));
	/* It itself may still ask. */
	EXPECT_EQ(place.below->pid, ASK(place.below, 1, below, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(place.below->in_parent, ASK(place.below, 1, below, place.inner_id));
	/* It has access to the one above it, and is told more. */
	EXPECT_EQ(0, ASK(place.below, place.child->own, place.inner_id, below));
	EXPECT_EQ(-EPERM, ASK(place.below, 1, below, node_ns_id(roots)));
}

/* One of the two must be the caller's own or lie below. */
TEST_F(ancestors, others_are_refused_as_ever)
{
	struct place place = place_new();
	struct node *sibling = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *roots = node_spawn(NULL, CLONE_NEWPID);
	__u64 sibling_id = node_ns_id(sibling), roots_id = node_ns_id(roots);
	__u64 above[] = { TRANSLATE_PID_INIT_NS, place.nest_id };

	for (size_t i = 0; i < ARRAY_SIZE(above); i++) {
		pid_t pid = i ? place.child_numbers[1] : place.child->pid;

		EXPECT_EQ(-EPERM, ASK(place.child, pid, above[i], above[i]));
		EXPECT_EQ(-EPERM, ASK(place.child, pid, above[i], above[!i]));
		/* Which it may access: all inits there belong to the user. */
		EXPECT_EQ(-EPERM, ASK(place.child, 1, sibling_id, above[i]));
		EXPECT_EQ(-EPERM, ASK(place.child, pid, above[i], sibling_id));
		EXPECT_EQ(-EPERM, ASK(place.child, 1, roots_id, above[i]));
		EXPECT_EQ(-EPERM, ASK(place.child, pid, above[i], roots_id));
	}
	EXPECT_EQ(0, ASK(place.child, 1, sibling_id, place.inner_id));
	EXPECT_EQ(-EPERM, ASK(place.child, 1, roots_id, place.inner_id));
	/* From outside, nothing has changed. */
	EXPECT_EQ(-EPERM, ASK(sibling, 1, place.nest_id, node_ns_id(sibling)));
	EXPECT_EQ(-EPERM, ASK(sibling, 1, node_ns_id(sibling), place.nest_id));
}

TEST_F(ancestors, errors_come_in_order)
{
	struct place place = place_new();
	struct node *roots = node_spawn(NULL, CLONE_NEWPID), *gone = node_spawn(NULL, CLONE_NEWPID);
	__u64 dead = node_ns_id(gone), roots_id = node_ns_id(roots);

	node_destroy(gone);
	ASSERT_TRUE(id_dies(dead));
	EXPECT_EQ(-EINVAL, ASK(place.child, 0, dead, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(-EINVAL, ASK(place.child, 0, place.inner_id, dead));
	EXPECT_EQ(-EINVAL, ASK(place.child, 0, TRANSLATE_PID_INIT_NS, dead));
	EXPECT_EQ(-EPERM, ASK(place.child, 0, roots_id, dead));
	EXPECT_EQ(-EPERM, ASK(place.child, 0, TRANSLATE_PID_INIT_NS, roots_id));
}

/* Who has access is answered as without the parameter. */
TEST_F(ancestors, access_tells_more)
{
	struct place place = place_new();
	struct node *root = node_spawn(place.nest, 0), *tracer = node_spawn(place.nest, 0);

	node_become_user(tracer, USER, 1ULL << CAP_SYS_PTRACE);
	EXPECT_EQ(0, ASK(root, getpid(), TRANSLATE_PID_INIT_NS, place.nest_id));
	EXPECT_EQ(0, ASK(tracer, getpid(), TRANSLATE_PID_INIT_NS, place.nest_id));
	EXPECT_EQ(-ESRCH, ASK(root, INT_MAX, TRANSLATE_PID_INIT_NS, place.nest_id));
	EXPECT_EQ(getpid(), ASK(root, getpid(), TRANSLATE_PID_INIT_NS, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(root->pid, ASK(root, root->own, place.nest_id, TRANSLATE_PID_INIT_NS));
	/* It is asked for at each call. */
	node_become_user(tracer, USER, 0);
	EXPECT_EQ(-ESRCH, ASK(tracer, getpid(), TRANSLATE_PID_INIT_NS, place.nest_id));
	EXPECT_EQ(tracer->own, ASK(tracer, tracer->pid, TRANSLATE_PID_INIT_NS, place.nest_id));
}

TEST_F(ancestors, container_with_a_user_namespace)
{
	struct node *owner = node_spawn_user(NULL, 0, USER, 0);
	struct node *root = node_spawn(owner, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *inner = node_spawn(root, CLONE_NEWPID);
	__u64 root_id = node_ns_id(root), inner_id = node_ns_id(inner);

	EXPECT_EQ(root->pid, ASK(root, 1, root_id, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(1, ASK(root, root->pid, TRANSLATE_PID_INIT_NS, root_id));
	EXPECT_EQ(inner->pid, ASK(root, 1, inner_id, TRANSLATE_PID_INIT_NS));
	EXPECT_EQ(1, ASK(root, inner->pid, TRANSLATE_PID_INIT_NS, inner_id));
	EXPECT_EQ(1, ASK(inner, inner->pid, TRANSLATE_PID_INIT_NS, inner_id));
	EXPECT_EQ(-ESRCH, ASK(root, getpid(), TRANSLATE_PID_INIT_NS, root_id));
	EXPECT_EQ(-ESRCH, ASK(root, owner->pid, TRANSLATE_PID_INIT_NS, root_id));
	/* What is below is no ancestor, and asked about as ever. */
	EXPECT_EQ(0, ASK(root, 1, root_id, inner_id));
}

TEST_F(ancestors, from_the_deepest_to_each)
{
	struct node *chain[PID_NS_LEVELS - 1], *deepest;
	pid_t numbers[PID_NS_LEVELS];
	__u64 own, ids[PID_NS_LEVELS] = { TRANSLATE_PID_INIT_NS };

	node_spawn_chain(NULL, chain, PID_NS_LEVELS - 1);
	deepest = chain[PID_NS_LEVELS - 2];
	for (int i = 1; i < PID_NS_LEVELS; i++)
		ids[i] = node_ns_id(chain[i - 1]);
	own = ids[PID_NS_LEVELS - 1];
	node_become_user(deepest, USER, 0);
	ASSERT_EQ(PID_NS_LEVELS, observe_numbers(deepest->pid, numbers));
	for (int i = 0; i < PID_NS_LEVELS; i++) {
		EXPECT_EQ(numbers[i], ASK(deepest, 1, own, ids[i]));
		EXPECT_EQ(1, ASK(deepest, numbers[i], ids[i], own));
	}
	EXPECT_EQ(-ESRCH, ASK(deepest, 1, ids[5], own));
}

/* Of many numbers of the ancestor, those of the own processes come out, and nothing else. */
TEST_F(ancestors_many, inwards)
{
	struct place place = place_new();
	static __s32 numbers[MANY_AS_MOST];
	const struct translate_interface *interface = variant->interface;
	pid_t first = place.inner->pid > 1000 ? place.inner->pid - 1000 : 0;
	__u32 done = 0, own = 0;

	for (__u32 i = 0; i < MANY_AS_MOST; i++)
		numbers[i] = first + i;
	ASSERT_EQ(0, translate_many_as(place.child, interface, numbers, MANY_AS_MOST,
				       TRANSLATE_PID_INIT_NS, place.inner_id, 0, &done));
	EXPECT_EQ(MANY_AS_MOST, done);
	for (__u32 i = 0; i < MANY_AS_MOST; i++) {
		long known = translate_by_ioctl.translate(first + i, TRANSLATE_PID_INIT_NS,
							  place.inner_id);

		EXPECT_EQ(known > 0 ? known : -ESRCH, numbers[i]) {
			TH_LOG("number %u", first + i);
		}
		own += known > 0;
	}
	EXPECT_EQ(3, own);
}

TEST_F(ancestors_many, outwards_and_refused)
{
	struct place place = place_new();
	struct node *roots = node_spawn(NULL, CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;
	pid_t tid = node_thread(place.child);
	__s32 numbers[] = { 1, place.child->own, 0, -1, INT_MAX, tid }, was[ARRAY_SIZE(numbers)];
	__u32 done = 0;

	memcpy(was, numbers, sizeof(was));
	ASSERT_EQ(0, translate_many_as(place.child, interface, numbers, ARRAY_SIZE(numbers),
				       place.inner_id, TRANSLATE_PID_INIT_NS,
				       TRANSLATE_PID_THREAD_GROUP, &done));
	EXPECT_EQ(place.inner->pid, numbers[0]);
	EXPECT_EQ(place.child->pid, numbers[1]);
	for (int i = 2; i < 5; i++)
		EXPECT_EQ(-ESRCH, numbers[i]);
	EXPECT_EQ(place.child->pid, numbers[5]);

	memcpy(numbers, was, sizeof(was));
	done = 0;
	EXPECT_EQ(-EPERM, translate_many_as(place.child, interface, numbers, ARRAY_SIZE(numbers),
					    TRANSLATE_PID_INIT_NS, node_ns_id(roots), 0, &done));
	EXPECT_EQ(0, done);
	EXPECT_EQ(0, memcmp(was, numbers, sizeof(was)));
	/* To check the ids takes no number. */
	EXPECT_EQ(0, translate_many_as(place.child, interface, numbers, 0, TRANSLATE_PID_INIT_NS,
				       place.inner_id, 0, &done));
	EXPECT_EQ(-EPERM, translate_many_as(place.child, interface, numbers, 0,
					    TRANSLATE_PID_INIT_NS, place.nest_id, 0, &done));
}

TEST_F(ancestors_many, thread_groups)
{
	struct place place = place_new();
	const struct translate_interface *interface = variant->interface;
	pid_t tid = node_thread(place.child);
	pid_t outside = translate_by_ioctl.translate(tid, place.inner_id, 0);

	EXPECT_EQ(place.child->own, thread_group_as(place.inner, interface, outside, 0,
						    place.inner_id));
	EXPECT_EQ(place.child->pid, thread_group_as(place.inner, interface, tid, place.inner_id,
						    0));
	EXPECT_EQ(-ESRCH, thread_group_as(place.inner, interface, getpid(), 0, place.inner_id));
}

/* What only translates gets something of it, the other commands nothing. */
struct other {
	struct translate_pid_list_request list;
	struct translate_pid_pidfd_request pidfd;
};

static long list(void *data)
{
	return translate_ioctl(translate_device(), TRANSLATE_PID_LIST_PIDS,
			       &((struct other *)data)->list);
}

static long open_pidfd(void *data)
{
	return translate_ioctl(translate_device(), TRANSLATE_PID_OPEN_PIDFD,
			       &((struct other *)data)->pidfd);
}

TEST_F(ancestors_many, other_commands)
{
	struct place place = place_new();
	__u64 above[] = { TRANSLATE_PID_INIT_NS, place.nest_id };
	const struct translate_interface *interface = variant->interface;

	for (size_t i = 0; i < ARRAY_SIZE(above); i++) {
		struct other other = {
			.list = { .source = above[i], .target = place.inner_id },
			.pidfd = {
				.by = TRANSLATE_PID_BY_ID, .value = above[i],
				.pid = i ? place.child_numbers[1] : place.child->pid,
			},
		};

		EXPECT_EQ(-EPERM, get_id_as(place.child, interface, TRANSLATE_PID_BY_ID, above[i],
					    NULL, NULL));
		EXPECT_EQ(-EPERM, init_pid_as(place.child, interface, TRANSLATE_PID_BY_ID,
					      above[i]));
		EXPECT_EQ(-EPERM, open_ns_as(place.child, interface, TRANSLATE_PID_BY_ID,
					     above[i]));
		EXPECT_EQ(-EPERM, node_call(place.child, list, &other, sizeof(other)));
		other.list.source = place.inner_id;
		other.list.target = above[i];
		EXPECT_EQ(-EPERM, node_call(place.child, list, &other, sizeof(other)));
		EXPECT_EQ(-EPERM, node_call(place.child, open_pidfd, &other, sizeof(other)));
	}
}

static long get_level(void *data)
{
	struct translate_pid_level_request *request = data;
	int device = translate_device();

	return device < 0 ? device : translate_ioctl(device, TRANSLATE_PID_GET_LEVEL, request);
}

static long level_as(struct node *caller, __u32 by, __u64 value,
		     struct translate_pid_level_request *request)
{
	*request = (struct translate_pid_level_request){ .by = by, .value = value };
	return node_call(caller, get_level, request, sizeof(*request));
}

/* So a container learns what its ancestors are called, and only by going up from itself. */
TEST_F(ancestors_once, ids_from_level_to_level)
{
	struct place place = place_new();
	struct node *roots = node_spawn(NULL, CLONE_NEWPID);
	struct node *sibling = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct ns_names names = ns_names_of(place.nest);
	struct translate_pid_level_request level;

	EXPECT_EQ(0, level_as(place.child, TRANSLATE_PID_BY_SELF, 0, &level));
	EXPECT_EQ(2, level.level);
	EXPECT_EQ(1, level.parent_known);
	EXPECT_EQ(place.nest_id, level.parent);
	EXPECT_EQ(0, level_as(place.child, TRANSLATE_PID_BY_ID, level.parent, &level));
	EXPECT_EQ(1, level.level);
	EXPECT_EQ(1, level.parent_known);
	EXPECT_EQ(TRANSLATE_PID_INIT_NS, level.parent);
	EXPECT_EQ(0, level_as(place.child, TRANSLATE_PID_BY_ID, level.parent, &level));
	EXPECT_EQ(0, level.level);
	EXPECT_EQ(0, level.parent_known);
	/* By what could be tried, or was handed in, they are not named. */
	EXPECT_EQ(-EPERM, level_as(place.child, TRANSLATE_PID_BY_NS_ID,
				   names.values[TRANSLATE_PID_BY_NS_ID], &level));
	EXPECT_EQ(-EPERM, level_as(place.child, TRANSLATE_PID_BY_NSFD,
				   node_give_fd(place.child, names.values[TRANSLATE_PID_BY_NSFD]),
				   &level));
	EXPECT_EQ(-EPERM, level_as(place.child, TRANSLATE_PID_BY_ID, node_ns_id(roots), &level));
	/* The parents of others are not the caller's. */
	EXPECT_EQ(-EPERM, level_as(sibling, TRANSLATE_PID_BY_ID, place.nest_id, &level));
	EXPECT_EQ(0, level_as(sibling, TRANSLATE_PID_BY_ID, place.inner_id, &level));
	EXPECT_EQ(0, level.parent_known);
	ns_names_close(&names);
}

/* In the initial namespace there is nothing above. */
TEST_F(ancestors, initial_namespace)
{
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	struct node *roots = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(roots);

	EXPECT_EQ(user->pid, ASK(user, user->pid, 0, 0));
	EXPECT_EQ(-EPERM, ASK(user, 1, id, 0));
	EXPECT_EQ(-EPERM, ASK(user, roots->pid, 0, id));
	EXPECT_EQ(roots->pid, ASK(NULL, 1, id, 0));
	EXPECT_EQ(0, ASK(NULL, getpid(), 0, id));
}

TEST_HARNESS_MAIN
