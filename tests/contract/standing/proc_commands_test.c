// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/translate_pid: who may open it and where it is; who asks counts, as
 * with the device. That it answers like the device is in all tests that run
 * through each entry.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include "commands.h"
#include "own_proc.h"
#include "test.h"

#define NOBODY	65534

TREE_FIXTURE_WITH(commands, NO_VARIANTS)

TEST_F(commands, mode)
{
	struct stat status;
	struct node *user = node_spawn(NULL, 0);

	ASSERT_EQ(0, stat(TRANSLATE_PID_PROC_FILE, &status));
	EXPECT_EQ(S_IFREG | 0444, status.st_mode);
	EXPECT_EQ(0, status.st_uid);
	node_become_user(user, NOBODY, 0);
	EXPECT_EQ(user->pid, translate_as(user, &translate_by_proc, user->pid, 0, 0));
}

static long open_to_write(void *data)
{
	int fd = open(TRANSLATE_PID_PROC_FILE, *(int *)data | O_CLOEXEC);

	return fd < 0 ? -errno : close(fd);
}

TEST_F(commands, is_opened_for_reading)
{
	static const int flags[] = { O_WRONLY, O_RDWR };
	struct node *user = node_spawn(NULL, 0);

	node_become_user(user, NOBODY, 0);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int flag = flags[i];

		EXPECT_EQ(-EACCES, node_call(user, open_to_write, &flag, sizeof(flag)));
	}
}

/* Every command of the tests' table, right and failing, answers as the device. */
TEST_F(commands, each_is_there)
{
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const struct command *command = &commands[i];
		union command_argument by_device = command->valid;
		union command_argument by_proc = command->valid;
		long device = translate_ioctl(translate_device(), command->number, &by_device);
		long proc = translate_ioctl(translate_proc_file(), command->number, &by_proc);

		EXPECT_LE(0, device);
		EXPECT_LE(0, proc) {
			TH_LOG("command %d: error %ld", i, -proc);
		}
		if (!command->opens) {
			EXPECT_EQ(device, proc);
			EXPECT_EQ(0, memcmp(&by_device, &by_proc, sizeof(by_proc)));
		}
		if (!command->inputs)
			continue;
		by_proc = command->failing;
		EXPECT_EQ(-command->error,
			  translate_ioctl(translate_proc_file(), command->number, &by_proc));
	}
}

TEST_F(commands, no_other)
{
	int fd = translate_proc_file();
	char byte;

	EXPECT_EQ(-ENOTTY, translate_ioctl(fd, _IO(TRANSLATE_PID_IOC_MAGIC, 99), NULL));
	EXPECT_EQ(-ENOTTY, translate_ioctl(fd, _IO(0xb7, 3), NULL));
	/* There is nothing to read, as in the device. */
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, lseek(fd, 4096, SEEK_SET));
	EXPECT_EQ(getpid(), translate_by_proc.translate(getpid(), 0, 0));
}

/* The procfs of a container: its own mount, its own pid namespace. */
static long open_own_proc_file(void *data)
{
	int fd = open(OWN_PROC "/translate_pid", O_RDONLY | O_CLOEXEC);

	(void)data;
	return fd < 0 ? -errno : fd;
}

TEST_F(commands, in_the_procfs_of_a_container)
{
	struct translate_pid_id_request request = { .by = TRANSLATE_PID_BY_SELF };
	struct node *container = own_proc_spawn(NULL, CLONE_NEWPID, "");
	__u64 id = node_ns_id(container), theirs = 1;
	long fd = node_call(container, open_own_proc_file, NULL, 0);
	int copy;

	ASSERT_LE(0, fd);
	/* Of the one who asks, although the mount and the descriptor are the container's. */
	copy = node_take_fd(container, fd);
	EXPECT_EQ(0, translate_ioctl(copy, TRANSLATE_PID_GET_ID, &request));
	EXPECT_EQ(0, request.id);
	/* It keeps the mount, and that the namespace. */
	close(copy);
	EXPECT_EQ(0, get_id_as(container, &translate_by_proc, TRANSLATE_PID_BY_SELF, 0, &theirs,
			       NULL));
	EXPECT_EQ(id, theirs);
}

/* hidepid hides processes, not this; subset=pid hides all that is no process. */
TEST_F(commands, in_restricted_procfs)
{
	struct node *hiding = own_proc_spawn(NULL, CLONE_NEWPID, "hidepid=invisible");
	struct node *subset = own_proc_spawn(NULL, CLONE_NEWPID, "subset=pid");

	EXPECT_LE(0, node_call(hiding, open_own_proc_file, NULL, 0));
	EXPECT_EQ(-ENOENT, node_call(subset, open_own_proc_file, NULL, 0));
}

/* Access is that of the caller at each call, not that of the opener. */
TEST_F(commands, descriptor_carries_no_rights)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn(NULL, 0);
	__u64 id = node_ns_id(init);

	/* Opened as root, kept while the user changes. */
	EXPECT_EQ(init->pid, translate_as(user, &translate_by_proc, 1, id, 0));
	node_become_user(user, NOBODY, 0);
	EXPECT_EQ(-EPERM, translate_as(user, &translate_by_proc, 1, id, 0));
	EXPECT_EQ(-EPERM, translate_as(user, &translate_by_proc, 1, 0, id));
}

TEST_HARNESS_MAIN
