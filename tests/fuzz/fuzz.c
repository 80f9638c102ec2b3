// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzzer's main program; fuzz.h says how it works. To be run as root in a
 * machine of its own, with the module loaded.
 *
 * Usage: fuzz [--seed S] [--calls N] [--worker W [--from I]]
 *
 * Makes N calls in all, shared among the workers. With --worker, only worker W
 * calls, N times from its iteration I on, and tells each call.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "entries.h"
#include "levels.h"
#include "memory.h"
#include "namespaces.h"
#include "ns_tree.h"
#include "numbers.h"
#include "translate.h"

#define WORKERS		8
#define CALLS		1000000
/* No call may take longer than this, also under emulation. */
#define STANDSTILL_MS	120000
#define PROGRESS_MS	20000
/* Fewer calls need not see every answer. */
#define CALLS_FOR_ALL_ANSWERS	100000

static struct {
	__u64 seed;
	__u64 calls;
	__u64 from;
	int worker;		/* -1: all */
} options = { .calls = CALLS, .worker = -1 };

static int results, failures;

static void result(bool good, const char *what)
{
	failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ++results, what);
}

/* Also to the kernel's log: it may be all that is left. */
static void __attribute__((format(printf, 1, 2))) announce(const char *format, ...)
{
	char line[300];
	va_list args;
	int length, log;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	printf("# fuzz: %s\n", line);
	fflush(stdout);
	log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (log >= 0) {
		if (dprintf(log, "fuzz: %.*s\n", length, line) < 0)
			perror("# fuzz: /dev/kmsg");
		close(log);
	}
}

/* The worker. */

static struct random random_of(const struct worker *worker)
{
	struct random random = { .state = worker->seed };

	random.state = random_next(&random) ^ (worker->number + 1);
	random.state = random_next(&random) ^ worker->iteration;
	random.state = random_next(&random);
	return random;
}

static void call_once(struct worker *worker)
{
	static const struct {
		void (*call)(struct worker *worker);
		__u32 weight;
	} kinds[] = {
		/* What allocates in the kernel is slow where KASAN looks on. */
		{ call_ioctl, 48 },
		{ call_syscall, 31 },
		{ call_unknown_command, 5 },
		{ call_hole, 3 },
		{ call_device, 3 },
		{ call_handle, 4 },
		{ call_link, 4 },
		{ call_proc_pidns_id, 1 },
		{ call_listing, 1 },
	};
	__u32 at = draw_below(worker, 100);
	int kind = 0;

	while (at >= kinds[kind].weight)
		at -= kinds[kind++].weight;
	kinds[kind].call(worker);
}

/* A short case, which depends on nothing that was before it. */
static void iterate(struct worker *worker)
{
	struct stage *stage = worker->stage;
	char name[16];

	worker->random = random_of(worker);
	/* Every report of the kernel has the name of the task that it is about. */
	snprintf(name, sizeof(name), "w%d.%llu", worker->number,
		 (unsigned long long)worker->iteration);
	prctl(PR_SET_NAME, name);
	stage->progress[worker->number].iteration = worker->iteration;
	for (__u32 i = 4 + draw_below(worker, 12); i; i--) {
		call_once(worker);
		if (__atomic_load_n(&stage->stop, __ATOMIC_ACQUIRE))
			return;
	}
	stage->progress[worker->number].calls = worker->calls;
}

static void __attribute__((noreturn)) work(struct stage *stage, int number,
					   __u64 calls)
{
	static struct worker worker;

	worker.stage = stage;
	worker.credentials = &all_credentials[number % credentials_count];
	worker.number = number;
	worker.seed = options.seed;
	worker.iteration = options.from;
	worker.verbose = options.worker >= 0;
	worker.device = open(TRANSLATE_PID_DEVICE, O_RDWR | O_CLOEXEC);
	if (worker.device < 0)
		observe_die("%s: %s", TRANSLATE_PID_DEVICE, strerror(errno));
	worker.proc_file = open(TRANSLATE_PID_PROC_FILE, O_RDONLY | O_CLOEXEC);
	if (worker.proc_file < 0)
		observe_die("%s: %s", TRANSLATE_PID_PROC_FILE, strerror(errno));
	credentials_learn(&worker);
	for (size_t i = 0; i < syscall_path_count; i++)
		worker.path_open[i] = syscall_path_is_open(&syscall_paths[i]);
	stage->progress[number].pid = worker.host_pid;
	worker.memory = memory_new();
	worker.numbers = numbers_new();
	worker.levels = levels_new();
	worker.entries = entries_new();
	worker.namespaces = namespaces_new();
	call_proc_prepare(&worker);
	worker.listing = listing_new();
	while (worker.calls < calls &&
	       !__atomic_load_n(&stage->stop, __ATOMIC_ACQUIRE)) {
		iterate(&worker);
		worker.iteration++;
		if (worker.iteration % 256 == 0)
			report_flush(&worker);
	}
	report_flush(&worker);
	_exit(0);
}

/* The coordinator. */

static pid_t background_loads[BACKGROUND_LOADS], keepers[WORKERS];

static void start(struct stage *stage)
{
	struct random random = { .state = options.seed };
	int first = 0, last = WORKERS - 1;
	__u64 calls;

	if (options.worker >= 0)
		first = last = options.worker;
	calls = options.calls / (last - first + 1) + 1;
	fflush(stdout);
	for (int i = 0; i < BACKGROUND_LOADS; i++) {
		random_next(&random);
		background_loads[i] = fork();
		if (background_loads[i] < 0)
			observe_die("no process: %s", strerror(errno));
		if (background_loads[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			prctl(PR_SET_NAME, "background");
			background_run(stage, i, random);
		}
	}
	for (int i = first; i <= last; i++) {
		keepers[i] = credentials_fork(stage,
					      &all_credentials[i % credentials_count]);
		if (keepers[i] == 0)
			work(stage, i, calls);
	}
}

static __u64 calls_made(const struct stage *stage)
{
	__u64 calls = 0;

	for (int i = 0; i < WORKERS; i++)
		calls += stage->progress[i].calls;
	return calls;
}

/* Of what is wrong: a bad page, a crash, a warning, a lockup. */
#define TAINTS	(1 << 5 | 1 << 7 | 1 << 9 | 1 << 14)

static unsigned long taints(void)
{
	char text[32] = "";

	observe_read("/proc/sys/kernel/tainted", text, sizeof(text));
	return strtoul(text, NULL, 10) & TAINTS;
}

/* Reaps what has ended; returns whether any worker is left. */
static bool workers_left(bool *failed)
{
	bool left = false;
	int status;

	for (int i = 0; i < BACKGROUND_LOADS; i++)
		if (background_loads[i] && waitpid(background_loads[i], &status, WNOHANG) > 0) {
			background_loads[i] = 0;
			*failed |= status != 0;
		}
	for (int i = 0; i < WORKERS; i++) {
		if (!keepers[i])
			continue;
		if (waitpid(keepers[i], &status, WNOHANG) <= 0) {
			left = true;
			continue;
		}
		keepers[i] = 0;
		if (status) {
			printf("# fuzz: worker %d ended with status %#x\n", i,
			       status);
			*failed = true;
		}
	}
	return left;
}

/* Where the kernel has them, for those who look for what hangs. */
static void tell_positions(const struct stage *stage)
{
	char path[64], stack[2048], *line, *rest;

	for (int i = 0; i < WORKERS; i++) {
		if (!keepers[i])
			continue;
		printf("# fuzz: worker %d hangs in iteration %llu, in\n", i,
		       (unsigned long long)stage->progress[i].iteration);
		snprintf(path, sizeof(path), "/proc/%d/stack",
			 stage->progress[i].pid);
		if (observe_read(path, stack, sizeof(stack)) < 0)
			continue;
		for (rest = stack; (line = strsep(&rest, "\n"));)
			printf("#   %s\n", line);
	}
}

/* Returns false if there are processes that do not end. */
static bool watch(struct stage *stage, unsigned long taints_before)
{
	__u64 begun = observe_clock_ms(), told = begun, moved = begun, seen = 0;
	bool failed = false, standstill = false, left;

	do {
		__u64 now, calls;

		usleep(200000);
		left = workers_left(&failed);
		now = observe_clock_ms();
		calls = calls_made(stage);
		if (calls != seen)
			moved = now;
		seen = calls;
		standstill = left && now - moved > STANDSTILL_MS;
		if (standstill)
			tell_positions(stage);
		if (failed || standstill || taints() != taints_before)
			__atomic_store_n(&stage->stop, 1, __ATOMIC_RELEASE);
		if (now - told > PROGRESS_MS) {
			announce("%llu of %llu calls after %llu s",
				 (unsigned long long)calls,
				 (unsigned long long)options.calls,
				 (unsigned long long)(now - begun) / 1000);
			told = now;
		}
	} while (left && !standstill);
	__atomic_store_n(&stage->stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < BACKGROUND_LOADS; i++) {
		int status = 0;

		if (!standstill && background_loads[i] &&
		    waitpid(background_loads[i], &status, 0) > 0)
			failed |= status != 0;
	}
	report_figures(stage, (observe_clock_ms() - begun) / 1000.);
	result(!stage->findings, "every answer is one that the contract allows");
	result(!failed, "no process of the fuzzer failed");
	result(!standstill, "no call hangs");
	result(taints() == taints_before, "the kernel is not tainted");
	return !standstill;
}

/* Whether a program of this ABI has a way to call it on this kernel. */
static bool can_call(const struct stage *stage, int call)
{
	if (call != CALL_SYSCALL && call != CALL_SYSCALL_INT80)
		return true;
	for (size_t i = 0; i < syscall_path_count; i++)
		if ((syscall_paths[i].abi == SYSCALL_PATH_I386) == (call == CALL_SYSCALL_INT80) &&
		    syscall_path_is_open(&syscall_paths[i]) &&
		    syscall_path_number_in(&syscall_paths[i], &stage->info) >= 0)
			return true;
	return false;
}

/* Otherwise the fuzzer would only seem to ask. */
static void check_answers_seen(const struct stage *stage)
{
	bool all = true;

	for (int call = 0; call < CALL_COUNT; call++) {
		answers seen = 0, wanted = contract_of(call);
		char text[200];

		for (int bit = 0; bit < 64; bit++)
			if (stage->results[call][bit])
				seen |= 1ULL << bit;
		if (!wanted)
			wanted = SUCCESS;
		wanted &= ~seen;
		if (!wanted || !can_call(stage, call))
			continue;
		print_answers(text, sizeof(text), wanted);
		printf("# fuzz: %s never answered %s\n", call_names[call],
		       text);
		all = false;
	}
	result(all, "each call has given each of its answers");
}

static __u64 number(const char *text)
{
	char *end;
	__u64 value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end) {
		fprintf(stderr, "fuzz: '%s' is no number\n", text);
		exit(2);
	}
	return value;
}

static void parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "calls", required_argument, NULL, 'c' },
		{ "worker", required_argument, NULL, 'w' },
		{ "from", required_argument, NULL, 'f' },
		{}
	};
	int option;

	if (getrandom(&options.seed, sizeof(options.seed), 0) < 0)
		observe_die("no random seed: %s", strerror(errno));
	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		switch (option) {
		case 's':
			options.seed = number(optarg);
			break;
		case 'c':
			options.calls = number(optarg);
			break;
		case 'w':
			options.worker = number(optarg);
			break;
		case 'f':
			options.from = number(optarg);
			break;
		default:
			exit(2);
		}
	}
	if (optind < argc || options.worker >= WORKERS ||
	    (options.from && options.worker < 0)) {
		fprintf(stderr, "fuzz: --worker is a number below %d, and --from needs it\n",
			WORKERS);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	unsigned long taints_before = taints();
	__u64 namespaces;
	struct stage *stage;

	parse(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (observe_write("/proc/sys/vm/unprivileged_userfaultfd", "1"))
		observe_die("vm.unprivileged_userfaultfd cannot be set");
	announce("seed %llu, %llu calls, %zu-bit",
		 (unsigned long long)options.seed,
		 (unsigned long long)options.calls, 8 * sizeof(long));
	namespaces = namespace_count();
	stage = stage_new();
	start(stage);
	if (!watch(stage, taints_before))
		return 1;
	if (options.calls >= CALLS_FOR_ALL_ANSWERS && options.worker < 0 &&
	    !failures)
		check_answers_seen(stage);
	for (int i = 0; i < stage->descriptor_count; i++)
		close(stage->descriptors[i].fd);
	nodes_destroy();
	result(namespace_count_settles(namespaces) == namespaces,
	       "all namespaces have gone");
	return failures ? 1 : 0;
}
