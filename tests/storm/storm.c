// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads and unloads the module, again and again, while hammers use all of its
 * entries. Prints TAP.
 *
 * Usage: storm CYCLES [SEED], beside directories with hammer for each ABI
 */
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "module.h"
#include "observe.h"
#include "random.h"
#include "tally.h"
#include "watchdog.h"

#define TALLY		"/tmp/storm.tally"
/* In each of so many cycles, all hammers must notice both changes. */
#define NOTICE_EVERY	10
/* A step may take this long on a busy host; unloading counts its refusals. */
#define PATIENCE_S	150

static const struct {
	const char *abi, *mode, *path, *name;
} hammers[] = {
	{ "x86-64", "syscall", "0", "syscall" },
	{ "x86-64", "syscall", "1", "x32 syscall" },
	{ "x86-64", "syscall", "2", "int 0x80 from 64-bit code" },
	{ "i386", "syscall", "0", "int 0x80" },
	{ "i386", "syscall", "1", "i386 vdso" },
	{ "x86-64", "ioctl", NULL, "ioctl" },
	{ "i386", "ioctl", NULL, "i386 ioctl" },
	{ "x86-64", "link", NULL, "proc link" },
	{ "x86-64", "directory", NULL, "proc directory" },
	{ "x86-64", "file", NULL, "proc file" },
	{ "x86-64", "namespaces", NULL, "namespaces" },
	{ "x86-64", "namespaces", NULL, "more namespaces" },
};

#define HAMMERS	(sizeof(hammers) / sizeof(hammers[0]))

_Static_assert(HAMMERS <= TALLY_HAMMERS, "room for all hammers");

static unsigned long cycles_wanted;
static const char *directory;
static struct tally *tally;
static struct random random_state;
static pid_t workers[HAMMERS];
static unsigned int results;

static unsigned long completed, refused;
static __u64 loading_ms, unloading_ms;

static bool result(bool good, const char *text)
{
	printf("%s %u - storm: %s\n", good ? "ok" : "not ok", ++results, text);
	return good;
}

static void report(void)
{
	for (size_t i = 0; i < HAMMERS; i++) {
		const struct hammer_record *r = &tally->hammers[i];

		if (r->closed)
			printf("# storm: %s: not in this kernel\n", r->name);
		else
			printf("# storm: %s: %llu calls, %llu answered, %llu absent, %llu wrong%s%s\n",
			       r->name, r->calls, r->answered, r->absent,
			       r->wrong, r->wrong ? "; the first: " : "",
			       r->first_wrong);
	}
}

static void start_hammer(size_t i)
{
	char program[256], index[16], seed[32];

	strcpy(tally->hammers[i].name, hammers[i].name);
	snprintf(program, sizeof(program), "%s/%s/hammer", directory,
		 hammers[i].abi);
	snprintf(index, sizeof(index), "%zu", i);
	snprintf(seed, sizeof(seed), "%llu", random_next(&random_state));
	workers[i] = fork();
	if (workers[i] < 0)
		observe_die("fork failed: %s", strerror(errno));
	if (workers[i])
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl(program, program, TALLY, index, seed, hammers[i].mode,
	      hammers[i].path, NULL);
	observe_die("%s cannot be run: %s", program, strerror(errno));
}

static __u64 seen(size_t i, bool loaded)
{
	const struct hammer_record *r = &tally->hammers[i];

	return __atomic_load_n(loaded ? &r->answered : &r->absent,
			       __ATOMIC_RELAXED);
}

/* Without an end: the watchdog says who has not noticed. */
static void all_notice(bool loaded)
{
	__u64 before[HAMMERS];

	for (size_t i = 0; i < HAMMERS; i++)
		before[i] = seen(i, loaded);
	for (size_t i = 0; i < HAMMERS; i++) {
		while (!tally->hammers[i].closed &&
		       seen(i, loaded) == before[i])
			usleep(1000);
	}
}

static void next_phase(void)
{
	__atomic_fetch_add(&tally->phases, 1, __ATOMIC_RELEASE);
}

static bool cycle(unsigned long number)
{
	bool notice = number % NOTICE_EVERY == 0 || number + 1 == cycles_wanted;
	__u64 start = observe_clock_ms();
	unsigned long times = 0;
	long error;

	watchdog_step("cycle %lu of %lu: insmod", number, cycles_wanted);
	next_phase();
	error = module_load("");
	if (error) {
		printf("# storm: cycle %lu: insmod: %s\n", number,
		       strerror(-error));
		return false;
	}
	next_phase();
	loading_ms += observe_clock_ms() - start;
	if (notice) {
		watchdog_step("cycle %lu: all hammers find the module", number);
		all_notice(true);
	} else {
		usleep(random_below(&random_state, 20000));
	}
	watchdog_step("cycle %lu of %lu: rmmod", number, cycles_wanted);
	start = observe_clock_ms();
	next_phase();
	while ((error = module_unload()) == -EAGAIN) {
		refused++;
		if (++times % 1000 == 0)
			watchdog_step("cycle %lu: rmmod, refused %lu times",
				      number, times);
		/* Long enough for who is inside to get out. */
		usleep(random_below(&random_state, 1000));
	}
	if (error || module_is_loaded()) {
		printf("# storm: cycle %lu: rmmod: %s\n", number,
		       strerror(-error));
		return false;
	}
	next_phase();
	unloading_ms += observe_clock_ms() - start;
	completed++;
	if (notice) {
		watchdog_step("cycle %lu: all hammers miss the module", number);
		all_notice(false);
	}
	return true;
}

/* Whether the hammer is alive until it is told to stop. */
static bool stop_hammer(size_t i, bool ended_early)
{
	int status;

	waitpid(workers[i], &status, 0);
	return !ended_early && status == 0;
}

static bool judge_hammer(size_t i, bool ended_well)
{
	const struct hammer_record *r = &tally->hammers[i];
	char text[128];

	if (r->closed) {
		printf("ok %u - storm: %s # SKIP this kernel has no such interface\n",
		       ++results, r->name);
		return true;
	}
	snprintf(text, sizeof(text), "%s gets only answers of a present or of an absent module, and both",
		 r->name);
	return result(ended_well && !r->wrong && r->answered && r->absent, text);
}

/* What is left when all is over: the initial namespace. */
static bool check_end(void)
{
	__u64 namespaces;
	long answer;

	watchdog_step("the end: insmod");
	module_must_load("");
	namespaces = namespace_count_settles(1);
	answer = translate_by_ioctl.translate(getpid(), 0, 0);
	watchdog_step("the end: rmmod");
	module_must_unload();
	printf("# storm: at the end %llu namespaces are in the table\n", namespaces);
	return namespaces == 1 && answer == getpid();
}

static int run(void)
{
	__u64 start = observe_clock_ms(), calls = 0;
	bool early[HAMMERS] = {}, good = true;
	char text[128];

	module_must_unload();
	for (size_t i = 0; i < HAMMERS; i++)
		start_hammer(i);
	for (unsigned long i = 0; i < cycles_wanted && good; i++)
		good = cycle(i);
	watchdog_step("the end: hammers");
	for (size_t i = 0; i < HAMMERS; i++) {
		siginfo_t info = {};

		early[i] = !tally->hammers[i].closed &&
			   (waitid(P_PID, workers[i], &info,
				   WEXITED | WNOHANG | WNOWAIT) || info.si_pid);
	}
	tally->stop = 1;
	snprintf(text, sizeof(text), "%lu cycles of insmod and rmmod complete while all interfaces are in use",
		 cycles_wanted);
	good = result(completed == cycles_wanted, text);
	for (size_t i = 0; i < HAMMERS; i++) {
		good &= judge_hammer(i, stop_hammer(i, early[i]));
		calls += tally->hammers[i].calls;
	}
	good &= result(check_end(), "no namespace is left, and the module works, in the end");
	report();
	if (completed)
		printf("# storm: a cycle took %llu ms to load and %llu ms to unload\n",
		       loading_ms / completed, unloading_ms / completed);
	printf("# storm: figures: cycles=%lu refused=%lu calls=%llu seconds=%llu\n",
	       completed, refused, calls, (observe_clock_ms() - start) / 1000);
	return !good;
}

int main(int argc, char **argv)
{
	if (argc < 2 || atoi(argv[1]) < 1)
		observe_die("usage: storm CYCLES [SEED]");
	setvbuf(stdout, NULL, _IOLBF, 0);
	cycles_wanted = atoi(argv[1]);
	if (argc > 2)
		setenv("TRANSLATE_PID_SEED", argv[2], 1);
	directory = dirname(dirname(strdup(argv[0])));
	random_state = random_start();
	unlink(TALLY);
	tally = tally_open(TALLY);
	printf("1..%zu\n", HAMMERS + 2);
	return watchdog_run("storm", PATIENCE_S, run, report);
}
