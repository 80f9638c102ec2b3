// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of a namespace in which processes, threads, groups and namespaces come and
 * go as fast as they can, between numbers that stay: each of those is in each
 * list exactly once, as what it is. In the end the namespace dies under the lists.
 *
 * Usage: list_churn_test [SECONDS]
 *
 * RUNS: on one ABI, because what meets in the module is no matter of the ABI.
 */
#include <ctype.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <linux/sched.h>

#include "child.h"
#include "pid_list.h"
#include "random.h"
#include "test.h"

/* Numbers that stay: every GAPth of those that there are, so that others fit in between. */
#define PID_MAX		1000
#define GAP		7
#define FIRST		20
#define STAYING		((PID_MAX - FIRST) / GAP)
#define STABLE_MOST	(STAYING + 64)
#define CHURNERS	3
#define WALKERS		3
#define TIMEOUT		3600

static __u64 seconds = 8;

static struct {
	__u64 deadline;
	__u64 id;
	struct random random;
	__u32 stable;
	struct translate_pid_list_entry entries[STABLE_MOST];	/* numbers are the host's */
	volatile bool dying;
	__u32 failures;
	char first_failure[256];
	__u32 lists, listed, threads, groups, zombies, ended;
} *shared;

static __u32 add(__u32 *word, __u32 more)
{
	return __atomic_fetch_add(word, more, __ATOMIC_ACQ_REL);
}

static void __printf(1, 2) fail(const char *format, ...)
{
	va_list args;

	if (add(&shared->failures, 1))
		return;
	va_start(args, format);
	vsnprintf(shared->first_failure, sizeof(shared->first_failure), format, args);
	va_end(args);
}

static bool time_is_up(void)
{
	return observe_clock_ms() >= shared->deadline;
}

/* What stays: made inside of the namespace, by its init. */

static pid_t clone_at(pid_t number)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&number,
		.set_tid_size = 1,
	};
	pid_t pid = syscall(__NR_clone3, &args, sizeof(args));

	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void *exec_again(void *argument)
{
	(void)argument;
	/* Once the first thread sleeps, or a little before. */
	execl("/proc/thread-self/exe", "list_churn_test", "executing", NULL);
	_exit(1);
}

/* A process that is executed by another of its threads, again and again. */
static void __attribute__((noreturn)) execute_for_ever(void)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pthread_create(&thread, NULL, exec_again, NULL))
		_exit(1);
	for (;;)
		pause();
}

/* The number of a session that only a member keeps, for a while or (0) for ever. */
static void __attribute__((noreturn)) leave_session(unsigned int microseconds)
{
	if (setsid() < 0)
		_exit(1);
	if (fork() == 0) {
		if (!microseconds)
			child_idle(NULL);
		usleep(microseconds);
	}
	_exit(0);
}

static void __attribute__((noreturn)) be_staying(int i)
{
	if (i % 16 == 1)
		leave_session(0);
	if (i % 16 == 2)
		_exit(0);
	if (i % 48 == 3)
		exec_again(NULL);
	_exit(child_idle(NULL));
}

/* 0 or the negative error number. */
static long make_one(int i)
{
	pid_t pid = clone_at(FIRST + i * GAP);
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		be_staying(i);
	if (i % 16 == 1 && (waitpid(pid, &status, 0) != pid || status))
		return -ECHILD;
	/* This one is never reaped. */
	if (i % 16 == 2 && waitid(P_PID, pid, &(siginfo_t){}, WEXITED | WNOWAIT))
		return -errno;
	return 0;
}

static long make_staying(void *data)
{
	char text[16];
	long error;

	(void)data;
	snprintf(text, sizeof(text), "%d", PID_MAX);
	/* Numbers are given again and again, also between those that stay. */
	error = observe_write("/proc/sys/kernel/pid_max", text);
	/* Those that execute come last: their threads take any number. */
	for (int executing = 0; executing < 2; executing++)
		for (int i = 0; i < STAYING && !error; i++)
			if ((i % 48 == 3) == executing)
				error = make_one(i);
	return error;
}

/* What comes and goes. */

static void *end_at_once(void *argument)
{
	(void)argument;
	return NULL;
}

static void churn_once(struct random *random)
{
	__u32 kind = random_below(random, 8);
	pthread_t threads[4];
	int count = 0;
	pid_t pid;

	if (kind < 3) {
		while (count < 4 && !pthread_create(&threads[count], NULL, end_at_once, NULL))
			count++;
		while (count)
			pthread_join(threads[--count], NULL);
		return;
	}
	pid = child_clone(kind == 3 ? CLONE_NEWPID : 0);
	if (pid < 0) {
		sched_yield();
		return;
	}
	if (pid == 0) {
		if (kind == 4)
			leave_session(1 + random_below(random, 2000));
		if (kind < 7 && fork() == 0)
			_exit(0);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static int churn(void *argument)
{
	struct random random = { .state = shared->random.state + (uintptr_t)argument };

	/* Orphans of what it makes are its own to reap. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (;;) {
		churn_once(&random);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return 0;
}

static long start_churning(void *data)
{
	(void)data;
	for (uintptr_t i = 1; i <= CHURNERS; i++)
		child_start(churn, (void *)i);
	return 0;
}

/* Lists. */

static bool is_process(const struct translate_pid_list_entry *entry)
{
	return entry->kind == TRANSLATE_PID_KIND_PROCESS ||
	       entry->kind == TRANSLATE_PID_KIND_ZOMBIE;
}

static void check_entry(const struct translate_pid_list_entry *entry, __u32 flags, bool same)
{
	bool is_right = entry->pid > 0 && entry->kind >= TRANSLATE_PID_KIND_PROCESS &&
			entry->kind <= TRANSLATE_PID_KIND_GROUP;

	if (flags & TRANSLATE_PID_LIST_PROCESSES)
		is_right &= is_process(entry);
	if (same && !(flags & TRANSLATE_PID_THREAD_GROUP))
		is_right &= entry->number == entry->pid;
	if (is_process(entry) || flags & TRANSLATE_PID_THREAD_GROUP)
		is_right &= entry->number == entry->thread_group;
	else
		is_right &= entry->number > 0 && entry->number != entry->thread_group;
	if (entry->kind == TRANSLATE_PID_KIND_GROUP)
		is_right &= !entry->thread_group;
	else
		is_right &= entry->thread_group > 0;
	if (!is_right)
		fail("flags %u: pid %d, number %d, group %d, kind %u", flags, entry->pid,
		     entry->number, entry->thread_group, entry->kind);
	if (entry->kind == TRANSLATE_PID_KIND_THREAD)
		add(&shared->threads, 1);
	if (entry->kind == TRANSLATE_PID_KIND_GROUP)
		add(&shared->groups, 1);
	if (entry->kind == TRANSLATE_PID_KIND_ZOMBIE)
		add(&shared->zombies, 1);
}

/* Lists are in ascending order, which pid_list_all() sees to: nothing is there twice. */
static void check_stable(const struct pid_listing *listing, __u32 flags, bool by_host, bool same)
{
	for (__u32 i = 0; i < shared->stable; i++) {
		const struct translate_pid_list_entry *wanted = &shared->entries[i], *entry;
		bool hidden = flags & TRANSLATE_PID_LIST_PROCESSES && !is_process(wanted);

		entry = pid_list_find(listing, by_host ? wanted->number : wanted->pid);
		if (!entry != hidden ||
		    (entry && (entry->kind != wanted->kind ||
			       (!same && entry->thread_group != wanted->thread_group))))
			fail("flags %u: %d, which stays and is of kind %u, is of kind %d in group %d",
			     flags, wanted->pid, wanted->kind, entry ? (int)entry->kind : -1,
			     entry ? entry->thread_group : -1);
	}
}

static int walk(void *argument)
{
	static const __u32 rooms[] = { 1, 2, 7, 64, 65, 100, 1000 };
	struct random random = { .state = shared->random.state + 1000 + (uintptr_t)argument };
	bool by_host = argument == (void *)1;

	while (!time_is_up()) {
		__u32 flags = random_below(&random, 4);
		__u32 room = rooms[random_below(&random, ARRAY_SIZE(rooms))];
		bool same = !by_host && random_below(&random, 2);
		struct pid_listing listing = pid_list_all(translate_device(),
							  by_host ? 0 : shared->id,
							  same ? shared->id : 0, flags, room);

		for (size_t i = 0; i < listing.count; i++)
			check_entry(&listing.entries[i], flags, by_host || same);
		check_stable(&listing, flags, by_host, same);
		add(&shared->lists, 1);
		add(&shared->listed, listing.count);
		pid_list_free(&listing);
	}
	return 0;
}

/* EINVAL is the end, and there is no other. */
static int walk_to_the_end(void *argument)
{
	static struct translate_pid_list_entry entries[PID_MAX];
	struct translate_pid_list_request request = { .source = shared->id };
	bool has_ended = false;

	(void)argument;
	for (int left = 100; left;) {
		long error;

		request.entries = (uintptr_t)entries;
		request.count = ARRAY_SIZE(entries);
		request.cursor = 0;
		error = translate_ioctl(translate_device(), TRANSLATE_PID_LIST_PIDS, &request);
		if (error && (error != -EINVAL || !shared->dying))
			fail("the list of a%s namespace: error %ld",
			     shared->dying ? " dying" : "", -error);
		if (has_ended && !error)
			fail("a dead namespace has a list");
		has_ended |= error != 0;
		left -= has_ended;
		if (observe_clock_ms() > shared->deadline + PATIENCE_MS)
			return 1;
	}
	add(&shared->ended, 1);
	return 0;
}

/* The numbers that stay, when nothing else is there. */
static void learn_stable(void)
{
	struct pid_listing listing = pid_list_all(translate_device(), shared->id, 0, 0, PID_MAX);

	for (size_t i = 0; i < listing.count; i++) {
		const struct translate_pid_list_entry *entry = &listing.entries[i];

		/* Those that execute have more threads now and then. */
		if (entry->kind != TRANSLATE_PID_KIND_THREAD && shared->stable < STABLE_MOST)
			shared->entries[shared->stable++] = *entry;
	}
	pid_list_free(&listing);
}

static __u32 stable_of(__u32 kind)
{
	__u32 count = 0;

	for (__u32 i = 0; i < shared->stable; i++)
		count += shared->entries[i].kind == kind;
	return count;
}

TREE_FIXTURE_WITH(list_churn, NO_VARIANTS)

TEST_F_TIMEOUT(list_churn, what_stays_is_listed_once, TIMEOUT)
{
	pid_t walkers[WALKERS + 2];
	struct node *init;

	shared = shared_memory(sizeof(*shared));
	shared->random = random_start();
	init = node_spawn(NULL, CLONE_NEWPID);
	shared->id = node_ns_id(init);
	ASSERT_EQ(0, node_call(init, make_staying, NULL, 0));
	learn_stable();
	ASSERT_LE(STAYING, shared->stable);
	ASSERT_LT(5, stable_of(TRANSLATE_PID_KIND_GROUP));
	ASSERT_LT(5, stable_of(TRANSLATE_PID_KIND_ZOMBIE));
	node_call(init, start_churning, NULL, 0);

	shared->deadline = observe_clock_ms() + seconds * 1000;
	for (uintptr_t i = 0; i < WALKERS; i++)
		walkers[i] = child_start(walk, (void *)i);
	for (int i = 0; i < WALKERS; i++)
		EXPECT_EQ(0, child_wait(walkers[i]));
	EXPECT_EQ(0, shared->failures)
	TH_LOG("first of %u failures: %s", shared->failures, shared->first_failure);

	for (uintptr_t i = 0; i < 2; i++)
		walkers[i] = child_start(walk_to_the_end, NULL);
	usleep(100000);
	shared->dying = true;
	node_destroy(init);
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0, child_wait(walkers[i]));
	EXPECT_EQ(2, shared->ended);
	EXPECT_EQ(0, shared->failures)
	TH_LOG("first of %u failures: %s", shared->failures, shared->first_failure);

	TH_LOG("%u lists, %u entries: %u threads, %u groups, %u zombies; %u stay",
	       shared->lists, shared->listed, shared->threads, shared->groups, shared->zombies,
	       shared->stable);
	EXPECT_LT(3, shared->lists);
	EXPECT_LT(0, shared->threads);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "executing"))
		execute_for_ever();
	translate_must_be_complete();
	extend_time_limits();
	if (argc > 1 && isdigit(argv[1][0])) {
		seconds = atoi(argv[1]);
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	return test_harness_run(argc, argv);
}
