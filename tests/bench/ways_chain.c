// SPDX-License-Identifier: GPL-2.0-only
/* All numbers of a pid at once, and by pidfds. */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bench.h"
#include "caller.h"
#include "observe.h"
#include "translate.h"

static int device;
static struct translate_pid_chain_request chain;
static struct translate_pid_chain_entry entries[TRANSLATE_PID_CHAIN_MOST];
static struct translate_pid_request request;

static long get_chain(void)
{
	return ioctl(device, TRANSLATE_PID_GET_CHAIN, &chain) ? -1 : entries[0].pid;
}

/* The init of a namespace in the inner one, which is at the fourth level. */
static const char *prepare_chain(long *expected)
{
	struct node *deepest = node_spawn(scene->inner, CLONE_NEWPID);
	pid_t numbers[PID_NS_LEVELS];

	if (observe_numbers(deepest->pid, numbers) != 4)
		observe_die("NSpid of the init has not four numbers");
	device = translate_device();
	chain = (struct translate_pid_chain_request){
		.pid = 1,
		.source = node_ns_id(deepest),
		.entries = (uintptr_t)entries,
		.count = TRANSLATE_PID_CHAIN_MOST,
	};
	*expected = deepest->pid;
	if (get_chain() < 0)
		return strerror(errno);
	if (chain.levels != 4)
		observe_die("the chain has not four levels");
	for (int i = 0; i < 4; i++)
		if (entries[i].pid != numbers[i])
			observe_die("the chain has a wrong number at level %d", i);
	return NULL;
}

static const char *chain_by_pidfd(long *expected)
{
	const char *reason = prepare_chain(expected);

	chain.pid = observe_pidfd(*expected, 0);
	chain.source = 0;
	chain.flags = TRANSLATE_PID_FROM_PIDFD;
	return reason;
}

static long ask_pidfd(void)
{
	return ioctl(device, TRANSLATE_PID_TRANSLATE, &request) ? -1 : request.result;
}

static const char *from_pidfd(long *expected)
{
	device = translate_device();
	request = (struct translate_pid_request){
		.pid = observe_pidfd(scene->process->pid, 0),
		.flags = TRANSLATE_PID_FROM_PIDFD,
		.target = scene->inner_id,
	};
	*expected = scene->in_inner;
	return NULL;
}

const struct way chain_ways[] = {
	WAY("chain-4", WITH_MODULE, 400, prepare_chain, get_chain),
	WAY("chain-4-pidfd", WITH_MODULE, 400, chain_by_pidfd, get_chain),
	WAY("pidfd-one", WITH_MODULE, 400, from_pidfd, ask_pidfd),
};
WAYS_COUNT(chain_ways);
