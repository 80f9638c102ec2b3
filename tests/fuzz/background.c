// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces that live for some milliseconds each, so that ids and pids appear
 * and go away under the calls.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "fuzz.h"
#include "translate.h"

#define DEEPEST		3

static bool is_over(const struct stage *stage)
{
	return __atomic_load_n(&stage->stop, __ATOMIC_ACQUIRE);
}

/* It ends by itself, if nobody ends it before. */
static _Noreturn void be_init(struct random random, int depth)
{
	while (depth-- && random_below(&random, 2)) {
		random_next(&random);
		/* The child goes on, one level further down. */
		if (child_clone(CLONE_NEWPID) != 0)
			break;
	}
	usleep(random_below(&random, 40000));
	_exit(0);
}

/* First it is dead, then it is no longer alive: readers look the other way. */
static void bury(struct stage *stage, int place)
{
	__u32 grave = __atomic_fetch_add(&stage->died, 1, __ATOMIC_RELAXED);

	__atomic_store_n(&stage->dead[grave % DEAD_IDS], stage->live[place],
			 __ATOMIC_RELEASE);
	__atomic_store_n(&stage->live[place], TRANSLATE_PID_INIT_NS,
			 __ATOMIC_RELEASE);
	stage->live_pid[place] = 0;
}

static bool id_is_dead(__u64 id)
{
	return translate_by_ioctl.get_id(TRANSLATE_PID_BY_ID, id, NULL,
					 NULL) == -EINVAL;
}

static void begin_one(struct stage *stage, struct random *random, int place)
{
	pid_t pid;
	__u64 id;

	random_next(random);
	pid = child_clone(CLONE_NEWPID);
	if (pid == 0)
		be_init(*random, DEEPEST);
	if (pid < 0)
		return;
	/* A process that is not reaped yet has its namespace and that its id. */
	if (translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, pid, &id, NULL))
		observe_die("the namespace of process %d has no id", pid);
	__atomic_store_n(&stage->live[place], id, __ATOMIC_RELEASE);
	stage->live_pid[place] = pid;
}

static void end_one(struct stage *stage, struct random *random, int place)
{
	__u64 id = stage->live[place];

	if (random_below(random, 2))
		kill(stage->live_pid[place], SIGKILL);
	waitpid(stage->live_pid[place], NULL, 0);
	/* The last put may come a moment later. */
	while (!id_is_dead(id) && !is_over(stage))
		usleep(500);
	if (id_is_dead(id))
		bury(stage, place);
}

void background_run(struct stage *stage, int number, struct random random)
{
	/* No other background load looks at these places. */
	int count = LIVE_IDS / BACKGROUND_LOADS, first = number * count;

	while (!is_over(stage)) {
		int place = first + random_below(&random, count);

		if (stage->live_pid[place])
			end_one(stage, &random, place);
		else
			begin_one(stage, &random, place);
		usleep(random_below(&random, 8000));
	}
	_exit(0);
}
