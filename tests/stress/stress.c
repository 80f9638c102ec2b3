// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that the module may meet, at the same time. Prints TAP.
 *
 * Usage: stress SECONDS NAMESPACES [SEED]
 *
 * Ends when both so many seconds are over and so many namespaces were made.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "caller.h"
#include "observe.h"
#include "stable.h"
#include "watchdog.h"

/* A round of the slowest worker may take this long on a debug kernel and a busy host. */
#define PATIENCE_S	600

/* On a host that is too busy, it ends all the same, and fails. */
#define LONGEST_S	6000

static const struct {
	const char *name;
	void (*round)(struct random *random);
	int nice;
} works[] = {
	{ "trees", work_tree, 0 },
	{ "more trees", work_tree, 0 },
	{ "crowds", work_crowd, 0 },
	{ "more crowds", work_crowd, 0 },
	{ "ask the stable", work_ask_stable, 10 },
	{ "ask the dying", work_ask_dying, 10 },
	{ "ask the dying more", work_ask_dying, 10 },
	{ "ask as nobody", work_ask_as_nobody, 10 },
	{ "look up", work_lookup, 10 },
	{ "look up more", work_lookup, 10 },
	{ "watch", work_watch, 10 },
	{ "watch more", work_watch, 10 },
	{ "join", work_join, 10 },
	{ "read proc", work_proc, 10 },
	{ "read proc more", work_proc, 10 },
	{ "exec", work_exec, 10 },
	{ "init pids", work_init_pid, 10 },
	{ "hotplug", work_hotplug, 0 },
	{ "drop caches", work_drop_caches, 0 },
	{ "memory", work_memory, 0 },
	{ "signals", work_signals, 0 },
};

#define WORKS	(sizeof(works) / sizeof(works[0]))

_Static_assert(WORKS <= WORKERS, "room for all workers");

static unsigned long seconds, namespaces_wanted;
static struct random random_state;
static unsigned int results;

static bool result(bool good, const char *text)
{
	printf("%s %u - stress: %s\n", good ? "ok" : "not ok", ++results, text);
	return good;
}

static void report(void)
{
	for (size_t i = 0; i < WORKS; i++)
		printf("# stress: %s (pid %d): %u rounds\n",
		       board->workers[i].name, board->workers[i].pid,
		       board->workers[i].rounds);
	if (board->failures)
		printf("# stress: the first of %u wrong answers: %s\n",
		       board->failures, board->first_failure);
}

static void ignore(int signal)
{
	(void)signal;
}

static void start_worker(size_t i)
{
	struct worker_state *state = &board->workers[i];
	struct random random = { .state = random_next(&random_state) };
	/* Interrupted calls are repeated where the kernel leaves it to us. */
	struct sigaction action = {
		.sa_handler = ignore, .sa_flags = SA_RESTART,
	};
	pid_t pid;

	snprintf(state->name, sizeof(state->name), "%s", works[i].name);
	pid = fork();
	if (pid < 0)
		observe_die("fork failed: %s", strerror(errno));
	if (pid) {
		state->pid = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGUSR1, &action, NULL);
	if (works[i].nice && nice(works[i].nice) < 0 && errno)
		observe_die("nice: %s", strerror(errno));
	while (!board_is_closing()) {
		works[i].round(&random);
		__atomic_fetch_add(&state->rounds, 1, __ATOMIC_RELAXED);
	}
	exit(0);
}

static bool is_worker(pid_t pid)
{
	for (size_t i = 0; i < WORKS; i++)
		if (board->workers[i].pid == pid)
			return true;
	return false;
}

/*
 * Orphans come to this process, a subreaper; one that had joined a namespace
 * keeps its init from ending. Returns false if a worker has ended.
 */
static bool reap_orphans(void)
{
	siginfo_t info = {};

	while (!waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid) {
		if (is_worker(info.si_pid))
			return false;
		waitpid(info.si_pid, NULL, 0);
		info.si_pid = 0;
	}
	return true;
}

/* Whether all workers have come round since the numbers in @before. */
static bool all_moved(__u32 *before)
{
	for (size_t i = 0; i < WORKS; i++)
		if (__atomic_load_n(&board->workers[i].rounds,
				    __ATOMIC_RELAXED) == before[i])
			return false;
	for (size_t i = 0; i < WORKS; i++)
		before[i] = board->workers[i].rounds;
	return true;
}

static bool is_enough(__u64 start)
{
	__u64 passed = (observe_clock_ms() - start) / 1000;

	return passed >= seconds &&
	       (board->counts[NAMESPACES] >= namespaces_wanted ||
		passed >= seconds + LONGEST_S);
}

static void watch(__u64 start)
{
	__u32 before[WORKS] = {};

	while (!is_enough(start)) {
		usleep(100000);
		if (!reap_orphans()) {
			board_fail("a worker ended early");
			return;
		}
		if (all_moved(before))
			watchdog_step("%u namespaces, %u translations, %u lookups, %u hotplugs",
				      board->counts[NAMESPACES],
				      board->counts[TRANSLATIONS],
				      board->counts[LOOKUPS],
				      board->counts[HOTPLUGS]);
	}
}

static bool all_was_done(void)
{
	bool all = board->counts[NAMESPACES] >= namespaces_wanted;

	for (int i = 0; i < COUNTS; i++)
		if (!board->counts[i]) {
			printf("# stress: there were no %s\n", count_names[i]);
			all = false;
		}
	return all;
}

/* Objects of the kernel's own for namespaces; the allocator may keep some. */
static void print_slab(const char *when)
{
	FILE *slabs = fopen("/proc/slabinfo", "r");
	char line[256];

	while (slabs && fgets(line, sizeof(line), slabs))
		if (!strncmp(line, "pid_namespace ", 14))
			printf("# stress: slab %s: %.40s\n", when, line);
	if (slabs)
		fclose(slabs);
}

static int run(void)
{
	struct translate_pid_info before, after;
	__u64 start = observe_clock_ms(), left;
	bool good = true, ended_well = true;

	print_slab("at the start");
	if (translate_get_info(&before))
		observe_die("there is no module");
	stable_new();
	for (size_t i = 0; i < WORKS; i++)
		start_worker(i);
	watch(start);
	board->stop = 1;
	/* The stable chain ends last. */
	watchdog_step("the end: workers");
	for (size_t i = 0; i < WORKS; i++) {
		int status = 0;

		ended_well &= waitpid(board->workers[i].pid, &status, 0) ==
			      board->workers[i].pid && status == 0;
	}
	watchdog_step("the end: the stable chain");
	nodes_destroy();
	watchdog_step("the end: namespaces go away");
	left = namespace_count_settles(before.namespaces);
	translate_get_info(&after);

	report();
	good &= result(!board->failures, "every answer is right, or right at some moment of its call");
	good &= result(ended_well, "every worker works to the end");
	good &= result(population_count_ids() > 0, "no two namespaces ever had the same id");
	good &= result(after.generation == before.generation, "the generation of ids is still the same");
	good &= result(left == before.namespaces, "the module counts as many namespaces as before");
	good &= result(all_was_done(), "everything that the suite promises was done");
	print_slab("at the end");
	printf("# stress: figures:");
	for (int i = 0; i < COUNTS; i++)
		printf(" %s=%u", count_names[i], board->counts[i]);
	printf(" seconds=%llu seed=%s\n", (observe_clock_ms() - start) / 1000,
	       getenv("TRANSLATE_PID_SEED") ?: "?");
	return !good;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--exec"))
		return exec_main(argv + 2);
	if (argc < 3 || atoi(argv[1]) < 1)
		observe_die("usage: stress SECONDS NAMESPACES [SEED]");
	setvbuf(stdout, NULL, _IOLBF, 0);
	seconds = atoi(argv[1]);
	namespaces_wanted = atoi(argv[2]);
	if (argc > 3)
		setenv("TRANSLATE_PID_SEED", argv[3], 1);
	random_state = random_start();
	board_new();
	printf("1..6\n");
	return watchdog_run("stress", PATIENCE_S, run, report);
}
