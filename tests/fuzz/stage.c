// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stays the same while the fuzzer runs: namespaces with processes of each
 * kind, and descriptors of each kind.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "child.h"
#include "fuzz.h"
#include "ns_tree.h"
#include "stall.h"
#include "translate.h"

#define USER		1000
#define DEEPER		3

static void add_descriptor(struct stage *stage, int fd,
			   enum descriptor_kind kind, enum space space,
			   const char *name)
{
	if (fd < 0)
		observe_die("no descriptor '%s': %s", name, strerror(errno));
	if (stage->descriptor_count == DESCRIPTORS)
		observe_die("more than %d descriptors", DESCRIPTORS);
	stage->descriptors[stage->descriptor_count++] = (struct descriptor){
		.fd = fd,
		.kind = kind,
		.space = space,
		.name = name,
	};
}

static void add_pidfd(struct stage *stage, pid_t pid, unsigned int flags,
		      enum descriptor_kind kind, enum space space,
		      const char *name)
{
	add_descriptor(stage, observe_pidfd(pid, flags), kind, space, name);
}

static void add_space(struct stage *stage, enum space space, int nsfd,
		      pid_t init)
{
	struct space_facts *facts = &stage->spaces[space];
	struct stat status;
	long error;

	if (nsfd < 0 || fstat(nsfd, &status))
		observe_die("no descriptor of stage namespace %d", space);
	error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, nsfd,
					  &facts->id, NULL);
	if (error)
		observe_die("no id of stage namespace %d: %s", space,
			    strerror(-error));
	facts->ns_id = observe_ns_id(nsfd);
	facts->inode = status.st_ino;
	facts->init = init;
	facts->oracle = oracle_add_namespace(stage->oracle, nsfd);
}

static void add_open_space(struct stage *stage, enum space space, int nsfd,
			   pid_t init)
{
	add_space(stage, space, nsfd, init);
	add_descriptor(stage, nsfd, FD_PIDNS, space, "pid namespace");
}

static long mount_proc(void *path)
{
	return mount("proc", path, "proc", 0, NULL) ? -errno : 0;
}

static dev_t device_of(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		observe_die("cannot look at %s: %s", path, strerror(errno));
	return status.st_dev;
}

/*
 * What the kernel shows to nobody any more: a mounted procfs alone keeps it.
 * Its number in the kernel's own tree goes a little later than its init.
 */
static void add_inactive_space(struct stage *stage)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	struct space_facts *facts = &stage->spaces[SPACE_INACTIVE];
	char path[] = "/tmp/fuzz-XXXXXX";
	int nsfd = observe_open_ns(init->pid, "pid");
	long error;

	if (!mkdtemp(path) || node_call(init, mount_proc, path, sizeof(path)))
		observe_die("no procfs of a namespace at %s", path);
	add_descriptor(stage, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		       FD_OTHER, 0, "procfs of an inactive namespace");
	stage->proc_of_inactive = device_of(path);
	stage->proc_of_initial = device_of("/proc");
	add_space(stage, SPACE_INACTIVE, nsfd, 0);
	close(nsfd);
	node_destroy(init);
	if (umount2(path, MNT_DETACH) || rmdir(path))
		observe_die("cannot detach %s: %s", path, strerror(errno));
	for (int tries = 0; tries < 1000; tries++) {
		error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_NS_ID,
						  facts->ns_id, NULL, NULL);
		if (error == -ESRCH)
			return;
		usleep(10000);
	}
	observe_die("a namespace without processes is still shown: %ld", error);
}

/* The number of a session that nobody but a member keeps. */
static void add_lonely_group(struct stage *stage, struct node *init,
			     enum space space)
{
	struct node *leader = node_spawn(init, 0), *member;

	node_lead_session(leader);
	member = node_spawn(leader, 0);
	node_outlive_parent(member);
	add_pidfd(stage, leader->pid, 0, FD_PIDFD_REAPED, space,
		  "pidfd of a reaped session leader");
	stage->lonely_group = leader->pid;
	node_destroy(leader);
	oracle_add_process(stage->oracle, member->pid);
}

/* An init with a child, a thread, and a zombie. */
static void populate(struct stage *stage, struct node *init, enum space space)
{
	struct node *child = node_spawn(init, 0);
	struct node *zombie = node_spawn(init, 0);
	pid_t tid = node_thread(init), numbers[PID_NS_LEVELS];
	char path[64];

	add_open_space(stage, space, observe_open_ns(init->pid, "pid"), init->pid);
	node_exit(zombie);
	oracle_add_process(stage->oracle, init->pid);
	oracle_add_process(stage->oracle, child->pid);
	oracle_add_process(stage->oracle, zombie->pid);
	add_pidfd(stage, init->pid, 0, FD_PIDFD, space, "pidfd of an init");
	add_pidfd(stage, child->pid, 0, FD_PIDFD, space, "pidfd of a child");
	add_pidfd(stage, zombie->pid, 0, FD_PIDFD, space, "pidfd of a zombie");
	/* The thread's number out here is the one in /proc. */
	for (pid_t at = init->pid + 1; at < init->pid + 32; at++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d", init->pid, at);
		if (access(path, F_OK) || observe_numbers(at, numbers) < 1)
			continue;
		add_pidfd(stage, at, PIDFD_THREAD, FD_PIDFD, space,
			  "pidfd of a thread");
	}
	(void)tid;
}

static void add_dead_process(struct stage *stage)
{
	struct node *child = node_spawn(NULL, 0);
	struct node *init = node_spawn(NULL, CLONE_NEWPID);

	add_pidfd(stage, child->pid, 0, FD_PIDFD_REAPED, SPACE_INITIAL,
		  "pidfd of a reaped process");
	add_pidfd(stage, init->pid, 0, FD_PIDFD_REAPED, SPACE_INITIAL,
		  "pidfd of a dead namespace's init");
	node_destroy(child);
	node_destroy(init);
}

static void add_spaces(struct stage *stage)
{
	struct node *root, *inner, *user, *user_init, *chain[DEEPER], *init;
	int fd;

	add_open_space(stage, SPACE_INITIAL, observe_open_ns(1, "pid"), 1);
	oracle_add_process(stage->oracle, 1);
	oracle_add_process(stage->oracle, getpid());

	root = node_spawn(NULL, CLONE_NEWPID);
	populate(stage, root, SPACE_ROOT);
	add_lonely_group(stage, root, SPACE_ROOT);
	inner = node_spawn(root, CLONE_NEWPID);
	populate(stage, inner, SPACE_ROOT_INNER);
	node_spawn_chain(inner, chain, DEEPER);
	populate(stage, chain[DEEPER - 1], SPACE_DEEP);
	populate(stage, node_spawn(NULL, CLONE_NEWPID), SPACE_SIBLING);

	user = node_spawn(NULL, 0);
	node_become_user(user, USER, 0);
	user_init = node_spawn(user, CLONE_NEWUSER | CLONE_NEWPID);
	populate(stage, user_init, SPACE_USER);
	populate(stage, node_spawn(user_init, CLONE_NEWPID), SPACE_USER_INNER);
	stage->spaces[SPACE_USER].user_owned = true;
	stage->spaces[SPACE_USER_INNER].user_owned = true;
	stage->user_ns_fd = observe_open_ns(user_init->pid, "user");
	add_descriptor(stage, stage->user_ns_fd, FD_OTHER, 0,
		       "user namespace of user 1000");

	init = node_spawn(NULL, CLONE_NEWPID);
	fd = observe_open_ns(init->pid, "pid");
	node_destroy(init);
	add_open_space(stage, SPACE_NO_INIT, fd, 0);
	add_open_space(stage, SPACE_UNBORN,
		       namespace_without_processes(&stage->spaces[SPACE_UNBORN].id),
		       0);
	add_inactive_space(stage);
}

static void add_other_descriptors(struct stage *stage)
{
	static const char *const namespaces[] = {
		"cgroup", "ipc", "mnt", "net", "time", "user", "uts",
	};
	static const struct {
		const char *path;
		int flags;
		enum descriptor_kind kind;
	} files[] = {
		{ TRANSLATE_PID_DEVICE, O_RDWR, FD_OTHER },
		{ TRANSLATE_PID_DEVICE, O_PATH, FD_PATH },
		{ "/proc", O_RDONLY, FD_OTHER },
		{ "/proc/1", O_RDONLY, FD_OTHER },
		{ "/proc/1/ns", O_RDONLY, FD_OTHER },
		{ "/proc/1/ns", O_PATH, FD_PATH },
		{ "/proc/1/status", O_RDONLY, FD_OTHER },
		{ "/proc/pidns_id", O_RDONLY, FD_OTHER },
		{ "/proc/1/ns/pid", O_PATH, FD_PATH },
		{ "/proc/1/ns/pid", O_PATH | O_NOFOLLOW, FD_PATH },
		{ "/dev/null", O_RDWR, FD_OTHER },
		{ "/", O_RDONLY, FD_OTHER },
	};
	sigset_t none;
	int ends[2];

	sigemptyset(&none);
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(*namespaces); i++)
		add_descriptor(stage, observe_open_ns(0, namespaces[i]),
			       FD_OTHER, 0, namespaces[i]);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		add_descriptor(stage, open(files[i].path,
					   files[i].flags | O_CLOEXEC),
			       files[i].kind, 0, files[i].path);
	/* The link of this module opens what the kernel's own opens. */
	add_descriptor(stage, open("/proc/1/ns/pidns_id", O_RDONLY), FD_PIDNS,
		       SPACE_INITIAL, "/proc/1/ns/pidns_id");
	add_descriptor(stage, open("/proc/self/ns/pid_for_children", O_RDONLY),
		       FD_PIDNS, SPACE_INITIAL, "pid_for_children");
	add_descriptor(stage, socket(AF_UNIX, SOCK_STREAM, 0), FD_OTHER, 0,
		       "socket");
	add_descriptor(stage, eventfd(0, EFD_NONBLOCK), FD_OTHER, 0, "eventfd");
	add_descriptor(stage, epoll_create1(0), FD_OTHER, 0, "epoll");
	add_descriptor(stage, memfd_create("fuzz", 0), FD_OTHER, 0, "memfd");
	add_descriptor(stage, inotify_init(), FD_OTHER, 0, "inotify");
	add_descriptor(stage, timerfd_create(CLOCK_MONOTONIC, 0), FD_OTHER, 0,
		       "timerfd");
	add_descriptor(stage, signalfd(-1, &none, 0), FD_OTHER, 0, "signalfd");
	if (pipe(ends))
		observe_die("no pipe: %s", strerror(errno));
	add_descriptor(stage, ends[0], FD_OTHER, 0, "pipe, to read");
	add_descriptor(stage, ends[1], FD_OTHER, 0, "pipe, to write");
}

struct stage *stage_new(void)
{
	struct stage *stage = shared_memory(sizeof(*stage));
	char text[32];

	stage->oracle = oracle_new();
	if (observe_read("/proc/sys/kernel/pid_max", text, sizeof(text)) < 0)
		observe_die("no /proc/sys/kernel/pid_max");
	stage->pid_max = atoi(text);
	add_spaces(stage);
	add_dead_process(stage);
	oracle_end(stage->oracle);
	add_other_descriptors(stage);
	if (translate_get_info(&stage->info))
		observe_die("the module does not answer");
	return stage;
}

const struct oracle_pid *stage_find_pid(const struct stage *stage,
					enum space space, pid_t number)
{
	return oracle_find_pid(stage->oracle, number,
			       stage->spaces[space].oracle);
}

static pid_t in_space(const struct stage *stage, const struct oracle_pid *pid,
		      const pid_t *numbers, enum space space)
{
	int index = stage->spaces[space].oracle;

	return oracle_has_number(stage->oracle, pid, index) ?
		       numbers[stage->oracle->namespaces[index].level] : 0;
}

pid_t stage_number_in(const struct stage *stage, const struct oracle_pid *pid,
		      enum space space)
{
	return in_space(stage, pid, pid->numbers, space);
}

pid_t stage_group_in(const struct stage *stage, const struct oracle_pid *pid,
		     enum space space)
{
	return in_space(stage, pid, pid->group, space);
}

bool stage_encloses(const struct stage *stage, enum space outer,
		    enum space inner)
{
	const struct oracle_namespace *spaces = stage->oracle->namespaces;
	int index = stage->spaces[outer].oracle;

	return spaces[stage->spaces[inner].oracle].chain[spaces[index].level] ==
		       index &&
	       spaces[index].level <=
		       spaces[stage->spaces[inner].oracle].level;
}

/* SPACES: one that the stage only passes through, on the way down. */
enum space stage_space_of(const struct stage *stage,
			  const struct oracle_pid *pid)
{
	for (int space = 0; space < SPACES; space++)
		if (stage->spaces[space].oracle == pid->namespace)
			return space;
	return SPACES;
}
