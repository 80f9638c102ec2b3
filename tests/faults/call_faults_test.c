// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation of each operation fails in turn. The answer is the right one
 * or a plain "no memory", and the same question is answered rightly when there
 * is memory again: no namespace stays without an id. Needs a debug build.
 */
#include <dirent.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/sched.h>

#include "child.h"
#include "inject.h"
#include "module.h"
#include "ns_link.h"
#include "ns_question.h"
#include "test.h"

#define TIMEOUT	1800
/* No operation makes so many allocations. */
#define MOST	3000

/* What the operations work on. */
struct scene {
	struct node *outer, *inner;	/* one namespace in the other */
	__u64 outer_id, inner_id;
	struct ns_names inner_names;
	char link[64], directory[64];	/* of the inner one's init */
	/* For one attempt. */
	struct node *fresh;		/* in a namespace that has no id yet */
	char fresh_link[64];
	pid_t child;
	__u64 child_id;
	struct translate_pid_info info;
	__u64 id;
	char text[8192];
};

struct operation {
	const char *name;
	/* What the attempt needs; may be missing. */
	void (*prepare)(struct scene *scene);
	/* The one call that may fail: a result >= 0 or the negative error. */
	long (*call)(struct scene *scene);
	/* Whether a result >= 0 is right; asks the module anew if need be. */
	bool (*right)(struct scene *scene, long result);
	/* Puts away what the attempt made; may be missing. */
	void (*clean)(struct scene *scene, long result);
	/* Besides ENOMEM. */
	int error;
};

static void forget_cached_links(struct scene *scene)
{
	(void)scene;
	/* 2: cached names and inodes; 4: without a line in the log. */
	observe_write("/proc/sys/vm/drop_caches", "6");
}

static long result_of(long result)
{
	return result < 0 ? -errno : result;
}

static void close_result(struct scene *scene, long result)
{
	(void)scene;
	if (result >= 0)
		close(result);
}

/* The commands. */

static long get_info(struct scene *scene)
{
	return translate_by_ioctl.get_info(&scene->info);
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

static long open_device(struct scene *scene)
{
	(void)scene;
	return result_of(open(TRANSLATE_PID_DEVICE, O_RDWR | O_CLOEXEC));
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

/* Namespaces that got no id at their birth. */

static void make_fresh(struct scene *scene)
{
	module_set_parameter("debug_fail_atomic_memory", 1);
	scene->fresh = node_spawn(NULL, CLONE_NEWPID);
	module_set_parameter("debug_fail_atomic_memory", 0);
	ns_link_path(scene->fresh->pid, NS_LINK, scene->fresh_link, sizeof(scene->fresh_link));
}

static long get_first_id(struct scene *scene)
{
	scene->id = 0;
	return translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, scene->fresh->pid, &scene->id, NULL);
}

static bool fresh_has(struct scene *scene, __u64 id)
{
	return id && id == node_ns_id(scene->fresh) &&
	       translate_by_ioctl.translate(1, id, 0) == scene->fresh->pid;
}

static bool first_id_is_right(struct scene *scene, long result)
{
	return !result && fresh_has(scene, scene->id);
}

static long read_first_link(struct scene *scene)
{
	return ns_link_read(AT_FDCWD, scene->fresh_link, scene->text, sizeof(scene->text));
}

static bool first_link_is_right(struct scene *scene, long result)
{
	(void)result;
	return fresh_has(scene, strtoull(scene->text + 1, NULL, 10));
}

/* Whatever went wrong, it has an id for the next who asks. */
static void end_fresh(struct scene *scene, long result)
{
	(void)result;
	if (!fresh_has(scene, node_ns_id(scene->fresh)))
		observe_die("a namespace stays without an id");
	node_destroy(scene->fresh);
}

/* Birth. */

static long clone_newpid(struct scene *scene)
{
	struct clone_args args = { .flags = CLONE_NEWPID };
	long pid = syscall(__NR_clone3, &args, sizeof(args));

	(void)scene;
	if (!pid)
		child_idle(NULL);
	return result_of(pid);
}

static bool newborn_has_id(struct scene *scene, long pid)
{
	char path[64], expected[NS_LINK_TEXT];

	scene->id = 0;
	if (translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, pid, &scene->id, NULL) || !scene->id)
		return false;
	ns_link_path(pid, NS_LINK, path, sizeof(path));
	ns_link_expected(scene->id, expected);
	return ns_link_read(AT_FDCWD, path, scene->text, sizeof(scene->text)) > 0 &&
	       !strcmp(scene->text, expected) &&
	       translate_by_ioctl.translate(1, scene->id, 0) == pid;
}

static void end_newborn(struct scene *scene, long pid)
{
	(void)scene;
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

static const struct operation operations[] = {
	{ .name = "get_info", .call = get_info, .right = info_is_right },
	{ .name = "translate", .call = translate, .right = is_number_in_outer },
	{ .name = "system_call", .call = translate_by_call, .right = is_number_in_outer },
	{ .name = "get_id_by_pid", .call = get_id_by_pid, .right = id_is_right },
	{ .name = "get_id_by_pidfd", .call = get_id_by_pidfd, .right = id_is_right },
	{ .name = "get_id_by_nsfd", .call = get_id_by_nsfd, .right = id_is_right },
	{ .name = "get_id_by_ns_id", .call = get_id_by_ns_id, .right = id_is_right },
	{ .name = "get_id_by_id", .call = get_id_by_id, .right = id_is_right },
	{ .name = "get_init_pid", .call = get_init_pid, .right = is_inner_init },
	{ .name = "open_ns", .prepare = forget_cached_links, .call = open_ns,
	  .right = opened_inner, .clean = close_result },
	{ .name = "open_device", .prepare = forget_cached_links, .call = open_device,
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
	{ .name = "first_get_id", .prepare = make_fresh, .call = get_first_id,
	  .right = first_id_is_right, .clean = end_fresh },
	{ .name = "first_read_link", .prepare = make_fresh, .call = read_first_link,
	  .right = first_link_is_right, .clean = end_fresh, .error = ENOENT },
	{ .name = "clone", .call = clone_newpid, .right = newborn_has_id,
	  .clean = end_newborn, .error = EAGAIN },
};

FIXTURE(call_faults) {
	struct scene scene;
	__u64 namespaces_before;
};

FIXTURE_SETUP(call_faults)
{
	struct scene *scene = &self->scene;
	struct node *chain[2];

	if (!module_is_debug_build())
		SKIP(return, "needs a module built by make DEBUG=1");
	self->namespaces_before = namespace_count();
	node_spawn_chain(NULL, chain, 2);
	scene->outer = chain[0];
	scene->inner = chain[1];
	scene->outer_id = node_ns_id(scene->outer);
	scene->inner_id = node_ns_id(scene->inner);
	scene->inner_names = ns_names_of(scene->inner);
	ns_link_path(scene->inner->pid, NS_LINK, scene->link, sizeof(scene->link));
	snprintf(scene->directory, sizeof(scene->directory), "/proc/%d/ns", scene->inner->pid);
	translate_device();
	inject_setup();
}

FIXTURE_TEARDOWN(call_faults)
{
	inject_only_within(NULL);
	ns_names_close(&self->scene.inner_names);
	nodes_destroy();
	EXPECT_EQ(self->namespaces_before, namespace_count_settles(self->namespaces_before));
}

struct tally {
	unsigned int faults, refused, right;
};

/* One attempt; returns whether there was an @nth allocation. */
static bool attempt(struct __test_metadata *_metadata, struct scene *scene,
		    const struct operation *operation, unsigned int nth, struct tally *tally)
{
	long result;
	bool hit;

	if (operation->prepare)
		operation->prepare(scene);
	inject_arm(nth);
	result = operation->call(scene);
	hit = inject_disarm();

	if (result >= 0) {
		EXPECT_TRUE(operation->right(scene, result)) {
			TH_LOG("%s with failure %u: %ld is wrong", operation->name, nth, result);
		}
	} else {
		EXPECT_TRUE(hit && (result == -ENOMEM || result == -operation->error)) {
			TH_LOG("%s with failure %u: error %ld", operation->name, nth, -result);
		}
	}
	if (hit) {
		tally->faults++;
		if (result < 0)
			tally->refused++;
		else
			tally->right++;
	}
	if (operation->clean)
		operation->clean(scene, result);
	return hit;
}

static struct tally fail_each(struct __test_metadata *_metadata, struct scene *scene,
			      const struct operation *operation)
{
	struct tally tally = {};
	unsigned int nth = 1;

	while (nth < MOST && attempt(_metadata, scene, operation, nth, &tally))
		nth++;
	EXPECT_NE(MOST, nth);
	return tally;
}

TEST_F_TIMEOUT(call_faults, each_allocation_of_each_operation, TIMEOUT)
{
	struct text_range module = text_of_module();
	struct tally all, own, sum = {};

	for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
		all = fail_each(_metadata, &self->scene, &operations[i]);
		inject_only_within(&module);
		own = fail_each(_metadata, &self->scene, &operations[i]);
		inject_only_within(NULL);
		printf("# faults: figures: call=%s faults=%u refused=%u of_module=%u of_module_refused=%u\n",
		       operations[i].name, all.faults, all.refused, own.faults, own.refused);
		sum.faults += all.faults + own.faults;
		sum.refused += all.refused + own.refused;
	}
	printf("# faults: figures: calls=all faults=%u refused=%u\n", sum.faults, sum.refused);
	EXPECT_EQ(sum.faults, inject_total());
	EXPECT_LT(0, sum.refused);
}

/* What a child process does to itself, and what came of it. */
struct deed {
	unsigned int nth;
	volatile bool done;
	bool hit;
	long result;
	pid_t init;
};

static int unshare_newpid(void *argument)
{
	struct deed *deed = argument;

	inject_arm(deed->nth);
	deed->result = result_of(unshare(CLONE_NEWPID));
	deed->hit = inject_disarm();
	if (!deed->result)
		deed->init = child_start(child_idle, NULL);
	deed->done = true;
	return child_idle(NULL);
}

static bool deed_is_done(void *argument)
{
	return ((struct deed *)argument)->done;
}

TEST_F_TIMEOUT(call_faults, each_allocation_of_unshare, TIMEOUT)
{
	struct deed *deed = shared_memory(sizeof(*deed));
	struct tally tally = {};

	for (unsigned int nth = 1; nth == 1 || deed->hit; nth++) {
		pid_t child;

		*deed = (struct deed){ .nth = nth };
		child = child_start(unshare_newpid, deed);
		ASSERT_TRUE(observe_wait(deed_is_done, deed));
		tally.faults += deed->hit;
		if (deed->result) {
			EXPECT_TRUE(deed->hit && deed->result == -ENOMEM) {
				TH_LOG("failure %u: error %ld", nth, -deed->result);
			}
			tally.refused++;
		} else {
			EXPECT_TRUE(newborn_has_id(&self->scene, deed->init)) {
				TH_LOG("failure %u", nth);
			}
			/* Its parent's end would not be enough. */
			kill(deed->init, SIGKILL);
		}
		child_kill(child);
	}
	printf("# faults: figures: call=unshare faults=%u refused=%u\n", tally.faults,
	       tally.refused);
	EXPECT_EQ(tally.faults, inject_total());
	EXPECT_LT(0, tally.refused);
}

static int exit_as_init(void *argument)
{
	struct deed *deed = argument;

	/* So that there is somebody to kill. */
	child_start(child_idle, NULL);
	while (!deed->nth)
		usleep(1000);
	inject_arm(deed->nth);
	syscall(__NR_exit_group, 0);
	return 1;
}

/* Teardown needs no memory of ours: the id dies, whatever fails. */
TEST_F_TIMEOUT(call_faults, each_allocation_of_exit, TIMEOUT)
{
	struct deed *deed = shared_memory(sizeof(*deed));
	unsigned int nth = 0, faults = 0;
	bool hit = true;

	while (hit) {
		struct clone_args args = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };
		siginfo_t info;
		__u64 id = 0;
		long pid;

		*deed = (struct deed){};
		fflush(NULL);
		pid = syscall(__NR_clone3, &args, sizeof(args));
		ASSERT_LE(0, pid);
		if (!pid) {
			translate_device_close();
			_exit(exit_as_init(deed));
		}
		ASSERT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_PID, pid, &id, NULL));
		deed->nth = ++nth;
		ASSERT_EQ(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
		hit = inject_has_come(pid);
		faults += hit;
		EXPECT_EQ(0, child_wait(pid));
		EXPECT_TRUE(id_dies(id)) {
			TH_LOG("failure %u", nth);
		}
	}
	printf("# faults: figures: call=exit faults=%u\n", faults);
	EXPECT_EQ(faults, inject_total());
}

TEST_HARNESS_MAIN
