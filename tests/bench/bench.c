// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures all ways, first without the module, which TRANSLATE_PID_KO names,
 * then with it. Where that is not set, the module must be loaded and stays so,
 * and what would change limits of the machine is left out. Prints a line for each: its name, then for root and for user
 * 1000 the least time of a call in nanoseconds and by how much the longest of
 * the repetitions is longer; '-' with a reason below where it cannot be asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "module.h"
#include "observe.h"

#define NAMESPACES	10
#define MORE		1000
#define MANY_MORE	50000

static const struct list {
	const struct way *ways;
	const size_t *count;
} lists[] = {
	{ call_ways, &call_ways_count },
	{ nsfs_ways, &nsfs_ways_count },
	{ proc_ways, &proc_ways_count },
	{ process_ways, &process_ways_count },
	{ command_ways, &command_ways_count },
	{ bulk_ways, &bulk_ways_count },
	{ namespaces_ways, &namespaces_ways_count },
	{ bpf_ways, &bpf_ways_count },
	{ chain_ways, &chain_ways_count },
	{ watch_ways, &watch_ways_count },
};

#define LISTS	(sizeof(lists) / sizeof(*lists))

/* Whether there is anything to measure then; BENCH_ONLY may have left out all of it. */
static bool has_ways(enum phase phase)
{
	for (size_t i = 0; i < LISTS; i++)
		if (ways_wanted(lists[i].ways, *lists[i].count, phase))
			return true;
	return false;
}

static void measure_all(enum phase phase)
{
	for (size_t i = 0; i < LISTS; i++)
		measure_ways(lists[i].ways, *lists[i].count, phase);
}

static void measure_in_crowd(unsigned int processes, enum phase phase)
{
	if (!has_ways(phase))
		return;
	crowd_grow(processes);
	if (module_is_loaded())
		crowd_learn_id();
	measure_all(phase);
}

static void measure_without_module(void)
{
	measure_all(WITHOUT_MODULE);
	measure_in_crowd(10, PROCESSES_10);
	measure_in_crowd(200, PROCESSES_200);
	measure_in_crowd(2000, PROCESSES_2000);
	crowd_end();
}

static void measure_with_module(void)
{
	measure_all(WITH_MODULE);
	measure_in_crowd(1000, LIST_1000);
	crowd_end();
}

static void measure_both(void)
{
	if (module_is_loaded())
		module_must_unload();
	measure_without_module();
	module_must_load("");
	scenes_learn_ids();
	measure_with_module();
	if (has_ways(NAMESPACES_1000)) {
		crowd_namespaces(MORE);
		measure_all(NAMESPACES_1000);
	}
	if (has_ways(MANY_NAMESPACES)) {
		crowd_namespaces(MANY_MORE);
		measure_all(MANY_NAMESPACES);
	}
	nodes_destroy();
	module_must_unload();
}

static void measure_as_it_is(void)
{
	if (!module_is_loaded())
		observe_die("load the module first: sudo modprobe translate_pid");
	scenes_learn_ids();
	measure_without_module();
	measure_with_module();
	nodes_destroy();
}

int main(void)
{
	if (geteuid())
		observe_die("run this as root");
	scenes_build();
	crowd_namespaces(NAMESPACES);
	if (getenv("TRANSLATE_PID_KO"))
		measure_both();
	else
		measure_as_it_is();
	return 0;
}
