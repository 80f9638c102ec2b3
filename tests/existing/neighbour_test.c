// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another user of ftrace at the functions that the module hooks: one that
 * claims them as a live patch does, one that looks at them, and live patches.
 * Whoever comes second to redirect a function does without. Leaves the module
 * unloaded.
 */
#include <errno.h>
#include <sys/syscall.h>

#include "listing.h"
#include "module.h"
#include "ns_link.h"
#include "test.h"
#include "workload.h"

#define NEIGHBOUR	"neighbour"
#define PATCH		"neighbour_patch"
#define PATCH_SYSFS	"/sys/kernel/livepatch/" PATCH "/"

/* As neighbour_patch.c has them. */
#define PATCHED_NUMBER	399
#define PATCHED_ANSWER	4242

/* A live patch waits until every task has been seen outside of the function. */
#define PATCH_PATIENCE	10

static long load(const char *name, const char *parameters)
{
	char path[64];
	long error;
	int fd;

	snprintf(path, sizeof(path), "/existing/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		observe_die("%s: %s", path, strerror(errno));
	error = syscall(__NR_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return error;
}

static long unload(const char *name)
{
	return syscall(__NR_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

static long calls(const char *counter)
{
	char path[96], text[32];

	snprintf(path, sizeof(path), "/sys/module/" NEIGHBOUR "/parameters/%s", counter);
	return observe_read(path, text, sizeof(text)) > 0 ? atol(text) : -1;
}

static bool patch_has_settled(void *path)
{
	char text[8];

	return observe_read(path, text, sizeof(text)) <= 0 ||
	       !strcmp(text, "0");
}

static bool patch_settles(void)
{
	for (int i = 0; i < PATCH_PATIENCE; i++)
		if (observe_wait(patch_has_settled, PATCH_SYSFS "transition"))
			return true;
	return false;
}

static bool is_gone(void *name)
{
	long error = unload(name);

	return !error || error == -ENOENT;
}

static void remove_patch(void)
{
	observe_write(PATCH_SYSFS "enabled", "0");
	patch_settles();
	observe_wait(is_gone, PATCH);
}

/* How many lines of the log hold both words; reads on. */
static int lines_with(int log, const char *word, const char *other)
{
	char record[8192];
	int count = 0;

	for (;;) {
		ssize_t length = read(log, record, sizeof(record) - 1);

		if (length < 0 && errno == EPIPE)
			continue;
		if (length <= 0)
			return count;
		record[length] = '\0';
		count += strstr(record, word) && strstr(record, other);
	}
}

/* What is lost with one of the functions. */
struct loss {
	const char *function;
	__u64 feature;
	const char *said;
};

#define NO_LINK		"there is no /proc/<pid>/ns/pidns_id"

static const struct loss losses[] = {
	{ "ns_get_name", TRANSLATE_PID_FEATURE_PROC_LINK, NO_LINK },
	{ "proc_ns_dir_lookup", TRANSLATE_PID_FEATURE_PROC_LINK, NO_LINK },
	{ "proc_ns_dir_readdir", TRANSLATE_PID_FEATURE_PROC_LINK, NO_LINK },
	{ "__x64_sys_ni_syscall", TRANSLATE_PID_FEATURE_SYSCALL, "there is no system call" },
};

#define ALL_FEATURES	(TRANSLATE_PID_FEATURE_PROC_LINK | TRANSLATE_PID_FEATURE_SYSCALL)

/* Makes the kernel call each of the functions, with or without our module. */
static void call_functions(void)
{
	int directory = ns_directory(getpid());
	struct listing listing = {};
	char text[64];

	listing_read(directory, 4096, &listing);
	/* A name that is cached would not be looked up. */
	ns_link_read(directory, "absent", text, sizeof(text));
	ns_link_read(directory, "pid", text, sizeof(text));
	close(directory);
	syscall(UNASSIGNED_NUMBER);
}

FIXTURE(neighbour) {
	int log;
};

FIXTURE_SETUP(neighbour)
{
	translate_device_close();
	module_must_unload();
	self->log = log_open();
}

/* In the parent, so that a failed assertion leaves nobody behind. */
FIXTURE_TEARDOWN_PARENT(neighbour)
{
	nodes_destroy();
	module_must_unload();
	if (!access(PATCH_SYSFS, F_OK))
		remove_patch();
	unload(NEIGHBOUR);
}

/* Without the feature, and otherwise whole, also after the claim was given up. */
static void check_loss(struct __test_metadata *_metadata, int log, const struct loss *loss)
{
	ASSERT_EQ(0, module_load("")) {
		TH_LOG("%s was claimed", loss->function);
	}
	EXPECT_EQ(ALL_FEATURES & ~loss->feature, workload_features() & ALL_FEATURES) {
		TH_LOG("%s was claimed", loss->function);
	}
	EXPECT_EQ(1, lines_with(log, "translate_pid", loss->said)) {
		TH_LOG("%s was claimed", loss->function);
	}
	EXPECT_TRUE(workload_is_right());
	module_must_unload();
}

static void check_no_loss(struct __test_metadata *_metadata)
{
	module_must_load("");
	EXPECT_EQ(ALL_FEATURES, workload_features() & ALL_FEATURES);
	EXPECT_TRUE(workload_is_right());
	module_must_unload();
}

TEST_F_TIMEOUT(neighbour, claimed_before_the_load_costs_one_feature, 600)
{
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		char parameters[96];
		long before;

		snprintf(parameters, sizeof(parameters), "redirect=%s", losses[i].function);
		ASSERT_EQ(0, load(NEIGHBOUR, parameters)) {
			TH_LOG("%s", parameters);
		}
		check_loss(_metadata, self->log, &losses[i]);
		/* The neighbour lost nothing by our coming and going. */
		before = calls("redirected");
		call_functions();
		EXPECT_LT(before, calls("redirected"));
		ASSERT_EQ(0, unload(NEIGHBOUR));
		check_no_loss(_metadata);
	}
}

TEST_F_TIMEOUT(neighbour, claiming_after_the_load_is_refused, 600)
{
	module_must_load("");
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		char parameters[96];

		snprintf(parameters, sizeof(parameters), "redirect=%s", losses[i].function);
		EXPECT_EQ(-EBUSY, load(NEIGHBOUR, parameters)) {
			TH_LOG("%s", parameters);
		}
		EXPECT_EQ(ALL_FEATURES, workload_features() & ALL_FEATURES);
		EXPECT_TRUE(workload_is_right());
	}
	/* What is ours is free again after the unload. */
	module_must_unload();
	EXPECT_EQ(0, load(NEIGHBOUR, "redirect=ns_get_name,__x64_sys_ni_syscall"));
}

/* The module only follows these, so there is room for one who redirects them. */
TEST_F_TIMEOUT(neighbour, claiming_followed_functions_costs_nothing, 300)
{
	ASSERT_EQ(0, load(NEIGHBOUR, "redirect=__ns_tree_add_raw,__ns_tree_remove"));
	check_no_loss(_metadata);
	EXPECT_LT(0, calls("redirected"));
	ASSERT_EQ(0, unload(NEIGHBOUR));

	module_must_load("");
	ASSERT_EQ(0, load(NEIGHBOUR, "redirect=__ns_tree_add_raw,__ns_tree_remove"));
	EXPECT_TRUE(workload_is_right());
	ASSERT_EQ(0, unload(NEIGHBOUR));
	EXPECT_TRUE(workload_is_right());
}

#define WATCH_ALL "watch=__ns_tree_add_raw,__ns_tree_remove,ns_get_name,proc_ns_dir_lookup,proc_ns_dir_readdir,__x64_sys_ni_syscall"

/* Each sees every call, whoever came first and whoever goes first. */
TEST_F_TIMEOUT(neighbour, watching_costs_nothing, 300)
{
	long before;

	ASSERT_EQ(0, load(NEIGHBOUR, WATCH_ALL));
	check_no_loss(_metadata);
	before = calls("watched");
	EXPECT_LT(0, before);
	module_must_load("");
	EXPECT_TRUE(workload_is_right());
	EXPECT_LT(before, calls("watched"));
	ASSERT_EQ(0, unload(NEIGHBOUR));
	EXPECT_TRUE(workload_is_right());
	ASSERT_EQ(0, load(NEIGHBOUR, WATCH_ALL));
	EXPECT_TRUE(workload_is_right());
	EXPECT_LT(0, calls("watched"));
	module_must_unload();
	before = calls("watched");
	call_functions();
	EXPECT_LT(before, calls("watched"));
}

/* The module goes and comes while somebody watches and claims. */
TEST_F_TIMEOUT(neighbour, coming_and_going_in_a_loop, 300)
{
	static const char both[] =
		"redirect=__x64_sys_ni_syscall watch=__ns_tree_add_raw,__ns_tree_remove,ns_get_name";

	ASSERT_EQ(0, load(NEIGHBOUR, both));
	for (int i = 0; i < 5; i++) {
		module_must_load("");
		EXPECT_EQ(TRANSLATE_PID_FEATURE_PROC_LINK, workload_features() & ALL_FEATURES);
		module_must_unload();
	}
	module_must_load("");
	EXPECT_TRUE(workload_is_right());
	for (int i = 0; i < 5; i++) {
		ASSERT_EQ(0, unload(NEIGHBOUR));
		ASSERT_EQ(0, load(NEIGHBOUR, WATCH_ALL));
	}
	EXPECT_TRUE(workload_is_right());
}

static bool link_is_patched(void)
{
	char text[64] = "";

	ns_link_of(getpid(), "pid", text, sizeof(text));
	return !strncmp(text, "patched:pid:[", 13);
}

static bool number_is_patched(void)
{
	return syscall(PATCHED_NUMBER) == PATCHED_ANSWER;
}

struct patch {
	const char *parameters;
	const struct loss *loss;
	bool (*is_live)(void);
};

static const struct patch patches[] = {
	{ "function=ns_get_name", &losses[0], link_is_patched },
	{ "function=__x64_sys_ni_syscall", &losses[3], number_is_patched },
};

TEST_F_TIMEOUT(neighbour, live_patched_before_the_load_costs_one_feature, 600)
{
	for (size_t i = 0; i < ARRAY_SIZE(patches); i++) {
		ASSERT_EQ(0, load(PATCH, patches[i].parameters)) {
			TH_LOG("%s", patches[i].parameters);
		}
		ASSERT_TRUE(patch_settles());
		EXPECT_TRUE(patches[i].is_live());
		check_loss(_metadata, self->log, patches[i].loss);
		EXPECT_TRUE(patches[i].is_live());

		/* The patch is taken back while the module is there. */
		module_must_load("");
		remove_patch();
		EXPECT_FALSE(patches[i].is_live());
		EXPECT_TRUE(workload_is_right());
		module_must_unload();
		check_no_loss(_metadata);
	}
}

TEST_F_TIMEOUT(neighbour, live_patching_after_the_load_is_refused, 600)
{
	module_must_load("");
	for (size_t i = 0; i < ARRAY_SIZE(patches); i++) {
		EXPECT_EQ(-EBUSY, load(PATCH, patches[i].parameters)) {
			TH_LOG("%s", patches[i].parameters);
		}
		EXPECT_FALSE(patches[i].is_live());
		EXPECT_TRUE(workload_is_right());
	}
	module_must_unload();
	ASSERT_EQ(0, load(PATCH, patches[0].parameters));
	ASSERT_TRUE(patch_settles());
	EXPECT_TRUE(patches[0].is_live());
}

TEST_HARNESS_MAIN
