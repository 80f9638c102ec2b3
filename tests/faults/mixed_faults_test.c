// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory fails now and then while several processes make and end namespaces in
 * namespaces, translate and read /proc. A live namespace's owner gets the
 * right answers or is told that there is no memory; afterwards all that lives
 * has an id, all that died has gone, and everything works.
 *
 * Usage: mixed_faults_test [SECONDS]
 */
#include <sys/wait.h>

#include "child.h"
#include "inject.h"
#include "module.h"
#include "ns_link.h"
#include "random.h"
#include "test.h"

#define WORKERS		4
#define DEEPEST		3
#define SURVIVORS	64
/* Of ten thousand allocations; making a process takes hundreds. */
#define FAILURES	50
#define TIMEOUT		3600

static __u64 seconds = 60;

static struct shared {
	__u64 deadline;
	struct random random;
	/* Written by several. */
	unsigned int births, births_refused, answers, answers_refused, lates;
	unsigned int failures;
	char first_failure[256];
	unsigned int survivors;
	pid_t survivor[SURVIVORS];
} *shared;

static void count(unsigned int *number)
{
	__atomic_fetch_add(number, 1, __ATOMIC_RELAXED);
}

static void __printf(1, 2) fail(const char *format, ...)
{
	va_list args;

	if (__atomic_fetch_add(&shared->failures, 1, __ATOMIC_ACQ_REL))
		return;
	va_start(args, format);
	vsnprintf(shared->first_failure, sizeof(shared->first_failure), format, args);
	va_end(args);
}

/*
 * Copies to and from user space fail when a page cannot be had for them; a name
 * in /proc is not there when its inode cannot be had.
 */
static bool is_for_want_of_memory(long error)
{
	return error == -ENOMEM || error == -EFAULT || error == -ENOENT || error == -EAGAIN ||
	       error == -ENFILE;
}

/* Whether there is an answer at all. */
static bool answered(const char *question, pid_t pid, long result)
{
	if (result >= 0) {
		count(&shared->answers);
		return true;
	}
	if (!is_for_want_of_memory(result))
		fail("%s about the live process %d: error %ld", question, pid, -result);
	count(&shared->answers_refused);
	return false;
}

/* Everything that can be asked about the namespace of the init @pid, which lives. */
static void ask_about(pid_t pid, int device, struct random *random)
{
	struct translate_pid_id_request by_pid = { .by = TRANSLATE_PID_BY_PID, .value = pid };
	struct translate_pid_request down = { .pid = 1 };
	char path[64], text[NS_LINK_TEXT * 2], expected[NS_LINK_TEXT];
	struct translate_pid_ns_request init;
	long result;

	result = translate_ioctl(device, TRANSLATE_PID_GET_ID, &by_pid);
	if (!answered("GET_ID", pid, result))
		return;
	if (!by_pid.id)
		fail("the process %d is said to be in the initial namespace", pid);

	switch (random_below(random, 4)) {
	case 0:
		down.source = by_pid.id;
		result = translate_ioctl(device, TRANSLATE_PID_TRANSLATE, &down);
		if (answered("TRANSLATE", pid, result) && down.result != pid)
			fail("the init %d is said to be %d", pid, down.result);
		break;
	case 1:
		result = translate_by_syscall.translate(1, by_pid.id, 0);
		if (answered("the system call", pid, result) && result != pid)
			fail("the init %d is said to be %ld", pid, result);
		break;
	case 2:
		ns_link_path(pid, NS_LINK, path, sizeof(path));
		ns_link_expected(by_pid.id, expected);
		result = ns_link_read(AT_FDCWD, path, text, sizeof(text));
		if (answered("the link", pid, result) && strcmp(text, expected))
			fail("the link of %d is %s, not %s", pid, text, expected);
		break;
	default:
		init = (struct translate_pid_ns_request){ .by = TRANSLATE_PID_BY_ID,
							  .value = by_pid.id };
		result = translate_ioctl(device, TRANSLATE_PID_OPEN_NS, &init);
		if (answered("OPEN_NS", pid, result))
			close(result);
	}
}

/* An init that makes two namespaces inside, and so do their inits, then waits for its end. */
static void live(void)
{
	unsigned int depth = 1, made = 0;

	while (depth < DEEPEST && made < 2) {
		pid_t inner = child_clone(CLONE_NEWPID);

		if (!inner) {
			depth++;
			made = 0;
			continue;
		}
		count(inner > 0 ? &shared->births : &shared->births_refused);
		made++;
	}
	child_idle(NULL);
}

static void reap(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int work(void *argument)
{
	struct random random = { shared->random.state + (size_t)argument * 7919 };
	int device = open(TRANSLATE_PID_DEVICE, O_RDWR | O_CLOEXEC);

	inject_join();
	while (observe_clock_ms() < shared->deadline) {
		pid_t pid = child_clone(CLONE_NEWPID);
		unsigned int questions = random_below(&random, 20);

		if (!pid) {
			/* Or the module stays in use for as long as it lives. */
			close(device);
			live();
		}
		if (pid < 0) {
			if (!is_for_want_of_memory(-errno))
				fail("clone(): error %d", errno);
			count(&shared->births_refused);
			continue;
		}
		count(&shared->births);
		while (questions--)
			ask_about(pid, device, &random);
		reap(pid);
	}
	inject_leave();
	return 0;
}

/* Makes namespaces under failures that are there when those have ended. */
static int make_survivors(void *argument)
{
	(void)argument;
	inject_join();
	while (shared->survivors < SURVIVORS && observe_clock_ms() < shared->deadline) {
		pid_t pid = child_clone(CLONE_NEWPID);

		if (!pid)
			child_idle(NULL);
		if (pid > 0)
			shared->survivor[shared->survivors++] = pid;
		usleep(10000);
	}
	inject_leave();
	return child_idle(NULL);
}

static bool time_is_up(void *argument)
{
	(void)argument;
	return observe_clock_ms() >= shared->deadline;
}

static void check_survivors(struct __test_metadata *_metadata)
{
	for (unsigned int i = 0; i < shared->survivors; i++) {
		pid_t pid = shared->survivor[i];
		__u64 id = 0;

		EXPECT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, pid, &id, NULL));
		EXPECT_NE(0, id);
		EXPECT_EQ(pid, translate_by_ioctl.translate(1, id, 0));
	}
}

FIXTURE(mixed_faults) {
};

FIXTURE_SETUP(mixed_faults)
{
}

/* Also when the test broke off. */
FIXTURE_TEARDOWN(mixed_faults)
{
	inject_probability(0);
}

TEST_F_TIMEOUT(mixed_faults, load_of_several_processes, TIMEOUT)
{
	struct translate_pid_info before, after;
	pid_t workers[WORKERS], maker;
	struct node *init;

	shared = shared_memory(sizeof(*shared));
	shared->random = random_start();
	shared->deadline = observe_clock_ms() + seconds * 1000;
	ASSERT_EQ(0, translate_get_info(&before));

	inject_setup();
	for (size_t i = 0; i < WORKERS; i++)
		workers[i] = child_start(work, (void *)i);
	maker = child_start(make_survivors, NULL);
	inject_probability(FAILURES);
	while (!time_is_up(NULL))
		usleep(100000);
	inject_probability(0);
	for (size_t i = 0; i < WORKERS; i++)
		EXPECT_EQ(0, child_wait(workers[i]));

	EXPECT_EQ(0, translate_get_info(&after));
	check_survivors(_metadata);
	for (unsigned int i = 0; i < shared->survivors; i++)
		kill(shared->survivor[i], SIGKILL);
	child_kill(maker);
	EXPECT_EQ(before.namespaces, namespace_count_settles(before.namespaces));

	init = node_spawn(NULL, CLONE_NEWPID);
	EXPECT_EQ(init->pid, translate_by_ioctl.translate(1, node_ns_id(init), 0));
	nodes_destroy();

	printf("# faults: figures: mixed_seconds=%llu faults=%lu births=%u births_refused=%u answers=%u answers_refused=%u survivors=%u\n",
	       seconds, inject_total(), shared->births, shared->births_refused, shared->answers,
	       shared->answers_refused, shared->survivors);
	EXPECT_EQ(0, shared->failures) {
		TH_LOG("%u wrong, at first: %s", shared->failures, shared->first_failure);
	}
	/* Otherwise nothing was tried. */
	EXPECT_LT(100, inject_total());
	EXPECT_LT(0, shared->answers_refused);
	EXPECT_LT(0, shared->births_refused);
	EXPECT_LT(0, shared->survivors);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		seconds = strtoull(argv[1], NULL, 10);
	return test_harness_run(1, argv);
}
