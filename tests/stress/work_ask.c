// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translations. In the stable chain each question has one answer; about
 * namespaces that come and go, any that is right at some moment of the call.
 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "board.h"
#include "observe.h"
#include "stable.h"

#define NOBODY		65534
#define BURST		64

/* A number that nobody has: above any that the kernel gives. */
#define UNUSED		((1 << 22) - 1)

/* Enough numbers for some of the module's parts of them. */
#define MANY		300

/* Draws the number of a process; returns its one right translation. */
static long draw_stable(struct random *random, int source, int target, pid_t *pid)
{
	int asked = random_below(random, PID_NS_LEVELS);
	const struct stable_process *process = &stable->processes[asked];

	/* Above itself a process has no number; ask for one that nobody has. */
	if (source > asked) {
		*pid = random_below(random, 2) ? UNUSED : 0;
		return -ESRCH;
	}
	*pid = process->numbers[source];
	return target <= asked ? process->numbers[target] : 0;
}

static void ask_stable(struct random *random)
{
	int source = random_below(random, PID_NS_LEVELS);
	int target = random_below(random, PID_NS_LEVELS);
	pid_t pid;
	long expected = draw_stable(random, source, target, &pid);
	long answer;

	answer = board_translate(random, pid, stable->ids[source],
				 stable->ids[target]);
	if (answer != expected)
		board_fail("stable: pid %d of level %d in level %d: %ld instead of %ld",
			   pid, source, target, answer, expected);
}

/* All of them are processes, whose thread groups have their numbers. */
static void ask_many_stable(struct random *random)
{
	int source = random_below(random, PID_NS_LEVELS);
	int target = random_below(random, PID_NS_LEVELS);
	long expected[MANY], error;
	__u32 done;
	pid_t pids[MANY];

	for (int i = 0; i < MANY; i++)
		expected[i] = draw_stable(random, source, target, &pids[i]);
	error = translate_by_ioctl.translate_many(pids, MANY, stable->ids[source],
						  stable->ids[target],
						  random_below(random, 2) ?
							  TRANSLATE_PID_THREAD_GROUP : 0, &done);
	if (error || done != MANY)
		board_fail("stable: many of level %d in level %d: error %ld, %u done", source,
			   target, -error, done);
	for (int i = 0; i < MANY; i++)
		if (pids[i] != expected[i])
			board_fail("stable: number %d of many of level %d in level %d: %d instead of %ld",
				   i, source, target, pids[i], expected[i]);
}

/* All numbers of a process, named by one of them, and the ids, whoever asks beside. */
static void ask_chain_stable(struct random *random)
{
	struct translate_pid_chain_entry entries[TRANSLATE_PID_CHAIN_MOST];
	__u32 asked = random_below(random, PID_NS_LEVELS);
	int source = random_below(random, asked + 1);
	const struct stable_process *process = &stable->processes[asked];
	struct translate_pid_chain_request request = {
		.pid = process->numbers[source],
		.source = stable->ids[source],
		.entries = (unsigned long)entries,
		.count = TRANSLATE_PID_CHAIN_MOST,
	};
	long error = translate_ioctl(translate_device(), TRANSLATE_PID_GET_CHAIN, &request);

	if (error || request.levels != asked + 1)
		board_fail("stable: chain of level %u: error %ld, %u levels", asked, -error,
			   request.levels);
	for (__u32 level = 0; level <= asked; level++)
		if (entries[level].id != stable->ids[level] ||
		    entries[level].pid != process->numbers[level])
			board_fail("stable: chain of level %u: %d in %llu at level %u", asked,
				   entries[level].pid, entries[level].id, level);
}

void work_ask_stable(struct random *random)
{
	for (int i = 0; i < BURST; i++)
		ask_stable(random);
	ask_many_stable(random);
	ask_chain_stable(random);
	usleep(8000);
}

static void ask_dying(struct random *random)
{
	int source = board_choose(random);
	int target = random_below(random, 3) ? board_choose(random) : -1;
	struct member *member;
	bool was_dead;
	long answer;

	if (source < 0)
		return;
	member = &population->members[source];
	was_dead = __atomic_load_n(&member->dead, __ATOMIC_ACQUIRE);
	answer = board_translate(random, 1, member->id,
				 target < 0 ? TRANSLATE_PID_INIT_NS :
				 population->members[target].id);
	if (!population_allows(answer, source, target))
		board_fail("init %d of %llu, in %llu: %ld", member->host,
			   member->id,
			   target < 0 ? 0 : population->members[target].id, answer);
	if (was_dead && answer != -EINVAL)
		board_fail("pid 1 of the dead %llu: %ld", member->id, answer);
	if (target < 0 && answer == -EINVAL)
		__atomic_store_n(&member->dead, 1, __ATOMIC_RELEASE);
}

/* Namespaces may die between two parts: then it ends there. */
static void ask_many_dying(struct random *random)
{
	int source = board_choose(random);
	struct member *member;
	pid_t pids[MANY];
	bool was_dead;
	__u32 done;
	long error;

	if (source < 0)
		return;
	member = &population->members[source];
	was_dead = __atomic_load_n(&member->dead, __ATOMIC_ACQUIRE);
	for (int i = 0; i < MANY; i++)
		pids[i] = i % 2 ? 1 : -1;
	error = translate_by_ioctl.translate_many(pids, MANY, member->id, TRANSLATE_PID_INIT_NS, 0,
						  &done);
	if ((error && error != -EINVAL) || (was_dead && (done || !error)) || done > MANY ||
	    (!error && done != MANY))
		board_fail("many of %llu: error %ld, %u done", member->id, -error, done);
	for (__u32 i = 0; i < MANY; i++) {
		long answer = pids[i];

		if (i >= done ? answer != (i % 2 ? 1 : -1) :
		    i % 2 ? !population_allows(answer, source, -1) : answer != -ESRCH)
			board_fail("number %u of many of %llu, %u done: %ld", i, member->id, done,
				   answer);
	}
	if (error)
		__atomic_store_n(&member->dead, 1, __ATOMIC_RELEASE);
}

void work_ask_dying(struct random *random)
{
	long answer = board_translate(random, 1, random_next(random) | 1, 0);

	if (answer != -EINVAL)
		board_fail("an id that was never given answers %ld", answer);
	for (int i = 0; i < BURST; i++)
		ask_dying(random);
	ask_many_dying(random);
	usleep(8000);
}

/* The inits belong to root: nobody may use an id, dying or not. */
void work_ask_as_nobody(struct random *random)
{
	if (getuid() != NOBODY) {
		if (setgid(NOBODY) || setuid(NOBODY))
			observe_die("cannot become nobody");
		/* Other credentials clear it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	for (int i = 0; i < BURST; i++) {
		int index = board_choose(random);
		__u64 id = random_below(random, 2) || index < 0 ?
			   stable->ids[1 + random_below(random, PID_NS_LEVELS - 1)] :
			   population->members[index].id;
		long answer = board_translate(random, 1, id, 0);

		if (answer != -EPERM && answer != -EINVAL)
			board_fail("nobody was told %ld", answer);
	}
	usleep(8000);
}
