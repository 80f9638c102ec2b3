// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

#include "births.h"
#include "caller.h"
#include "child.h"
#include "commands.h"
#include "module.h"
#include "ns_link.h"
#include "observe.h"
#include "operations.h"

static void forget_cached_links(struct scene *scene)
{
	(void)scene;
	/* 2: cached names and inodes; 4: without a line in the log. */
	observe_write("/proc/sys/vm/drop_caches", "6");
}

static void close_result(struct scene *scene, long result)
{
	(void)scene;
	if (result >= 0)
		close(result);
}

/* Every command, as the tests' table asks it. */

static union command_argument argument;

static long ask_command(const struct command *command)
{
	argument = command->valid;
	return translate_ioctl(translate_device(), command->number, &argument);
}

static bool is_answered(struct scene *scene, long result)
{
	(void)scene;
	return result >= 0;
}

#define COMMAND(NAME, title)						\
	static long ask_##title(struct scene *scene)			\
	{								\
		(void)scene;						\
		return ask_command(&commands[COMMAND_##NAME]);		\
	}								\
	static void end_##title(struct scene *scene, long result)	\
	{								\
		if (commands[COMMAND_##NAME].opens)			\
			close_result(scene, result);			\
	}
COMMANDS(COMMAND)
#undef COMMAND

/* Those whose answers are looked at. */

static long get_info(struct scene *scene)
{
	return translate_get_info(&scene->info);
}

static bool info_is_right(struct scene *scene, long result)
{
	return !result && scene->info.version == TRANSLATE_PID_VERSION &&
	       scene->info.namespaces >= 3;
}

static long translate(struct scene *scene)
{
	return translate_by_ioctl.translate(1, scene->inner_id, scene->outer_id);
}

/* More than the module has on its stack at once. */
static long translate_many(struct scene *scene)
{
	static __s32 pids[300];
	__u32 done;
	long error;

	for (int i = 0; i < 300; i++)
		pids[i] = 1;
	error = translate_by_ioctl.translate_many(pids, 300, scene->inner_id, scene->outer_id, 0,
						  &done);
	if (error)
		return error;
	for (int i = 0; i < 300; i++)
		if (done != 300 || pids[i] != pids[0])
			return 0;
	return pids[0];
}

/* The first entry is the init's. */
static long list_inner(struct scene *scene)
{
	struct translate_pid_list_entry entries[4];
	struct translate_pid_list_request request = {
		.source = scene->inner_id, .target = scene->outer_id,
		.entries = (uintptr_t)entries, .count = 4,
	};
	long error = translate_ioctl(translate_device(), TRANSLATE_PID_LIST_PIDS, &request);

	return error ? error : request.done ? entries[0].number : 0;
}

/* The namespaces of the scene, in the order of their birth. */
static long list_namespaces(struct scene *scene)
{
	static struct translate_pid_ns_entry entries[64];
	struct translate_pid_list_ns_request request = {
		.entries = (uintptr_t)entries, .count = 64,
	};
	long error = translate_ioctl(translate_device(), TRANSLATE_PID_LIST_NS, &request);

	for (__u32 i = 0; i < request.done && !error; i++)
		if (entries[i].id == scene->inner_id && entries[i].parent == scene->outer_id)
			return entries[i].init_pid;
	return error;
}

static long bind_and_translate(struct scene *scene)
{
	struct translate_pid_bind_request request = {
		.source = scene->inner_id,
		.target = scene->outer_id,
	};
	long handle = translate_ioctl(translate_device(), TRANSLATE_PID_BIND, &request), result;

	if (handle < 0)
		return handle;
	/* The argument is the pid. */
	result = translate_ioctl(handle, TRANSLATE_PID_BOUND_TO_TARGET, (void *)1);
	close(handle);
	return result;
}

/* The number in the outer namespace, of three levels. */
static long chain_of_inner(struct scene *scene)
{
	struct translate_pid_chain_entry entries[3];
	struct translate_pid_chain_request request = {
		.pid = 1, .source = scene->inner_id, .entries = (uintptr_t)entries, .count = 3,
	};
	long error = translate_ioctl(translate_device(), TRANSLATE_PID_GET_CHAIN, &request);

	if (error)
		return error;
	return request.levels == 3 && entries[1].id == scene->outer_id &&
	       entries[2].id == scene->inner_id ? entries[1].pid : 0;
}

static long translate_pidfd(struct scene *scene)
{
	struct translate_pid_request request = {
		.pid = scene->inner_names.values[TRANSLATE_PID_BY_PIDFD],
		.flags = TRANSLATE_PID_FROM_PIDFD, .target = scene->outer_id,
	};
	long error = translate_ioctl(translate_device(), TRANSLATE_PID_TRANSLATE, &request);

	return error ? error : request.result;
}

static long translate_by_call(struct scene *scene)
{
	return translate_by_syscall.translate(1, scene->inner_id, scene->outer_id);
}

static bool is_number_in_outer(struct scene *scene, long result)
{
	return result == scene->inner->in_parent;
}

static long get_id_by(struct scene *scene, __u32 by)
{
	scene->id = 0;
	return translate_by_ioctl.get_id(by, scene->inner_names.values[by], &scene->id, NULL);
}

#define GET_ID(name, by)						\
	static long name(struct scene *scene)				\
	{								\
		return get_id_by(scene, by);				\
	}
GET_ID(get_id_by_pid, TRANSLATE_PID_BY_PID)
GET_ID(get_id_by_pidfd, TRANSLATE_PID_BY_PIDFD)
GET_ID(get_id_by_nsfd, TRANSLATE_PID_BY_NSFD)
GET_ID(get_id_by_ns_id, TRANSLATE_PID_BY_NS_ID)
GET_ID(get_id_by_id, TRANSLATE_PID_BY_ID)
GET_ID(get_id_by_procfs, TRANSLATE_PID_BY_PROCFS)

static bool id_is_right(struct scene *scene, long result)
{
	return !result && scene->id == scene->inner_id;
}

static long get_init_pid(struct scene *scene)
{
	return translate_by_ioctl.get_init_pid(TRANSLATE_PID_BY_ID, scene->inner_id);
}

static bool is_inner_init(struct scene *scene, long result)
{
	return result == scene->inner->pid;
}

static long open_ns(struct scene *scene)
{
	return translate_by_ioctl.open_ns(TRANSLATE_PID_BY_ID, scene->inner_id);
}

static bool opened_inner(struct scene *scene, long result)
{
	return observe_ns_id(result) == scene->inner_names.values[TRANSLATE_PID_BY_NS_ID];
}

/* A pidfd of the process, and its number in the procfs of the test. */
static long open_pidfd(struct scene *scene)
{
	struct translate_pid_pidfd_request request = {
		.by = TRANSLATE_PID_BY_ID, .value = scene->inner_id, .pid = 1,
	};

	return translate_ioctl(translate_device(), TRANSLATE_PID_OPEN_PIDFD, &request);
}

static bool opened_inner_init(struct scene *scene, long result)
{
	char expected[32], path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%ld", result);
	snprintf(expected, sizeof(expected), "\nPid:\t%d\n", scene->inner->pid);
	return observe_read(path, scene->text, sizeof(scene->text)) > 0 &&
	       strstr(scene->text, expected);
}

static long open_device(struct scene *scene)
{
	(void)scene;
	return result_of(open(TRANSLATE_PID_DEVICE, O_RDWR | O_CLOEXEC));
}

static long open_proc_file(struct scene *scene)
{
	(void)scene;
	return result_of(open(TRANSLATE_PID_PROC_FILE, O_RDONLY | O_CLOEXEC));
}

static long translate_by_file(struct scene *scene)
{
	return translate_by_proc.translate(1, scene->inner_id, scene->outer_id);
}

static bool answers(struct scene *scene, long result)
{
	return !translate_ioctl(result, TRANSLATE_PID_GET_INFO, &scene->info);
}

/* /proc. */

static long open_own_file(struct scene *scene)
{
	(void)scene;
	return result_of(open("/proc/pidns_id", O_RDONLY | O_CLOEXEC));
}

static bool reads_initial(struct scene *scene, long result)
{
	return read(result, scene->text, sizeof(scene->text)) == 2 && scene->text[0] == '0';
}

static long read_own_file(struct scene *scene)
{
	return result_of(pread(scene->child, scene->text, sizeof(scene->text), 0));
}

static void open_for_reading(struct scene *scene)
{
	scene->child = open("/proc/pidns_id", O_RDONLY | O_CLOEXEC);
}

static bool has_read_initial(struct scene *scene, long result)
{
	return result == 2 && scene->text[0] == '0';
}

static void close_after_reading(struct scene *scene, long result)
{
	(void)result;
	close(scene->child);
}

static long read_link(struct scene *scene)
{
	return ns_link_read(AT_FDCWD, scene->link, scene->text, sizeof(scene->text));
}

static bool shows_id(struct scene *scene, long result)
{
	char expected[NS_LINK_TEXT];

	(void)result;
	ns_link_expected(scene->inner_id, expected);
	return !strcmp(scene->text, expected);
}

static long open_link(struct scene *scene)
{
	return result_of(open(scene->link, O_RDONLY | O_CLOEXEC));
}

static void open_directory(struct scene *scene)
{
	forget_cached_links(scene);
	scene->child = open(scene->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long list(struct scene *scene)
{
	return result_of(syscall(__NR_getdents64, scene->child, scene->text, sizeof(scene->text)));
}

/* Without memory the kernel gives a name of its own as well without its inode. */
static bool lists_link_once(struct scene *scene, long result)
{
	unsigned int found = 0, others = 0;

	for (long at = 0; at < result;) {
		struct dirent64 *entry = (void *)(scene->text + at);

		if (!strcmp(entry->d_name, NS_LINK))
			found++;
		else
			others++;
		at += entry->d_reclen;
	}
	return found == 1 && others >= 8;
}

/* Namespaces that got no entry in the table at their birth. */

static void make_fresh(struct scene *scene)
{
	module_set_parameter("debug_fail_atomic_memory", 1);
	scene->fresh = node_spawn(NULL, CLONE_NEWPID);
	module_set_parameter("debug_fail_atomic_memory", 0);
	ns_link_path(scene->fresh->pid, NS_LINK, scene->fresh_link, sizeof(scene->fresh_link));
}

static long get_fresh_id(struct scene *scene)
{
	scene->id = 0;
	return translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, scene->fresh->pid, &scene->id, NULL);
}

static bool fresh_has(struct scene *scene, __u64 id)
{
	return id && id == node_ns_id(scene->fresh) &&
	       translate_by_ioctl.translate(1, id, 0) == scene->fresh->pid;
}

static bool fresh_id_is_right(struct scene *scene, long result)
{
	return !result && fresh_has(scene, scene->id);
}

static long read_fresh_link(struct scene *scene)
{
	return ns_link_read(AT_FDCWD, scene->fresh_link, scene->text, sizeof(scene->text));
}

static bool fresh_link_is_right(struct scene *scene, long result)
{
	(void)result;
	return fresh_has(scene, strtoull(scene->text + 1, NULL, 10));
}

/* Whatever went wrong, the next who asks finds it. */
static void end_fresh(struct scene *scene, long result)
{
	(void)result;
	if (!fresh_has(scene, node_ns_id(scene->fresh)))
		observe_die("a namespace without an entry is not found");
	node_destroy(scene->fresh);
}

const struct operation operations[] = {
#define COMMAND(NAME, title)						\
	{ .name = "TRANSLATE_PID_" #NAME, .call = ask_##title,		\
	  .right = is_answered, .clean = end_##title },
	COMMANDS(COMMAND)
#undef COMMAND
	{ .name = "get_info", .call = get_info, .right = info_is_right },
	{ .name = "translate", .call = translate, .right = is_number_in_outer },
	{ .name = "translate_many", .call = translate_many, .right = is_number_in_outer },
	{ .name = "list", .call = list_inner, .right = is_number_in_outer },
	{ .name = "list_namespaces", .call = list_namespaces, .right = is_inner_init },
	{ .name = "bind_and_translate", .call = bind_and_translate, .right = is_number_in_outer },
	{ .name = "translate_by_proc_file", .call = translate_by_file, .right = is_number_in_outer },
	{ .name = "system_call", .call = translate_by_call, .right = is_number_in_outer },
	{ .name = "get_id_by_pid", .call = get_id_by_pid, .right = id_is_right },
	{ .name = "get_id_by_pidfd", .call = get_id_by_pidfd, .right = id_is_right },
	{ .name = "get_id_by_nsfd", .call = get_id_by_nsfd, .right = id_is_right },
	{ .name = "get_id_by_ns_id", .call = get_id_by_ns_id, .right = id_is_right },
	{ .name = "get_id_by_id", .call = get_id_by_id, .right = id_is_right },
	{ .name = "get_id_by_procfs", .call = get_id_by_procfs, .right = id_is_right },
	{ .name = "chain", .call = chain_of_inner, .right = is_number_in_outer },
	{ .name = "translate_pidfd", .call = translate_pidfd, .right = is_number_in_outer },
	{ .name = "get_init_pid", .call = get_init_pid, .right = is_inner_init },
	{ .name = "open_ns", .prepare = forget_cached_links, .call = open_ns,
	  .right = opened_inner, .clean = close_result },
	{ .name = "open_pidfd", .prepare = forget_cached_links, .call = open_pidfd,
	  .right = opened_inner_init, .clean = close_result },
	{ .name = "open_device", .prepare = forget_cached_links, .call = open_device,
	  .right = answers, .clean = close_result },
	{ .name = "open_proc_file", .prepare = forget_cached_links, .call = open_proc_file,
	  .right = answers, .clean = close_result },
	{ .name = "open_pidns_id", .prepare = forget_cached_links, .call = open_own_file,
	  .right = reads_initial, .clean = close_result, .error = ENOENT },
	{ .name = "read_pidns_id", .prepare = open_for_reading, .call = read_own_file,
	  .right = has_read_initial, .clean = close_after_reading },
	{ .name = "read_link", .prepare = forget_cached_links, .call = read_link,
	  .right = shows_id, .error = ENOENT },
	{ .name = "open_link", .prepare = forget_cached_links, .call = open_link,
	  .right = opened_inner, .clean = close_result, .error = ENOENT },
	{ .name = "list", .prepare = open_directory, .call = list,
	  .right = lists_link_once, .clean = close_after_reading },
	{ .name = "fresh_get_id", .prepare = make_fresh, .call = get_fresh_id,
	  .right = fresh_id_is_right, .clean = end_fresh },
	{ .name = "fresh_read_link", .prepare = make_fresh, .call = read_fresh_link,
	  .right = fresh_link_is_right, .clean = end_fresh, .error = ENOENT },
	{ .name = "clone", .call = clone_newpid, .right = newborn_has_id,
	  .clean = end_newborn, .error = EAGAIN },
	{ .name = "clone_watched", .prepare = begin_watching, .call = clone_newpid,
	  .right = told_of_newborn, .clean = end_watched, .error = EAGAIN },
	{ .name = "read_watch", .prepare = watch_a_birth, .call = read_watch, .right = is_record,
	  .clean = end_reading },
};

const size_t operation_count = sizeof(operations) / sizeof(operations[0]);
