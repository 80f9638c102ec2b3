// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last moments of a namespace: nothing but lookups of its id, from all
 * sides, while its entry leaves the table and is freed. What others ask
 * meets that moment too seldom.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "child.h"
#include "observe.h"

#define WATCHERS	2

/* The table has the entry a little longer than translations find it. */
#define AFTERMATH_MS	30

static void __attribute__((noreturn)) watch_end(__u64 id, pid_t init)
{
	__u64 deadline = 0;
	__u32 asked = 0;

	while (!deadline || observe_clock_ms() < deadline) {
		long answer = translate_by_ioctl.translate(1, id, id);

		asked++;
		if (deadline && answer != -EINVAL)
			board_fail("the end of %d: the dead %llu answers %ld",
				   init, id, answer);
		if (answer == -EINVAL && !deadline)
			deadline = observe_clock_ms() + AFTERMATH_MS;
		else if (answer != 1 && answer != -ESRCH && answer != -EINVAL)
			board_fail("the end of %d: %ld", init, answer);
	}
	board_count(TRANSLATIONS, asked);
	_exit(0);
}

void work_end(struct random *random)
{
	pid_t watchers[WATCHERS], init = board_clone(CLONE_NEWPID);
	__u64 id = 0;

	if (init == 0)
		_exit(child_idle(NULL));
	if (init < 0)
		return;
	if (translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, init, &id, NULL))
		board_fail("the live init %d has no id", init);
	board_count(NAMESPACES, 1);
	for (int i = 0; i < WATCHERS; i++) {
		watchers[i] = board_clone(0);
		if (watchers[i] == 0)
			watch_end(id, init);
	}
	usleep(1000 + random_below(random, 4000));
	kill(init, SIGKILL);
	waitpid(init, NULL, 0);
	board_count(INIT_KILLS, 1);
	for (int i = 0; i < WATCHERS; i++)
		if (watchers[i] > 0)
			waitpid(watchers[i], NULL, 0);
	usleep(8000);
}
