// SPDX-License-Identifier: GPL-2.0-only
/* A namespace descriptor of a pid namespace that is named by its id. */
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/nsfs.h>

#include "ns_question.h"
#include "own_proc.h"
#include "test.h"

#define USER	1000

TREE_FIXTURE_WITH(open_ns, NAMING_VARIANTS)

/* Of the command alone. */
TREE_FIXTURE_WITH(open_ns_command, NO_VARIANTS)

static long open_by_id(const struct translate_interface *interface, struct node *node)
{
	return open_ns_as(NULL, interface, TRANSLATE_PID_BY_ID, node_ns_id(node));
}

static int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

TEST_F(open_ns, by_everything_that_names_it)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct ns_names names = ns_names_of(init);
	struct stat own, ours;

	ASSERT_EQ(0, fstat(names.values[TRANSLATE_PID_BY_NSFD], &own));
	for (int by = TRANSLATE_PID_BY_PID; by < NS_NAMES; by++) {
		int fd = open_ns_as(NULL, variant->interface, by, names.values[by]);

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, fstat(fd, &ours));
		EXPECT_EQ(own.st_dev, ours.st_dev);
		EXPECT_EQ(own.st_ino, ours.st_ino);
		close(fd);
	}
	ns_names_close(&names);
}

TEST_F(open_ns, own_and_initial)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn(init, 0);
	struct stat own, ours;
	int fd;

	ASSERT_EQ(0, stat("/proc/self/ns/pid", &own));
	fd = open_ns_as(NULL, variant->interface, TRANSLATE_PID_BY_SELF, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &ours));
	EXPECT_EQ(own.st_ino, ours.st_ino);
	close(fd);
	fd = open_ns_as(NULL, variant->interface, TRANSLATE_PID_BY_ID,
			TRANSLATE_PID_INIT_NS);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &ours));
	EXPECT_EQ(own.st_ino, ours.st_ino);
	close(fd);

	node_become_user(user, USER, 0);
	fd = open_ns_as(user, variant->interface, TRANSLATE_PID_BY_SELF, 0);
	ASSERT_LE(0, fd);
	fd = node_take_fd(user, fd);
	EXPECT_EQ(0, fstat(fd, &ours));
	EXPECT_NE(own.st_ino, ours.st_ino);
	close(fd);
}

/* The lowest free number, as for any descriptor, and none of exec's. */
TEST_F(open_ns, descriptor)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct statfs fs;
	int lowest, fd;

	translate_device();
	translate_proc_file();
	lowest = dup(0);
	close(lowest);
	fd = open_by_id(variant->interface, init);
	/* The library opens the device meanwhile. */
	EXPECT_TRUE(fd == lowest || variant->interface == &translate_by_library);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
	ASSERT_EQ(0, fstatfs(fd, &fs));
	EXPECT_EQ(NSFS_MAGIC, fs.f_type);
	close(fd);
}

TEST_F(open_ns, kernels_ioctls)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(init, CLONE_NEWPID);
	int fd = open_by_id(variant->interface, inner);
	int own = observe_open_ns(inner->pid, "pid"), related;
	struct stat expected, found;
	__u64 id = 0;

	ASSERT_LE(0, fd);
	EXPECT_EQ(CLONE_NEWPID, ioctl(fd, NS_GET_NSTYPE));
	EXPECT_NE(0, observe_ns_id(fd));
	EXPECT_EQ(observe_ns_id(own), observe_ns_id(fd));
	related = ioctl(fd, NS_GET_PARENT);
	ASSERT_LE(0, related);
	ASSERT_EQ(0, fstat(related, &found));
	close(related);
	related = observe_open_ns(init->pid, "pid");
	ASSERT_EQ(0, fstat(related, &expected));
	EXPECT_EQ(expected.st_ino, found.st_ino);
	close(related);
	related = ioctl(fd, NS_GET_USERNS);
	EXPECT_LE(0, related);
	close(related);
	EXPECT_EQ(0, get_id_as(NULL, variant->interface, TRANSLATE_PID_BY_NSFD, fd,
			       &id, NULL));
	EXPECT_EQ(node_ns_id(inner), id);
	close(fd);
	close(own);
}

TEST_F(open_ns, setns)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *joiner = node_spawn(NULL, 0), *child;
	int fd = open_ns_as(joiner, variant->interface, TRANSLATE_PID_BY_ID,
			    node_ns_id(init));

	ASSERT_LE(0, fd);
	fd = node_take_fd(joiner, fd);
	node_join_pidns(joiner, fd);
	close(fd);
	child = node_spawn(joiner, 0);
	EXPECT_EQ(node_ns_id(init), node_ns_id(child));
}

TEST_F(open_ns, bind_mount)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	char path[64];
	struct stat bound, own;
	int fd = open_by_id(variant->interface, init);

	ASSERT_LE(0, fd);
	close(open("/tmp/bound", O_CREAT | O_RDONLY, 0600));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASSERT_EQ(0, mount(path, "/tmp/bound", NULL, MS_BIND, NULL));
	ASSERT_EQ(0, fstat(fd, &own));
	EXPECT_EQ(0, stat("/tmp/bound", &bound));
	EXPECT_EQ(own.st_ino, bound.st_ino);
	close(fd);
	node_destroy(init);
	/* The mount keeps the namespace, and its name. */
	EXPECT_EQ(0, get_id_as(NULL, variant->interface, TRANSLATE_PID_BY_ID, id,
			       NULL, NULL));
	EXPECT_EQ(0, umount("/tmp/bound"));
	EXPECT_TRUE(id_dies(id));
	unlink("/tmp/bound");
}

/* A descriptor alone keeps it, and another can be opened from the id. */
TEST_F(open_ns, without_processes)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	int first = open_by_id(variant->interface, init), second;
	struct stat a, b;

	ASSERT_LE(0, first);
	node_destroy(init);
	second = open_ns_as(NULL, variant->interface, TRANSLATE_PID_BY_ID, id);
	ASSERT_LE(0, second);
	ASSERT_EQ(0, fstat(first, &a));
	ASSERT_EQ(0, fstat(second, &b));
	EXPECT_EQ(a.st_ino, b.st_ino);
	close(first);
	/* Still held by the second. */
	EXPECT_EQ(-ESRCH, variant->interface->translate(1, id, id));
	close(second);
	EXPECT_TRUE(id_dies(id));
	EXPECT_EQ(-EINVAL, open_ns_as(NULL, variant->interface,
				      TRANSLATE_PID_BY_ID, id));
}

TEST_F(open_ns, access)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *user = node_spawn(NULL, 0), *admin = node_spawn(NULL, 0);
	struct node *same = node_spawn(NULL, CLONE_NEWPID);
	struct node *inside = node_spawn(init, 0);
	struct ns_names names = ns_names_of(init);
	const struct translate_interface *interface = variant->interface;

	node_become_user(user, USER, 0);
	node_become_user(same, USER, 0);
	node_become_user(inside, USER, 0);
	for (int by = TRANSLATE_PID_BY_PID; by < NS_NAMES; by++) {
		__u64 value = names.values[by];

		if (by == TRANSLATE_PID_BY_PIDFD || by == TRANSLATE_PID_BY_NSFD)
			value = node_give_fd(user, value);
		EXPECT_EQ(-EPERM, open_ns_as(user, interface, by, value)) {
			TH_LOG("by %d", by);
		}
	}
	EXPECT_LE(0, open_ns_as(user, interface, TRANSLATE_PID_BY_ID,
				node_ns_id(same)));
	EXPECT_EQ(-EPERM, open_ns_as(inside, interface, TRANSLATE_PID_BY_ID, 0));
	/* To be told of the init is less than to open the namespace. */
	node_become_user(admin, USER, 1ULL << CAP_SYS_ADMIN);
	EXPECT_EQ(-EPERM, open_ns_as(admin, interface, TRANSLATE_PID_BY_ID,
				     node_ns_id(init)));
	node_become_user(admin, USER, 0);
	ns_names_close(&names);
}

TEST_F(open_ns, dead_or_invented_id)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	__u64 id = node_ns_id(init);
	int before;

	node_destroy(init);
	ASSERT_TRUE(id_dies(id));
	/* Each interface opens its file once. */
	translate_device();
	translate_proc_file();
	before = open_descriptors();
	EXPECT_EQ(-EINVAL, open_ns_as(NULL, variant->interface,
				      TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(-EINVAL, open_ns_as(NULL, variant->interface,
				      TRANSLATE_PID_BY_ID, 1));
	EXPECT_EQ(-EINVAL, open_ns_as(NULL, variant->interface,
				      TRANSLATE_PID_BY_ID, ~0ULL));
	EXPECT_EQ(before, open_descriptors());
}

static long open_with_full_table(void *data)
{
	struct rlimit limit = { 16, 16 };
	__u64 id = *(__u64 *)data;
	long result;

	if (translate_device() < 0 || setrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	while (dup(0) >= 0)
		;
	result = translate_by_ioctl.open_ns(TRANSLATE_PID_BY_ID, id);
	return errno == EMFILE ? result : -EIO;
}

TEST_F(open_ns_command, too_many_descriptors)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *caller = node_spawn(NULL, 0);
	__u64 id = node_ns_id(init);

	EXPECT_EQ(-EMFILE, node_call(caller, open_with_full_table, &id,
				     sizeof(id)));
	/* The namespace was not left with a reference. */
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
}

/* The descriptor is the result: the structure may lie where nobody can write. */
TEST_F(open_ns_command, nothing_is_written)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	size_t size = sysconf(_SC_PAGESIZE);
	struct translate_pid_ns_request *request, before;
	__u64 id = node_ns_id(init);
	int device = translate_device(), descriptors = open_descriptors(), fd;

	ASSERT_LE(0, device);
	request = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, request);
	request->by = TRANSLATE_PID_BY_ID;
	request->value = id;
	/* Not looked at. */
	request->result = 4711;
	before = *request;
	ASSERT_EQ(0, mprotect(request, size, PROT_READ));
	fd = translate_ioctl(device, TRANSLATE_PID_OPEN_NS, request);
	EXPECT_LT(2, fd);
	EXPECT_EQ(descriptors + 1, open_descriptors());
	EXPECT_EQ(0, memcmp(&before, request, sizeof(before)));
	close(fd);
	munmap(request, size);
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
}

/*
 * A descriptor answers for ever, to whoever holds it. The kernel gives ancestors
 * and siblings to the privileged only, though access goes by the init alone.
 */
TEST_F(open_ns, own_subtree_or_capability)
{
	const struct translate_interface *interface = variant->interface;
	/* All inits belong to one user, without a capability. */
	struct node *asker = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *sibling = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *outside = node_spawn_user(NULL, 0, USER, 0);

	EXPECT_EQ(-ESRCH, translate_as(asker, interface, 0, node_ns_id(sibling), node_ns_id(asker)));
	EXPECT_EQ(-EPERM, open_ns_as(asker, interface, TRANSLATE_PID_BY_ID, node_ns_id(sibling)));
	EXPECT_LE(0, open_ns_as(asker, interface, TRANSLATE_PID_BY_ID, node_ns_id(asker)));
	/* Both lie in the subtree of the initial namespace. */
	EXPECT_LE(0, open_ns_as(outside, interface, TRANSLATE_PID_BY_ID, node_ns_id(asker)));
	EXPECT_LE(0, open_ns_as(outside, interface, TRANSLATE_PID_BY_ID, node_ns_id(sibling)));
}

TEST_F(open_ns, sibling_and_ancestor_with_the_capability)
{
	const struct translate_interface *interface = variant->interface;
	struct node *sibling = node_spawn(NULL, CLONE_NEWPID);
	struct node *root = node_spawn(NULL, CLONE_NEWPID);

	EXPECT_LE(0, open_ns_as(root, interface, TRANSLATE_PID_BY_ID, node_ns_id(sibling)));
	EXPECT_LE(0, open_ns_as(root, interface, TRANSLATE_PID_BY_ID, TRANSLATE_PID_INIT_NS));
}

/* As the kernel does by pid_for_children: there is no init, and never was. */
TEST_F(open_ns, never_born)
{
	struct node *maker = node_spawn(NULL, 0);
	struct stat kernels, ours;
	int theirs, fd;
	__u64 id = 0;

	node_unshare(maker, CLONE_NEWPID);
	theirs = observe_open_ns(maker->pid, "pid_for_children");
	ASSERT_LE(0, theirs);
	ASSERT_EQ(0, get_id_as(NULL, variant->interface, TRANSLATE_PID_BY_NSFD, theirs, &id, NULL));
	fd = open_ns_as(NULL, variant->interface, TRANSLATE_PID_BY_ID, id);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(theirs, &kernels));
	ASSERT_EQ(0, fstat(fd, &ours));
	EXPECT_EQ(kernels.st_ino, ours.st_ino);
	close(fd);
	close(theirs);
}

static long mount_proc(void *data)
{
	(void)data;
	if (mkdir(OWN_PROC, 0755) && errno != EEXIST)
		return -errno;
	return mount("proc", OWN_PROC, "proc", 0, NULL) ? -errno : 0;
}

/* A mounted procfs keeps a namespace in memory, but nothing shows it any more. */
TEST_F(open_ns, inactive)
{
	const struct translate_interface *interface = variant->interface;
	struct node *mounter = node_spawn(NULL, CLONE_NEWNS);
	struct node *init = node_spawn(mounter, CLONE_NEWPID);
	struct ns_names names = ns_names_of(init);
	__u64 id = node_ns_id(init);

	/* In the mount namespace of the parent, where it outlives the init. */
	ASSERT_EQ(0, node_call(init, mount_proc, NULL, 0));
	close(names.values[TRANSLATE_PID_BY_NSFD]);
	close(names.values[TRANSLATE_PID_BY_PIDFD]);
	EXPECT_LE(0, get_id_as(NULL, interface, TRANSLATE_PID_BY_NS_ID,
			       names.values[TRANSLATE_PID_BY_NS_ID], NULL, NULL));
	node_destroy(init);
	/* Still there, in memory. */
	EXPECT_EQ(-ESRCH, interface->translate(1, id, id));
	EXPECT_EQ(-ESTALE, open_ns_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(-ESRCH, open_ns_as(NULL, interface, TRANSLATE_PID_BY_NS_ID,
				     names.values[TRANSLATE_PID_BY_NS_ID]));
	EXPECT_EQ(-ESRCH, get_id_as(NULL, interface, TRANSLATE_PID_BY_NS_ID,
				    names.values[TRANSLATE_PID_BY_NS_ID], NULL, NULL));
	/* To ask has not brought it back. */
	EXPECT_EQ(-ESTALE, open_ns_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
	node_destroy(mounter);
	EXPECT_TRUE(id_dies(id));
}

TEST_HARNESS_MAIN
