// SPDX-License-Identifier: MIT OR Apache-2.0
/* Ids, inits and descriptors of namespaces, compared with /proc and nsfs. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <translate_pid.h>
#include <unistd.h>

#include <linux/translate_pid.h>

#include "namespaces.h"
#include "tap.h"

#define NO_ID		UINT64_MAX
#define UNTOUCHED	0x5a5a5a5a5a5a5a5aULL
#define CLOSED		987	/* no descriptor of this number is open */

/* For those who build with older kernel headers. */
#ifndef NS_GET_ID
#define NS_GET_ID	_IOR(NSIO, 13, __u64)
#endif
#define INITIAL_NS_ID	4	/* PID_NS_INIT_ID */

static struct nested nested;
static uint64_t id;

static void check_id(int result, uint64_t wanted, const char *what)
{
	check(result == 0 && id == wanted, "%s", what);
	id = UNTOUCHED;
}

static void check_no_id(int result, int error, const char *what)
{
	check_error(result, error, "%s", what);
	if (id != UNTOUCHED)
		check(false, "%s: a failure wrote an id", what);
	id = UNTOUCHED;
}

static void module_says(void)
{
	struct translate_pid_info info;
	int device = open(TRANSLATE_PID_DEVICE, O_RDONLY | O_CLOEXEC);
	uint64_t features = 0, generation = 0;

	if (device < 0 || ioctl(device, TRANSLATE_PID_GET_INFO, &info))
		cannot("TRANSLATE_PID_GET_INFO");
	close(device);
	check_value(translate_pid_version(), info.version, "translate_pid_version");
	check_value(translate_pid_features(&features), 0, "translate_pid_features");
	check(features == info.features, "features are those of the module");
	check(features & TRANSLATE_PID_FEATURE_TRANSLATE, "features have the bit always set");
	check_value(pidns_generation(&generation), 0, "pidns_generation");
	check(generation == info.generation && generation, "the generation is that of the module");
}

static void ids(void)
{
	int pidfd = open_pidfd(nested.inner), nsfd = open_namespace(nested.inner, "pid");
	int procfs = open("/proc", O_PATH | O_CLOEXEC);
	struct pidns_chain_entry levels[PIDNS_CHAIN_MOST];
	__u64 ns_id;
	uint64_t mapped = 0;

	if (ioctl(nsfd, NS_GET_ID, &ns_id))
		cannot("NS_GET_ID");
	errno = EDOM;
	check_id(pidns_id_self(&id), 0, "id of the initial namespace");
	check_id(pidns_id_of_pid(nested.outer, &id), nested.outer_id, "id by pid");
	check_id(pidns_id_of_pidfd(pidfd, &id), nested.inner_id, "id by pidfd");
	check_id(pidns_id_of_nsfd(nsfd, &id), nested.inner_id, "id by namespace descriptor");
	check_value(pidns_translate_pidfd(pidfd, nested.inner_id, 0), 1, "number by pidfd");
	check_value(pidns_chain_of_pidfd(pidfd, 0, levels, PIDNS_CHAIN_MOST), 3, "chain by pidfd");
	check(levels[1].id == nested.outer_id && levels[2].id == nested.inner_id &&
	      levels[0].pid == nested.inner, "ids and numbers of the chain");
	check_value(pidns_chain(1, nested.inner_id, 0, levels, 1), 3, "chain by number");
	check_id(pidns_id_of_procfs(procfs, &id), TRANSLATE_PID_INIT_NS, "id by procfs");
	close(procfs);
	check_id(pidns_id_of_ns_id(ns_id, &id), nested.inner_id, "id by ns_id");
	check(pidns_ns_id(nested.inner_id, &mapped) == 0 && mapped == ns_id, "ns_id by id");
	check_id(pidns_id_of_ns_id(INITIAL_NS_ID, &id), 0, "id 0 by ns_id");
	check_value(errno, EDOM, "success leaves errno alone");
	close(pidfd);
	close(nsfd);
}

static void no_ids(void)
{
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC), net = open_namespace(getpid(), "net");

	check_no_id(pidns_id_of_pid(0, &id), ESRCH, "no id by pid 0");
	check_no_id(pidns_id_of_pid(-1, &id), EINVAL, "no id by pid -1");
	check_no_id(pidns_id_of_pid(INT_MAX, &id), ESRCH, "no id by a free pid");
	check_no_id(pidns_id_of_pidfd(CLOSED, &id), EBADF, "no id by a closed pidfd");
	check_no_id(pidns_id_of_pidfd(-1, &id), EINVAL, "no id by pidfd -1");
	check_no_id(pidns_id_of_pidfd(zero, &id), EINVAL, "no id by a descriptor that is no pidfd");
	check_no_id(pidns_id_of_nsfd(CLOSED, &id), EBADF, "no id by a closed descriptor");
	check_no_id(pidns_id_of_nsfd(-1, &id), EINVAL, "no id by descriptor -1");
	check_no_id(pidns_id_of_nsfd(zero, &id), EINVAL, "no id by a descriptor outside nsfs");
	check_no_id(pidns_id_of_nsfd(net, &id), EINVAL, "no id by a network namespace");
	check_no_id(pidns_id_of_procfs(CLOSED, &id), EBADF, "no id by a closed procfs");
	check_no_id(pidns_id_of_procfs(zero, &id), EINVAL, "no id by another file system");
	check_error(pidns_translate_pidfd(CLOSED, 0, 0), EBADF, "no number by a closed pidfd");
	check_error(pidns_translate_pidfd(-1, 0, 0), EBADF, "no number by pidfd -1");
	check_error(pidns_translate_pidfd(zero, 0, 0), EINVAL, "no number by no pidfd");
	check_error(pidns_chain_of_pidfd(CLOSED, 0, NULL, 0), EBADF, "no chain by a closed pidfd");
	check_no_id(pidns_id_of_ns_id(NO_ID, &id), ESRCH, "no id by an ns_id of nothing");
	check_no_id(pidns_ns_id(NO_ID, &id), EINVAL, "no ns_id by an id of nothing");
	close(zero);
	close(net);
}

static void inits(void)
{
	int nsfd = open_namespace(nested.outer, "pid"), net = open_namespace(getpid(), "net");

	check_value(pidns_init_pid(0), 1, "init by id 0");
	check_value(pidns_init_pid(nested.outer_id), nested.outer, "init by id");
	check_value(pidns_init_pid_of_nsfd(nsfd), nested.outer, "init by descriptor");
	check_value(pidns_init_pid_of_pid(nested.inner), nested.inner, "init by pid");
	check_value(pidns_init_pid_of_pid(getpid()), 1, "init by own pid");
	check_error(pidns_init_pid(NO_ID), EINVAL, "no init by an id of nothing");
	check_error(pidns_init_pid_of_nsfd(CLOSED), EBADF, "no init by a closed descriptor");
	check_error(pidns_init_pid_of_nsfd(net), EINVAL, "no init by a network namespace");
	check_error(pidns_init_pid_of_pid(0), ESRCH, "no init by pid 0");
	check_error(pidns_init_pid_of_pid(-1), EINVAL, "no init by pid -1");
	close(nsfd);
	close(net);
}

static bool is_namespace_of(int fd, pid_t pid)
{
	int other = open_namespace(pid, "pid");
	struct stat opened, linked;
	bool same = fstat(fd, &opened) == 0 && fstat(other, &linked) == 0 &&
		    opened.st_ino == linked.st_ino && opened.st_dev == linked.st_dev;

	close(other);
	return same;
}

static void opens(void)
{
	int fd = pidns_open(nested.inner_id);

	check(is_namespace_of(fd, nested.inner), "opens the namespace");
	check_value(fcntl(fd, F_GETFD), FD_CLOEXEC, "the descriptor is close-on-exec");
	check_id(pidns_id_of_nsfd(fd, &id), nested.inner_id, "the descriptor gives the id again");
	close(fd);
	check_error(pidns_open(NO_ID), EINVAL, "opens nothing");
}

/* In the namespace of outer, as its root. */
static void from_inside(void)
{
	int nsfd = open_namespace(nested.outer, "pid");
	int status;
	pid_t child;

	if (setns(nsfd, CLONE_NEWPID))
		cannot("setns");
	child = fork();
	if (child == 0) {
		check_id(pidns_id_self(&id), nested.outer_id, "own id inside");
		check_id(pidns_id_of_pid(1, &id), nested.outer_id, "id by pid inside");
		check_id(pidns_id_of_pid(nested.inner_in_outer, &id), nested.inner_id,
			 "id by the inner number");
		check_value(pidns_init_pid(nested.inner_id), nested.inner_in_outer,
			    "init of the inner namespace, seen from inside");
		check_value(pidns_init_pid(0), 0, "an init outside is not visible");
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child && status == 0, "inside: came to its end");
}

static void as_nobody(void)
{
	int nsfd = open_namespace(nested.outer, "pid"), pidfd = open_pidfd(nested.outer);

	become_nobody();
	check_id(pidns_id_self(&id), 0, "nobody: own id");
	check_id(pidns_id_of_pid(getpid(), &id), 0, "nobody: id by own pid");
	check_no_id(pidns_id_of_pid(nested.outer, &id), EPERM, "nobody: id by pid");
	check_no_id(pidns_id_of_pidfd(pidfd, &id), EPERM, "nobody: id by pidfd");
	check_no_id(pidns_id_of_nsfd(nsfd, &id), EPERM, "nobody: id by descriptor");
	check_no_id(pidns_ns_id(nested.outer_id, &id), EPERM, "nobody: ns_id by id");
	check_value(pidns_init_pid(0), 1, "nobody: own init");
	check_error(pidns_init_pid(nested.outer_id), EPERM, "nobody: init by id");
	check_error(pidns_init_pid_of_nsfd(nsfd), EPERM, "nobody: init by descriptor");
	check_error(pidns_open(nested.outer_id), EPERM, "nobody: opens nothing");
}

/* Kept alive by a descriptor only, after its init was reaped; then not at all. */
static void after_death(void)
{
	int nsfd = open_namespace(nested.outer, "pid");

	nested_stop(&nested);
	check_id(pidns_id_of_nsfd(nsfd, &id), nested.outer_id, "id of a namespace without init");
	check_error(pidns_init_pid(nested.outer_id), ESRCH, "no init any more");
	check_error(pidns_init_pid_of_nsfd(nsfd), ESRCH, "no init by descriptor any more");
	check_error(translate_pid(1, nested.outer_id, 0), ESRCH, "no pid in it");
	check_value(translate_pid(getpid(), 0, nested.outer_id), 0, "no number in it");
	close(nsfd);
	/* The kernel frees a namespace some time after its last descriptor. */
	for (int tries = 0; tries < 1000 && pidns_ns_id(nested.outer_id, &id) == 0; tries++)
		usleep(10000);
	check_error(pidns_ns_id(nested.outer_id, &id), EINVAL, "a dead namespace's id names nothing");
}

int main(void)
{
	tap_begin();
	nested = nested_start();
	id = UNTOUCHED;
	module_says();
	ids();
	no_ids();
	inits();
	opens();
	in_child(from_inside, "inside");
	in_child(as_nobody, "nobody");
	after_death();
	return tap_end();
}
