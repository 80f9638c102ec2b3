// SPDX-License-Identifier: GPL-2.0-only
/* Nothing of these asks the module; they change the machine around it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "ns_link.h"
#include "observe.h"

#define CGROUPS		"/sys/fs/cgroup"
#define CGROUP		CGROUPS "/stress"
#define LIMIT		"16M"
#define TOO_MUCH	(64 << 20)

void work_hotplug(struct random *random)
{
	static long cpus;
	char path[64];

	if (!cpus)
		cpus = sysconf(_SC_NPROCESSORS_CONF);
	if (cpus < 2) {
		usleep(100000);
		return;
	}
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online",
		 1 + random_below(random, cpus - 1));
	if (!observe_write(path, "0"))
		board_count(HOTPLUGS, 1);
	usleep(random_below(random, 200000));
	if (!observe_write(path, "1"))
		board_count(HOTPLUGS, 1);
	usleep(random_below(random, 600000));
}

/* Dentries and inodes, and with them the cached links; sometimes pages too. */
void work_drop_caches(struct random *random)
{
	if (!observe_write("/proc/sys/vm/drop_caches",
			   random_below(random, 4) ? "2" : "3"))
		board_count(CACHE_DROPS, 1);
	usleep(100000 + random_below(random, 400000));
}

/* A crowd of namespaces, and links looked up, where memory is short. */
static void __attribute__((noreturn)) work_in_cgroup(struct random random)
{
	char text[64];

	for (int i = 0; i < 8; i++) {
		pid_t pid = board_clone(CLONE_NEWPID);

		if (pid == 0) {
			pid = board_clone(CLONE_NEWPID);
			if (pid == 0)
				_exit(0);
			waitpid(pid, NULL, 0);
			_exit(0);
		}
		ns_link_of(getpid(), NS_LINK, text, sizeof(text));
		if (pid > 0)
			ns_link_of(pid, NS_LINK, text, sizeof(text));
		usleep(random_below(&random, 3000));
		waitpid(pid, NULL, 0);
	}
	_exit(0);
}

static void __attribute__((noreturn)) take_memory(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	volatile char *memory = mmap(NULL, TOO_MUCH, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory != MAP_FAILED)
		for (size_t at = 0; at < TOO_MUCH; at += page)
			memory[at] = 1;
	_exit(0);
}

static void enter_cgroup(void)
{
	if (observe_write(CGROUP "/cgroup.procs", "0"))
		_exit(1);
}

/* Children in a group with a limit, one of which exceeds it and is killed. */
void work_memory(struct random *random)
{
	static bool prepared;
	pid_t worker, taker;
	int status;

	if (!prepared) {
		observe_write(CGROUPS "/cgroup.subtree_control", "+memory");
		if ((mkdir(CGROUP, 0755) && errno != EEXIST) ||
		    observe_write(CGROUP "/memory.max", LIMIT))
			observe_die("%s cannot be limited", CGROUP);
		observe_write(CGROUP "/memory.swap.max", "0");
		prepared = true;
	}
	random_next(random);
	worker = board_clone(0);
	if (worker == 0) {
		enter_cgroup();
		work_in_cgroup(*random);
	}
	taker = board_clone(0);
	if (taker == 0) {
		enter_cgroup();
		take_memory();
	}
	for (int i = 0; i < 2; i++) {
		pid_t pid = i ? worker : taker;

		if (pid > 0 && waitpid(pid, &status, 0) == pid &&
		    WIFSIGNALED(status))
			board_count(OUT_OF_MEMORY, 1);
	}
	usleep(300000 + random_below(random, 700000));
}

/* All workers, this one too, have a handler that does nothing. */
void work_signals(struct random *random)
{
	for (int i = 0; i < WORKERS; i++) {
		pid_t pid = __atomic_load_n(&board->workers[i].pid,
					    __ATOMIC_RELAXED);

		if (pid > 0 && !kill(pid, SIGUSR1))
			board_count(SIGNALS, 1);
	}
	usleep(2000 + random_below(random, 8000));
}
