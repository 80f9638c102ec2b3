// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_LIST_PIDS while the caller's memory makes it wait between two of
 * its parts: what happens meanwhile counts for the parts that follow, and the
 * call keeps nothing that it could keep for ever.
 *
 * RUNS: on one ABI, because what happens meanwhile is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "child.h"
#include "pid_list.h"
#include "test.h"
#include "withheld_page.h"

#define USER	1000

/* Of the module: so many entries are written at a time. */
#define PART	64
/* Held in the second part, which was looked at before; then two more follow. */
#define CROWD	(3 * PART + PART / 2)
#define HELD	(2 * PART)

TREE_FIXTURE_WITH(held, NO_VARIANTS)

#ifdef SYS_setresuid32
#define SET_UIDS SYS_setresuid32
#define SET_GIDS SYS_setresgid32
#else
#define SET_UIDS SYS_setresuid
#define SET_GIDS SYS_setresgid
#endif

struct held_call {
	struct withheld_page page;
	struct translate_pid_list_request *request;
	struct translate_pid_list_entry *entries;
	int fd;
	uid_t uid;
	long result;
	pthread_t thread;
};

/* In a thread, whose user is its own: the C library's setuid() would change all. */
static void *call_list(void *argument)
{
	struct held_call *call = argument;

	if (call->uid && (syscall(SET_GIDS, call->uid, call->uid, call->uid) ||
			  syscall(SET_UIDS, call->uid, call->uid, call->uid)))
		observe_die("no other user: %s", strerror(errno));
	call->result = translate_ioctl(call->fd, TRANSLATE_PID_LIST_PIDS, call->request);
	return NULL;
}

static struct held_call *held_start_at(struct translate_pid_list_request *request, int fd,
				       __u64 source, __u64 target, uid_t uid)
{
	struct held_call *call = calloc(1, sizeof(*call));

	call->page = withheld_missing_behind_a_page();
	call->entries = (void *)(call->page.memory - PART * sizeof(*call->entries));
	call->request = request;
	*call->request = (struct translate_pid_list_request){
		.source = source, .target = target, .count = 4 * PART,
		.entries = (uintptr_t)call->entries,
	};
	call->fd = fd;
	call->uid = uid;
	if (pthread_create(&call->thread, NULL, call_list, call))
		observe_die("no thread");
	withheld_wait_for_sleeper(&call->page);
	return call;
}

static struct held_call *held_start(int fd, __u64 source, __u64 target, uid_t uid)
{
	return held_start_at(calloc(1, sizeof(struct translate_pid_list_request)), fd, source,
			     target, uid);
}

static long held_go_on(struct held_call *call)
{
	withheld_fill(&call->page, NULL, 0);
	pthread_join(call->thread, NULL);
	return call->result;
}

static void held_free(struct held_call *call)
{
	withheld_free(&call->page);
	free(call->request);
	free(call);
}

static long make_crowd(void *data)
{
	child_crowd(*(int *)data);
	return 0;
}

static struct node *crowded_namespace(uid_t uid)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int others = CROWD - 1;

	if (uid)
		node_become_user(init, uid, 0);
	node_call(init, make_crowd, &others, sizeof(others));
	return init;
}

/* The parts before the failure are there and told. */
static void expect_done(struct __test_metadata *_metadata, const struct held_call *call,
			__u32 done)
{
	EXPECT_EQ(done, call->request->done);
	EXPECT_EQ(done < CROWD ? done + 1 : 0, call->request->cursor);
	for (__u32 i = 0; i < done; i++) {
		ASSERT_EQ(i + 1, call->entries[i].pid);
		EXPECT_EQ(TRANSLATE_PID_KIND_PROCESS, call->entries[i].kind);
	}
}

TEST_F(held, nothing_happens)
{
	int fds[] = { translate_device(), translate_proc_file() };
	struct node *init = crowded_namespace(0);

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct held_call *call = held_start(fds[i], node_ns_id(init), 0, 0);

		/* Told before the first entry was written, and not again before the end. */
		EXPECT_EQ(0, call->request->done);
		EXPECT_EQ(1, call->entries[0].pid);
		EXPECT_EQ(0, held_go_on(call));
		expect_done(_metadata, call, CROWD);
		held_free(call);
	}
}

static void check_death(struct __test_metadata *_metadata, struct node *init, __u64 source,
			__u64 target, int fd)
{
	struct held_call *call = held_start(fd, source, target, 0);
	__u64 id = node_ns_id(init);

	/* It keeps neither the namespace nor its id alive. */
	node_destroy(init);
	ASSERT_TRUE(id_dies(id));
	EXPECT_EQ(-EINVAL, held_go_on(call));
	if (id == source)
		expect_done(_metadata, call, HELD);
	EXPECT_EQ(HELD, call->request->done);
	/* Once and for ever. */
	EXPECT_EQ(-EINVAL, translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, call->request));
	EXPECT_EQ(HELD, call->request->done);
	held_free(call);
}

TEST_F(held, source_dies)
{
	struct node *init = crowded_namespace(0);

	check_death(_metadata, init, node_ns_id(init), 0, translate_device());
	init = crowded_namespace(0);
	check_death(_metadata, init, node_ns_id(init), 0, translate_proc_file());
}

TEST_F(held, target_dies)
{
	struct node *init = crowded_namespace(0), *target = node_spawn(NULL, CLONE_NEWPID);

	check_death(_metadata, target, node_ns_id(init), node_ns_id(target), translate_device());
}

static void check_access(struct __test_metadata *_metadata, struct node *init, __u64 source,
			 __u64 target)
{
	struct held_call *call = held_start(translate_device(), source, target, USER);

	node_set_dumpable(init, false);
	EXPECT_EQ(-EPERM, held_go_on(call));
	EXPECT_EQ(HELD, call->request->done);
	EXPECT_EQ(HELD + 1, call->request->cursor);
	held_free(call);

	/* Given back, the rest is listed. */
	node_set_dumpable(init, true);
	call = held_start(translate_device(), source, target, USER);
	node_set_dumpable(init, false);
	node_set_dumpable(init, true);
	EXPECT_EQ(0, held_go_on(call));
	EXPECT_EQ(CROWD, call->request->done);
	held_free(call);
}

TEST_F(held, access_to_the_source_is_taken_away)
{
	struct node *init = crowded_namespace(USER);

	check_access(_metadata, init, node_ns_id(init), 0);
}

TEST_F(held, access_to_the_target_is_taken_away)
{
	struct node *init = crowded_namespace(USER);
	struct node *target = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);

	check_access(_metadata, target, node_ns_id(init), node_ns_id(target));
}

/* Behind the part that is held, the list is that of later. */
TEST_F(held, processes_come_and_go)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *gone[3];
	struct held_call *call;
	int others = CROWD - 4, error;
	pid_t late = 30000;

	gone[0] = node_spawn(init, 0);
	node_call(init, make_crowd, &others, sizeof(others));
	gone[1] = node_spawn(init, 0);
	gone[2] = node_spawn(init, 0);
	ASSERT_EQ(2, gone[0]->own);
	ASSERT_EQ(CROWD, gone[2]->own);
	call = held_start(translate_device(), node_ns_id(init), 0, 0);
	node_destroy(gone[0]);
	node_destroy(gone[1]);
	ASSERT_NE(NULL, node_try_spawn(init, 0, &late, 1, &error));
	EXPECT_EQ(0, held_go_on(call));
	ASSERT_EQ(CROWD, call->request->done);
	EXPECT_EQ(0, call->request->cursor);
	for (__u32 i = 0; i < CROWD - 2; i++)
		EXPECT_EQ(i + 1, call->entries[i].pid);
	EXPECT_EQ(gone[2]->own, call->entries[CROWD - 2].pid);
	EXPECT_EQ(late, call->entries[CROWD - 1].pid);
	held_free(call);
}

/* The page that is waited for never comes: it goes. */
TEST_F(held, page_goes)
{
	struct node *init = crowded_namespace(0);
	struct held_call *call = held_start(translate_device(), node_ns_id(init), 0, 0);

	munmap(call->page.memory, call->page.size);
	close(call->page.faults);
	pthread_join(call->thread, NULL);
	EXPECT_EQ(-EFAULT, call->result);
	expect_done(_metadata, call, PART);
	munmap(call->page.memory - call->page.front, call->page.front);
	free(call->request);
	free(call);
}

struct victim {
	__u64 source;
	struct translate_pid_list_request request;
	volatile int is_held;
};

static int be_held(void *argument)
{
	struct victim *victim = argument;

	held_start_at(&victim->request, translate_device(), victim->source, 0, 0);
	victim->is_held = 1;
	return child_idle(NULL);
}

static bool is_held(void *argument)
{
	return ((struct victim *)argument)->is_held;
}

/* Who is killed while waiting ends at once, and the module has nothing left of it. */
TEST_F(held, caller_is_killed)
{
	struct node *init = crowded_namespace(0);
	struct victim *victim = shared_memory(sizeof(*victim));
	__u64 id = node_ns_id(init);
	pid_t pid;

	victim->source = id;
	pid = child_start(be_held, victim);
	ASSERT_TRUE(observe_wait(is_held, victim));
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, child_wait(pid));
	/* What it had got is told even so. */
	EXPECT_EQ(PART, victim->request.done);
	EXPECT_EQ(PART + 1, victim->request.cursor);
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
}

TEST_HARNESS_MAIN
