// SPDX-License-Identifier: GPL-2.0-only
/* TRANSLATE_PID_GET_CHAIN: all numbers of a pid. */
#include <limits.h>
#include <linux/capability.h>
#include <sys/mman.h>

#include "pid_chain.h"
#include "test.h"
#include "user_memory.h"

#define USER	1000

TREE_FIXTURE_WITH(chain, NAMING_VARIANTS)

TREE_FIXTURE_WITH(chain_memory, NO_VARIANTS)

/* What is to be told: an entry for each level, zeros for what may not be accessed. */
static void expect(struct __test_metadata *_metadata, const struct chain *chain, __u32 levels,
		   const __u64 *ids, const pid_t *numbers)
{
	ASSERT_EQ(levels, chain->levels);
	for (__u32 i = 0; i < levels; i++) {
		EXPECT_EQ(ids[i], chain->entries[i].id) {
			TH_LOG("level %u of %u", i, levels);
		}
		EXPECT_EQ(numbers[i], chain->entries[i].pid);
		EXPECT_EQ(0, chain->entries[i].reserved);
	}
	EXPECT_EQ(CHAIN_MARK, chain->entries[levels].pid);
}

#define ASK(caller, pid, source, flags)					\
	chain_as(caller, variant->interface, pid, source, flags, TRANSLATE_PID_CHAIN_MOST, &told)

TEST_F(chain, by_the_number_at_each_level_and_by_pidfd)
{
	struct node *nodes[3], *process;
	pid_t numbers[PID_NS_LEVELS];
	__u64 ids[4] = { TRANSLATE_PID_INIT_NS };
	struct chain told;
	int pidfd;

	node_spawn_chain(NULL, nodes, 3);
	process = node_spawn(nodes[2], 0);
	ASSERT_EQ(4, observe_numbers(process->pid, numbers));
	for (int i = 0; i < 3; i++)
		ids[i + 1] = node_ns_id(nodes[i]);
	pidfd = observe_pidfd(process->pid, 0);
	/* The second time, the ids are known already. */
	for (int again = 0; again < 2; again++) {
		for (int i = 0; i < 4; i++) {
			EXPECT_EQ(0, ASK(NULL, numbers[i], ids[i], 0));
			expect(_metadata, &told, 4, ids, numbers);
		}
		EXPECT_EQ(0, ASK(NULL, pidfd, 0, TRANSLATE_PID_FROM_PIDFD));
		expect(_metadata, &told, 4, ids, numbers);
	}
	/* What lies further out has no numbers further in. */
	ASSERT_EQ(2, observe_numbers(nodes[0]->pid, numbers));
	EXPECT_EQ(0, ASK(NULL, nodes[0]->pid, 0, 0));
	expect(_metadata, &told, 2, ids, numbers);
	EXPECT_EQ(-ESRCH, ASK(NULL, 4000000, ids[3], 0));
	numbers[0] = getpid();
	EXPECT_EQ(0, ASK(NULL, getpid(), 0, 0));
	expect(_metadata, &told, 1, ids, numbers);
	close(pidfd);
}

TEST_F(chain, of_the_deepest)
{
	struct node *nodes[PID_NS_LEVELS - 1], *deepest;
	pid_t numbers[PID_NS_LEVELS];
	__u64 ids[PID_NS_LEVELS] = { TRANSLATE_PID_INIT_NS };
	struct chain told;

	node_spawn_chain(NULL, nodes, PID_NS_LEVELS - 1);
	deepest = nodes[PID_NS_LEVELS - 2];
	ASSERT_EQ(PID_NS_LEVELS, observe_numbers(deepest->pid, numbers));
	for (int i = 1; i < PID_NS_LEVELS; i++)
		ids[i] = node_ns_id(nodes[i - 1]);
	ASSERT_EQ(PID_NS_LEVELS, TRANSLATE_PID_CHAIN_MOST);
	EXPECT_EQ(0, ASK(NULL, deepest->pid, 0, 0));
	expect(_metadata, &told, PID_NS_LEVELS, ids, numbers);
	EXPECT_EQ(0, ASK(NULL, 1, ids[PID_NS_LEVELS - 1], 0));
	expect(_metadata, &told, PID_NS_LEVELS, ids, numbers);
}

TEST_F(chain, leaves_out_what_the_caller_may_not_access)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn_user(outer, CLONE_NEWPID, USER, 0);
	struct node *same_user = node_spawn_user(NULL, 0, USER, 0);
	struct node *inside = node_spawn(inner, 0), *tracer = node_spawn(NULL, 0);
	__u64 ids[] = { 0, node_ns_id(outer), node_ns_id(inner) };
	pid_t numbers[PID_NS_LEVELS];
	struct chain told;

	ASSERT_EQ(3, observe_numbers(inside->pid, numbers));
	node_become_user(tracer, USER, 1ULL << CAP_SYS_PTRACE);
	EXPECT_EQ(0, ASK(tracer, inside->pid, 0, 0));
	expect(_metadata, &told, 3, ids, numbers);
	node_become_user(tracer, USER, 0);

	/* Of the three, one in between. */
	ids[1] = numbers[1] = 0;
	EXPECT_EQ(0, ASK(same_user, inside->pid, 0, 0));
	expect(_metadata, &told, 3, ids, numbers);
	EXPECT_EQ(0, ASK(same_user, inside->own, ids[2], 0));
	expect(_metadata, &told, 3, ids, numbers);
	/* From inside, all that lies around it. */
	numbers[0] = 0;
	EXPECT_EQ(0, ASK(inside, inside->own, ids[2], 0));
	expect(_metadata, &told, 3, ids, numbers);
}

/* So it does not tell that there is more. */
TEST_F(chain, ends_where_access_does)
{
	struct node *outer = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *root = node_spawn(NULL, CLONE_NEWPID), *middle = node_spawn(root, CLONE_NEWPID);
	struct node *inner = node_spawn(middle, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	__u64 ids[] = { 0, node_ns_id(outer) };
	pid_t numbers[PID_NS_LEVELS];
	struct chain told;

	ASSERT_EQ(2, observe_numbers(outer->pid, numbers));
	EXPECT_EQ(0, ASK(user, outer->pid, 0, 0));
	expect(_metadata, &told, 2, ids, numbers);
	ASSERT_EQ(4, observe_numbers(inner->pid, numbers));
	EXPECT_EQ(0, ASK(user, inner->pid, 0, 0));
	expect(_metadata, &told, 1, ids, numbers);
	EXPECT_EQ(-EPERM, ASK(user, inner->own, node_ns_id(inner), 0));
	EXPECT_EQ(CHAIN_MARK, told.entries[0].pid);
}

TEST_F(chain, without_room)
{
	struct node *nodes[2];
	struct chain told;

	node_spawn_chain(NULL, nodes, 2);
	for (__u32 room = 0; room <= TRANSLATE_PID_CHAIN_MOST; room++) {
		EXPECT_EQ(0, chain_as(NULL, variant->interface, nodes[1]->pid, 0, 0, room, &told));
		EXPECT_EQ(3, told.levels);
		for (__u32 i = 0; i < 4; i++)
			EXPECT_EQ(i < room && i < 3, told.entries[i].pid != CHAIN_MARK);
	}
}

TEST_F(chain, of_threads_and_their_process)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *process = node_spawn(init, 0);
	__u64 ids[] = { 0, node_ns_id(init) };
	pid_t numbers[PID_NS_LEVELS], of_process[PID_NS_LEVELS], tid = node_thread(process);
	struct chain told;
	int pidfd;

	ASSERT_EQ(2, observe_numbers(process->pid, of_process));
	numbers[0] = translate_by_ioctl.translate(tid, ids[1], 0);
	numbers[1] = tid;
	EXPECT_EQ(0, ASK(NULL, tid, ids[1], 0));
	expect(_metadata, &told, 2, ids, numbers);
	EXPECT_EQ(0, ASK(NULL, tid, ids[1], TRANSLATE_PID_THREAD_GROUP));
	expect(_metadata, &told, 2, ids, of_process);
	pidfd = observe_pidfd(numbers[0], PIDFD_THREAD);
	EXPECT_EQ(0, ASK(NULL, pidfd, 0, TRANSLATE_PID_FROM_PIDFD));
	expect(_metadata, &told, 2, ids, numbers);
	EXPECT_EQ(0, ASK(NULL, pidfd, 0, TRANSLATE_PID_FROM_PIDFD | TRANSLATE_PID_THREAD_GROUP));
	expect(_metadata, &told, 2, ids, of_process);
	close(pidfd);
}

TEST_F(chain, of_zombies_and_sessions)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *leader = node_spawn(init, 0), *member;
	__u64 ids[] = { 0, node_ns_id(init) };
	pid_t numbers[PID_NS_LEVELS];
	struct chain told;
	int pidfd = observe_pidfd(leader->pid, 0);

	ASSERT_EQ(2, observe_numbers(leader->pid, numbers));
	node_lead_session(leader);
	member = node_spawn(leader, 0);
	node_outlive_parent(member);
	node_exit(leader);
	EXPECT_EQ(0, ASK(NULL, pidfd, 0, TRANSLATE_PID_FROM_PIDFD));
	expect(_metadata, &told, 2, ids, numbers);
	node_reap(leader);
	/* The number is the session's, and no process is behind the pidfd any more. */
	EXPECT_EQ(0, ASK(NULL, leader->own, ids[1], 0));
	expect(_metadata, &told, 2, ids, numbers);
	EXPECT_EQ(-ESRCH, ASK(NULL, leader->own, ids[1], TRANSLATE_PID_THREAD_GROUP));
	EXPECT_EQ(-ESRCH, ASK(NULL, pidfd, 0, TRANSLATE_PID_FROM_PIDFD));
	EXPECT_EQ(CHAIN_MARK, told.entries[0].pid);
	close(pidfd);
}

/* Whoever may access none of its namespaces learns nothing by a pidfd that was handed in. */
TEST_F(chain, of_a_pidfd_that_was_handed_in)
{
	struct node *own = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *root = node_spawn(NULL, CLONE_NEWPID);
	struct node *same = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *process = node_spawn(same, 0);
	__u64 ids[] = { 0, node_ns_id(same) };
	pid_t numbers[] = { 0, process->own };
	int pidfd = observe_pidfd(root->pid, 0);
	struct chain told;

	EXPECT_EQ(-EPERM, ASK(own, node_give_fd(own, pidfd), 0, TRANSLATE_PID_FROM_PIDFD));
	EXPECT_EQ(CHAIN_MARK, told.entries[0].pid);
	close(pidfd);
	/* A sibling of the same user is accessed, not the initial namespace. */
	pidfd = observe_pidfd(process->pid, 0);
	EXPECT_EQ(0, ASK(own, node_give_fd(own, pidfd), 0, TRANSLATE_PID_FROM_PIDFD));
	expect(_metadata, &told, 2, ids, numbers);
	close(pidfd);
}

TEST_F(chain, errors)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	static const pid_t nobody[] = { 0, -1, INT_MIN, INT_MAX };
	__u64 id = node_ns_id(init);
	struct chain told;
	int pidfd = observe_pidfd(init->pid, 0), device = translate_device();

	for (size_t i = 0; i < ARRAY_SIZE(nobody); i++) {
		EXPECT_EQ(-EINVAL, ASK(NULL, nobody[i], ~0ULL, 0));
		EXPECT_EQ(-EPERM, ASK(user, nobody[i], id, 0));
		EXPECT_EQ(-ESRCH, ASK(NULL, nobody[i], id, 0));
	}
	EXPECT_EQ(-EINVAL, ASK(NULL, pidfd, id, TRANSLATE_PID_FROM_PIDFD));
	EXPECT_EQ(-EINVAL, ASK(NULL, -1, id, TRANSLATE_PID_FROM_PIDFD));
	EXPECT_EQ(-EBADF, ASK(NULL, -1, 0, TRANSLATE_PID_FROM_PIDFD));
	EXPECT_EQ(-EINVAL, ASK(NULL, device, 0, TRANSLATE_PID_FROM_PIDFD));
	EXPECT_EQ(-EINVAL, ASK(NULL, 1, id, 1U << 1));
	EXPECT_EQ(-EINVAL, ASK(NULL, 1, id, 1U << 31));
	close(pidfd);
	EXPECT_EQ(-EBADF, ASK(NULL, pidfd, 0, TRANSLATE_PID_FROM_PIDFD));
	node_destroy(init);
	ASSERT_TRUE(id_dies(id));
	EXPECT_EQ(-EINVAL, ASK(NULL, 1, id, 0));
}

static long ask_at(struct translate_pid_chain_request *request, const void *entries, __u32 count)
{
	request->entries = (uintptr_t)entries;
	request->count = count;
	request->levels = CHAIN_MARK;
	return translate_ioctl(translate_device(), TRANSLATE_PID_GET_CHAIN, request);
}

/* How much room there is said to be beyond what is used does not matter. */
TEST_F(chain_memory, ends)
{
	struct translate_pid_chain_request request = {}, *at;
	struct edge edge = edge_map();
	struct translate_pid_chain_entry *entries = (void *)edge.end;
	struct node *nodes[2];

	node_spawn_chain(NULL, nodes, 2);
	request.pid = nodes[1]->pid;
	/* As the structure's, the alignment does not matter either. */
	for (int odd = 0; odd < 2; odd++) {
		EXPECT_EQ(0, ask_at(&request, (char *)(entries - 3) - odd, 3));
		EXPECT_EQ(3, request.levels);
		EXPECT_EQ(0, ask_at(&request, (char *)(entries - 3) - odd, UINT_MAX));
		EXPECT_EQ(3, request.levels);
	}
	EXPECT_EQ(0, ask_at(&request, entries - 2, 2));
	EXPECT_EQ(3, request.levels);
	/* It was told before the entries were found not to fit. */
	EXPECT_EQ(-EFAULT, ask_at(&request, entries - 2, 3));
	EXPECT_EQ(3, request.levels);
	EXPECT_EQ(-EFAULT, ask_at(&request, UNMAPPED, 1));
	EXPECT_EQ(0, ask_at(&request, UNMAPPED, 0));
	EXPECT_EQ(0, ask_at(&request, (void *)-1L, 0));

	/* Whoever cannot be told finds the array as it was. */
	memset(entries - 3, 0x5a, 3 * sizeof(*entries));
	at = (void *)edge.start;
	*at = request;
	at->entries = (uintptr_t)(entries - 3);
	at->count = 3;
	edge_protect(edge, PROT_READ);
	edge_protect_second(edge, PROT_READ | PROT_WRITE);
	EXPECT_EQ(-EFAULT, translate_ioctl(translate_device(), TRANSLATE_PID_GET_CHAIN, at));
	EXPECT_EQ(CHAIN_MARK, entries[-3].pid);
}

/* Before anything else. */
TEST_F(chain_memory, outside_of_user_space)
{
	static const __u64 nowhere[] = { 1ULL << 63, 0xffff888000000000, -16ULL, -1ULL };
	struct translate_pid_chain_request request = { .pid = 1, .source = ~0ULL, .count = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
		request.entries = nowhere[i];
		EXPECT_EQ(-EFAULT, translate_ioctl(translate_device(), TRANSLATE_PID_GET_CHAIN,
						   &request));
	}
	request.count = 0;
	EXPECT_EQ(-EINVAL, translate_ioctl(translate_device(), TRANSLATE_PID_GET_CHAIN, &request));
}

/* More namespaces than there are hints of ids, one after the other and back. */
TEST_F(chain_memory, of_namespaces_that_come_and_go)
{
	struct chain told;

	for (int i = 0; i < 300; i++) {
		struct node *init = node_spawn(NULL, CLONE_NEWPID);
		__u64 id = node_ns_id(init);

		ASSERT_EQ(0, chain_as(NULL, &translate_by_ioctl, init->pid, 0, 0,
				      TRANSLATE_PID_CHAIN_MOST, &told));
		ASSERT_EQ(2, told.levels);
		ASSERT_EQ(id, told.entries[1].id);
		node_destroy(init);
	}
}

TEST_HARNESS_MAIN
