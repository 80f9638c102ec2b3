// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module parameter link=: whether /proc/<pid>/ns/pidns_id is listed, found
 * by its name only, or not there.
 *
 * RUNS: on one ABI, because the parameter is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/syscall.h>
#include <linux/capability.h>

#include "child.h"
#include "listing.h"
#include "module.h"
#include "ns_link.h"
#include "test.h"

RELOADING_FIXTURE(link_parameter)

/* Whether this process's directory is the kernel's own, with or without the link. */
static void expect_listed(struct __test_metadata *_metadata, const struct listing *kernels,
			  bool listed)
{
	static struct listing now;
	int directory = ns_directory(getpid());

	ASSERT_LE(0, directory);
	memset(&now, 0, sizeof(now));
	/* A small buffer, so that the listing is taken up again in the middle. */
	EXPECT_EQ(0, listing_read(directory, 64, &now));
	close(directory);
	EXPECT_EQ(kernels->count + listed, now.count);
	EXPECT_EQ(listed, listing_count(&now, NS_LINK));
	for (size_t i = 0; i < kernels->count; i++) {
		EXPECT_EQ(1, listing_count(&now, kernels->entries[i].name)) {
			TH_LOG("%s", kernels->entries[i].name);
		}
	}
}

static void expect_found(struct __test_metadata *_metadata, bool found)
{
	char text[64] = "", expected[NS_LINK_TEXT];
	struct translate_pid_info info;
	__u64 id = 0;
	long length;

	ASSERT_EQ(0, translate_get_info(&info));
	EXPECT_EQ(found, !!(info.features & TRANSLATE_PID_FEATURE_PROC_LINK));
	ASSERT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_SELF, 0, &id, NULL));
	ns_link_expected(id, expected);
	length = ns_link_of(getpid(), NS_LINK, text, sizeof(text));
	if (found) {
		EXPECT_LT(0, length);
		EXPECT_STREQ(expected, text);
	} else {
		EXPECT_EQ(-ENOENT, length);
	}
	translate_device_close();
}

static void check(struct __test_metadata *_metadata, const char *parameters, const char *shown,
		  bool listed, bool found)
{
	static struct listing kernels;
	char mode[16] = "";
	int directory = ns_directory(getpid());

	ASSERT_LE(0, directory);
	memset(&kernels, 0, sizeof(kernels));
	ASSERT_EQ(0, listing_read(directory, 4096, &kernels));
	close(directory);
	ASSERT_EQ(0, module_load(parameters));
	EXPECT_LT(0, observe_read("/sys/module/translate_pid/parameters/link", mode, sizeof(mode)));
	EXPECT_STREQ(shown, mode);
	expect_listed(_metadata, &kernels, listed);
	expect_found(_metadata, found);
	/* Having been read by name does not make it appear. */
	expect_listed(_metadata, &kernels, listed);
	module_must_unload();
	expect_listed(_metadata, &kernels, false);
}

TEST_F(link_parameter, listed_by_default)
{
	check(_metadata, "", "listed", true, true);
	check(_metadata, "link=listed", "listed", true, true);
}

TEST_F(link_parameter, hidden)
{
	check(_metadata, "link=hidden", "hidden", false, true);
}

TEST_F(link_parameter, off)
{
	check(_metadata, "link=off", "off", false, false);
}

TEST_F(link_parameter, anything_else)
{
	static const char *const said[] = { "translate_pid: link=", "listed, hidden or off" };
	static const char *const wrong[] = { "link=yes", "link=", "link=hidden,off", "link=Listed" };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		int log = log_open();

		EXPECT_EQ(-EINVAL, module_load(wrong[i])) {
			TH_LOG("%s", wrong[i]);
		}
		EXPECT_TRUE(log_says(log, said, ARRAY_SIZE(said)));
		EXPECT_FALSE(module_is_loaded());
		close(log);
	}
}

struct load {
	int file;
	const char *parameters;
};

/* Loads without CAP_SYS_ADMIN, which lifts the limit on open files; the error, if any. */
static int load_within_limits(void *argument)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};
	const struct load *load = argument;

	data[0].effective = data[0].permitted = 1U << CAP_SYS_MODULE;
	if (syscall(__NR_capset, &header, data))
		return 255;
	return syscall(__NR_finit_module, load->file, load->parameters, 0) ? errno : 0;
}

/* The load lists a directory to see whether its link is there. That may pass, so it is refused. */
TEST_F(link_parameter, too_many_open_files)
{
	static const char *const sentence =
		"there is no /proc/<pid>/ns/pidns_id: procfs cannot be extended (too many open files, raise fs.file-max and load again); not loading";
	const char *path = getenv("TRANSLATE_PID_KO");
	struct load listed = { .parameters = "" }, hidden = { .parameters = "link=hidden" };
	int log = log_open(), refused, loaded;
	char limit[32];

	ASSERT_NE(NULL, path);
	listed.file = hidden.file = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, listed.file);
	ASSERT_LT(0, observe_read("/proc/sys/fs/file-max", limit, sizeof(limit)));
	ASSERT_EQ(0, observe_write("/proc/sys/fs/file-max", "0"));
	refused = child_wait(child_start(load_within_limits, &listed));
	/* Nothing else of a load opens files. */
	loaded = child_wait(child_start(load_within_limits, &hidden));
	ASSERT_EQ(0, observe_write("/proc/sys/fs/file-max", limit));
	EXPECT_EQ(ENFILE, refused);
	EXPECT_TRUE(log_says(log, &sentence, 1));
	EXPECT_EQ(0, loaded);
	EXPECT_EQ(0, module_unload());
	/* The refused load has left nothing. */
	check(_metadata, "", "listed", true, true);
	close(listed.file);
	close(log);
}

TEST_HARNESS_MAIN
