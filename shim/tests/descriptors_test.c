// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Programs that close every descriptor, have none to spare, or reuse numbers:
 * the library keeps none and disturbs none.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <translate_pid.h>
#include <unistd.h>

#include "namespaces.h"
#include "tap.h"

static struct nested nested;

static int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	if (!directory)
		cannot("/proc/self/fd");
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* Every function once, those that succeed and those that fail. */
static bool call_all(void)
{
	uint64_t value;
	bool right = translate_pid(1, nested.outer_id, 0) == nested.outer &&
		     pidns_id_self(&value) == 0 && value == 0 &&
		     pidns_id_of_pid(nested.outer, &value) == 0 && value == nested.outer_id &&
		     pidns_id_of_nsfd(-1, &value) == -1 && errno == EINVAL &&
		     pidns_ns_id(nested.outer_id, &value) == 0 &&
		     pidns_id_of_ns_id(value, &value) == 0 && value == nested.outer_id &&
		     pidns_init_pid(nested.outer_id) == nested.outer &&
		     translate_pid_version() >= 1;
	int fd = pidns_open(nested.outer_id);

	return close(fd) == 0 && right;
}

static void leaves_none_open(void)
{
	int before = open_descriptors();

	for (int i = 0; i < 200; i++)
		if (!call_all())
			break;
	check(call_all(), "called 200 times");
	check_value(open_descriptors(), before, "no descriptor is left open");
}

static void close_every_descriptor(void)
{
	if (syscall(SYS_close_range, 0U, ~0U, 0U))
		_exit(4);
}

/* Cannot print any more: the exit status tells. */
static void closes_everything(void)
{
	close_every_descriptor();
	if (!call_all())
		_exit(1);
	close_every_descriptor();
	if (!call_all())
		_exit(2);
	/* Whatever number the library could have kept is something else now. */
	for (int i = 0; i < 20; i++)
		if (open("/dev/zero", O_RDONLY) != i)
			_exit(5);
	if (!call_all())
		_exit(6);
	for (int i = 0; i < 20; i++) {
		struct stat status;

		if (fstat(i, &status) || !S_ISCHR(status.st_mode))
			_exit(7);
	}
}

static void allow_descriptors(rlim_t count)
{
	struct rlimit limit = { count, count };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		cannot("setrlimit");
}

static void needs_none_at_first(void)
{
	uint64_t id;

	allow_descriptors(0);
	check_value(translate_pid(1, nested.outer_id, 0), nested.outer,
		    "first call with no descriptor to spare");
	check_value(translate_pid(nested.outer, 0, nested.outer_id), 1, "and second");
	check_error(pidns_id_self(&id), EMFILE, "what needs a descriptor says so");
	check_error(pidns_init_pid(0), EMFILE, "pidns_init_pid, too");
	check_error(translate_pid_version(), EMFILE, "translate_pid_version, too");
}

static void needs_none_later(void)
{
	check_value(translate_pid(1, nested.outer_id, 0), nested.outer, "a first call");
	allow_descriptors(0);
	check_value(translate_pid(1, nested.outer_id, 0), nested.outer,
		    "a later one with no descriptor to spare");
}

int main(void)
{
	tap_begin();
	nested = nested_start();
	in_child(leaves_none_open, "leaves none open");
	in_child(closes_everything, "all descriptors closed between calls");
	in_child(needs_none_at_first, "no descriptor at first");
	in_child(needs_none_later, "no descriptor later");
	nested_stop(&nested);
	return tap_end();
}
