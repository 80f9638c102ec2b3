// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"
#include "child.h"
#include "module.h"
#include "observe.h"
#include "stall.h"

static int run(void *argument)
{
	struct lookup *lookup = argument;
	cpu_set_t set;

	/* Or this process, too, keeps the namespaces that are to go. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	if (lookup->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(lookup->cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			return 1;
	}
	do {
		lookup->result = lookup->interface->translate(lookup->pid,
							      lookup->source,
							      lookup->target);
	} while (lookup->again && !lookup->stop);
	return 0;
}

struct lookup *lookup_start(const struct translate_interface *interface, pid_t pid,
			    __u64 source, __u64 target, int cpu, bool again)
{
	struct lookup *lookup = shared_memory(sizeof(*lookup));

	lookup->interface = interface;
	lookup->pid = pid;
	lookup->source = source;
	lookup->target = target;
	lookup->cpu = cpu;
	lookup->again = again;
	lookup->process = child_start(run, lookup);
	return lookup;
}

long lookup_wait(struct lookup *lookup)
{
	int status;

	lookup->stop = true;
	status = child_wait(lookup->process);
	if (status)
		observe_die("a lookup ended with status %d", status);
	return lookup->result;
}

void stall(pid_t pid)
{
	module_set_parameter("debug_stall_pid", pid);
}

long stalled(void)
{
	return module_parameter("debug_stalled");
}

long removed(void)
{
	return module_parameter("debug_removed");
}

long freed(void)
{
	return module_parameter("debug_freed");
}

struct expectation {
	long (*counter)(void);
	long value;
};

static bool is_met(void *argument)
{
	struct expectation *e = argument;

	return e->counter() == e->value;
}

bool counter_reaches(long (*counter)(void), long value)
{
	struct expectation e = { counter, value };

	return observe_wait(is_met, &e);
}

struct settlement {
	__u64 namespaces;
	long last_removed;
};

static bool are_settled(void *argument)
{
	struct settlement *s = argument;
	long now = removed();
	bool settled = now == s->last_removed && freed() == now &&
		       stalled() == 0 && namespace_count() == s->namespaces;

	s->last_removed = now;
	return settled;
}

bool entries_settle(__u64 namespaces)
{
	struct settlement s = { namespaces, -1 };

	return observe_wait(are_settled, &s);
}

int namespace_without_processes(__u64 *id)
{
	struct node *maker = node_spawn(NULL, 0);
	long error;
	int fd;

	node_unshare(maker, CLONE_NEWPID);
	fd = observe_open_ns(maker->pid, "pid_for_children");
	if (fd < 0)
		observe_die("no namespace descriptor: %s", strerror(-fd));
	error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, fd, id, NULL);
	if (error)
		observe_die("no id of a new namespace: error %ld", -error);
	node_destroy(maker);
	return fd;
}
