// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/pidns_id: the reader's own id, through whatever mount of proc.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include "test.h"

#define FILE_NAME	"/proc/pidns_id"

TREE_FIXTURE_WITH(proc, NO_VARIANTS)

struct reading {
	char text[64];
	__u64 id;
};

/* Exactly one decimal number and one newline. */
static long read_id(void *data)
{
	struct reading *reading = data;
	int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);
	ssize_t length;
	char *end;

	if (fd < 0)
		return -errno;
	length = read(fd, reading->text, sizeof(reading->text) - 1);
	close(fd);
	if (length < 2)
		return -EIO;
	reading->text[length] = '\0';
	errno = 0;
	reading->id = strtoull(reading->text, &end, 10);
	if (errno || reading->text[0] < '0' || reading->text[0] > '9' ||
	    strcmp(end, "\n"))
		return -EBADMSG;
	return 0;
}

static __u64 id_read_by(struct node *node)
{
	struct reading reading = {};
	long error = node_call(node, read_id, &reading, sizeof(reading));

	if (error)
		observe_die("%s holds \"%s\": error %ld", FILE_NAME,
			    reading.text, -error);
	return reading.id;
}

static long mount_own_proc(void *data)
{
	(void)data;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL))
		return -errno;
	return 0;
}

TEST_F(proc, initial_namespace)
{
	struct reading reading = {};

	ASSERT_EQ(0, read_id(&reading));
	EXPECT_STREQ("0\n", reading.text);
}

TEST_F(proc, own_id_of_each_reader)
{
	struct node *chain[5];

	node_spawn_chain(NULL, chain, 5);
	for (int i = 0; i < 5; i++) {
		__u64 id = 0;

		ASSERT_EQ(0, get_id_as(chain[i], &translate_by_ioctl,
				       TRANSLATE_PID_BY_SELF, 0, &id, NULL));
		EXPECT_NE(0, id);
		EXPECT_EQ(id, id_read_by(chain[i]));
		EXPECT_EQ(id, id_read_by(node_spawn(chain[i], 0)));
	}
}

/* The reader counts, not the mount. */
TEST_F(proc, through_another_mount)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID | CLONE_NEWNS);
	struct node *below;
	__u64 id = node_ns_id(init);

	EXPECT_EQ(id, id_read_by(init));
	ASSERT_EQ(0, node_call(init, mount_own_proc, NULL, 0));
	EXPECT_EQ(id, id_read_by(init));
	below = node_spawn(init, CLONE_NEWPID);
	EXPECT_EQ(node_ns_id(below), id_read_by(below));
	EXPECT_NE(id, id_read_by(below));
}

static long read_number(void *data)
{
	char text[64] = "";
	ssize_t length = pread(*(int *)data, text, sizeof(text) - 1, 0);

	if (length < 0)
		return -errno;
	*(__u64 *)data = strtoull(text, NULL, 10);
	return 0;
}

/* Who reads counts, not who opened. */
TEST_F(proc, descriptor_from_outside)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);
	__u64 data;

	ASSERT_LE(0, fd);
	data = fd;
	ASSERT_EQ(0, read_number(&data));
	EXPECT_EQ(0, data);
	data = node_give_fd(init, fd);
	ASSERT_EQ(0, node_call(init, read_number, &data, sizeof(data)));
	EXPECT_EQ(node_ns_id(init), data);
	close(fd);
}

TEST_F(proc, mode)
{
	struct stat status;
	struct node *user = node_spawn(NULL, 0);
	struct node *init = node_spawn(NULL, CLONE_NEWPID);

	ASSERT_EQ(0, stat(FILE_NAME, &status));
	EXPECT_EQ(S_IFREG | 0444, status.st_mode);
	EXPECT_EQ(0, status.st_uid);
	node_become_user(user, 65534, 0);
	EXPECT_EQ(0, id_read_by(user));
	node_become_user(init, 65534, 0);
	EXPECT_EQ(node_ns_id(init), id_read_by(init));
	EXPECT_GT(0, observe_write(FILE_NAME, "1"));
}

TEST_F(proc, in_pieces)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct reading whole = {};
	char text[64] = "";
	int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, node_call(init, read_id, &whole, sizeof(whole)));
	ASSERT_EQ(0, read_id(&whole));
	for (size_t at = 0; read(fd, text + at, 1) == 1; at++)
		ASSERT_LT(at, sizeof(text) - 2);
	EXPECT_STREQ(whole.text, text);
	EXPECT_EQ(0, read(fd, text, sizeof(text)));
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ((ssize_t)strlen(whole.text), read(fd, text, sizeof(text)));
	close(fd);
}

TEST_HARNESS_MAIN
