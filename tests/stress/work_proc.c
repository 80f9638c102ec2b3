// SPDX-License-Identifier: GPL-2.0-only
/* /proc/<pid>/ns of stable and of dying processes, and /proc/pidns_id. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board.h"
#include "listing.h"
#include "ns_link.h"
#include "observe.h"
#include "stable.h"

#define BURST		12

static void read_stable(struct random *random)
{
	int level = random_below(random, PID_NS_LEVELS);
	pid_t pid = stable->processes[level].numbers[0];
	char text[64], expected[NS_LINK_TEXT];
	struct listing listing = {};
	int directory;

	ns_link_expected(stable->ids[level], expected);
	if (ns_link_of(pid, NS_LINK, text, sizeof(text)) < 0 ||
	    strcmp(text, expected))
		board_fail("stable: the link of level %d is %s instead of %s",
			   level, text, expected);
	directory = ns_directory(pid);
	if (listing_read(directory, random_below(random, 2) ? 64 : 4096,
			 &listing) ||
	    listing_count(&listing, NS_LINK) != 1)
		board_fail("stable: level %d lists the link %zu times", level,
			   listing_count(&listing, NS_LINK));
	close(directory);
	board_count(PROC_READS, 2);
}

/* Whether the process is the init of the member still, or again. */
static bool is_init(const struct member *member)
{
	struct stat status;
	char path[64];

	ns_link_path(member->host, "pid", path, sizeof(path));
	return !stat(path, &status) && status.st_ino == member->inode;
}

static void read_dying(const struct member *member)
{
	char text[64], expected[NS_LINK_TEXT], path[64];
	bool before = is_init(member);
	long length = ns_link_of(member->host, NS_LINK, text, sizeof(text));
	int directory;

	ns_link_expected(member->id, expected);
	if (length >= 0 && before && is_init(member) && strcmp(text, expected))
		board_fail("the link of %d is %s instead of %s", member->host,
			   text, expected);
	if (length < 0 && length != -ENOENT && length != -ESRCH &&
	    length != -EACCES)
		board_fail("the link of %d: error %ld", member->host, -length);
	snprintf(path, sizeof(path), "/proc/%d/ns", member->host);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory >= 0) {
		struct listing listing = {};
		long error = listing_read(directory, 4096, &listing);

		/* A process without namespaces has no links. */
		if (!error && listing_count(&listing, NS_LINK) > 1)
			board_fail("%d lists the link %zu times", member->host,
				   listing_count(&listing, NS_LINK));
		if (error && error != -ENOENT && error != -ESRCH &&
		    error != -EACCES)
			board_fail("listing of %d: error %ld", member->host,
				   -error);
		close(directory);
	}
	board_count(PROC_READS, 2);
}

static void read_own_id(void)
{
	char text[64] = "";

	if (observe_read("/proc/pidns_id", text, sizeof(text)) != 1 ||
	    strcmp(text, "0"))
		board_fail("/proc/pidns_id holds \"%s\"", text);
	board_count(PROC_READS, 1);
}

void work_proc(struct random *random)
{
	read_own_id();
	for (int i = 0; i < BURST; i++) {
		int index = board_choose(random);

		if (index >= 0)
			read_dying(&population->members[index]);
		read_stable(random);
	}
	usleep(8000);
}
