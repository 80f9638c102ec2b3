// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random trees of namespaces and processes, with every translation between
 * them compared with what /proc says. The seed is printed; the same seed
 * builds the same tree.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include "oracle.h"
#include "test.h"

/*
 * Processes, each with up to a few threads. Asking goes up with the square; the
 * other ABIs differ from x86-64 only in how they ask.
 */
#ifdef __LP64__
#define MEMBERS		260
#else
#define MEMBERS		120
#endif
#define SPACES		40	/* namespaces made by the test */
#define DEEPEST		20
#define PINNED		3
#define USERS		2
#define FIRST_USER	4000

/* A namespace of the tree. */
struct space {
	int parent;		/* -1: the initial namespace */
	int level;
	struct node *init;
	bool gone;
};

enum state {
	LIVING,
	LEADERLESS,	/* its children would die with the thread that forks them */
	ZOMBIE,
	GONE,
};

struct member {
	struct node *node;
	int space;		/* -1: the initial namespace */
	int parent;		/* -1: the test process */
	int children;
	bool keep;		/* an init, or without a parent to wait for it */
	enum state state;
	uid_t uid;
};

struct tree {
	struct oracle *oracle;
	struct random random;
	struct member members[MEMBERS];
	int member_count;
	struct space spaces[SPACES];
	int space_count;
	int pinned[PINNED];
	int pinned_count;
};

FIXTURE(oracle)
{
	struct tree tree;
};

INTERFACE_VARIANTS(oracle);

static bool inside(const struct tree *tree, int space, int outer)
{
	for (; space >= 0; space = tree->spaces[space].parent)
		if (space == outer)
			return true;
	return outer < 0;
}

static struct node *node_of(const struct tree *tree, int member)
{
	return member < 0 ? NULL : tree->members[member].node;
}

static int space_of(const struct tree *tree, int member)
{
	return member < 0 ? -1 : tree->members[member].space;
}

static struct member *add_member(struct tree *tree, struct node *node, int parent,
				 int space)
{
	tree->members[tree->member_count] = (struct member){
		.node = node,
		.parent = parent,
		.space = space,
	};
	if (parent >= 0)
		tree->members[parent].children++;
	return &tree->members[tree->member_count++];
}

static void add_child(struct tree *tree, int parent)
{
	add_member(tree, node_spawn(node_of(tree, parent), 0), parent,
		   space_of(tree, parent));
}

static void add_space(struct tree *tree, int parent)
{
	int outer = space_of(tree, parent);
	int level = outer < 0 ? 1 : tree->spaces[outer].level + 1;
	struct node *init;

	if (tree->space_count == SPACES || level > DEEPEST) {
		add_child(tree, parent);
		return;
	}
	init = node_spawn(node_of(tree, parent), CLONE_NEWPID);
	tree->spaces[tree->space_count] = (struct space){
		.parent = outer,
		.level = level,
		.init = init,
	};
	add_member(tree, init, parent, tree->space_count++)->keep = true;
}

static void must_enter(struct node *node, pid_t pid)
{
	int here = observe_open_ns(pid, "pid");

	if (here < 0)
		observe_die("/proc/%d/ns/pid: %s", pid, strerror(-here));
	node_join_pidns(node, here);
	close(here);
}

/* A child several levels deeper, as nsenter makes it. */
static void add_entering_child(struct tree *tree, int parent)
{
	int space = random_below(&tree->random, tree->space_count + 1) - 1;
	struct node *node = node_of(tree, parent);

	if (!node || space < 0 || tree->spaces[space].gone ||
	    !inside(tree, space, space_of(tree, parent))) {
		add_child(tree, parent);
		return;
	}
	must_enter(node, tree->spaces[space].init->pid);
	add_member(tree, node_spawn(node, 0), parent, space);
	must_enter(node, node->pid);
}

/* Its number stays in use as group and session after it was reaped. */
static void add_reaped_leader(struct tree *tree, int parent)
{
	struct node *leader = node_spawn(node_of(tree, parent), 0);
	struct node *late;

	node_lead_session(leader);
	late = node_spawn(leader, 0);
	node_outlive_parent(late);
	node_exit(leader);
	node_reap(leader);
	add_member(tree, late, parent, space_of(tree, parent))->keep = true;
}

/* The last ones are preferred now and then: random trees are flat otherwise. */
static int choose_parent(struct tree *tree)
{
	int from = 0, choice;

	if (random_below(&tree->random, 2) && tree->member_count > 4)
		from = tree->member_count - 4;
	choice = from + random_below(&tree->random,
				     tree->member_count - from + 1) - 1;
	if (choice >= 0 && tree->members[choice].state != LIVING)
		return -1;
	return choice;
}

static void grow(struct tree *tree, int members)
{
	if (members > MEMBERS)
		members = MEMBERS;
	while (tree->member_count < members) {
		int parent = choose_parent(tree);
		__u32 kind = random_below(&tree->random, 100);

		if (kind < 22)
			add_space(tree, parent);
		else if (kind < 30)
			add_entering_child(tree, parent);
		else if (kind < 34)
			add_reaped_leader(tree, parent);
		else if (kind < 52 && parent >= 0)
			node_thread(node_of(tree, parent));
		else
			add_child(tree, parent);
	}
}

/* Zombies, and processes whose first thread is one. */
static void wither(struct tree *tree)
{
	for (int i = 0; i < tree->member_count; i++) {
		struct member *member = &tree->members[i];

		if (member->state != LIVING || member->children || member->keep)
			continue;
		switch (random_below(&tree->random, 8)) {
		case 0:
			node_exit(member->node);
			member->state = ZOMBIE;
			break;
		case 1:
			node_kill(member->node);
			member->state = ZOMBIE;
			break;
		case 2:
			node_leave_leader(member->node);
			member->state = LEADERLESS;
			break;
		}
	}
}

/* An init waits for those whose parents are outside, and only these can reap. */
static void end_entered_children(struct tree *tree, int space)
{
	for (int i = 0; i < tree->member_count; i++) {
		struct member *member = &tree->members[i];

		if (member->state != GONE && inside(tree, member->space, space) &&
		    !inside(tree, space_of(tree, member->parent), space) &&
		    member->node != tree->spaces[space].init)
			node_destroy(member->node);
	}
}

static void destroy_space(struct tree *tree, int space)
{
	end_entered_children(tree, space);
	node_destroy(tree->spaces[space].init);
	for (int i = 0; i < tree->space_count; i++)
		if (inside(tree, i, space))
			tree->spaces[i].gone = true;
	for (int i = 0; i < tree->member_count; i++)
		if (inside(tree, tree->members[i].space, space))
			tree->members[i].state = GONE;
}

/* Keeps the namespace without its processes. */
static void pin(struct tree *tree, int space)
{
	int fd = observe_open_ns(tree->spaces[space].init->pid, "pid");

	if (fd < 0)
		observe_die("no descriptor of a namespace: %s", strerror(-fd));
	tree->pinned[tree->pinned_count++] = fd;
}

static int living_inside(const struct tree *tree, int outer)
{
	int count = 0;

	for (int i = 0; i < tree->space_count; i++)
		count += !tree->spaces[i].gone && inside(tree, i, outer);
	return count;
}

static void destroy_some_spaces(struct tree *tree)
{
	for (int i = 0; i < tree->space_count / 5 + 1; i++) {
		int space = random_below(&tree->random, tree->space_count);

		/* Something shall be left to look at. */
		if (tree->spaces[space].gone ||
		    living_inside(tree, space) > tree->space_count / 5 + 1)
			continue;
		if (i % 2 && tree->pinned_count < PINNED)
			pin(tree, space);
		destroy_space(tree, space);
	}
}

static void look(struct tree *tree)
{
	oracle_begin(tree->oracle);
	/* The first process, the first kernel thread, and this one. */
	oracle_add_process(tree->oracle, 1);
	oracle_add_process(tree->oracle, 2);
	oracle_add_process(tree->oracle, getpid());
	for (int i = 0; i < tree->member_count; i++) {
		struct member *member = &tree->members[i];

		if (member->state != GONE)
			oracle_add_process(tree->oracle, member->node->pid);
	}
	for (int i = 0; i < tree->pinned_count; i++)
		oracle_add_namespace(tree->oracle, tree->pinned[i]);
	oracle_end(tree->oracle);
	for (int i = 0; i < tree->oracle->dead_count; i++)
		if (!id_dies(tree->oracle->dead[i]))
			observe_die("id %llu stays alive without a namespace",
				    (unsigned long long)tree->oracle->dead[i]);
}

static void check_from(struct __test_metadata *_metadata, struct tree *tree,
		       struct node *caller, struct oracle_check *check)
{
	check->oracle = tree->oracle;
	check->random = tree->random;
	node_call(caller, oracle_check, check, sizeof(*check));
	tree->random = check->random;
	EXPECT_EQ(0, check->wrong)
	TH_LOG("first of %u wrong answers: %d%s from %llu to %llu gave %ld instead of %ld",
	       check->wrong, check->pid, check->group ? "'s thread group" : "", (unsigned long long)check->source,
	       (unsigned long long)check->target, check->answer,
	       check->expected);
	ASSERT_LT(0, check->asked);
}

FIXTURE_SETUP(oracle)
{
	struct tree *tree = &self->tree;
	struct rlimit files;

	/* Every node has a socket to this process. */
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	tree->random = random_start();
	tree->oracle = oracle_new();
	grow(tree, MEMBERS / 3);
	wither(tree);
}

FIXTURE_TEARDOWN(oracle)
{
	struct tree *tree = &self->tree;

	for (int i = 0; i < tree->pinned_count; i++)
		close(tree->pinned[i]);
	nodes_destroy();
}

TEST_F_TIMEOUT(oracle, every_translation_agrees_while_the_tree_changes, 120)
{
	struct tree *tree = &self->tree;
	struct oracle_check check = {
		.interface = variant->interface,
		.privileged = true,
	};

	for (int round = 0; round < 3; round++) {
		if (round) {
			destroy_some_spaces(tree);
			grow(tree, tree->member_count + MEMBERS / 3);
			wither(tree);
		}
		look(tree);
		check_from(_metadata, tree, NULL, &check);
		TH_LOG("%u translations: %d namespaces, %d pids, %d dead ids",
		       check.asked, tree->oracle->namespace_count,
		       tree->oracle->pid_count, tree->oracle->dead_count);
	}
	EXPECT_LT(0, tree->oracle->dead_count);
	EXPECT_EQ(0, check.refused);
}

static bool can_ask(const struct member *member)
{
	return member->state == LIVING;
}

/* The answer does not depend on where the caller is. */
TEST_F_TIMEOUT(oracle, callers_in_every_namespace_get_the_same_answers, 120)
{
	struct tree *tree = &self->tree;
	bool asked[SPACES] = {};

	destroy_some_spaces(tree);
	look(tree);
	for (int i = 0; i < tree->member_count; i++) {
		struct member *member = &tree->members[i];
		struct oracle_check check = {
			.interface = variant->interface,
			.privileged = true,
			.one_in = 40,
		};

		if (!can_ask(member) || member->space < 0 ||
		    asked[member->space])
			continue;
		asked[member->space] = true;
		check_from(_metadata, tree, member->node, &check);
	}
}

/* One question of so many that every caller asks some 500, of large trees and of small ones. */
static __u32 one_in_for(const struct oracle *oracle)
{
	__u32 ids = oracle->namespace_count + oracle->dead_count;

	return 1 + oracle->pid_count * ids * ids / 500;
}

/*
 * Users without a capability reach their own namespace and their own inits: of all
 * questions a small part, so that too few of them would all be refused by chance.
 */
TEST_F_TIMEOUT(oracle, access_follows_the_users_of_the_inits, 120)
{
	struct tree *tree = &self->tree;
	__u32 refused = 0, asked = 0;

	destroy_some_spaces(tree);
	for (int i = 0; i < tree->member_count; i++) {
		struct member *member = &tree->members[i];
		__u32 user = random_below(&tree->random, USERS + 1);

		if (!can_ask(member) || user == USERS)
			continue;
		member->uid = FIRST_USER + user;
		node_become_user(member->node, member->uid, 0);
	}
	look(tree);
	for (int i = 0; i < tree->member_count; i++) {
		struct member *member = &tree->members[i];
		struct oracle_check check = {
			.interface = variant->interface,
			.uid = member->uid,
			.one_in = one_in_for(tree->oracle),
		};

		if (!can_ask(member) || !member->uid || i % 4)
			continue;
		check.namespace = oracle_namespace_of(tree->oracle,
						      member->node->pid);
		check_from(_metadata, tree, member->node, &check);
		refused += check.refused;
		asked += check.asked;
	}
	EXPECT_LT(0, refused);
	EXPECT_LT(refused, asked);
}

TEST_HARNESS_MAIN
