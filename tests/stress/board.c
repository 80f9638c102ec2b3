// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/sched.h>

#include "board.h"
#include "child.h"
#include "roads.h"

struct board *board;

const char *const count_names[COUNTS] = {
	[NAMESPACES] = "namespaces",
	[TRANSLATIONS] = "translations",
	[LOOKUPS] = "lookups",
	[PROC_READS] = "proc_reads",
	[INIT_KILLS] = "init_kills",
	[HOTPLUGS] = "hotplugs",
	[JOINS] = "joins",
	[EXECS] = "execs",
	[INIT_PIDS] = "init_pids",
	[SIGNALS] = "signals",
	[CACHE_DROPS] = "cache_drops",
	[OUT_OF_MEMORY] = "out_of_memory",
};

void board_new(void)
{
	board = shared_memory(sizeof(*board));
}

bool board_is_closing(void)
{
	return __atomic_load_n(&board->stop, __ATOMIC_RELAXED);
}

void board_count(enum count count, __u32 more)
{
	__atomic_fetch_add(&board->counts[count], more, __ATOMIC_RELAXED);
}

void board_fail(const char *format, ...)
{
	va_list args;

	if (__atomic_fetch_add(&board->failures, 1, __ATOMIC_RELAXED))
		return;
	va_start(args, format);
	vsnprintf(board->first_failure, sizeof(board->first_failure), format,
		  args);
	va_end(args);
}

int board_claim(void)
{
	__u32 index = __atomic_fetch_add(&board->member_count, 1,
					 __ATOMIC_RELAXED);

	return index < MEMBERS ? (int)index : -1;
}

void board_publish(int index)
{
	board_count(NAMESPACES, 1);
	__atomic_store_n(&board->members[index].published, 1, __ATOMIC_RELEASE);
}

int board_choose(struct random *random)
{
	__u32 count = __atomic_load_n(&board->member_count, __ATOMIC_RELAXED);
	__u32 back;

	if (count > MEMBERS)
		count = MEMBERS;
	if (!count)
		return -1;
	back = random_below(random, random_below(random, 8) ? 48 : count);
	if (back >= count ||
	    !__atomic_load_n(&board->members[count - 1 - back].published,
			     __ATOMIC_ACQUIRE))
		return -1;
	return count - 1 - back;
}

pid_t board_clone(__u64 flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	pid_t pid = syscall(__NR_clone3, &args, sizeof(args));

	if (pid == 0) {
		translate_device_close();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	} else if (pid < 0) {
		usleep(1000);
	}
	return pid;
}

/* The mounted /proc is the initial namespace's, and so is its "self". */
pid_t board_own_host_pid(void)
{
	char host[16] = "";

	if (readlink("/proc/self", host, sizeof(host) - 1) < 0)
		return -1;
	return atoi(host);
}

long board_translate(struct random *random, pid_t pid, __u64 source,
		     __u64 target)
{
	static int open_roads = -1;
	__u32 way = random_below(random, road_count + 1);

	if (open_roads < 0) {
		open_roads = 0;
		for (size_t i = 0; i < road_count; i++)
			open_roads |= road_is_open(&roads[i]) << i;
	}
	board_count(TRANSLATIONS, 1);
	if (way < road_count && open_roads >> way & 1)
		return road_translate(&roads[way],
				      road_default_number(&roads[way]), pid,
				      source, target);
	return translate_by_ioctl.translate(pid, source, target);
}
