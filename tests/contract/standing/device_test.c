// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device node: who may open it, and what descriptors of it are like.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "test.h"

#define MISC_MAJOR	10
#define NOBODY		65534

TEST(node_for_everybody)
{
	struct stat status;

	ASSERT_EQ(0, stat(TRANSLATE_PID_DEVICE, &status));
	EXPECT_TRUE(S_ISCHR(status.st_mode));
	EXPECT_EQ(0666, status.st_mode & 07777);
	EXPECT_EQ(MISC_MAJOR, major(status.st_rdev));
	EXPECT_EQ(0, status.st_uid);
}

static long translate_self(void *data)
{
	(void)data;
	return translate_by_ioctl.translate(getpid(), 0, 0);
}

TEST(nobody_can_use_it)
{
	struct node *nobody = node_spawn(NULL, 0);

	node_become_user(nobody, NOBODY, 0);
	EXPECT_EQ(nobody->pid, node_call(nobody, translate_self, NULL, 0));
	nodes_destroy();
}

/* Access is that of the caller at each call, not that of the opener. */
TEST(descriptor_carries_no_rights)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn(NULL, 0);
	__u64 id = node_ns_id(init);

	/* Opened as root, kept while the user changes. */
	EXPECT_EQ(init->pid, translate_as(user, &translate_by_ioctl, 1, id, 0));
	node_become_user(user, NOBODY, 0);
	EXPECT_EQ(-EPERM, translate_as(user, &translate_by_ioctl, 1, id, 0));
	EXPECT_EQ(-EPERM, translate_as(user, &translate_by_ioctl, 1, 0, id));
	nodes_destroy();
}

/* The caller's namespace is meant, whoever opened the device and where. */
TEST(descriptor_carries_no_namespace)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct translate_pid_id_request request = {
		.by = TRANSLATE_PID_BY_SELF, .id = 4711,
	};
	__u64 id = 0;
	int theirs;

	ASSERT_EQ(0, get_id_as(init, &translate_by_ioctl,
			       TRANSLATE_PID_BY_SELF, 0, &id, NULL));
	EXPECT_EQ(node_ns_id(init), id);
	/* Right behind the node's channel and standard streams. */
	for (theirs = 3; theirs < 16; theirs++) {
		char path[64], target[64] = "";

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", init->pid,
			 theirs);
		if (readlink(path, target, sizeof(target) - 1) > 0 &&
		    !strcmp(target, TRANSLATE_PID_DEVICE))
			break;
	}
	ASSERT_LT(theirs, 16);
	EXPECT_EQ(0, translate_ioctl(node_take_fd(init, theirs),
				     TRANSLATE_PID_GET_ID, &request));
	EXPECT_EQ(0, request.id);
	nodes_destroy();
}

TEST(many_descriptors)
{
	for (int i = 0; i < 500; i++) {
		struct translate_pid_request request = { .pid = 1 };
		int fd = open(TRANSLATE_PID_DEVICE, O_RDWR | O_CLOEXEC);

		ASSERT_LE(0, fd);
		EXPECT_EQ(0, translate_ioctl(fd, TRANSLATE_PID_TRANSLATE,
					     &request));
	}
}

TEST(seek_changes_nothing)
{
	int fd = translate_device();
	struct translate_pid_request request = { .pid = 1 };

	lseek(fd, 4096, SEEK_SET);
	EXPECT_EQ(0, translate_ioctl(fd, TRANSLATE_PID_TRANSLATE, &request));
	EXPECT_EQ(1, request.result);
}

TEST_HARNESS_MAIN
