// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system call on every syscall path that a program of this ABI
 * has: its number, its registers, its answers.
 *
 * RUNS: also with x32 asleep, because its numbers must lead nowhere then, as distributions boot.
 * RUNS: also with i386 asleep, because its number is told to nobody then.
 */
#include <limits.h>
#include <pthread.h>
#include <linux/capability.h>

#include "syscall_paths.h"
#include "test.h"

#define USER	1000
#define BIT(n)	(1ULL << (n))

FIXTURE(syscall) {
	struct translate_pid_info info;
};

FIXTURE_SETUP(syscall)
{
	ASSERT_EQ(0, translate_get_info(&self->info));
}

FIXTURE_TEARDOWN(syscall)
{
	nodes_destroy();
}

/* Each open syscall path in turn. */
#define FOR_EACH_SYSCALL_PATH(path)					\
	for (const struct syscall_path *path = syscall_paths; path < syscall_paths + syscall_path_count; path++) \
		if (syscall_path_is_open(path))

TEST_F(syscall, info_tells_the_numbers_of_the_header)
{
	EXPECT_EQ(400, TRANSLATE_PID_SYSCALL_X86_64);
	EXPECT_EQ(400, TRANSLATE_PID_SYSCALL_X32);
	EXPECT_EQ(390, TRANSLATE_PID_SYSCALL_I386);
	EXPECT_TRUE(syscall_path_number_fits(SYSCALL_PATH_X86_64, 400, self->info.syscall_x86_64));
	EXPECT_TRUE(syscall_path_number_fits(SYSCALL_PATH_X32, 400, self->info.syscall_x32));
	EXPECT_TRUE(syscall_path_number_fits(SYSCALL_PATH_I386, 390, self->info.syscall_i386));
	EXPECT_NE(0, self->info.features & TRANSLATE_PID_FEATURE_SYSCALL);
}

/* Each program can at least use the syscall path of its own ABI. */
TEST_F(syscall, paths_are_open)
{
	size_t open = 0;

	FOR_EACH_SYSCALL_PATH(path) {
		TH_LOG("%s", path->name);
		open++;
	}
	EXPECT_LE(1, open);
}

struct question {
	size_t path;	/* syscall_path_count: ask the device instead */
	pid_t pid;
	__u64 source;
	__u64 target;
};

static long ask(void *data)
{
	struct question *q = data;

	if (q->path == syscall_path_count)
		return translate_by_ioctl.translate(q->pid, q->source,
						    q->target);
	return syscall_path_translate(&syscall_paths[q->path], syscall_path_default_number(&syscall_paths[q->path]),
				      q->pid, q->source, q->target);
}

static long ask_as(struct node *caller, size_t path, pid_t pid, __u64 source,
		   __u64 target)
{
	struct question q = {
		.path = path,
		.pid = pid,
		.source = source,
		.target = target,
	};

	return node_call(caller, ask, &q, sizeof(q));
}

TEST_F(syscall, translates)
{
	struct node *outer = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(outer, CLONE_NEWPID);
	struct node *child = node_spawn(inner, 0);
	__u64 outer_id = node_ns_id(outer), inner_id = node_ns_id(inner);

	FOR_EACH_SYSCALL_PATH(path) {
		long number = syscall_path_default_number(path);

		EXPECT_EQ(child->pid, syscall_path_translate(path, number, child->own,
							     inner_id, 0)) {
			TH_LOG("by %s: outwards", path->name);
		}
		EXPECT_EQ(child->own, syscall_path_translate(path, number, child->pid, 0,
							     inner_id)) {
			TH_LOG("by %s: inwards", path->name);
		}
		EXPECT_EQ(inner->in_parent, syscall_path_translate(path, number, 1,
								   inner_id, outer_id)) {
			TH_LOG("by %s: one level", path->name);
		}
		EXPECT_EQ(0, syscall_path_translate(path, number, 1, outer_id,
						    inner_id)) {
			TH_LOG("by %s: invisible", path->name);
		}
		EXPECT_EQ(-ESRCH, syscall_path_translate(path, number, 77, inner_id,
							 0)) {
			TH_LOG("by %s: nobody", path->name);
		}
	}
}

/* Everything that can go wrong, in the order of the contract. */
TEST_F(syscall, answers_as_the_device_does)
{
	static const pid_t pids[] = { 0, 1, 2, -1, INT_MAX, INT_MIN };
	struct node *user = node_spawn(NULL, 0);
	struct node *own = node_spawn(NULL, CLONE_NEWPID);
	struct node *closed = node_spawn(NULL, CLONE_NEWPID);
	struct node *dead = node_spawn(NULL, CLONE_NEWPID);
	__u64 ids[6];

	node_become_user(user, USER, 0);
	node_become_user(own, USER, 0);
	ids[0] = 0;
	ids[1] = node_ns_id(own);
	ids[2] = node_ns_id(closed);
	ids[3] = node_ns_id(dead);
	ids[4] = ~0ULL;
	ids[5] = ids[1] << 32 | ids[1] >> 32;
	node_destroy(dead);
	ASSERT_TRUE(id_dies(ids[3]));

	FOR_EACH_SYSCALL_PATH(path) {
		size_t index = path - syscall_paths;

		EXPECT_EQ(-EPERM, ask_as(user, index, 1, ids[2], ids[4]));
		EXPECT_EQ(-EINVAL, ask_as(user, index, 1, ids[4], ids[2]));
		for (size_t i = 0; i < ARRAY_SIZE(ids) * ARRAY_SIZE(ids) *
				       ARRAY_SIZE(pids); i++) {
			pid_t pid = pids[i % ARRAY_SIZE(pids)];
			__u64 source = ids[i / ARRAY_SIZE(pids) %
					   ARRAY_SIZE(ids)];
			__u64 target = ids[i / ARRAY_SIZE(pids) /
					   ARRAY_SIZE(ids)];

			EXPECT_EQ(ask_as(user, syscall_path_count, pid, source, target),
				  ask_as(user, index, pid, source, target)) {
				TH_LOG("by %s: %d from %#llx to %#llx",
				       path->name, pid, source, target);
			}
		}
	}
}

/* Both halves of an id count, and in their places. */
TEST_F(syscall, halves_of_ids)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	const __u64 wrong[] = {
		(__u32)id, id >> 32, id >> 32 << 32, id << 32,
		id << 32 | id >> 32, id ^ 1, id ^ BIT(31), id ^ BIT(32),
		id ^ BIT(63),
	};

	FOR_EACH_SYSCALL_PATH(path) {
		long number = syscall_path_default_number(path);

		EXPECT_EQ(1, syscall_path_translate(path, number, 1, id, id));
		for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
			EXPECT_EQ(-EINVAL, syscall_path_translate(path, number, 1,
								  wrong[i], id)) {
				TH_LOG("by %s: source, case %zu", path->name, i);
			}
			EXPECT_EQ(-EINVAL, syscall_path_translate(path, number, 1, id,
								  wrong[i])) {
				TH_LOG("by %s: target, case %zu", path->name, i);
			}
		}
	}
}

/*
 * A pid is the lower half of its register, as for the kernel's own calls: the
 * C ABI leaves the upper half of an int argument undefined. Only i386 registers
 * have none. Beyond that half nothing aliases, and nothing within it is lost.
 */
TEST_F(syscall, pid_is_half_a_register)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init), upper[] = {
		0, BIT(32), BIT(63), 0xffffffffULL << 32, 0x12345678ULL << 32,
	};

	FOR_EACH_SYSCALL_PATH(path) {
		long number = syscall_path_default_number(path);
		long getpgid_number = path->abi == SYSCALL_PATH_I386 ? 132 : 121;

		for (size_t i = 0; i < ARRAY_SIZE(upper); i++) {
			__u64 registers[6] = {}, own[6] = {};

			own[0] = upper[i] | getpid();
			ASSERT_EQ(getpgid(0), path->call(getpgid_number, own));
			syscall_path_arguments(path, 1, id, 0, registers);
			registers[0] |= upper[i];
			EXPECT_EQ(init->pid, path->call(number, registers)) {
				TH_LOG("by %s: pid 1 with %#llx", path->name,
				       upper[i]);
			}
			registers[0] = upper[i];
			EXPECT_EQ(-ESRCH, path->call(number, registers)) {
				TH_LOG("by %s: pid 0 with %#llx", path->name,
				       upper[i]);
			}
			registers[0] = upper[i] | BIT(31) | 1;
			EXPECT_EQ(-ESRCH, path->call(number, registers)) {
				TH_LOG("by %s: negative, with %#llx",
				       path->name, upper[i]);
			}
		}
	}
}

/* Registers that are no arguments do not matter. */
TEST_F(syscall, other_registers_are_ignored)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);

	FOR_EACH_SYSCALL_PATH(path) {
		__u64 registers[6] = { ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL };

		syscall_path_arguments(path, 1, id, 0, registers);
		EXPECT_EQ(init->pid,
			  path->call(syscall_path_default_number(path), registers)) {
			TH_LOG("by %s", path->name);
		}
	}
}

/* None of these is assigned on any syscall path of the kernels this is built for. */
TEST_F(syscall, other_numbers_do_not_exist)
{
	static const __u64 far[] = {
		1000, 0xffff, 0x10000, 0x3fffffff, 0x7fffffff, 0xffffffff,
		0xfffffffe, 0x80000000,
	};

	FOR_EACH_SYSCALL_PATH(path) {
		long number = syscall_path_default_number(path);

		for (int distance = -2; distance <= 2; distance++) {
			EXPECT_EQ(distance ? -ENOSYS : getpid(),
				  syscall_path_translate(path, number + distance,
							 getpid(), 0, 0)) {
				TH_LOG("by %s: %ld", path->name,
				       number + distance);
			}
		}
		for (size_t i = 0; i < ARRAY_SIZE(far); i++) {
			EXPECT_EQ(-ENOSYS, syscall_path_translate(path, far[i],
								  getpid(), 0, 0)) {
				TH_LOG("by %s: %#llx", path->name, far[i]);
			}
		}
		for (int bit = 16; bit < 32; bit++) {
			/* This one leads from 64-bit to x32 numbers. */
			if (path->abi == SYSCALL_PATH_X86_64 && BIT(bit) == SYSCALL_PATH_X32_BIT)
				continue;
			/* It is set already. */
			if (path->abi == SYSCALL_PATH_X32 && BIT(bit) == SYSCALL_PATH_X32_BIT)
				continue;
			EXPECT_EQ(-ENOSYS,
				  syscall_path_translate(path, number | BIT(bit),
							 getpid(), 0, 0)) {
				TH_LOG("by %s: bit %d", path->name, bit);
			}
		}
	}
}

/* As for any call, only 32 bits of the register are the number. */
TEST_F(syscall, upper_half_of_the_number)
{
	const __u64 upper[] = { BIT(32), BIT(63), 0xffffffffULL << 32 };

	FOR_EACH_SYSCALL_PATH(path) {
		long number = syscall_path_default_number(path);
		__u64 none[6] = {};

		for (size_t i = 0; i < ARRAY_SIZE(upper); i++) {
			__s64 ordinary = path->call(syscall_path_getppid_number(path) |
						    upper[i], none);
			long ours = syscall_path_translate(path, number | upper[i],
							   getpid(), 0, 0);

			EXPECT_EQ(ordinary == getppid() ? getpid() : -ENOSYS,
				  ours) {
				TH_LOG("by %s: with %#llx, getppid gives %lld",
				       path->name, upper[i], ordinary);
			}
		}
	}
}

/* Each number is good on its own syscall path only. */
TEST_F(syscall, numbers_of_other_roads)
{
	FOR_EACH_SYSCALL_PATH(path) {
		__u64 none[6] = {};

		if (path->abi == SYSCALL_PATH_I386) {
			/* 400 is msgsnd() there, which wants a message. */
			EXPECT_EQ(-EFAULT, path->call(400, none)) {
				TH_LOG("by %s", path->name);
			}
		} else {
			EXPECT_EQ(-ENOSYS, syscall_path_translate(path, 390, getpid(), 0,
								  0)) {
				TH_LOG("by %s", path->name);
			}
		}
	}
}

/* While x32 is off, its numbers are no way in; the runner boots both kinds. */
TEST_F(syscall, closed_roads)
{
	for (size_t i = 0; i < syscall_path_count; i++) {
		const struct syscall_path *path = &syscall_paths[i];

		if (syscall_path_is_open(path))
			continue;
		TH_LOG("%s is closed", path->name);
		/* No kernel code is behind it, but a fault. */
		if (path->abi == SYSCALL_PATH_I386)
			continue;
		for (int distance = -1; distance <= 1; distance++) {
			EXPECT_EQ(-ENOSYS,
				  syscall_path_translate(path,
							 syscall_path_default_number(path) +
							 distance, getpid(), 0, 0)) {
				TH_LOG("by %s", path->name);
			}
		}
	}
}

/* Two threads' calls at once do not mix their registers up. */
static void *call_often(void *argument)
{
	const pid_t pid = *(pid_t *)argument;
	long wrong = 0;

	for (int i = 0; i < 3000; i++) {
		FOR_EACH_SYSCALL_PATH(path) {
			if (syscall_path_translate(path, syscall_path_default_number(path), pid,
						   0, 0) != pid)
				wrong++;
		}
	}
	return (void *)wrong;
}

TEST_F(syscall, threads_at_once)
{
	pid_t pids[4];
	pthread_t threads[ARRAY_SIZE(pids)];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = node_spawn(NULL, 0)->pid;
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, call_often,
					    &pids[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		EXPECT_EQ(NULL, wrong);
	}
}

TEST_HARNESS_MAIN
