// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/sched.h>

#include "handle.h"
#include "judge.h"
#include "keepers.h"
#include "translate.h"

/* The first number of the process itself. */
static long chain_self(int fd)
{
	struct translate_pid_chain_entry entry;
	struct translate_pid_chain_request request = {
		.pid = getpid(), .entries = (unsigned long)&entry, .count = 1,
	};
	long error = translate_ioctl(fd, TRANSLATE_PID_GET_CHAIN, &request);

	return error ? error : entry.pid;
}

/* The entry of the process itself, found by the cursor. */
static long list_self(int fd)
{
	struct translate_pid_list_entry entry;
	struct translate_pid_list_request request = {
		.entries = (unsigned long)&entry, .count = 1, .cursor = getpid(),
	};
	long error = translate_ioctl(fd, TRANSLATE_PID_LIST_PIDS, &request);

	return error ? error : request.done ? entry.number : 0;
}

/* The level of the first of all namespaces, which everybody here is in. */
static long list_first(int fd)
{
	struct translate_pid_ns_entry entry;
	struct translate_pid_list_ns_request request = {
		.entries = (unsigned long)&entry, .count = 1,
	};
	long error = translate_ioctl(fd, TRANSLATE_PID_LIST_NS, &request);

	return error ? error : request.done ? (long)entry.level : 1;
}

/* A handle keeps the module when nothing else does. Its namespace may die, or be the initial one. */
static int bind_handle(pid_t *init)
{
	struct clone_args args = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };
	__u64 id = TRANSLATE_PID_INIT_NS;
	long handle;

	*init = -1;
	if (random_below(&random_state, 4) == 0)
		*init = syscall(SYS_clone3, &args, sizeof(args));
	if (*init == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (*init > 0 && translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, *init, &id, NULL))
		wrong("an init has no id");
	handle = bind_as(NULL, &translate_by_ioctl, id, TRANSLATE_PID_INIT_NS);
	if (handle < 0)
		wrong("no handle: %ld", handle);
	return handle;
}

static void use_handle(int handle, pid_t init)
{
	int over;

	judge("handle", bound(handle, TO_TARGET, 1), init > 0 ? init : 1, init > 0 ? init : 1);
	end_child(init);
	over = handle_events(handle);
	if (over && (over != POLLHUP || init <= 0))
		wrong("a handle says %#x", over);
	if (over && bound(handle, TO_SOURCE, 1) != -ESTALE)
		wrong("a handle is over, but not stale");
	/* With it the last reference may go. */
	close(handle);
}

/* A watch keeps the module as well, and is told of what the other hammers make. */
static int open_watch(void)
{
	struct translate_pid_watch_request request = {
		.flags = TRANSLATE_PID_WATCH_NONBLOCK,
		.room = 8,
		.record_size = sizeof(struct translate_pid_watch_record),
	};
	long watch = translate_ioctl(translate_device(), TRANSLATE_PID_WATCH, &request);

	if (watch < 0)
		wrong("no watch: %ld", watch);
	return watch;
}

static void use_watch(int watch)
{
	struct translate_pid_watch_record records[4];
	ssize_t size;

	usleep(random_below(&random_state, 2000));
	size = read(watch, records, sizeof(records));
	if (size < 0 ? errno != EAGAIN : size == 0 || size % sizeof(records[0]))
		wrong("a watch reads %zd", size);
	/* With it the last reference may go, while its work item is at work. */
	close(watch);
}

void keepers_begin(struct keepers *keepers)
{
	__s32 many[300];
	__u32 done;

	for (int i = 0; i < 300; i++)
		many[i] = getpid();
	judge("many", translate_by_ioctl.translate_many(many, 300, 0, 0, 0, &done) ?:
	      (done == 300 ? many[299] : 1), getpid(), 0);
	judge("list", list_self(translate_device()), getpid(), 0);
	judge("namespaces", list_first(translate_device()), 0, 0);
	judge("chain", chain_self(translate_device()), getpid(), 0);
	keepers->handle = bind_handle(&keepers->init);
	keepers->watch = open_watch();
}

void keepers_end(const struct keepers *keepers)
{
	if (keepers->handle >= 0)
		use_handle(keepers->handle, keepers->init);
	if (keepers->watch >= 0)
		use_watch(keepers->watch);
}
