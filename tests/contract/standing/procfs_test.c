// SPDX-License-Identifier: GPL-2.0-only
/* TRANSLATE_PID_BY_PROCFS: the namespace whose pids a mount of procfs shows. */
#include <sys/epoll.h>

#include "commands.h"
#include "ns_question.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(procfs, NAMING_VARIANTS)

#define BY	TRANSLATE_PID_BY_PROCFS

static int procfs_of(struct node *node)
{
	int nsfd = observe_open_ns(node->pid, "pid"), fd;

	if (nsfd < 0)
		observe_die("no namespace of process %d", node->pid);
	fd = observe_procfs(nsfd);
	close(nsfd);
	return fd;
}

static const struct {
	const char *name;
	int flags;
} files[] = {
	{ ".", O_RDONLY | O_DIRECTORY },
	{ ".", O_PATH },
	{ "1", O_RDONLY | O_DIRECTORY },
	{ "1/status", O_RDONLY },
	{ "1/ns", O_PATH },
	{ "1/ns/pid", O_PATH | O_NOFOLLOW },
	{ "1/exe", O_PATH | O_NOFOLLOW },
	{ "version", O_RDONLY },
	{ "sys/kernel/pid_max", O_PATH },
	{ "pidns_id", O_RDONLY },
	{ "translate_pid", O_RDONLY },
};

TEST_F(procfs, any_file_in_it)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID), *inner = node_spawn(init, CLONE_NEWPID);
	struct node *nodes[] = { init, inner };

	for (size_t n = 0; n < ARRAY_SIZE(nodes); n++) {
		int root = procfs_of(nodes[n]);

		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			int fd = openat(root, files[i].name, files[i].flags);
			__u64 id = 1;

			ASSERT_LE(0, fd) {
				TH_LOG("%s", files[i].name);
			}
			EXPECT_EQ(0, variant->interface->get_id(BY, fd, &id, NULL));
			EXPECT_EQ(node_ns_id(nodes[n]), id);
			EXPECT_EQ(nodes[n]->pid, variant->interface->get_init_pid(BY, fd));
			close(fd);
		}
		close(root);
	}
}

/* Whose procfs it is counts, not who has it open. */
TEST_F(procfs, of_others)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	int own = open("/proc", O_PATH), inner = procfs_of(init), users = procfs_of(user);
	__u64 id = 1;

	EXPECT_EQ(0, get_id_as(init, variant->interface, BY, node_give_fd(init, inner), &id, NULL));
	EXPECT_EQ(node_ns_id(init), id);
	EXPECT_EQ(0, get_id_as(init, variant->interface, BY, node_give_fd(init, own), &id, NULL));
	EXPECT_EQ(TRANSLATE_PID_INIT_NS, id);
	EXPECT_EQ(0, get_id_as(user, variant->interface, BY, node_give_fd(user, users), &id, NULL));
	EXPECT_EQ(node_ns_id(user), id);
	id = 1;
	EXPECT_EQ(-EPERM, get_id_as(user, variant->interface, BY, node_give_fd(user, own), &id,
				    NULL));
	EXPECT_EQ(-EPERM, get_id_as(user, variant->interface, BY, node_give_fd(user, inner), &id,
				    NULL));
	EXPECT_EQ(1, id);
	close(own);
	close(inner);
	close(users);
}

TEST_F(procfs, what_is_none)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	int fds[] = {
		observe_open_ns(init->pid, "pid"), observe_pidfd(init->pid, 0), epoll_create1(0),
		open("/dev/null", O_RDONLY), open("/", O_PATH), open("/sys", O_PATH),
		translate_device(),
	};
	int closed = open("/proc", O_PATH);

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		ASSERT_LE(0, fds[i]);
		EXPECT_EQ(-EINVAL, variant->interface->get_id(BY, fds[i], NULL, NULL)) {
			TH_LOG("descriptor %zu", i);
		}
	}
	close(closed);
	EXPECT_EQ(-EBADF, variant->interface->get_id(BY, closed, NULL, NULL));
	EXPECT_EQ(-EINVAL, variant->interface->get_id(BY, 1ULL << 32, NULL, NULL));
	EXPECT_EQ(-EINVAL, variant->interface->get_id(BY, -1, NULL, NULL));
	/* The other ways take none of it. */
	closed = open("/proc", O_RDONLY);
	EXPECT_EQ(-EINVAL, variant->interface->get_id(TRANSLATE_PID_BY_NSFD, closed, NULL, NULL));
	EXPECT_EQ(-EINVAL, variant->interface->get_id(TRANSLATE_PID_BY_PIDFD, closed, NULL, NULL));
	close(closed);
}

/* The kernel's own descriptors of it go a little later than its processes. */
static bool is_shown_no_more(const struct translate_interface *interface, int procfs)
{
	for (int tries = 0; tries < 1000; tries++) {
		long fd = interface->open_ns(BY, procfs);

		if (fd == -ESTALE)
			return true;
		if (fd >= 0)
			close(fd);
		usleep(10000);
	}
	return false;
}

/* A procfs keeps the memory of its namespace, which the kernel shows to nobody then. */
TEST_F(procfs, that_alone_is_left)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn_user(NULL, 0, USER, 0);
	__u64 id = node_ns_id(init), found = 1;
	int fd = procfs_of(init);

	node_destroy(init);
	EXPECT_EQ(0, get_id_as(NULL, variant->interface, BY, fd, &found, NULL));
	EXPECT_EQ(id, found);
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, variant->interface, BY, fd));
	EXPECT_TRUE(is_shown_no_more(variant->interface, fd));
	EXPECT_EQ(-EPERM, get_id_as(user, variant->interface, BY, node_give_fd(user, fd), &found,
				    NULL));
	EXPECT_EQ(id, found);
	close(fd);
	node_destroy(user);
	EXPECT_TRUE(id_dies(id));
}

TEST_HARNESS_MAIN
