// SPDX-License-Identifier: GPL-2.0-only
#include <sched.h>

#include "caller.h"
#include "child.h"
#include "stable.h"

struct stable *stable;

static void look_at(struct stable_process *process, pid_t pid)
{
	int count = observe_numbers(pid, process->numbers);

	if (count < 1)
		observe_die("process %d has no numbers: %d", pid, count);
	process->level = count - 1;
}

void stable_new(void)
{
	struct node *chain[PID_NS_LEVELS - 1];

	stable = shared_memory(sizeof(*stable));
	node_spawn_chain(NULL, chain, PID_NS_LEVELS - 1);
	stable->inits[0] = 1;
	/* Of each level one process that is no init. */
	look_at(&stable->processes[0], node_spawn(NULL, 0)->pid);
	for (int level = 1; level < PID_NS_LEVELS; level++) {
		struct node *init = chain[level - 1];

		stable->ids[level] = node_ns_id(init);
		stable->inits[level] = init->pid;
		look_at(&stable->processes[level], node_spawn(init, 0)->pid);
	}
}
