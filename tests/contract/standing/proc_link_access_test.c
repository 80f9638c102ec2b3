// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may read or follow /proc/<pid>/ns/pidns_id: exactly who may do so with
 * the kernel's own link beside it, at the same moment and for every reason.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <sys/stat.h>
#include <linux/capability.h>

#include "ns_link.h"
#include "own_proc.h"
#include "test.h"

#define USER		1000
#define OTHER_USER	1001

FIXTURE(link_access) {
};

FIXTURE_SETUP(link_access)
{
}

FIXTURE_TEARDOWN(link_access)
{
	nodes_destroy();
}

/* What one link gives to a caller: error numbers, 0 is success. */
struct outcome {
	int readlink;
	int open;
	int stat;
	int lstat;
	int access;
};

struct look {
	char directory[64];	/* or "", and a descriptor */
	int descriptor;
	struct outcome own;
	struct outcome ours;
};

static int error_of(int result)
{
	return result < 0 ? errno : 0;
}

static struct outcome try_link(int directory, const char *name)
{
	struct outcome outcome;
	struct stat stat;
	char text[64];
	int fd;

	outcome.lstat = error_of(fstatat(directory, name, &stat,
					 AT_SYMLINK_NOFOLLOW));
	outcome.readlink = error_of(readlinkat(directory, name, text,
					       sizeof(text)));
	outcome.stat = error_of(fstatat(directory, name, &stat, 0));
	outcome.access = error_of(faccessat(directory, name, R_OK, 0));
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	outcome.open = error_of(fd);
	if (fd >= 0)
		close(fd);
	return outcome;
}

static long look(void *data)
{
	struct look *l = data;
	char name[96];
	int directory = AT_FDCWD;

	/* By path: a closed directory must fail alike. */
	if (!l->directory[0])
		directory = l->descriptor;
	snprintf(name, sizeof(name), "%s%spid", l->directory,
		 l->directory[0] ? "/" : "");
	l->own = try_link(directory, name);
	snprintf(name, sizeof(name), "%s%s" NS_LINK, l->directory,
		 l->directory[0] ? "/" : "");
	l->ours = try_link(directory, name);
	return 0;
}

static void check_alike(struct __test_metadata *_metadata,
			const struct look *l, const char *who)
{
	EXPECT_EQ(l->own.lstat, l->ours.lstat) {
		TH_LOG("%s: lstat in %s", who, l->directory);
	}
	EXPECT_EQ(l->own.readlink, l->ours.readlink) {
		TH_LOG("%s: readlink in %s", who, l->directory);
	}
	EXPECT_EQ(l->own.stat, l->ours.stat) {
		TH_LOG("%s: stat in %s", who, l->directory);
	}
	EXPECT_EQ(l->own.access, l->ours.access) {
		TH_LOG("%s: access in %s", who, l->directory);
	}
	EXPECT_EQ(l->own.open, l->ours.open) {
		TH_LOG("%s: open in %s", who, l->directory);
	}
}

/* The reader's readlink() must give @expected, everything else be alike. */
static void check(struct __test_metadata *_metadata, struct node *reader,
		  const char *proc, pid_t pid, int expected, const char *who)
{
	static const char *const forms[] = {
		"%s/%d/ns", "%s/%d/task/%d/ns",
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct look l = {};

		snprintf(l.directory, sizeof(l.directory), forms[i], proc, pid,
			 pid);
		node_call(reader, look, &l, sizeof(l));
		check_alike(_metadata, &l, who);
		EXPECT_EQ(expected, l.ours.readlink) {
			TH_LOG("%s: readlink in %s", who, l.directory);
		}
	}
}

TEST_F(link_access, users)
{
	struct node *subject = node_spawn_user(NULL, 0, USER, 0);
	struct node *init = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *of_root = node_spawn(NULL, 0);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	struct node *tracer = node_spawn_user(NULL, 0, OTHER_USER,
					      1ULL << CAP_SYS_PTRACE);
	struct node *admin = node_spawn_user(NULL, 0, OTHER_USER,
					     1ULL << CAP_SYS_ADMIN);
	const pid_t subjects[] = { subject->pid, init->pid };

	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		pid_t pid = subjects[i];

		check(_metadata, NULL, "/proc", pid, 0, "root");
		check(_metadata, same, "/proc", pid, 0, "same user");
		check(_metadata, other, "/proc", pid, EACCES, "other user");
		check(_metadata, tracer, "/proc", pid, 0, "CAP_SYS_PTRACE");
		check(_metadata, admin, "/proc", pid, EACCES, "CAP_SYS_ADMIN");
	}
	check(_metadata, same, "/proc", of_root->pid, EACCES, "user, of root");
	check(_metadata, tracer, "/proc", of_root->pid, 0, "tracer, of root");
	check(_metadata, same, "/proc", 1, EACCES, "user, of the first init");
	check(_metadata, same, "/proc", same->pid, 0, "itself");
}

/* Not as for the ioctls: the process itself counts, not its namespace's init. */
TEST_F(link_access, own_namespace_of_others)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct node *inside = node_spawn_user(init, 0, USER, 0);
	struct node *reader = node_spawn_user(NULL, 0, USER, 0);

	check(_metadata, reader, "/proc", init->pid, EACCES, "init of root");
	check(_metadata, reader, "/proc", inside->pid, 0, "its child");
}

TEST_F(link_access, not_dumpable)
{
	struct node *subject = node_spawn_user(NULL, 0, USER, 0);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);

	node_set_dumpable(subject, false);
	check(_metadata, same, "/proc", subject->pid, EACCES, "same user");
	check(_metadata, NULL, "/proc", subject->pid, 0, "root");
	check(_metadata, subject, "/proc", subject->pid, 0, "itself");
	node_set_dumpable(subject, true);
	check(_metadata, same, "/proc", subject->pid, 0, "dumpable again");
}

TEST_F(link_access, zombie)
{
	struct node *init = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *subject = node_spawn_user(NULL, 0, USER, 0);
	struct node *same = node_spawn_user(NULL, 0, USER, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	char own[64], ours[64], expected[NS_LINK_TEXT];

	ns_link_expected(node_ns_id(init), expected);
	node_kill(init);
	node_kill(subject);
	check(_metadata, other, "/proc", subject->pid, EACCES, "other user");
	check(_metadata, same, "/proc", subject->pid, 0, "same user");
	check(_metadata, same, "/proc", init->pid, 0, "same user, init");
	/* It still has its namespace. */
	EXPECT_LT(0, ns_link_of(init->pid, "pid", own, sizeof(own)));
	EXPECT_LT(0, ns_link_of(init->pid, NS_LINK, ours, sizeof(ours)));
	EXPECT_STREQ(expected, ours);
	node_reap(init);
	node_reap(subject);
	check(_metadata, same, "/proc", subject->pid, ENOENT, "reaped");
}

/* A directory that somebody holds while its process dies. */
TEST_F(link_access, held_directory)
{
	struct node *subject = node_spawn(NULL, CLONE_NEWPID);
	struct look l = { .descriptor = ns_directory(subject->pid) };

	/* Both looked up before, and cached. */
	look(&l);
	check_alike(_metadata, &l, "alive");
	EXPECT_EQ(0, l.ours.readlink);
	EXPECT_EQ(0, l.ours.open);
	node_kill(subject);
	look(&l);
	check_alike(_metadata, &l, "zombie");
	EXPECT_EQ(0, l.ours.readlink);
	node_reap(subject);
	look(&l);
	check_alike(_metadata, &l, "reaped");
	EXPECT_EQ(ENOENT, l.ours.readlink);
	EXPECT_EQ(ENOENT, l.ours.open);
	close(l.descriptor);
}

struct held {
	int own;
	int ours;
	struct look look;
};

static long look_at_held(void *data)
{
	struct held *h = data;

	h->look.own = try_link(h->own, "");
	h->look.ours = try_link(h->ours, "");
	return 0;
}

static int open_link_itself(pid_t pid, const char *name)
{
	char path[64];

	ns_link_path(pid, name, path, sizeof(path));
	return open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* Descriptors of the links themselves: to hold one gives no access. */
TEST_F(link_access, held_links)
{
	struct node *subject = node_spawn_user(NULL, CLONE_NEWPID, USER, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	struct held here = {
		.own = open_link_itself(subject->pid, "pid"),
		.ours = open_link_itself(subject->pid, NS_LINK),
	};
	struct held there;

	ASSERT_LE(0, here.own);
	ASSERT_LE(0, here.ours);
	there = (struct held){
		.own = node_give_fd(other, here.own),
		.ours = node_give_fd(other, here.ours),
	};
	look_at_held(&here);
	check_alike(_metadata, &here.look, "root");
	EXPECT_EQ(0, here.look.ours.readlink);
	node_call(other, look_at_held, &there, sizeof(there));
	check_alike(_metadata, &there.look, "other user");
	EXPECT_EQ(EACCES, there.look.ours.readlink);

	node_destroy(subject);
	look_at_held(&here);
	check_alike(_metadata, &here.look, "root, reaped");
	EXPECT_EQ(EACCES, here.look.ours.readlink);
	close(here.own);
	close(here.ours);
}

TEST_F(link_access, hidepid)
{
	static const struct {
		const char *options;
		int others;
	} mounts[] = {
		{ "hidepid=off", EACCES },
		/* The directory of another user's process is closed, or hidden. */
		{ "hidepid=noaccess", EPERM },
		{ "hidepid=invisible", ENOENT },
		{ "hidepid=ptraceable", ENOENT },
		{ "hidepid=ptraceable,subset=pid", ENOENT },
		{ "subset=pid", EACCES },
	};
	struct node *subject = node_spawn_user(NULL, 0, USER, 0);
	struct node *of_root = node_spawn(NULL, 0);

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		struct node *mounter, *user;

		mounter = own_proc_spawn(NULL, 0, mounts[i].options);
		user = node_spawn_user(mounter, 0, USER, 0);
		check(_metadata, user, OWN_PROC, subject->pid, 0,
		      mounts[i].options);
		check(_metadata, user, OWN_PROC, of_root->pid,
		      mounts[i].others, mounts[i].options);
		check(_metadata, mounter, OWN_PROC, subject->pid, 0,
		      mounts[i].options);
	}
}

/* In a container's own procfs, by its own numbers, with the same ids. */
TEST_F(link_access, procfs_of_a_container)
{
	static const char *const options[] = { "", "subset=pid" };

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		struct node *init, *child, *nested;
		struct look l = { .directory = OWN_PROC "/1/ns" };
		struct node *user;

		init = own_proc_spawn(NULL, CLONE_NEWPID, options[i]);
		child = node_spawn(init, 0);
		nested = node_spawn(init, CLONE_NEWPID);
		user = node_spawn_user(init, 0, USER, 0);
		check(_metadata, init, OWN_PROC, 1, 0, "init");
		check(_metadata, child, OWN_PROC, child->own, 0, "child");
		check(_metadata, child, OWN_PROC, nested->in_parent, 0,
		      "nested");
		check(_metadata, user, OWN_PROC, user->own, 0, "user");
		check(_metadata, user, OWN_PROC, 1, EACCES, "user, of init");
		/* The test process has no number in it. */
		check(_metadata, init, OWN_PROC, getpid(), ENOENT,
		      "outside");
		node_call(nested, look, &l, sizeof(l));
		check_alike(_metadata, &l, "nested, of its parent");
	}
}

TEST_F(link_access, text_in_a_container)
{
	struct node *init = own_proc_spawn(NULL, CLONE_NEWPID, "");
	struct node *nested = node_spawn(init, CLONE_NEWPID);
	char expected[NS_LINK_TEXT], path[64], text[64];

	EXPECT_LT(0, ns_link_read_as(init, OWN_PROC "/self/ns/" NS_LINK, text,
				     sizeof(text)));
	ns_link_expected(node_ns_id(init), expected);
	EXPECT_STREQ(expected, text);

	/* A process of a namespace below has a number there, and its own id. */
	EXPECT_LT(0, ns_link_read_as(nested, OWN_PROC "/self/ns/" NS_LINK, text,
				     sizeof(text)));
	ns_link_expected(node_ns_id(nested), expected);
	EXPECT_STREQ(expected, text);
	snprintf(path, sizeof(path), OWN_PROC "/%d/ns/" NS_LINK,
		 nested->in_parent);
	EXPECT_LT(0, ns_link_read_as(init, path, text, sizeof(text)));
	EXPECT_STREQ(expected, text);
}

TEST_F(link_access, user_namespaces)
{
	struct node *owner = node_spawn_user(NULL, 0, USER, 0);
	struct node *init = node_spawn(owner, CLONE_NEWUSER | CLONE_NEWPID);
	struct node *inside = node_spawn(init, 0);
	struct node *other = node_spawn_user(NULL, 0, OTHER_USER, 0);
	struct node *elsewhere = node_spawn(other, CLONE_NEWUSER);

	check(_metadata, owner, "/proc", init->pid, 0, "owner");
	check(_metadata, inside, "/proc", init->pid, 0, "inside");
	check(_metadata, other, "/proc", init->pid, EACCES, "other user");
	check(_metadata, elsewhere, "/proc", init->pid, EACCES,
	      "root of another user namespace");
	check(_metadata, init, "/proc", 1, EACCES, "inside, of the first init");
}

TEST_HARNESS_MAIN
