// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation during a load fails in turn. A load then either is refused
 * with ENOMEM and leaves no hook, file or link, or succeeds with all features,
 * because what failed the kernel could do without.
 */
#include <sys/syscall.h>

#include "inject.h"
#include "module.h"
#include "ns_link.h"
#include "test.h"

#define ALL	(TRANSLATE_PID_FEATURE_TRANSLATE | TRANSLATE_PID_FEATURE_BY_NS_ID |	\
		 TRANSLATE_PID_FEATURE_PROC | TRANSLATE_PID_FEATURE_PROC_LINK |	\
		 TRANSLATE_PID_FEATURE_SYSCALL | TRANSLATE_PID_FEATURE_PROC_COMMANDS |	\
		 TRANSLATE_PID_FEATURE_THREAD_GROUP | TRANSLATE_PID_FEATURE_PIDFD |	\
		 TRANSLATE_PID_FEATURE_WATCH)

#define HOOKED	"/sys/kernel/tracing/enabled_functions"
/* Every so many refusals, a load without failures must work. */
#define GOOD_LOAD_EVERY	25
#define TIMEOUT	1800

/* What became of the loads so far. */
struct tally {
	unsigned int faults, refused, unharmed;
};

/* The functions that ftrace traces without the module. */
static char hooked_before[16384];

FIXTURE(load_faults) {
	struct tally tally;
};

FIXTURE_SETUP(load_faults)
{
	module_must_unload();
	inject_setup();
	ASSERT_LE(0, observe_read(HOOKED, hooked_before, sizeof(hooked_before)));
}

FIXTURE_TEARDOWN_PARENT(load_faults)
{
	module_must_reload("");
}

/* A namespace, its id, a translation, its end. */
static void check_it_works(struct __test_metadata *_metadata)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	EXPECT_EQ(init->pid, translate_by_ioctl.translate(1, id, 0));
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
}

static void check_nothing_is_left(struct __test_metadata *_metadata)
{
	char hooked[sizeof(hooked_before)], modules[4096];

	EXPECT_FALSE(module_is_loaded());
	EXPECT_EQ(-1, access("/sys/module/translate_pid", F_OK));
	EXPECT_LE(0, observe_read("/proc/modules", modules, sizeof(modules)));
	EXPECT_EQ(NULL, strstr(modules, "translate_pid"));
	EXPECT_LE(0, observe_read(HOOKED, hooked, sizeof(hooked)));
	EXPECT_STREQ(hooked_before, hooked);
	EXPECT_EQ(-1, access("/proc/pidns_id", F_OK));
	EXPECT_EQ(-1, access("/proc/self/ns/" NS_LINK, F_OK));
	EXPECT_EQ(-1, access(TRANSLATE_PID_DEVICE, F_OK));
}

/* Running out of memory costs no feature. */
static void check_features(struct __test_metadata *_metadata, unsigned int nth)
{
	struct translate_pid_info info = {};

	EXPECT_EQ(0, translate_get_info(&info));
	EXPECT_EQ(ALL, info.features) {
		TH_LOG("allocation %u", nth);
	}
}

/* Opened before memory fails: what is tried is the load alone. */
static int open_module_file(void)
{
	const char *path = getenv("TRANSLATE_PID_KO");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		observe_die("set TRANSLATE_PID_KO to the file translate_pid.ko");
	return fd;
}

/* One load whose @nth allocation fails. Returns whether there was one. */
static bool try_load(struct __test_metadata *_metadata, struct tally *tally, unsigned int nth)
{
	int file = open_module_file();
	long error;
	bool hit;

	inject_arm(nth);
	error = syscall(__NR_finit_module, file, "", 0) ? -errno : 0;
	hit = inject_disarm();
	close(file);
	if (hit)
		tally->faults++;
	if (error) {
		EXPECT_TRUE(hit);
		EXPECT_EQ(-ENOMEM, error) {
			TH_LOG("allocation %u", nth);
		}
		check_nothing_is_left(_metadata);
		if (++tally->refused % GOOD_LOAD_EVERY == 0) {
			EXPECT_EQ(0, module_load(""));
			check_it_works(_metadata);
			EXPECT_EQ(0, module_unload());
		}
	} else {
		tally->unharmed++;
		check_features(_metadata, nth);
		check_it_works(_metadata);
		EXPECT_EQ(0, module_unload());
	}
	return hit;
}

static void report(const struct tally *tally, const char *name)
{
	printf("# faults: figures: load=%s faults=%u refused=%u unharmed=%u\n",
	       name, tally->faults, tally->refused, tally->unharmed);
}

/* Those of the module's own start, all of them. */
TEST_F_TIMEOUT(load_faults, each_allocation_of_the_start, TIMEOUT)
{
	struct text_range start = text_of_function("do_one_initcall");
	unsigned int nth = 1;

	inject_only_within(&start);
	while (try_load(_metadata, &self->tally, nth) && !_metadata->exit_code)
		nth++;
	report(&self->tally, "start");
	EXPECT_LT(50, self->tally.refused);
	EXPECT_EQ(self->tally.faults, inject_total());
}

/* Where the loader lists the module's functions for ftrace, and goes on when it cannot. */
TEST_F_TIMEOUT(load_faults, each_allocation_for_ftrace, TIMEOUT)
{
	struct text_range list = text_of_function("ftrace_module_init");
	unsigned int nth = 1;

	inject_only_within(&list);
	while (try_load(_metadata, &self->tally, nth) && !_metadata->exit_code)
		nth++;
	report(&self->tally, "ftrace");
	EXPECT_LT(0, self->tally.refused);
	EXPECT_EQ(self->tally.faults, inject_total());
}

/* Those of the kernel's loader, in samples, before and behind the start. */
TEST_F_TIMEOUT(load_faults, samples_of_the_loader, TIMEOUT)
{
	unsigned int step = 1, nth = 1;

	while (try_load(_metadata, &self->tally, nth) && !_metadata->exit_code) {
		nth += step;
		/* Densely at first, then some dozens more. */
		if (nth > 40)
			step += 3;
	}
	report(&self->tally, "loader");
	EXPECT_LT(10, self->tally.refused);
	EXPECT_EQ(self->tally.faults, inject_total());
}

/* What was allocated for the link goes again if nobody can have seen it: kmemleak looks. */
TEST_F_TIMEOUT(load_faults, link_that_cannot_be_hooked, TIMEOUT)
{
	/* The link's three redirections, the first of which is the fourth hook. */
	for (int hook = 3; hook < 6; hook++) {
		struct translate_pid_info info = {};
		char parameters[64];

		snprintf(parameters, sizeof(parameters), "debug_fail_hook=%d", hook);
		ASSERT_EQ(0, module_load(parameters));
		EXPECT_EQ(0, translate_get_info(&info));
		EXPECT_EQ(ALL & ~TRANSLATE_PID_FEATURE_PROC_LINK, info.features);
		EXPECT_EQ(0, module_unload());
	}
}

TEST_HARNESS_MAIN
