// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracers and probes on the functions that the module hooks, and on all, put
 * on and taken off while the module works: its answers and the kernel's stay
 * right. Leaves the module unloaded.
 */
#include <stdatomic.h>

#include "child.h"
#include "module.h"
#include "test.h"
#include "workload.h"

#define TRACING		"/sys/kernel/tracing/"
#define STACK_TRACER	"/proc/sys/kernel/stack_tracer_enabled"

/* ftrace knows the function for unassigned numbers by one of its names. */
#define HOOKED		FOLLOWED_FUNCTIONS " " REDIRECTED_FUNCTIONS " *sys_ni_syscall"

static const char *const tracers[] = { "function", "function_graph" };

/* As after boot. */
static void stop_tracing(void)
{
	observe_write(STACK_TRACER, "0");
	observe_write(TRACING "events/enable", "0");
	observe_write(TRACING "dynamic_events", "\n");
	observe_write(TRACING "current_tracer", "nop");
	observe_write(TRACING "set_ftrace_filter", "\n");
	observe_write(TRACING "tracing_on", "1");
	observe_write(TRACING "trace", "\n");
}

FIXTURE(tracing)
{
};

/*
 * Those that change all functions' code under their callers. On one CPU only: QEMU's emulation of
 * several now and then executes an int3 that is not there any more, with or without the module.
 */
FIXTURE(tracing_all)
{
};

static void begin(struct __test_metadata *_metadata)
{
	translate_device_close();
	module_must_unload();
	/* It keeps the newest. */
	ASSERT_EQ(0, observe_write(TRACING "buffer_size_kb", "1024"));
}

static void end(void)
{
	nodes_destroy();
	translate_device_close();
	stop_tracing();
	module_must_unload();
}

FIXTURE_SETUP(tracing)
{
	begin(_metadata);
}

FIXTURE_SETUP(tracing_all)
{
	begin(_metadata);
	ASSERT_EQ(1, sysconf(_SC_NPROCESSORS_ONLN)) {
		TH_LOG("this needs a machine with one CPU");
	}
}

/* In the parent, so that a failed assertion does not leave tracing on. */
FIXTURE_TEARDOWN_PARENT(tracing)
{
	end();
}

FIXTURE_TEARDOWN_PARENT(tracing_all)
{
	end();
}

static bool in_trace(void *word)
{
	char line[1024];
	bool found = false;
	FILE *trace = fopen(TRACING "trace", "r");

	while (trace && !found && fgets(line, sizeof(line), trace))
		found = strstr(line, word);
	if (trace)
		fclose(trace);
	return found;
}

static void check_traced(struct __test_metadata *_metadata, char *word)
{
	EXPECT_TRUE(observe_wait(in_trace, word)) {
		TH_LOG("\"%s\" does not occur in the trace", word);
	}
}

static void check_hooked_are_traced(struct __test_metadata *_metadata)
{
	check_traced(_metadata, "__ns_tree_add_raw");
	check_traced(_metadata, "__ns_tree_remove");
	check_traced(_metadata, "ns_get_name");
	check_traced(_metadata, "proc_ns_dir_readdir");
	check_traced(_metadata, "sys_ni_syscall");
}

/* From before the load, during the work, over the unload, and taken off in between. */
static void check_with(struct __test_metadata *_metadata, const char *tracer)
{
	ASSERT_EQ(0, observe_write(TRACING "current_tracer", tracer));
	module_must_load("");
	EXPECT_TRUE(workload_is_right());
	ASSERT_EQ(0, observe_write(TRACING "current_tracer", "nop"));
	EXPECT_TRUE(workload_is_right());
	ASSERT_EQ(0, observe_write(TRACING "current_tracer", tracer));
	EXPECT_TRUE(workload_is_right());
	module_must_unload();
}

TEST_F_TIMEOUT(tracing, tracers, 300)
{
	ASSERT_EQ(0, observe_write(TRACING "set_ftrace_filter", HOOKED));
	for (size_t i = 0; i < ARRAY_SIZE(tracers); i++) {
		observe_write(TRACING "trace", "\n");
		check_with(_metadata, tracers[i]);
		check_hooked_are_traced(_metadata);
	}
}

TEST_F_TIMEOUT(tracing_all, tracers, 1800)
{
	for (size_t i = 0; i < ARRAY_SIZE(tracers); i++)
		check_with(_metadata, tracers[i]);
}

TEST_F_TIMEOUT(tracing_all, stack_tracer, 300)
{
	ASSERT_EQ(0, observe_write(STACK_TRACER, "1"));
	module_must_load("");
	EXPECT_TRUE(workload_is_right());
	ASSERT_EQ(0, observe_write(STACK_TRACER, "0"));
	EXPECT_TRUE(workload_is_right());
	module_must_unload();
}

/* Checks going on beside the test: a worker per CPU, each with processes of its own. */
struct worker {
	atomic_bool stop;
	atomic_ulong rounds;
	unsigned long checks;
	unsigned long wrong;
	pid_t pid;
};

static int worker_count(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

static int work(void *argument)
{
	struct worker *worker = argument;
	struct workload workload;

	workload_begin(&workload);
	while (!atomic_load(&worker->stop)) {
		workload_check(&workload);
		atomic_fetch_add(&worker->rounds, 1);
	}
	worker->checks = workload.checks;
	worker->wrong = workload.wrong;
	nodes_destroy();
	return 0;
}

static struct worker *start_workers(void)
{
	struct worker *workers = shared_memory(worker_count() * sizeof(*workers));

	for (int i = 0; i < worker_count(); i++)
		workers[i].pid = child_start(work, &workers[i]);
	return workers;
}

struct progress {
	struct worker *worker;
	unsigned long rounds;
};

static bool has_progressed(void *argument)
{
	struct progress *progress = argument;

	return atomic_load(&progress->worker->rounds) >= progress->rounds;
}

/* Waits until each worker has ended so many rounds from now on; the second has begun after now. */
static bool workers_progress(struct worker *workers, unsigned long rounds)
{
	for (int i = 0; i < worker_count(); i++) {
		struct progress progress = {
			.worker = &workers[i],
			.rounds = atomic_load(&workers[i].rounds) + rounds,
		};

		/* Slow is no failure; to stand still is, and ends with the test's time. */
		while (!observe_wait(has_progressed, &progress))
			if (waitpid(workers[i].pid, NULL, WNOHANG))
				return false;
	}
	return true;
}

static void stop_workers(struct __test_metadata *_metadata, struct worker *workers,
			 const char *what, unsigned long changes)
{
	unsigned long rounds = 0, checks = 0;

	for (int i = 0; i < worker_count(); i++)
		atomic_store(&workers[i].stop, true);
	for (int i = 0; i < worker_count(); i++) {
		EXPECT_EQ(0, child_wait(workers[i].pid));
		EXPECT_EQ(0, workers[i].wrong);
		EXPECT_LT(0, workers[i].checks);
		rounds += atomic_load(&workers[i].rounds);
		checks += workers[i].checks;
	}
	printf("# figures: tracing=%s changes=%lu rounds=%lu checks=%lu\n", what, changes, rounds, checks);
}

/* Each state of the first @count tracers is held until each worker has ended @rounds under it. */
static unsigned long switch_slowly(struct __test_metadata *_metadata, struct worker *workers,
				   size_t count, unsigned long rounds)
{
	for (size_t i = 0; i < count; i++) {
		EXPECT_EQ(0, observe_write(TRACING "current_tracer", tracers[i]));
		EXPECT_TRUE(workers_progress(workers, rounds));
		EXPECT_EQ(0, observe_write(TRACING "tracing_on", "0"));
		EXPECT_TRUE(workers_progress(workers, rounds));
		EXPECT_EQ(0, observe_write(TRACING "tracing_on", "1"));
		EXPECT_EQ(0, observe_write(TRACING "current_tracer", "nop"));
	}
	return 4 * count;
}

/* The code of the functions is rewritten under their callers as fast as it goes. */
static unsigned long switch_quickly(struct __test_metadata *_metadata, int times)
{
	for (int i = 0; i < times; i++) {
		EXPECT_EQ(0, observe_write(TRACING "current_tracer", tracers[i % 2]));
		EXPECT_EQ(0, observe_write(TRACING "current_tracer", "nop"));
	}
	return 2 * times;
}

TEST_F_TIMEOUT(tracing, tracers_switched_while_working, 900)
{
	unsigned long changes = 0;
	struct worker *workers;

	module_must_load("");
	ASSERT_EQ(0, observe_write(TRACING "set_ftrace_filter", HOOKED));
	workers = start_workers();
	for (int i = 0; i < 3; i++) {
		changes += switch_slowly(_metadata, workers, ARRAY_SIZE(tracers), 2);
		changes += switch_quickly(_metadata, 50);
	}
	stop_workers(_metadata, workers, "hooked", changes);
	EXPECT_EQ(0, module_unload());
}

/*
 * Slow under emulation, so there is less of it. The graph of all functions is too slow to wait for
 * when several programs work: timer interrupts take longer than the time between them.
 */
TEST_F_TIMEOUT(tracing_all, tracers_switched_while_working, 1800)
{
	unsigned long changes = 0;
	struct worker *workers;

	module_must_load("");
	workers = start_workers();
	changes += switch_slowly(_metadata, workers, 1, 1);
	changes += switch_quickly(_metadata, 4);
	stop_workers(_metadata, workers, "all", changes);
	EXPECT_EQ(0, module_unload());
}

#define KPROBES	"p:kprobes/k_add __ns_tree_add_raw\nr:kprobes/r_add __ns_tree_add_raw\n" \
		"p:kprobes/k_remove __ns_tree_remove\nr:kprobes/r_remove __ns_tree_remove\n" \
		"p:kprobes/k_name ns_get_name\nr:kprobes/r_name ns_get_name\n" \
		"p:kprobes/k_lookup proc_ns_dir_lookup\nr:kprobes/r_lookup proc_ns_dir_lookup\n" \
		"p:kprobes/k_list proc_ns_dir_readdir\nr:kprobes/r_list proc_ns_dir_readdir\n" \
		"p:kprobes/k_call __x64_sys_ni_syscall\nr:kprobes/r_call __x64_sys_ni_syscall\n" \
		"p:kprobes/k_access ptrace_may_access\nr:kprobes/r_access ptrace_may_access\n"

#define FPROBES	"f:fprobes/f_add __ns_tree_add_raw\nf:fprobes/g_add __ns_tree_add_raw%return\n" \
		"f:fprobes/f_remove __ns_tree_remove\nf:fprobes/g_remove __ns_tree_remove%return\n" \
		"f:fprobes/f_name ns_get_name\nf:fprobes/g_name ns_get_name%return\n" \
		"f:fprobes/f_lookup proc_ns_dir_lookup\nf:fprobes/g_lookup proc_ns_dir_lookup%return\n" \
		"f:fprobes/f_list proc_ns_dir_readdir\nf:fprobes/g_list proc_ns_dir_readdir%return\n"

struct probes {
	const char *what;
	const char *definition;
	const char *enable;
	char *traced[5];
};


static void check_probes(struct __test_metadata *_metadata, const struct probes *probes)
{
	struct worker *workers;
	unsigned long changes = 0;

	/* There before the module is, */
	ASSERT_EQ(0, observe_write(TRACING "dynamic_events", probes->definition));
	ASSERT_EQ(0, observe_write(probes->enable, "1"));
	module_must_load("");
	EXPECT_TRUE(workload_is_right());
	for (size_t i = 0; i < ARRAY_SIZE(probes->traced); i++)
		check_traced(_metadata, probes->traced[i]);
	/* over its unload and the next load, */
	module_must_unload();
	module_must_load("");
	EXPECT_TRUE(workload_is_right());
	/* and on and off while it works. */
	workers = start_workers();
	for (int i = 0; i < 10; i++, changes += 2) {
		ASSERT_EQ(0, observe_write(probes->enable, "0"));
		if (i % 5 == 0)
			ASSERT_TRUE(workers_progress(workers, 2));
		ASSERT_EQ(0, observe_write(probes->enable, "1"));
		if (i % 5 == 0)
			ASSERT_TRUE(workers_progress(workers, 2));
	}
	stop_workers(_metadata, workers, probes->what, changes);
	EXPECT_EQ(0, module_unload());
}

TEST_F_TIMEOUT(tracing, kprobes_switched_while_working, 600)
{
	static const struct probes probes = {
		.what = "kprobe",
		.definition = KPROBES,
		.enable = TRACING "events/kprobes/enable",
		.traced = { "k_add: (__ns_tree_add_raw", "r_remove: (", "r_name: (",
			    "k_list: (proc_ns_dir_readdir", "k_call: (" },
	};

	check_probes(_metadata, &probes);
}

TEST_F_TIMEOUT(tracing, fprobes_switched_while_working, 600)
{
	static const struct probes probes = {
		.what = "fprobe",
		.definition = FPROBES,
		.enable = TRACING "events/fprobes/enable",
		.traced = { "f_add: (__ns_tree_add_raw", "g_remove: (", "g_name: (",
			    "f_list: (proc_ns_dir_readdir", "g_list: (" },
	};

	check_probes(_metadata, &probes);
}

/* The kernel's own events at all system calls, those without a number included. */
TEST_F_TIMEOUT(tracing, system_call_events, 300)
{
	module_must_load("");
	ASSERT_EQ(0, observe_write(TRACING "events/raw_syscalls/enable", "1"));
	EXPECT_TRUE(workload_is_right());
	check_traced(_metadata, "sys_enter: NR 400 (");
	check_traced(_metadata, "sys_exit: NR 398 = -38");
	module_must_unload();
}

TEST_HARNESS_MAIN
