// SPDX-License-Identifier: GPL-2.0-only
/* TRANSLATE_PID_TRANSLATE_MANY: each number as a single question would answer it, and its memory. */
#include <limits.h>
#include <sys/mman.h>

#include "test.h"
#include "user_memory.h"

#define USER		1000
/* How many the module takes at a time; nobody should rely on it. */
#define PART		128
/* What is in front of an array and behind it, in arrays that nothing may change, and in done. */
#define MARK		0x5a5a5a5a
#define ROOM		8

TREE_FIXTURE_WITH(many, NAMING_VARIANTS)

/* What the library does not pass on: several parts of memory, and the structure itself. */
TREE_FIXTURE_WITH(many_memory, NO_VARIANTS)

/* Numbers of the most different kinds in two namespaces, one in the other. */
struct scene {
	struct node *outer, *inner;
	__u64 ids[3];		/* of the initial one, the outer one, the inner one */
	pid_t numbers[24];	/* all of the processes', in any of them */
	int count;
};

static void add_numbers(struct scene *scene, pid_t pid)
{
	pid_t numbers[PID_NS_LEVELS];
	int levels = observe_numbers(pid, numbers);

	for (int i = 0; i < levels; i++)
		scene->numbers[scene->count++] = numbers[i];
}

static struct scene build(void)
{
	struct scene scene = {};
	struct node *leader, *member, *zombie;

	scene.outer = node_spawn(NULL, CLONE_NEWPID);
	scene.inner = node_spawn(scene.outer, CLONE_NEWPID);
	scene.ids[1] = node_ns_id(scene.outer);
	scene.ids[2] = node_ns_id(scene.inner);
	leader = node_spawn(scene.inner, 0);
	node_lead_session(leader);
	member = node_spawn(leader, 0);
	node_outlive_parent(member);
	zombie = node_spawn(scene.inner, 0);
	node_exit(zombie);
	add_numbers(&scene, getpid());
	add_numbers(&scene, scene.outer->pid);
	add_numbers(&scene, scene.inner->pid);
	add_numbers(&scene, leader->pid);
	add_numbers(&scene, member->pid);
	add_numbers(&scene, zombie->pid);
	scene.numbers[scene.count++] = node_thread(scene.inner);
	/* Its number goes on as the session's. */
	node_destroy(leader);
	return scene;
}

static void compare(struct __test_metadata *_metadata, const struct translate_interface *interface,
		    const struct scene *scene, __u64 source, __u64 target, bool group)
{
	static const pid_t nobody[] = { 0, -1, INT_MIN, INT_MIN + 1, INT_MAX, 1 << 22 };
	__s32 asked[64], pids[64];
	__u32 count = scene->count, done = 0;

	memcpy(asked, scene->numbers, count * sizeof(*asked));
	memcpy(asked + count, nobody, sizeof(nobody));
	count += ARRAY_SIZE(nobody);
	/* Some again, negated, which no pid is. */
	for (int i = 0; i < 8; i++)
		asked[count++] = -scene->numbers[i];
	memcpy(pids, asked, sizeof(pids));
	ASSERT_EQ(0, interface->translate_many(pids, count, source, target,
					       group ? TRANSLATE_PID_THREAD_GROUP : 0, &done));
	EXPECT_EQ(count, done);
	for (__u32 i = 0; i < count; i++) {
		EXPECT_EQ((group ? interface->thread_group : interface->translate)
				(asked[i], source, target), pids[i]) {
			TH_LOG("%d from %llu to %llu%s", asked[i], (unsigned long long)source,
			       (unsigned long long)target, group ? ", its group" : "");
		}
	}
}

TEST_F(many, agree_with_single_calls)
{
	struct scene scene = build();

	for (size_t source = 0; source < ARRAY_SIZE(scene.ids); source++)
		for (size_t target = 0; target < ARRAY_SIZE(scene.ids); target++)
			for (int group = 0; group < 2; group++)
				compare(_metadata, variant->interface, &scene, scene.ids[source],
					scene.ids[target], group);
}

/* Enough for the most numbers, and marks around them; one for all tests of a process. */
static __s32 *room(__u32 count)
{
	static __s32 *memory;

	if (!memory)
		memory = malloc((TRANSLATE_PID_MANY_MOST + 2 + 2 * ROOM) * sizeof(*memory));
	if (!memory)
		observe_die("no memory for an array");
	for (__u32 i = 0; i < count + 2 * ROOM; i++)
		memory[i] = MARK;
	return memory + ROOM;
}

static bool marks_are_there(const __s32 *pids, __u32 count)
{
	for (int i = 0; i < ROOM; i++)
		if (pids[-1 - i] != MARK || pids[count + i] != MARK)
			return false;
	return true;
}

/* A pattern whose period is no divisor of anything. */
static __s32 question(__u32 at, struct node *init)
{
	switch (at % 7) {
	case 0:
		return init->pid;
	case 1:
		return getpid();
	case 5:
		return -(__s32)at;
	default:
		return 0;
	}
}

static __s32 answer(__u32 at)
{
	if (at % 7 > 1)
		return -ESRCH;
	return at % 7 == 0;
}

static void ask(__s32 *pids, __u32 count, struct node *init)
{
	for (__u32 i = 0; i < count; i++)
		pids[i] = question(i, init);
}

/* How many numbers from the first on are answers; all others must be questions. */
static __u32 answered(struct __test_metadata *_metadata, const __s32 *pids, __u32 count,
		      struct node *init)
{
	__u32 done = 0;

	while (done < count && pids[done] == answer(done))
		done++;
	for (__u32 i = done; i < count; i++) {
		if (pids[i] == question(i, init))
			continue;
		EXPECT_EQ(question(i, init), pids[i]) {
			TH_LOG("number %u of %u, the first %u are answered", i, count, done);
		}
		break;
	}
	return done;
}

TEST_F(many, counts)
{
	static const __u32 counts[] = {
		0, 1, 2, PART - 1, PART, PART + 1, 2 * PART, 1024, TRANSLATE_PID_MANY_MOST - 1,
		TRANSLATE_PID_MANY_MOST,
	};
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		__u32 count = counts[i], done = 0;
		__s32 *pids = room(count);

		ask(pids, count, init);
		EXPECT_EQ(0, variant->interface->translate_many(pids, count, 0, id, 0, &done)) {
			TH_LOG("count %u", count);
		}
		EXPECT_EQ(count, done);
		EXPECT_EQ(count, answered(_metadata, pids, count, init));
		EXPECT_TRUE(marks_are_there(pids, count));
	}
}

TEST_F(many, too_many)
{
	static const __u32 counts[] = { TRANSLATE_PID_MANY_MOST + 1, 1U << 20, 1U << 31, ~0U };
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u32 most = TRANSLATE_PID_MANY_MOST + 1, done = 0;
	__s32 *pids = room(most);

	ask(pids, most, init);
	if (variant->interface == &translate_by_library) {
		/* Which makes two calls of it. */
		EXPECT_EQ(0, variant->interface->translate_many(pids, most, 0, node_ns_id(init), 0,
								&done));
		EXPECT_EQ(most, done);
		EXPECT_EQ(most, answered(_metadata, pids, most, init));
		EXPECT_TRUE(marks_are_there(pids, most));
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		/* Before anything is said of the ids, and of memory. */
		EXPECT_EQ(-EINVAL, variant->interface->translate_many(pids, counts[i], 0,
								      node_ns_id(init), 0, &done));
		EXPECT_EQ(-EINVAL, variant->interface->translate_many(NULL, counts[i], 0, 0, 0,
								      &done));
		EXPECT_EQ(0, done);
	}
	EXPECT_EQ(0, answered(_metadata, pids, most, init));
}

TEST_F(many, duplicates)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u32 done = 0, count = 3 * PART;
	__s32 *pids = room(count);

	for (__u32 i = 0; i < count; i++)
		pids[i] = init->pid;
	EXPECT_EQ(0, variant->interface->translate_many(pids, count, 0, node_ns_id(init), 0, &done));
	EXPECT_EQ(count, done);
	for (__u32 i = 0; i < count; i++)
		ASSERT_EQ(1, pids[i]);
}

/* The ids' errors are those of a single call, in its order, and change nothing. */
TEST_F(many, errors_of_ids)
{
	struct node *closed = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	__u64 refused = node_ns_id(closed), none = ~0ULL;
	const struct {
		__u64 source, target;
		long error;
	} cases[] = {
		{ none, none, -EINVAL }, { none, refused, -EINVAL }, { refused, none, -EPERM },
		{ refused, refused, -EPERM }, { 0, none, -EINVAL }, { 0, refused, -EPERM },
		{ 0, 0, 0 },
	};
	static const __u32 counts[] = { 0, 1, PART + 1 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(counts); j++) {
			__u32 count = counts[j], done = 0, expected = count;
			__s32 *pids = room(count);

			if (cases[i].error)
				expected = 0;
			for (__u32 at = 0; at < count; at++)
				pids[at] = user->pid;
			EXPECT_EQ(cases[i].error,
				  translate_many_as(user, variant->interface, pids, count,
						    cases[i].source, cases[i].target, 0, &done)) {
				TH_LOG("case %zu, count %u", i, count);
			}
			EXPECT_EQ(expected, done);
			for (__u32 at = 0; at < count; at++)
				EXPECT_EQ(user->pid, pids[at]);
		}
	}
}

TEST_F(many, unknown_flags)
{
	for (int bit = 1; bit < 32; bit++) {
		__s32 pid = getpid();
		__u32 done = 0;

		EXPECT_EQ(-EINVAL, variant->interface->translate_many(&pid, 1, 0, 0, 1U << bit,
								      &done));
		EXPECT_EQ(getpid(), pid);
		EXPECT_EQ(0, done);
	}
}

/* From here on by hand, with a mark in done. */
static long ask_raw(__u64 pids, __u32 count, __u64 source, __u64 target, __u32 *done)
{
	struct translate_pid_many_request request = {
		.source = source,
		.target = target,
		.pids = pids,
		.count = count,
		.done = MARK,
	};
	long error = translate_ioctl(translate_device(), TRANSLATE_PID_TRANSLATE_MANY, &request);

	*done = request.done;
	return error;
}

#define ADDRESS(pointer)	((__u64)(unsigned long)(pointer))

/* The memory's error comes before the ids', and nothing is told. */
TEST_F(many_memory, is_not_there)
{
	struct edge edge = edge_map();
	const __u64 addresses[] = {
		0, ADDRESS(UNMAPPED), ADDRESS(edge.end), ADDRESS(edge.end) - 2, ~0ULL, ~0ULL - 3,
		1ULL << 63, 1ULL << 48, (1ULL << 47) - 4, 0xffff888000000000ULL,
		ADDRESS(edge.start) | 1ULL << 63,
	};
	static const __u32 counts[] = { 1, PART, PART + 1, TRANSLATE_PID_MANY_MOST };

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(counts); j++) {
			__u32 done;

			EXPECT_EQ(-EFAULT, ask_raw(addresses[i], counts[j], 0, 0, &done)) {
				TH_LOG("%u at %#llx", counts[j], (unsigned long long)addresses[i]);
			}
			EXPECT_EQ(MARK, done);
			EXPECT_EQ(-EFAULT, ask_raw(addresses[i], counts[j], ~0ULL, 0, &done));
		}
		/* No numbers, no array. */
		for (int j = 0; j < 2; j++) {
			__u32 done;

			EXPECT_EQ(j ? -EINVAL : 0, ask_raw(addresses[i], 0, 0, j ? ~0ULL : 0, &done));
			EXPECT_EQ(j ? MARK : 0, done);
		}
	}
}

/* Its end is outside, whatever is at its beginning. */
TEST_F(many_memory, array_that_leaves_user_space)
{
	static const __u64 ends[] = {
		0,			/* it wraps around */
		1ULL << 47,		/* the kernel's guard page */
		0xffff800000000000ULL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		__u32 done;

		EXPECT_EQ(-EFAULT, ask_raw(ends[i] - 4 * PART, 2 * PART, 0, 0, &done));
		EXPECT_EQ(MARK, done);
	}
}

TEST_F(many_memory, end_of_a_mapping)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	static const __u32 counts[] = { 1, PART - 1, PART, PART + 1, 5 * PART + 3 };
	struct edge edge = edge_map();
	__u64 id = node_ns_id(init);

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		__u32 count = counts[i], done, whole = (count - 1) / PART * PART;
		__s32 *pids = (__s32 *)edge.end - count;

		ask(pids, count, init);
		EXPECT_EQ(0, ask_raw(ADDRESS(pids), count, 0, id, &done));
		EXPECT_EQ(count, done);
		EXPECT_EQ(count, answered(_metadata, pids, count, init));

		/* The last number is missing: all parts but the last are done. */
		pids++;
		ask(pids, count - 1, init);
		EXPECT_EQ(-EFAULT, ask_raw(ADDRESS(pids), count, 0, id, &done));
		EXPECT_EQ(whole ? whole : MARK, done) {
			TH_LOG("count %u", count);
		}
		EXPECT_EQ(whole, answered(_metadata, pids, count - 1, init));
	}
}

/* Pages that can be read alone: the numbers up to the first of them are done, and no more. */
TEST_F(many_memory, second_page_cannot_be_written)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct edge edge = edge_map();
	char *middle = edge.start + (edge.end - edge.start) / 2;
	static const __u32 before[] = { 0, 1, 2, PART - 1, PART, PART + 1, 3 * PART + 5, 900 };
	__u64 id = node_ns_id(init);

	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		/* Unaligned, one number lies in both pages, and cannot be replaced. */
		for (int odd = 0; odd < 4; odd++) {
			__u32 count = before[i] + 70, done;
			char *at = middle - 4 * before[i] - odd;
			__s32 numbers[1024];

			ask(numbers, count, init);
			memset(edge.start, 0x33, edge.end - edge.start);
			memcpy(at, numbers, 4 * count);
			edge_protect_second(edge, PROT_READ);
			EXPECT_EQ(-EFAULT, ask_raw(ADDRESS(at), count, 0, id, &done));
			EXPECT_EQ(before[i], done) {
				TH_LOG("%d bytes off", odd);
			}
			memcpy(numbers, at, 4 * count);
			EXPECT_EQ(before[i], answered(_metadata, numbers, count, init));
			edge_protect_second(edge, PROT_READ | PROT_WRITE);
			/* Then the same works. */
			ask(numbers, count, init);
			memcpy(at, numbers, 4 * count);
			EXPECT_EQ(0, ask_raw(ADDRESS(at), count, 0, id, &done));
			memcpy(numbers, at, 4 * count);
			EXPECT_EQ(count, answered(_metadata, numbers, count, init));
			EXPECT_EQ(0x33, at[-1]);
			EXPECT_EQ(0x33, at[4 * count]);
		}
	}
}

TEST_F(many_memory, second_page_cannot_be_read)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct edge edge = edge_map();
	char *middle = edge.start + (edge.end - edge.start) / 2;
	static const __u32 before[] = { 1, PART - 1, PART, PART + 1, 3 * PART + 5 };

	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		__s32 *pids = (__s32 *)middle - before[i];
		__u32 done, whole = before[i] / PART * PART;

		ask(pids, before[i] + 1, init);
		edge_protect_second(edge, PROT_NONE);
		EXPECT_EQ(-EFAULT, ask_raw(ADDRESS(pids), before[i] + 1, 0, node_ns_id(init), &done));
		EXPECT_EQ(whole ? whole : MARK, done);
		edge_protect_second(edge, PROT_READ | PROT_WRITE);
		EXPECT_EQ(whole, answered(_metadata, pids, before[i] + 1, init));
	}
}

TEST_F(many_memory, read_only)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct edge edge = edge_map();
	__s32 *pids = (__s32 *)edge.start;
	__u32 done;

	ask(pids, 3 * PART, init);
	edge_protect(edge, PROT_READ);
	EXPECT_EQ(-EFAULT, ask_raw(ADDRESS(pids), 3 * PART, 0, node_ns_id(init), &done));
	EXPECT_EQ(0, done);
	EXPECT_EQ(0, answered(_metadata, pids, 3 * PART, init));
	/* An error of the ids comes first. */
	EXPECT_EQ(-EINVAL, ask_raw(ADDRESS(pids), 3 * PART, 0, ~0ULL, &done));
	EXPECT_EQ(MARK, done);
}

/* Whoever cannot be told how far it went finds everything as it was. */
TEST_F(many_memory, structure_that_cannot_be_written)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct edge edge = edge_map();
	__u32 count = 3 * PART;
	__s32 *pids = room(count);
	struct translate_pid_many_request request = {
		.target = node_ns_id(init), .pids = ADDRESS(pids), .count = count, .done = MARK,
	};
	void *at = edge_place(edge, &request, sizeof(request));

	ask(pids, count, init);
	edge_protect(edge, PROT_READ);
	EXPECT_EQ(-EFAULT, translate_ioctl(translate_device(), TRANSLATE_PID_TRANSLATE_MANY, at));
	EXPECT_EQ(0, memcmp(at, &request, sizeof(request)));
	EXPECT_EQ(0, answered(_metadata, pids, count, init));
}

/* done alone is written, and nothing else of the structure. */
TEST_F(many_memory, rest_of_the_structure_stays)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__s32 *pids = room(PART + 1);
	struct {
		struct translate_pid_many_request request;
		__u64 tail[4];
	} longer = {
		.request = {
			.target = node_ns_id(init), .pids = ADDRESS(pids), .count = PART + 1,
			.done = MARK,
		},
	}, before = longer;
	unsigned int command = _IOC(_IOC_READ | _IOC_WRITE, TRANSLATE_PID_IOC_MAGIC, 6,
				    sizeof(longer));

	ask(pids, PART + 1, init);
	EXPECT_EQ(0, translate_ioctl(translate_device(), command, &longer));
	EXPECT_EQ(PART + 1, longer.request.done);
	longer.request.done = MARK;
	EXPECT_EQ(0, memcmp(&longer, &before, sizeof(longer)));
}

TEST_HARNESS_MAIN
