// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Surroundings in which /dev/translate_pid is missing, forbidden, or something
 * else, as in containers and chroots; with /proc/translate_pid and without.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <translate_pid.h>
#include <unistd.h>

#include "namespaces.h"
#include "tap.h"

#define DEVICE	"/dev/translate_pid"
#define PROC_FILE	"/proc/translate_pid"

static struct nested nested;

/* A /dev of this process's own, empty but for /dev/null. */
static void empty_dev(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("dev", "/dev", "tmpfs", 0, "mode=0755") ||
	    mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3)))
		cannot("a /dev of its own");
}

static void translates(const char *where)
{
	for (int round = 1; round <= 3; round++) {
		check_value(translate_pid(1, nested.outer_id, 0), nested.outer, "%s: translates", where);
		check_error(translate_pid(0, nested.outer_id, 0), ESRCH, "%s: no pid", where);
		check_error(translate_pid(1, UINT64_MAX, 0), EINVAL, "%s: no source", where);
	}
}

/* As container runtimes hide files of procfs. */
static void mask(const char *path)
{
	if (mount("/dev/null", path, NULL, MS_BIND, NULL))
		cannot("masking a file");
}

/* Nothing takes ioctls: what has no other way fails with that error; ids are in /proc. */
static void ids_fail(int error, const char *where)
{
	uint64_t id = 1;

	mask(PROC_FILE);
	errno = EDOM;
	check(pidns_id_self(&id) == 0 && id == 0 && errno == EDOM, "%s: own id", where);
	check(pidns_id_of_pid(nested.outer, &id) == 0 && id == nested.outer_id && errno == EDOM,
	      "%s: id by pid", where);
	check_error(pidns_id_of_pid(-1, &id), error, "%s: id by no pid", where);
	check_error(pidns_id_of_pid(INT_MAX, &id), error, "%s: id by a pid of nobody", where);
	check_error(pidns_ns_id(0, &id), error, "%s: ns_id", where);
	check_error(pidns_init_pid(0), error, "%s: init by id", where);
	check_error(pidns_open(0), error, "%s: open", where);
	check_error(pidns_level(0, NULL, NULL), error, "%s: level", where);
	check_error(pidns_bind(0, 0, 0), error, "%s: bind", where);
	check_error(pidns_watch(0, 0, 0), error, "%s: watch", where);
	check_error(pidns_open_pidfd(0, 1, 0), error, "%s: pidfd", where);
	check_error(pidns_open_module(), error, "%s: descriptor of the module", where);
	check_error(translate_pid_version(), error, "%s: version", where);
	mask("/proc/pidns_id");
	errno = EDOM;
	check(pidns_id_self(&id) == 0 && id == 0 && errno == EDOM, "%s: own id, by the link", where);
}

/* All functions ask /proc/translate_pid, and leave errno alone. */
static void all_answer(const char *where)
{
	uint64_t id = 1, parent = 1;
	int known = 0, fd;

	errno = EDOM;
	check(pidns_id_self(&id) == 0 && id == 0, "%s: own id", where);
	check(pidns_id_of_pid(nested.outer, &id) == 0 && id == nested.outer_id, "%s: id by pid",
	      where);
	check_value(pidns_init_pid(nested.outer_id), nested.outer, "%s: init by id", where);
	check_value(pidns_level(nested.outer_id, &parent, &known), 1, "%s: level", where);
	check(known == 1 && parent == 0, "%s: parent", where);
	fd = pidns_open(nested.outer_id);
	check(fd >= 0 && pidns_id_of_nsfd(fd, &id) == 0 && id == nested.outer_id, "%s: open", where);
	close(fd);
	fd = pidns_bind(nested.outer_id, 0, 0);
	check_value(pidns_bound_to_target(fd, 1), nested.outer, "%s: bound", where);
	close(fd);
	fd = pidns_open_pidfd(nested.outer_id, 1, 0);
	check(fd >= 0 && pidns_id_of_pidfd(fd, &id) == 0 && id == nested.outer_id, "%s: pidfd", where);
	close(fd);
	check(translate_pid_version() >= 1, "%s: version", where);
	fd = pidns_open_module();
	check_value(pidns_translate_at(fd, 1, nested.outer_id, 0), nested.outer,
		    "%s: by a descriptor", where);
	close(fd);
	check_value(errno, EDOM, "%s: errno", where);
}

static void no_node(void)
{
	empty_dev();
	translates("no node");
	all_answer("no node");
	ids_fail(ENOSYS, "no node");
}

static void node_goes(void)
{
	translates("before the node goes");
	empty_dev();
	translates("after the node went");
	ids_fail(ENOSYS, "after the node went");
}

static void empty_root(void)
{
	uint64_t id = 1;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("empty", "/mnt", "tmpfs", 0, NULL) || chroot("/mnt") || chdir("/"))
		cannot("chroot");
	translates("empty root");
	check_error(pidns_id_self(&id), ENOSYS, "empty root: no own id without /proc");
}

static void empty_root_for_nobody(void)
{
	if (chroot("/mnt") || chdir("/"))
		cannot("chroot");
	become_nobody();
	for (int round = 1; round <= 2; round++) {
		check_value(translate_pid(getpid(), 0, 0), getpid(), "empty root, nobody: translates");
		check_error(translate_pid(1, nested.outer_id, 0), EPERM, "empty root, nobody: source");
	}
}

/* The initial namespace, with which the call is verified, is out of bounds here. */
static void own_from_inside(void)
{
	if (chroot("/mnt") || chdir("/"))
		cannot("chroot");
	become_nobody();
	check_value(translate_pid(1, nested.outer_id, nested.outer_id), 1, "inside, nobody: translates");
	check_error(translate_pid(1, 0, 0), EPERM, "inside, nobody: not the initial namespace");
	check_value(translate_pid(1, nested.outer_id, nested.outer_id), 1, "inside, nobody: again");
}

/* Its own id is not 0, and /proc is that of another namespace. */
static void own_id_from_inside(void)
{
	uint64_t id = 0;

	empty_dev();
	check(pidns_id_self(&id) == 0 && id == nested.outer_id, "inside, no node: own id");
	check(pidns_id_of_pid(1, &id) == 0 && id == nested.outer_id, "inside, no node: id by pid");
	mask(PROC_FILE);
	id = 0;
	check(pidns_id_self(&id) == 0 && id == nested.outer_id, "inside, no file: own id");
	/* The numbers in this procfs are another namespace's. */
	check_error(pidns_id_of_pid(1, &id), ENOSYS, "inside, no file: id by pid");
	if (mount("proc", "/proc", "proc", 0, "subset=pid"))
		cannot("a procfs of its own");
	id = 0;
	check(pidns_id_self(&id) == 0 && id == nested.outer_id, "inside, subset=pid: own id");
	check(pidns_id_of_pid(1, &id) == 0 && id == nested.outer_id, "inside, subset=pid: id by pid");
	check_error(pidns_init_pid(id), ENOSYS, "inside, subset=pid: init");
}

static void inside(void)
{
	if (setns(open_namespace(nested.outer, "pid"), CLONE_NEWPID))
		cannot("setns");
	in_child(own_from_inside, "inside, nobody");
	in_child(own_id_from_inside, "inside, no node");
}

/* EACCES and not EPERM, which is the module's word about namespaces. */
static void forbidden_node(void)
{
	empty_dev();
	if (mknod(DEVICE, S_IFCHR | 0600, makedev(1, 3)))
		cannot("mknod");
	mask(PROC_FILE);
	become_nobody();
	check_value(translate_pid(getpid(), 0, 0), getpid(), "forbidden node: translates");
	check_error(pidns_init_pid(0), EACCES, "forbidden node: init");
	check_error(translate_pid_version(), EACCES, "forbidden node: version");
	check_error(pidns_open_module(), EACCES, "forbidden node: descriptor of the module");
}

static void forbidden_node_beside_procfs(void)
{
	empty_dev();
	if (mknod(DEVICE, S_IFCHR | 0600, makedev(1, 3)))
		cannot("mknod");
	become_nobody();
	check(translate_pid_version() >= 1, "forbidden node, procfs: version");
	check_value(pidns_init_pid_of_pid(getpid()), 1, "forbidden node, procfs: init");
}

static void fifo(void)
{
	empty_dev();
	if (mkfifo(DEVICE, 0666))
		cannot("mkfifo");
	/* Opening it must not wait for a writer. */
	alarm(10);
	translates("fifo");
	ids_fail(ENOSYS, "fifo");
}

static void another_device(void)
{
	empty_dev();
	if (mknod(DEVICE, S_IFCHR | 0666, makedev(1, 5)))
		cannot("mknod");
	translates("another device");
	all_answer("another device");
	ids_fail(ENOSYS, "another device");
}

static void stale_node(void)
{
	empty_dev();
	/* No driver has the last dynamic minor number. */
	if (mknod(DEVICE, S_IFCHR | 0666, makedev(10, (1 << 20) - 1)))
		cannot("mknod");
	translates("stale node");
	all_answer("stale node");
	ids_fail(ENOSYS, "stale node");
}

static void directory(void)
{
	empty_dev();
	if (mkdir(DEVICE, 0755))
		cannot("mkdir");
	translates("directory");
	ids_fail(ENOSYS, "directory");
}

int main(void)
{
	tap_begin();
	nested = nested_start();
	in_child(no_node, "no node");
	in_child(node_goes, "node goes");
	in_child(empty_root, "empty root");
	in_child(empty_root_for_nobody, "empty root, nobody");
	in_child(inside, "inside");
	in_child(forbidden_node, "forbidden node");
	in_child(forbidden_node_beside_procfs, "forbidden node, procfs");
	in_child(fifo, "fifo");
	in_child(another_device, "another device");
	in_child(stale_node, "stale node");
	in_child(directory, "directory");
	nested_stop(&nested);
	return tap_end();
}
