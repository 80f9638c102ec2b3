// SPDX-License-Identifier: GPL-2.0-only
/*
 * From ids to namespaces and back, mostly of dying ones: an id names its
 * namespace or nothing, whoever is asked.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/nsfs.h>

#include "board.h"
#include "observe.h"
#include "stable.h"

#define BURST		32

static bool is_gone(long error)
{
	return error == -EINVAL || error == -ESRCH;
}

/* The kernel's own words about the namespace behind the descriptor. */
static void check_descriptor(const struct member *member, int fd)
{
	struct stat status;
	__u64 ns_id = observe_ns_id(fd);

	if (fstat(fd, &status) || status.st_ino != member->inode ||
	    ns_id != member->ns_id || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWPID)
		board_fail("id %llu opens inode %llu with ns_id %llu instead of %llu with %llu",
			   member->id, (unsigned long long)status.st_ino, ns_id,
			   (unsigned long long)member->inode, member->ns_id);
}

static void look_up(struct random *random, struct member *member)
{
	bool was_dead = __atomic_load_n(&member->dead, __ATOMIC_ACQUIRE);
	__u64 id = 0, ns_id = 0;
	bool opens = false;
	long result;

	board_count(LOOKUPS, 1);
	switch (random_below(random, 4)) {
	case 0:
		opens = true;
		result = translate_by_ioctl.open_ns(TRANSLATE_PID_BY_ID,
						    member->id);
		if (result >= 0) {
			check_descriptor(member, result);
			close(result);
		}
		break;
	case 1:
		result = translate_by_ioctl.get_id(TRANSLATE_PID_BY_ID,
						   member->id, &id, &ns_id);
		if (!result && (id != member->id || ns_id != member->ns_id))
			board_fail("id %llu is said to be %llu, ns_id %llu",
				   member->id, id, ns_id);
		break;
	case 2:
		/* The kernel does not use an ns_id twice either. */
		result = translate_by_ioctl.get_id(TRANSLATE_PID_BY_NS_ID,
						   member->ns_id, &id, NULL);
		if (!result && id != member->id)
			board_fail("ns_id %llu has id %llu instead of %llu",
				   member->ns_id, id, member->id);
		/* It says ESRCH, and finds a dead one until it is destroyed. */
		if (was_dead && !result)
			board_fail("ns_id %llu lives, but its id is dead",
				   member->ns_id);
		if (result && !is_gone(result))
			board_fail("ns_id %llu: error %ld", member->ns_id,
				   -result);
		return;
	default:
		result = translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID,
						   member->host, &id, NULL);
		/* The number may be somebody else's by now. */
		if (result && !is_gone(result))
			board_fail("the namespace of %d: error %ld",
				   member->host, -result);
		return;
	}
	/* A dying one may be left without processes, and is not opened any more then. */
	if (result < 0 && result != -EINVAL && !(opens && result == -ESTALE))
		board_fail("id %llu: error %ld", member->id, -result);
	if (was_dead && result != -EINVAL)
		board_fail("the dead id %llu names something", member->id);
	if (result == -EINVAL)
		__atomic_store_n(&member->dead, 1, __ATOMIC_RELEASE);
}

void work_lookup(struct random *random)
{
	for (int i = 0; i < BURST; i++) {
		int index = board_choose(random);

		if (index >= 0)
			look_up(random, &population->members[index]);
	}
	usleep(8000);
}

/* In the namespace with the id, as it was asked for. */
static void __attribute__((noreturn)) be_joined(__u64 wanted)
{
	__u64 id = 0;
	long error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_SELF, 0, &id,
					       NULL);

	if (error || id != wanted)
		board_fail("who joined %llu is in %llu: error %ld", wanted, id,
			   -error);
	_exit(0);
}

static void __attribute__((noreturn)) join(__u64 id)
{
	int fd = translate_by_ioctl.open_ns(TRANSLATE_PID_BY_ID, id);
	pid_t pid;

	if (fd < 0)
		_exit(1);
	if (setns(fd, CLONE_NEWPID))
		board_fail("%llu cannot be joined: errno %d", id, errno);
	translate_device_close();
	pid = fork();
	if (pid == 0)
		be_joined(id);
	/* Without an init nobody is born there any more: ENOMEM. */
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		_exit(1);
	_exit(0);
}

/* setns(2) by a descriptor from an id, of stable and of dying namespaces. */
void work_join(struct random *random)
{
	int index = random_below(random, 3) ? board_choose(random) : -1;
	__u64 id = index < 0 ? stable->ids[1 + random_below(random, 32)] :
		   population->members[index].id;
	int status;
	pid_t pid = board_clone(0);

	if (pid == 0)
		join(id);
	if (pid < 0)
		return;
	waitpid(pid, &status, 0);
	if (status == 0)
		board_count(JOINS, 1);
	else if (index < 0 && WIFEXITED(status))
		board_fail("the stable %llu cannot be joined", id);
	usleep(8000);
}
