// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "board.h"
#include "child.h"
#include "syscall_paths.h"

struct board *board;

const char *const count_names[COUNTS] = {
	[NAMESPACES] = "namespaces",
	[TRANSLATIONS] = "translations",
	[LOOKUPS] = "lookups",
	[PROC_READS] = "proc_reads",
	[INIT_KILLS] = "init_kills",
	[HOTPLUGS] = "hotplugs",
	[RECORDS] = "records",
	[LOSSES] = "losses",
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
	population_new();
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

void board_publish(int index)
{
	board_count(NAMESPACES, 1);
	population_publish(index);
}

int board_choose(struct random *random)
{
	return population_choose(random, 48);
}

pid_t board_clone(__u64 flags)
{
	pid_t pid = child_clone(flags);

	if (pid < 0)
		usleep(1000);
	return pid;
}

long board_translate(struct random *random, pid_t pid, __u64 source,
		     __u64 target)
{
	static int open_paths = -1;
	__u32 way = random_below(random, syscall_path_count + 1);

	if (open_paths < 0) {
		open_paths = 0;
		for (size_t i = 0; i < syscall_path_count; i++)
			open_paths |= syscall_path_is_open(&syscall_paths[i]) << i;
	}
	board_count(TRANSLATIONS, 1);
	if (way < syscall_path_count && open_paths >> way & 1)
		return syscall_path_translate(&syscall_paths[way],
					      syscall_path_default_number(&syscall_paths[way]), pid,
					      source, target);
	return translate_by_ioctl.translate(pid, source, target);
}
