// SPDX-License-Identifier: GPL-2.0-only
/* One way, asked by one user: how long a call takes. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "child.h"
#include "module.h"
#include "observe.h"

#define REPETITIONS	9		/* or BENCH_REPETITIONS */
#define MOST_CALLS	4096

/* What a child process found out. */
struct figure {
	bool is_known;
	double each, spread;
	char reason[120];
};

struct task {
	const struct way *way;
	bool as_user;
	struct figure *figure;
};

long failed(long result)
{
	return result < 0 ? -errno : result;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static int repetitions(void)
{
	const char *wanted = getenv("BENCH_REPETITIONS");

	return wanted ? atoi(wanted) : REPETITIONS;
}

static long nothing(void)
{
	return 0;
}

/* The compiler must not know what is called. */
static long (*volatile asked)(void);

static double time_of(long (*once)(void), unsigned int calls)
{
	double begin;

	asked = once;
	begin = now();
	for (unsigned int i = 0; i < calls; i++)
		asked();
	return (now() - begin) / calls;
}

static int compare(const void *one, const void *other)
{
	double difference = *(const double *)one - *(const double *)other;

	return (difference > 0) - (difference < 0);
}

/* Each call by itself, because something must be done between two. */
static double time_of_single_calls(const struct way *way)
{
	static double each[MOST_CALLS];

	for (unsigned int i = 0; i < way->calls; i++) {
		each[i] = time_of(way->once, 1);
		if (way->undo)
			way->undo();
	}
	qsort(each, way->calls, sizeof(*each), compare);
	return each[way->calls / 2];
}

static double one_repetition(const struct way *way)
{
	return way->undo ? time_of_single_calls(way) : time_of(way->once, way->calls);
}

static double overhead(const struct way *way)
{
	const struct way empty = { .calls = way->calls, .once = nothing };
	double least = time_of(nothing, 1);

	for (int i = 0; i < repetitions(); i++) {
		double each = way->undo ? time_of_single_calls(&empty) : one_repetition(&empty);

		if (i == 0 || each < least)
			least = each;
	}
	return least;
}

/* By system calls: the C library's functions would look for threads that were not cloned. */
void become_asker(bool user)
{
	scene_choose(user);
	if (!user)
		return;
	if (syscall(__NR_setgroups, 0, NULL) || syscall(__NR_setresgid, BENCH_USER, BENCH_USER, BENCH_USER) ||
	    syscall(__NR_setresuid, BENCH_USER, BENCH_USER, BENCH_USER) || prctl(PR_SET_DUMPABLE, 1))
		observe_die("cannot become user %d: %s", BENCH_USER, strerror(errno));
}

static int ask(void *argument)
{
	const struct task *task = argument;
	const struct way *way = task->way;
	struct figure *figure = task->figure;
	double most = 0, without_us;
	const char *reason;
	long expected = 0, answer;

	become_asker(task->as_user);
	reason = way->prepare ? way->prepare(&expected) : NULL;
	if (reason) {
		snprintf(figure->reason, sizeof(figure->reason), "%s", reason);
		return 0;
	}
	/* The first time fills caches. */
	answer = way->once();
	if (answer != expected) {
		snprintf(figure->reason, sizeof(figure->reason), "wrong: %ld instead of %ld", answer, expected);
		return 1;
	}
	if (way->undo)
		way->undo();
	without_us = overhead(way);
	for (int i = 0; i < repetitions(); i++) {
		double each = one_repetition(way);

		if (i == 0 || each < figure->each)
			figure->each = each;
		if (each > most)
			most = each;
	}
	figure->spread = most - figure->each;
	figure->each -= without_us;
	if (way->pieces) {
		figure->each /= way->pieces;
		figure->spread /= way->pieces;
	}
	figure->is_known = true;
	return 0;
}

static void describe(const struct figure *figure)
{
	if (figure->is_known)
		printf("\t%.1f\t%.1f", figure->each, figure->spread);
	else
		printf("\t-\t-");
}

static void measure(const struct way *way, enum phase phase)
{
	const char *asker = getenv("BENCH_PROFILE"), *cpus = getenv("BENCH_CPUS");
	static struct figure *figures;
	bool twice = way->phases & WITHOUT_MODULE && way->phases & WITH_MODULE;
	const char *suffix = twice && phase == WITH_MODULE ? "-loaded" : "";

	if (asker) {
		profile(way, strcmp(asker, "user") == 0, cpus ? atoi(cpus) : 1);
		return;
	}
	if (!figures)
		figures = shared_memory(2 * sizeof(*figures));
	memset(figures, 0, 2 * sizeof(*figures));
	for (int user = 0; user < 2; user++) {
		struct task task = { .way = way, .as_user = user, .figure = &figures[user] };

		if (user && way->root_only)
			snprintf(figures[user].reason, sizeof(figures[user].reason), "needs root");
		else if (child_wait(child_start(ask, &task)))
			observe_die("%s%s, %s: %s", way->name, suffix, user ? "user" : "root",
				    *figures[user].reason ? figures[user].reason : "ended early");
	}
	printf("%s%s", way->name, suffix);
	describe(&figures[0]);
	describe(&figures[1]);
	putchar('\n');
	for (int user = 0; user < 2; user++)
		if (!figures[user].is_known)
			printf("# %s%s, %s: %s\n", way->name, suffix, user ? "user" : "root", figures[user].reason);
	fflush(stdout);
}

/* BENCH_ONLY is the name of one way, for the profile. */
static bool is_wanted(const struct way *way, enum phase phase)
{
	const char *only = getenv("BENCH_ONLY");

	/* Measured with the module, if that is loaded all the time. */
	if (phase == WITHOUT_MODULE && way->phases & WITH_MODULE && module_is_loaded())
		return false;
	return way->phases & phase && (!only || strcmp(only, way->name) == 0);
}

bool ways_wanted(const struct way *ways, size_t count, enum phase phase)
{
	for (size_t i = 0; i < count; i++)
		if (is_wanted(&ways[i], phase))
			return true;
	return false;
}

void measure_ways(const struct way *ways, size_t count, enum phase phase)
{
	for (size_t i = 0; i < count; i++)
		if (is_wanted(&ways[i], phase))
			measure(&ways[i], phase);
}
