// SPDX-License-Identifier: GPL-2.0-only
/* A namespace descriptor of a pid namespace that is named by its id. */
#include <dirent.h>
#include <fcntl.h>
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
#include "test.h"

#ifndef FD_NSFS_ROOT
#define FD_NSFS_ROOT	-10003
#endif

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

		if (ns_name_is_fd(by))
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

/* The result is the call's own, so memory that cannot be written does not matter. */
TEST_F(open_ns_command, nothing_is_written)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	size_t size = sysconf(_SC_PAGESIZE);
	struct translate_pid_ns_request *request;
	__u64 id = node_ns_id(init);
	int device = translate_device(), before;

	ASSERT_LE(0, device);
	request = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, request);
	request->by = TRANSLATE_PID_BY_ID;
	request->value = id;
	request->result = -7;
	ASSERT_EQ(0, mprotect(request, size, PROT_READ));
	before = open_descriptors();
	for (int i = 0; i < 100; i++) {
		long fd = translate_ioctl(device, TRANSLATE_PID_OPEN_NS, request);

		ASSERT_LT(2, fd);
		EXPECT_EQ(CLONE_NEWPID, ioctl(fd, NS_GET_NSTYPE));
		EXPECT_EQ(before + 1, open_descriptors());
		close(fd);
	}
	EXPECT_EQ(-7, request->result);
	munmap(request, size);
	node_destroy(init);
	EXPECT_TRUE(id_dies(id));
}

#define KEPT	"/tmp/kept"

static long mount_kept(void *data)
{
	(void)data;
	if (mkdir(KEPT, 0755) && errno != EEXIST)
		return -errno;
	return mount("proc", KEPT, "proc", 0, NULL) ? -errno : 0;
}

struct handle {
	struct file_handle head;
	unsigned char space[MAX_HANDLE_SZ];
};

/* The kernel's own way from a stored name to a descriptor of a namespace. */
static long open_handle(struct handle *handle)
{
	int fd = open_by_handle_at(FD_NSFS_ROOT, &handle->head, O_RDONLY);

	return fd < 0 ? -errno : fd;
}

/* Its processes are gone a little later than they are reaped. */
static long ns_id_when_inactive(const struct translate_interface *interface, __u64 ns_id)
{
	long result = 0;

	for (int tries = 0; tries < 1000 && !result; tries++) {
		result = get_id_as(NULL, interface, TRANSLATE_PID_BY_NS_ID, ns_id, NULL, NULL);
		usleep(10000);
	}
	return result;
}

/* The kernel shows such a namespace to nobody, and nothing must revive it. */
TEST_F(open_ns, kept_by_a_procfs_alone)
{
	const struct translate_interface *interface = variant->interface;
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct ns_names names = ns_names_of(init);
	__u64 id = names.values[TRANSLATE_PID_BY_ID];
	__u64 ns_id = names.values[TRANSLATE_PID_BY_NS_ID], told;
	struct handle handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	long fd;
	int mount_id;

	ASSERT_EQ(0, name_to_handle_at(names.values[TRANSLATE_PID_BY_NSFD], "",
				       &handle.head, &mount_id, AT_EMPTY_PATH));
	ns_names_close(&names);
	ASSERT_EQ(0, node_call(init, mount_kept, NULL, 0));
	fd = open_handle(&handle);
	EXPECT_LE(0, fd);
	close(fd);
	fd = open_by_id(interface, init);
	EXPECT_LE(0, fd);
	close(fd);

	node_destroy(init);
	EXPECT_EQ(-ESRCH, ns_id_when_inactive(interface, ns_id));
	EXPECT_EQ(-ESTALE, open_handle(&handle));
	EXPECT_EQ(-ESTALE, open_ns_as(NULL, interface, TRANSLATE_PID_BY_ID, id));
	EXPECT_EQ(-ESRCH, open_ns_as(NULL, interface, TRANSLATE_PID_BY_NS_ID, ns_id));
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_NS_ID, ns_id));
	/* It is in memory, so its id is one. */
	EXPECT_EQ(0, get_id_as(NULL, interface, TRANSLATE_PID_BY_ID, id, NULL, &told));
	EXPECT_EQ(ns_id, told);
	EXPECT_EQ(-ESRCH, interface->translate(1, id, id));
	EXPECT_EQ(-ESRCH, init_pid_as(NULL, interface, TRANSLATE_PID_BY_ID, id));

	ASSERT_EQ(0, umount(KEPT));
	rmdir(KEPT);
	EXPECT_TRUE(id_dies(id));
}

/* What has no init yet is opened as the kernel opens it, and not otherwise. */
TEST_F(open_ns, never_born)
{
	const struct translate_interface *interface = variant->interface;
	struct node *maker = node_spawn(NULL, 0);
	struct stat theirs, ours;
	__u64 id;
	int kernels, fd;

	node_unshare(maker, CLONE_NEWPID);
	kernels = observe_open_ns(maker->pid, "pid_for_children");
	/* Up to 7.3 it does; where it does not, nothing names the namespace. */
	ASSERT_LE(0, kernels);
	ASSERT_EQ(0, get_id_as(NULL, interface, TRANSLATE_PID_BY_NSFD, kernels, &id, NULL));
	fd = open_ns_as(NULL, interface, TRANSLATE_PID_BY_ID, id);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(kernels, &theirs));
	ASSERT_EQ(0, fstat(fd, &ours));
	EXPECT_EQ(theirs.st_ino, ours.st_ino);
	close(fd);
	close(kernels);
}

/* To be told of a namespace is less than to be given it. */
static void check_told_only(struct __test_metadata *_metadata,
			    const struct translate_interface *interface,
			    struct node *caller, struct node *of, const char *who)
{
	__u64 id = node_ns_id(of);

	EXPECT_EQ(0, get_id_as(caller, interface, TRANSLATE_PID_BY_ID, id, NULL, NULL)) {
		TH_LOG("%s", who);
	}
	EXPECT_EQ(-EPERM, open_ns_as(caller, interface, TRANSLATE_PID_BY_ID, id)) {
		TH_LOG("%s", who);
	}
}

static void check_given(struct __test_metadata *_metadata,
			const struct translate_interface *interface,
			struct node *caller, __u64 id, const char *who)
{
	EXPECT_LE(0, open_ns_as(caller, interface, TRANSLATE_PID_BY_ID, id)) {
		TH_LOG("%s", who);
	}
}

/* All inits belong to the user, so without confine the access rule allows all. */
TEST_F(open_ns, outside_of_the_own_subtree)
{
	struct node *nest = node_spawn(NULL, CLONE_NEWPID);
	struct node *inner = node_spawn(nest, CLONE_NEWPID);
	struct node *sibling = node_spawn(nest, CLONE_NEWPID);
	struct node *child = node_spawn(inner, CLONE_NEWPID);
	struct node *capable = node_spawn(nest, CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;

	/* Root with all capabilities may, wherever it is. */
	check_given(_metadata, interface, inner, TRANSLATE_PID_INIT_NS, "root: initial");
	check_given(_metadata, interface, inner, node_ns_id(nest), "root: parent");
	check_given(_metadata, interface, inner, node_ns_id(sibling), "root: sibling");

	node_become_user(child, USER, 0);
	node_become_user(inner, USER, 0);
	node_become_user(sibling, USER, 0);
	node_become_user(capable, USER, 1ULL << CAP_SYS_PTRACE);
	node_become_user(nest, USER, 0);
	check_given(_metadata, interface, inner, node_ns_id(inner), "own");
	check_given(_metadata, interface, inner, node_ns_id(child), "child");
	check_told_only(_metadata, interface, inner, nest, "parent");
	check_told_only(_metadata, interface, inner, sibling, "sibling");
	check_told_only(_metadata, interface, child, inner, "parent of the deepest");
	check_given(_metadata, interface, capable, node_ns_id(nest), "capable: parent");
	check_given(_metadata, interface, capable, node_ns_id(sibling), "capable: sibling");
}

/* To own a user namespace is to have all capabilities there, but none at home. */
TEST_F(open_ns, capability_in_both_user_namespaces)
{
	struct node *owner = node_spawn_user(NULL, 0, USER, 0);
	struct node *nest = node_spawn(owner, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *beside = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *capable = node_spawn(NULL, CLONE_NEWPID);
	const struct translate_interface *interface = variant->interface;

	node_become_user(capable, USER, 1ULL << CAP_SYS_PTRACE);
	check_given(_metadata, interface, owner, node_ns_id(nest), "owner, above");
	check_told_only(_metadata, interface, beside, nest, "owner, beside");
	check_given(_metadata, interface, capable, node_ns_id(nest),
		    "owner with the capability, beside");
}

TEST_HARNESS_MAIN
