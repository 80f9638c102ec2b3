// SPDX-License-Identifier: GPL-2.0-only
/*
 * TRANSLATE_PID_TRANSLATE_MANY whose memory makes it wait: what is taken from
 * the caller meanwhile is gone for the rest of the call.
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "child.h"
#include "test.h"
#include "withheld_page.h"

#define USER	1000
#define MARK	0x5a5a5a5a

TREE_FIXTURE_WITH(many_held, NO_VARIANTS)

/* One call in a thread of the test, whose memory ends in a page that is withheld. */
struct call {
	pthread_t thread;
	bool as_user;
	int fd;
	struct withheld_page page;
	__s32 *pids;
	__u32 in_front;		/* how many numbers are in front of that page */
	struct translate_pid_many_request request;
	long result;
};

#ifdef SYS_setresuid32
#define SET_UIDS SYS_setresuid32
#define SET_GIDS SYS_setresgid32
#define SET_GROUPS SYS_setgroups32
#else
#define SET_UIDS SYS_setresuid
#define SET_GIDS SYS_setresgid
#define SET_GROUPS SYS_setgroups
#endif

/* Of this thread alone, which the C library's functions would not leave at that. */
static void become_user(void)
{
	if (syscall(SET_GROUPS, 0, NULL) || syscall(SET_GIDS, USER, USER, USER) ||
	    syscall(SET_UIDS, USER, USER, USER))
		observe_die("a thread cannot become another user: %s", strerror(errno));
}

static void *run_call(void *argument)
{
	struct call *call = argument;

	if (call->as_user)
		become_user();
	call->result = translate_ioctl(call->fd, TRANSLATE_PID_TRANSLATE_MANY, &call->request);
	return NULL;
}

/* Asks for @pid everywhere, and returns when the call waits for the page. */
static void hold(struct call *call, int fd, __u64 source, __u64 target, pid_t pid, bool as_user)
{
	*call = (struct call){ .as_user = as_user, .fd = fd };
	call->page = withheld_missing_behind_a_page();
	call->pids = (__s32 *)(call->page.memory - call->page.front);
	call->in_front = call->page.front / sizeof(*call->pids);
	for (__u32 i = 0; i < call->in_front; i++)
		call->pids[i] = pid;
	call->request = (struct translate_pid_many_request){
		.source = source,
		.target = target,
		.pids = (unsigned long)call->pids,
		.count = 2 * call->in_front,
		.done = MARK,
	};
	if (pthread_create(&call->thread, NULL, run_call, call))
		observe_die("no thread");
	withheld_wait_for_sleeper(&call->page);
}

/* Brings the page, full of the question, and returns the call's result. */
static long let_go(struct call *call, pid_t pid)
{
	__s32 *numbers = malloc(call->page.size);

	for (__u32 i = 0; i < call->in_front; i++)
		numbers[i] = pid;
	withheld_fill(&call->page, numbers, call->page.size);
	free(numbers);
	pthread_join(call->thread, NULL);
	return call->result;
}

/* The first @done are the answer, all others the question. */
static void check(struct __test_metadata *_metadata, struct call *call, __u32 done, __s32 answer,
		  __s32 question)
{
	EXPECT_EQ(done, call->request.done);
	for (__u32 i = 0; i < 2 * call->in_front; i++) {
		ASSERT_EQ(i < done ? answer : question, call->pids[i]) {
			TH_LOG("number %u", i);
		}
	}
	withheld_free(&call->page);
}

TEST_F(many_held, nothing_happens)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int fds[] = { translate_device(), translate_proc_file() };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct call call;

		hold(&call, fds[i], 0, node_ns_id(init), init->pid, false);
		/* The numbers in front have been replaced, but not told. */
		EXPECT_EQ(1, call.pids[0]);
		EXPECT_EQ(0, call.request.done);
		EXPECT_EQ(0, let_go(&call, init->pid));
		check(_metadata, &call, 2 * call.in_front, 1, init->pid);
	}
}

static void take_away(struct __test_metadata *_metadata, bool as_source, bool init_dies)
{
	struct node *init = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	__u64 id = node_ns_id(init);
	pid_t asked = as_source ? 1 : init->pid, answer = as_source ? init->pid : 1;
	int fd = observe_open_ns(init->pid, "pid");
	struct call call;

	ASSERT_LE(0, fd);
	hold(&call, translate_device(), as_source ? id : 0, as_source ? 0 : id, asked, true);
	EXPECT_EQ(answer, call.pids[0]);
	/* Without an init it takes a capability, but lives on by the descriptor. */
	if (init_dies)
		node_destroy(init);
	else
		node_set_dumpable(init, false);
	EXPECT_EQ(-EPERM, let_go(&call, asked));
	check(_metadata, &call, call.in_front, answer, asked);
	close(fd);
}

TEST_F(many_held, source_loses_its_init)
{
	take_away(_metadata, true, true);
}

TEST_F(many_held, target_loses_its_init)
{
	take_away(_metadata, false, true);
}

TEST_F(many_held, source_becomes_undumpable)
{
	take_away(_metadata, true, false);
}

TEST_F(many_held, target_becomes_undumpable)
{
	take_away(_metadata, false, false);
}

static void let_die(struct __test_metadata *_metadata, bool as_source)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	pid_t asked = as_source ? 1 : getpid(), answer = as_source ? init->pid : 0;
	struct call call;

	hold(&call, translate_device(), as_source ? id : 0, as_source ? 0 : id, asked, false);
	EXPECT_EQ(answer, call.pids[0]);
	node_destroy(init);
	/* The call keeps it neither alive nor listed. */
	EXPECT_TRUE(id_dies(id));
	EXPECT_EQ(-EINVAL, let_go(&call, asked));
	check(_metadata, &call, call.in_front, answer, asked);
}

TEST_F(many_held, source_dies)
{
	let_die(_metadata, true);
}

TEST_F(many_held, target_dies)
{
	let_die(_metadata, false);
}

/* Answers are those of their own time, not of the beginning. */
TEST_F(many_held, process_dies)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *child = node_spawn(init, 0);
	pid_t asked = child->own;
	struct call call;

	hold(&call, translate_device(), node_ns_id(init), 0, asked, false);
	EXPECT_EQ(child->pid, call.pids[0]);
	node_destroy(child);
	EXPECT_EQ(0, let_go(&call, asked));
	EXPECT_EQ(2 * call.in_front, call.request.done);
	EXPECT_EQ(-ESRCH, call.pids[call.in_front]);
	EXPECT_EQ(-ESRCH, call.pids[2 * call.in_front - 1]);
	withheld_free(&call.page);
}

struct plain_call {
	int fd;
	void *request;
	long result;
};

static void *run_plain_call(void *argument)
{
	struct plain_call *call = argument;

	call->result = translate_ioctl(call->fd, TRANSLATE_PID_TRANSLATE_MANY, call->request);
	return NULL;
}

/* The place for done is tried out while all numbers are as they were. */
TEST_F(many_held, done_is_written_first)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	volatile __s32 pids[3] = { init->pid, init->pid, init->pid };
	struct translate_pid_many_request request = {
		.target = node_ns_id(init), .pids = (unsigned long)pids, .count = 3, .done = MARK,
	};
	struct withheld_page page = withheld_read_only(&request, sizeof(request));
	struct plain_call call = { .fd = translate_device(), .request = page.memory };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, run_plain_call, &call));
	withheld_wait_for_sleeper(&page);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(init->pid, pids[i]);
	withheld_allow_writing(&page);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, call.result);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(1, pids[i]);
	withheld_free(&page);
}

/* A call of a process of its own that is killed, in memory that the test sees. */
struct killed {
	struct translate_pid_many_request request;
	volatile bool begins, has_returned;
	long result;
	__s32 pids[TRANSLATE_PID_MANY_MOST];
};

static int call_once(void *argument)
{
	struct killed *killed = argument;
	int fd = translate_device();

	killed->begins = true;
	killed->result = translate_ioctl(fd, TRANSLATE_PID_TRANSLATE_MANY, &killed->request);
	killed->has_returned = true;
	return child_idle(NULL);
}

static void prepare(struct killed *killed, pid_t pid, __u32 count)
{
	killed->begins = killed->has_returned = false;
	killed->request = (struct translate_pid_many_request){
		.pids = (unsigned long)killed->pids, .count = count,
	};
	for (__u32 i = 0; i < count; i++)
		killed->pids[i] = -pid;
}

static __u32 replaced(struct __test_metadata *_metadata, struct killed *killed, pid_t pid)
{
	__u32 count = killed->request.count, done = 0;

	while (done < count && killed->pids[done] == -ESRCH)
		done++;
	for (__u32 i = done; i < count; i++)
		if (killed->pids[i] != -pid)
			EXPECT_EQ(-pid, killed->pids[i]);
	return done;
}

/* A fatal signal is waited for by nobody, and what was done is told. */
TEST_F(many_held, killed_at_any_time)
{
	struct killed *killed = shared_memory(sizeof(*killed));
	pid_t pid = getpid();
	int early = 0;

	/* -ESRCH would not show. */
	ASSERT_NE(ESRCH, pid);
	for (int i = 0; i < 60; i++) {
		pid_t child;
		__u32 done;

		prepare(killed, pid, TRANSLATE_PID_MANY_MOST);
		child = child_start(call_once, killed);
		while (!killed->begins)
			sched_yield();
		usleep(i % 20 * 200);
		child_kill(child);
		done = replaced(_metadata, killed, pid);
		if (killed->has_returned) {
			EXPECT_EQ(0, killed->result);
			EXPECT_EQ(killed->request.count, done);
		}
		EXPECT_EQ(done, killed->request.done) {
			TH_LOG("round %d", i);
		}
		early += done < killed->request.count;
	}
	TH_LOG("%d of 60 calls ended early", early);
}

/* It waits for memory that never comes; the signal gets through. */
static int call_stuck(void *argument)
{
	struct killed *killed = argument;
	struct withheld_page page = withheld_missing_behind_a_page();
	__s32 *pids = (__s32 *)(page.memory - page.front);

	for (__u32 i = 0; i < page.front / sizeof(*pids); i++)
		pids[i] = -getpid();
	killed->request.pids = (unsigned long)pids;
	killed->request.count = 2 * page.front / sizeof(*pids);
	killed->request.done = MARK;
	return call_once(killed);
}

static bool has_begun_to_replace(void *argument)
{
	struct killed *killed = argument;

	return __atomic_load_n(&killed->request.done, __ATOMIC_RELAXED) != MARK;
}

TEST_F(many_held, killed_while_it_waits)
{
	struct killed *killed = shared_memory(sizeof(*killed));
	__u64 start;
	pid_t child;

	killed->request.done = MARK;
	child = child_start(call_stuck, killed);
	while (!killed->begins)
		sched_yield();
	ASSERT_TRUE(observe_wait(has_begun_to_replace, killed));
	usleep(50000);
	start = observe_clock_ms();
	child_kill(child);
	EXPECT_GT(2000 * test_patience(), observe_clock_ms() - start);
	EXPECT_FALSE(killed->has_returned);
	/* All that is in front of the page. */
	EXPECT_EQ(sysconf(_SC_PAGESIZE) / sizeof(__s32), killed->request.done);
}

TEST_HARNESS_MAIN
