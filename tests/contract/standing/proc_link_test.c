// SPDX-License-Identifier: GPL-2.0-only
/* /proc/<pid>/ns/pidns_id: its text, its inode, and what following it gives. */
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <linux/nsfs.h>

#include "listing.h"
#include "ns_link.h"
#include "test.h"

FIXTURE(link) {
};

FIXTURE_SETUP(link)
{
}

FIXTURE_TEARDOWN(link)
{
	nodes_destroy();
}

static void check_text(struct __test_metadata *_metadata, struct node *reader,
		       const char *path, __u64 id)
{
	char expected[NS_LINK_TEXT], text[64];

	ns_link_expected(id, expected);
	EXPECT_EQ((long)strlen(expected),
		  ns_link_read_as(reader, path, text, sizeof(text))) {
		TH_LOG("%s", path);
	}
	EXPECT_STREQ(expected, text) {
		TH_LOG("%s", path);
	}
}

TEST_F(link, feature_is_announced)
{
	struct translate_pid_info info;

	ASSERT_EQ(0, translate_get_info(&info));
	EXPECT_NE(0, info.features & TRANSLATE_PID_FEATURE_PROC_LINK);
}

TEST_F(link, text_is_the_id)
{
	struct node *chain[4];
	__u64 ids[4];
	char path[64];

	check_text(_metadata, NULL, "/proc/self/ns/pidns_id", 0);
	check_text(_metadata, NULL, "/proc/1/ns/pidns_id", 0);
	node_spawn_chain(NULL, chain, 4);
	for (int i = 0; i < 4; i++) {
		ids[i] = node_ns_id(chain[i]);
		EXPECT_NE(0, ids[i]);
	}
	for (int i = 0; i < 4; i++) {
		ns_link_path(chain[i]->pid, NS_LINK, path, sizeof(path));
		check_text(_metadata, NULL, path, ids[i]);
		/* The id does not depend on who reads. */
		check_text(_metadata, chain[0], path, ids[i]);
		check_text(_metadata, chain[3], path, ids[i]);
		check_text(_metadata, chain[i], "/proc/self/ns/pidns_id",
			   ids[i]);
		check_text(_metadata, chain[i],
			   "/proc/thread-self/ns/pidns_id", ids[i]);
		snprintf(path, sizeof(path), "/proc/%d/task/%d/ns/pidns_id",
			 chain[i]->pid, chain[i]->pid);
		check_text(_metadata, NULL, path, ids[i]);
	}
}

/* /proc/<tid> is not listed, but found; so is its link. */
TEST_F(link, threads)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	pid_t own = node_thread(init);
	__u64 id = node_ns_id(init);
	long tid = translate_by_ioctl.translate(own, id, 0);
	char path[64];

	ASSERT_LT(0, tid);
	snprintf(path, sizeof(path), "/proc/%d/task/%ld/ns/pidns_id", init->pid,
		 tid);
	check_text(_metadata, NULL, path, id);
	snprintf(path, sizeof(path), "/proc/%ld/ns/pidns_id", tid);
	check_text(_metadata, NULL, path, id);
}

/* It is the namespace that the process is in, not that of its children. */
TEST_F(link, after_unshare)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	char path[64];

	node_unshare(init, CLONE_NEWPID);
	ns_link_path(init->pid, NS_LINK, path, sizeof(path));
	check_text(_metadata, NULL, path, id);
}

TEST_F(link, short_buffers)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	char expected[NS_LINK_TEXT], path[64];

	ns_link_expected(node_ns_id(init), expected);
	ns_link_path(init->pid, NS_LINK, path, sizeof(path));
	for (size_t size = 1; size < sizeof(expected); size++) {
		char text[64];
		size_t length = size < strlen(expected) ? size :
							  strlen(expected);

		memset(text, '#', sizeof(text));
		EXPECT_EQ((ssize_t)length, readlink(path, text, size));
		EXPECT_EQ(0, memcmp(text, expected, length));
		/* No terminator, and nothing beyond. */
		EXPECT_EQ('#', text[length]);
	}
	EXPECT_EQ(-1, syscall(__NR_readlink, path, expected, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, syscall(__NR_readlink, path, expected, -1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, syscall(__NR_readlink, path, NULL, 64));
	EXPECT_EQ(EFAULT, errno);
}

/* A link like the kernel's own, with an inode of its own. */
TEST_F(link, inode)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	char path[64], own_path[64];
	struct stat ours, own;
	struct listing listing = {};
	int directory = ns_directory(init->pid);

	ns_link_path(init->pid, NS_LINK, path, sizeof(path));
	ns_link_path(init->pid, "pid", own_path, sizeof(own_path));
	ASSERT_EQ(0, lstat(path, &ours));
	ASSERT_EQ(0, lstat(own_path, &own));
	EXPECT_TRUE(S_ISLNK(ours.st_mode));
	EXPECT_EQ(own.st_mode, ours.st_mode);
	EXPECT_EQ(own.st_dev, ours.st_dev);
	EXPECT_EQ(own.st_uid, ours.st_uid);
	EXPECT_EQ(own.st_gid, ours.st_gid);
	EXPECT_EQ(own.st_nlink, ours.st_nlink);
	EXPECT_EQ(own.st_size, ours.st_size);
	EXPECT_NE(own.st_ino, ours.st_ino);

	/* The listing does not make up another inode number. */
	ASSERT_EQ(0, listing_read(directory, 4096, &listing));
	ASSERT_NE(NULL, listing_find(&listing, NS_LINK));
	EXPECT_EQ((__u64)ours.st_ino, listing_find(&listing, NS_LINK)->inode);
	EXPECT_EQ(DT_LNK, listing_find(&listing, NS_LINK)->type);
	ASSERT_EQ(0, lstat(path, &own));
	EXPECT_EQ(own.st_ino, ours.st_ino);
}

TEST_F(link, following)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	char path[64], own_path[64];
	struct stat ours, own;
	int fd, own_fd;
	__u64 id;

	ns_link_path(init->pid, NS_LINK, path, sizeof(path));
	ns_link_path(init->pid, "pid", own_path, sizeof(own_path));
	ASSERT_EQ(0, stat(path, &ours));
	ASSERT_EQ(0, stat(own_path, &own));
	EXPECT_EQ(own.st_dev, ours.st_dev);
	EXPECT_EQ(own.st_ino, ours.st_ino);
	EXPECT_EQ(own.st_mode, ours.st_mode);

	fd = open(path, O_RDONLY | O_CLOEXEC);
	own_fd = open(own_path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &ours));
	EXPECT_EQ(own.st_ino, ours.st_ino);
	EXPECT_EQ(CLONE_NEWPID, ioctl(fd, NS_GET_NSTYPE));
	EXPECT_EQ(observe_ns_id(own_fd), observe_ns_id(fd));
	ASSERT_EQ(0, translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, fd, &id,
					       NULL));
	EXPECT_EQ(node_ns_id(init), id);
	close(fd);
	close(own_fd);
}

/* Opens the link in the node and joins: its children are born there. */
static long join(void *data)
{
	int fd = open(data, O_RDONLY | O_CLOEXEC), result;

	if (fd < 0)
		return -errno;
	result = setns(fd, CLONE_NEWPID) ? -errno : 0;
	close(fd);
	return result;
}

TEST_F(link, setns)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *joiner = node_spawn(NULL, 0), *child;
	char path[64];

	ns_link_path(init->pid, NS_LINK, path, sizeof(path));
	ASSERT_EQ(0, node_call(joiner, join, path, sizeof(path)));
	child = node_spawn(joiner, 0);
	EXPECT_EQ(node_ns_id(init), node_ns_id(child));
	EXPECT_EQ(child->own,
		  translate_by_ioctl.translate(child->pid, 0, node_ns_id(init)));
}

/* What a call does with one of the two links: 0 or the error number. */
typedef int (*attempt)(const char *path, const char *missing);

#define ATTEMPT(name, call)						\
	static int name(const char *path, const char *missing)		\
	{								\
		int result;						\
									\
		(void)missing;						\
		result = call;						\
		if (result < 0)						\
			return errno;					\
		if (result > 2)						\
			close(result);					\
		return 0;						\
	}

static struct stat ignored_stat;

ATTEMPT(try_unlink, unlink(path))
ATTEMPT(try_rename, rename(path, missing))
ATTEMPT(try_rename_onto, rename(missing, path))
ATTEMPT(try_symlink, symlink("x", path))
ATTEMPT(try_mkdir, mkdir(path, 0700))
ATTEMPT(try_rmdir, rmdir(path))
ATTEMPT(try_mknod, mknod(path, S_IFIFO | 0600, 0))
ATTEMPT(try_hard_link, link(path, missing))
ATTEMPT(try_chmod, chmod(path, 0600))
ATTEMPT(try_chmod_link, fchmodat(AT_FDCWD, path, 0600, AT_SYMLINK_NOFOLLOW))
ATTEMPT(try_chown, chown(path, 1, 1))
ATTEMPT(try_lchown, lchown(path, 1, 1))
ATTEMPT(try_times, utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW))
ATTEMPT(try_truncate, truncate(path, 0))
ATTEMPT(try_setxattr, lsetxattr(path, "trusted.x", "x", 1, 0))
ATTEMPT(try_getxattr, lgetxattr(path, "security.selinux", NULL, 0))
ATTEMPT(try_write, open(path, O_WRONLY))
ATTEMPT(try_read_write, open(path, O_RDWR))
ATTEMPT(try_create, open(path, O_RDONLY | O_CREAT, 0600))
ATTEMPT(try_create_new, open(path, O_RDONLY | O_CREAT | O_EXCL, 0600))
ATTEMPT(try_truncating, open(path, O_RDONLY | O_TRUNC))
ATTEMPT(try_nofollow, open(path, O_RDONLY | O_NOFOLLOW))
ATTEMPT(try_directory, open(path, O_RDONLY | O_DIRECTORY))
ATTEMPT(try_path, open(path, O_PATH))
ATTEMPT(try_path_nofollow, open(path, O_PATH | O_NOFOLLOW))
ATTEMPT(try_tmpfile, open(path, O_TMPFILE | O_RDWR, 0600))
ATTEMPT(try_access, access(path, R_OK))
ATTEMPT(try_access_write, access(path, W_OK))
ATTEMPT(try_access_execute, access(path, X_OK))
ATTEMPT(try_chdir, chdir(path))
ATTEMPT(try_exec, execl(path, path, NULL))
ATTEMPT(try_stat_beyond, ({
	char beyond[128];

	snprintf(beyond, sizeof(beyond), "%s/x", path);
	stat(beyond, &ignored_stat);
}))
ATTEMPT(try_stat_slash, ({
	char slash[128];

	snprintf(slash, sizeof(slash), "%s/", path);
	lstat(slash, &ignored_stat);
}))

TEST_F(link, other_operations_as_on_the_kernels_own)
{
	static const struct {
		const char *name;
		attempt attempt;
	} attempts[] = {
		{ "unlink", try_unlink }, { "rename", try_rename },
		{ "rename onto", try_rename_onto },
		{ "symlink", try_symlink }, { "mkdir", try_mkdir },
		{ "rmdir", try_rmdir }, { "mknod", try_mknod },
		{ "link", try_hard_link }, { "chmod", try_chmod },
		{ "chmod of the link", try_chmod_link },
		{ "chown", try_chown }, { "lchown", try_lchown },
		{ "utimensat", try_times }, { "truncate", try_truncate },
		{ "setxattr", try_setxattr }, { "getxattr", try_getxattr },
		{ "O_WRONLY", try_write }, { "O_RDWR", try_read_write },
		{ "O_CREAT", try_create }, { "O_EXCL", try_create_new },
		{ "O_TRUNC", try_truncating }, { "O_NOFOLLOW", try_nofollow },
		{ "O_DIRECTORY", try_directory }, { "O_PATH", try_path },
		{ "O_PATH | O_NOFOLLOW", try_path_nofollow },
		{ "O_TMPFILE", try_tmpfile }, { "R_OK", try_access },
		{ "W_OK", try_access_write }, { "X_OK", try_access_execute },
		{ "chdir", try_chdir }, { "exec", try_exec },
		{ "stat of a name below", try_stat_beyond },
		{ "lstat with a slash", try_stat_slash },
	};
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	char path[64], own_path[64], missing[64];

	ns_link_path(init->pid, NS_LINK, path, sizeof(path));
	ns_link_path(init->pid, "pid", own_path, sizeof(own_path));
	ns_link_path(init->pid, "missing", missing, sizeof(missing));
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		EXPECT_EQ(attempts[i].attempt(own_path, missing),
			  attempts[i].attempt(path, missing)) {
			TH_LOG("%s", attempts[i].name);
		}
	}
	/* So that the comparison is not between two that are missing. */
	EXPECT_EQ(EPERM, try_unlink(path, missing));
	EXPECT_EQ(ELOOP, try_nofollow(path, missing));
	EXPECT_EQ(0, try_path_nofollow(path, missing));
	check_text(_metadata, NULL, path, node_ns_id(init));
}

TEST_F(link, similar_names_do_not_exist)
{
	static const char *const names[] = {
		"pidns_id2", "pidns_i", "pidns_ID", "pidns-id", "pidns", "idns_id",
		"pidns_id ", "pidns_ie", "qidns_id", "pidns_id_for_children",
	};
	char path[64], text[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		ns_link_path(getpid(), names[i], path, sizeof(path));
		EXPECT_EQ(-ENOENT, ns_link_read(AT_FDCWD, path, text,
						sizeof(text))) {
			TH_LOG("\"%s\"", names[i]);
		}
	}
	/* Nor anywhere else. */
	EXPECT_EQ(-ENOENT, ns_link_read(AT_FDCWD, "/proc/self/pidns_id", text,
					sizeof(text)));
	EXPECT_EQ(-ENOENT, ns_link_read(AT_FDCWD, "/proc/self/attr/pidns_id",
					text, sizeof(text)));
	EXPECT_EQ(-ENOENT, ns_link_read(AT_FDCWD, "/proc/self/fd/pidns_id", text,
					sizeof(text)));
}

/* Read through a descriptor of the link itself. */
TEST_F(link, through_a_path_descriptor)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	char path[64], text[64], expected[NS_LINK_TEXT];
	int fd;

	ns_link_expected(node_ns_id(init), expected);
	ns_link_path(init->pid, NS_LINK, path, sizeof(path));
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ((long)strlen(expected), ns_link_read(fd, "", text,
						       sizeof(text)));
	EXPECT_STREQ(expected, text);
	node_destroy(init);
	/* As the kernel's own link does when its process is gone. */
	EXPECT_EQ(-EACCES, ns_link_read(fd, "", text, sizeof(text)));
	close(fd);
}

TEST_HARNESS_MAIN
