// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_LIST_NS while the caller's memory makes it wait between two of its
 * parts: what happens meanwhile counts for the parts that follow, and the call keeps
 * nothing that it could keep for ever.
 *
 * RUNS: on one ABI, because what happens meanwhile is no matter of the ABI.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "child.h"
#include "ns_list.h"
#include "test.h"
#include "withheld_page.h"

#define USER	1000

/* Of the module: so many namespaces are looked at at a time. */
#define PART	16
/* Beside the initial one. The second part is held, which was looked at before. */
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
	struct translate_pid_list_ns_request *request;
	struct translate_pid_ns_entry *entries;
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
	call->result = translate_ioctl(call->fd, TRANSLATE_PID_LIST_NS, call->request);
	return NULL;
}

static struct held_call *held_start_at(struct translate_pid_list_ns_request *request, int fd,
				       uid_t uid)
{
	struct held_call *call = calloc(1, sizeof(*call));

	call->page = withheld_missing_behind_a_page();
	call->entries = (void *)(call->page.memory - PART * sizeof(*call->entries));
	call->request = request;
	*call->request = (struct translate_pid_list_ns_request){
		.count = 6 * PART, .entries = (uintptr_t)call->entries,
	};
	call->fd = fd;
	call->uid = uid;
	if (pthread_create(&call->thread, NULL, call_list, call))
		observe_die("no thread");
	withheld_wait_for_sleeper(&call->page);
	return call;
}

static struct held_call *held_start(int fd, uid_t uid)
{
	return held_start_at(calloc(1, sizeof(struct translate_pid_list_ns_request)), fd, uid);
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

/* The namespaces in the order of their birth. */
struct crowd {
	struct node *inits[CROWD];
	__u64 ids[CROWD];
};

static struct crowd make_crowd(uid_t uid)
{
	struct crowd crowd = {};

	for (int i = 0; i < CROWD; i++) {
		crowd.inits[i] = node_spawn(NULL, CLONE_NEWPID);
		if (uid)
			node_become_user(crowd.inits[i], uid, 0);
		crowd.ids[i] = node_ns_id(crowd.inits[i]);
	}
	return crowd;
}

/* All of the crowd, but for those from @from to @to, which are left out. */
static void expect_list(struct __test_metadata *_metadata, const struct held_call *call,
			const struct crowd *crowd, int from, int to, __u32 more)
{
	const struct translate_pid_ns_entry *entry = call->entries;

	EXPECT_EQ(CROWD + 1 - (to - from) + more, call->request->done);
	EXPECT_EQ(0, call->request->cursor);
	EXPECT_EQ(TRANSLATE_PID_INIT_NS, entry++->id);
	for (int i = 0; i < CROWD; i++)
		if (i < from || i >= to)
			ASSERT_EQ(crowd->ids[i], entry++->id);
}

TEST_F(held, nothing_happens)
{
	int fds[] = { translate_device(), translate_proc_file() };
	struct crowd crowd = make_crowd(0);

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct held_call *call = held_start(fds[i], 0);

		/* Told before the first entry was written, and not again before the end. */
		EXPECT_EQ(0, call->request->done);
		EXPECT_EQ(TRANSLATE_PID_INIT_NS, call->entries[0].id);
		EXPECT_EQ(0, held_go_on(call));
		expect_list(_metadata, call, &crowd, 0, 0, 0);
		held_free(call);
	}
}

/*
 * Namespaces die, the last that was looked at and those ahead, and others are born. The
 * call keeps neither them nor their ids.
 */
TEST_F(held, namespaces_come_and_go)
{
	struct crowd crowd = make_crowd(0);
	struct held_call *call = held_start(translate_device(), 0);
	__u64 late;

	/* The initial one is the first of all. */
	for (int i = HELD - 2; i < HELD + 3; i++)
		node_destroy(crowd.inits[i]);
	for (int i = HELD - 2; i < HELD + 3; i++)
		ASSERT_TRUE(id_dies(crowd.ids[i]));
	late = node_ns_id(node_spawn(NULL, CLONE_NEWPID));
	EXPECT_EQ(0, held_go_on(call));
	/* What was looked at is in the list. */
	expect_list(_metadata, call, &crowd, HELD - 1, HELD + 3, 1);
	EXPECT_EQ(late, call->entries[call->request->done - 1].id);
	held_free(call);
}

TEST_F(held, all_that_were_ahead_die)
{
	struct crowd crowd = make_crowd(0);
	struct held_call *call = held_start(translate_proc_file(), 0);

	for (int i = 0; i < CROWD; i++)
		node_destroy(crowd.inits[i]);
	for (int i = 0; i < CROWD; i++)
		ASSERT_TRUE(id_dies(crowd.ids[i]));
	EXPECT_EQ(0, held_go_on(call));
	expect_list(_metadata, call, &crowd, HELD - 1, CROWD, 0);
	held_free(call);
}

TEST_F(held, access_is_taken_away_and_given_back)
{
	struct crowd crowd = make_crowd(USER);
	struct held_call *call = held_start(translate_device(), USER);

	for (int i = 0; i < CROWD; i++)
		node_set_dumpable(crowd.inits[i], false);
	for (int i = HELD + 2; i < CROWD; i++)
		node_set_dumpable(crowd.inits[i], true);
	EXPECT_EQ(0, held_go_on(call));
	expect_list(_metadata, call, &crowd, HELD - 1, HELD + 2, 0);
	held_free(call);
}

/* The page that is waited for never comes: it goes. */
TEST_F(held, page_goes)
{
	struct crowd crowd = make_crowd(0);
	struct held_call *call = held_start(translate_device(), 0);

	munmap(call->page.memory, call->page.size);
	close(call->page.faults);
	pthread_join(call->thread, NULL);
	EXPECT_EQ(-EFAULT, call->result);
	EXPECT_EQ(PART, call->request->done);
	EXPECT_EQ(call->entries[PART - 1].ns_id, call->request->cursor);
	EXPECT_EQ(crowd.ids[PART - 2], call->entries[PART - 1].id);
	munmap(call->page.memory - call->page.front, call->page.front);
	free(call->request);
	free(call);
}

struct victim {
	struct translate_pid_list_ns_request request;
	volatile int is_held;
};

static int be_held(void *argument)
{
	struct victim *victim = argument;

	held_start_at(&victim->request, translate_device(), 0);
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
	struct crowd crowd = make_crowd(0);
	struct victim *victim = shared_memory(sizeof(*victim));
	pid_t pid = child_start(be_held, victim);

	ASSERT_TRUE(observe_wait(is_held, victim));
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, child_wait(pid));
	/* What it had got is told even so. */
	EXPECT_EQ(PART, victim->request.done);
	EXPECT_NE(0, victim->request.cursor);
	for (int i = 0; i < CROWD; i++)
		node_destroy(crowd.inits[i]);
	for (int i = 0; i < CROWD; i++)
		EXPECT_TRUE(id_dies(crowd.ids[i]));
}

TEST_HARNESS_MAIN
