// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module parameters syscall_*: other numbers, none, and impossible ones.
 *
 * RUNS: on one ABI, because an x86-64 program has the syscall paths of i386 and x32, too.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include "module.h"
#include "syscall_paths.h"
#include "test.h"

RELOADING_FIXTURE(parameters)

/* All syscall paths of an ABI answer as the number says; -1: there is none. */
static void check_path(struct __test_metadata *_metadata, enum syscall_path_abi abi,
		       int number)
{
	struct translate_pid_info info;

	ASSERT_EQ(0, translate_get_info(&info));
	for (size_t i = 0; i < syscall_path_count; i++) {
		const struct syscall_path *path = &syscall_paths[i];
		long default_number = syscall_path_default_number(path);

		if (path->abi != abi || !syscall_path_is_open(path))
			continue;
		EXPECT_EQ(number, syscall_path_number_in(path, &info)) {
			TH_LOG("%s", path->name);
		}
		if (number != -1) {
			EXPECT_EQ(getpid(), syscall_path_translate(path, number,
								   getpid(), 0, 0)) {
				TH_LOG("%s: %d", path->name, number);
			}
		}
		if (number != default_number) {
			EXPECT_EQ(-ENOSYS, syscall_path_translate(path, default_number,
								  getpid(), 0, 0)) {
				TH_LOG("%s: the default number", path->name);
			}
		}
		EXPECT_EQ(-ENOSYS, syscall_path_translate(path, -1, getpid(), 0, 0));
	}
}

static void check(struct __test_metadata *_metadata, int for_x86_64, int for_x32,
		  int for_i386, bool any)
{
	struct translate_pid_info info;

	check_path(_metadata, SYSCALL_PATH_X86_64, for_x86_64);
	check_path(_metadata, SYSCALL_PATH_X32, for_x32);
	check_path(_metadata, SYSCALL_PATH_I386, for_i386);
	ASSERT_EQ(0, translate_get_info(&info));
	EXPECT_EQ(any, !!(info.features & TRANSLATE_PID_FEATURE_SYSCALL));
	/* The device does not depend on them. */
	EXPECT_EQ(getpid(), translate_by_ioctl.translate(getpid(), 0, 0));
}

TEST_F(parameters, defaults)
{
	ASSERT_EQ(0, module_load(""));
	check(_metadata, 400, 400, 390, true);
}

TEST_F(parameters, other_holes)
{
	ASSERT_EQ(0, module_load("syscall_x86_64=401 syscall_x32=399 syscall_i386=389"));
	check(_metadata, 401, 399, 389, true);
}

/* The first and the last of the hole in each table. */
TEST_F(parameters, ends_of_the_holes)
{
	ASSERT_EQ(0, module_load("syscall_x86_64=337 syscall_x32=423 syscall_i386=387"));
	check(_metadata, 337, 423, 387, true);
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load("syscall_x86_64=423 syscall_x32=337 syscall_i386=392"));
	check(_metadata, 423, 337, 392, true);
}

TEST_F(parameters, off_for_one_abi)
{
	ASSERT_EQ(0, module_load("syscall_x86_64=-1"));
	check(_metadata, -1, 400, 390, true);
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load("syscall_x32=-1"));
	check(_metadata, 400, -1, 390, true);
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load("syscall_i386=-1"));
	check(_metadata, 400, 400, -1, true);
}

TEST_F(parameters, off_for_all)
{
	ASSERT_EQ(0, module_load("syscall_x86_64=-1 syscall_x32=-1 syscall_i386=-1"));
	check(_metadata, -1, -1, -1, false);
}

TEST_F(parameters, taken_or_beyond_the_table)
{
	static const char *const refused[] = {
		/* read, getpid, the last before the hole, the first behind it */
		"syscall_x86_64=0", "syscall_x86_64=39", "syscall_x86_64=334",
		"syscall_x86_64=424",
		/* x32's own numbers have no place in the 64-bit table. */
		"syscall_x86_64=512", "syscall_x86_64=1000",
		"syscall_x86_64=2147483647", "syscall_x86_64=-2",
		"syscall_x86_64=-2147483648",
		"syscall_x32=0", "syscall_x32=39", "syscall_x32=424",
		"syscall_x32=512", "syscall_x32=547", "syscall_x32=548",
		"syscall_x32=1073742224", "syscall_x32=-2",
		"syscall_i386=0", "syscall_i386=20", "syscall_i386=386",
		"syscall_i386=393", "syscall_i386=400", "syscall_i386=1000",
		"syscall_i386=-390",
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		int log = log_open();
		char sentence[128];

		snprintf(sentence, sizeof(sentence),
			 "system call number %s is not free in this kernel: choose another",
			 strchr(refused[i], '=') + 1);
		EXPECT_EQ(-EINVAL, module_load(refused[i])) {
			TH_LOG("%s", refused[i]);
			module_must_unload();
		}
		EXPECT_FALSE(module_is_loaded());
		EXPECT_TRUE(log_says(log, (const char *const[]){ sentence }, 1)) {
			TH_LOG("the log lacks: %s", sentence);
		}
		close(log);
	}
}

TEST_F(parameters, no_numbers)
{
	static const char *const refused[] = {
		"syscall_x86_64=many", "syscall_x32=", "syscall_i386=3.5",
		"syscall_x86_64=4294967696", "syscall_i386=0x100000000",
		"confine=perhaps", "namespaces=-1", "namespaces=some",
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		long error = module_load(refused[i]);

		EXPECT_TRUE(error == -EINVAL || error == -ERANGE) {
			TH_LOG("%s: %ld", refused[i], error);
			module_must_unload();
		}
		EXPECT_FALSE(module_is_loaded());
	}
}

/* What a refused load leaves behind would hinder the next one. */
TEST_F(parameters, loads_after_a_refusal)
{
	EXPECT_EQ(-EINVAL, module_load("syscall_x86_64=39"));
	ASSERT_EQ(0, module_load(""));
	EXPECT_EQ(-EEXIST, module_load(""));
	check(_metadata, 400, 400, 390, true);
}

/* Without the module there is no system call, device or file. */
TEST_F(parameters, absent_module)
{
	for (size_t i = 0; i < syscall_path_count; i++) {
		EXPECT_EQ(-ENOSYS, syscall_path_translate(&syscall_paths[i],
							  syscall_path_default_number(&syscall_paths[i]),
							  getpid(), 0, 0));
	}
	EXPECT_EQ(-ENOENT, translate_device());
	EXPECT_EQ(-ENOSYS, translate_by_library.translate(getpid(), 0, 0));
	EXPECT_EQ(-1, access("/proc/pidns_id", F_OK));
	EXPECT_EQ(-1, readlink("/proc/self/ns/pidns_id", (char[8]) {}, 8));
}

TEST_HARNESS_MAIN
