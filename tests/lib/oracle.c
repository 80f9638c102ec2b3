// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/nsfs.h>

#include "oracle.h"

/* PID_NS_INIT_INO of a newer linux/nsfs.h. */
#define INITIAL_PID_NS_INODE 0xEFFFFFFCU

struct oracle *oracle_new(void)
{
	struct oracle *oracle;
	struct stat own;

	if (stat("/proc/self/ns/pid", &own) ||
	    own.st_ino != INITIAL_PID_NS_INODE)
		observe_die("the oracle needs the initial pid namespace and its /proc; "
			    "run it in a machine of its own");
	oracle = mmap(NULL, sizeof(*oracle), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (oracle == MAP_FAILED)
		observe_die("no memory for the oracle: %s", strerror(errno));
	return oracle;
}

static ino_t inode_of(int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		observe_die("fstat of a namespace: %s", strerror(errno));
	return status.st_ino;
}

static int find_inode(const struct oracle *oracle, ino_t inode)
{
	for (int i = 0; i < oracle->namespace_count; i++)
		if (oracle->namespaces[i].inode == inode)
			return i;
	return -1;
}

int oracle_add_namespace(struct oracle *oracle, int fd)
{
	struct oracle_namespace namespace = { .inode = inode_of(fd) };
	int known = find_inode(oracle, namespace.inode);
	int parent_fd, parent;
	long error;

	if (known >= 0)
		return known;
	parent_fd = ioctl(fd, NS_GET_PARENT);
	/* The initial namespace has no parent that this process could see. */
	if (parent_fd < 0 && errno != EPERM)
		observe_die("NS_GET_PARENT: %s", strerror(errno));
	if (parent_fd >= 0) {
		parent = oracle_add_namespace(oracle, parent_fd);
		close(parent_fd);
		namespace.level = oracle->namespaces[parent].level + 1;
		memcpy(namespace.chain, oracle->namespaces[parent].chain,
		       sizeof(namespace.chain));
	}
	if (oracle->namespace_count == ORACLE_NAMESPACES)
		observe_die("more than %d namespaces", ORACLE_NAMESPACES);
	namespace.chain[namespace.level] = oracle->namespace_count;
	error = translate_by_ioctl.get_id(TRANSLATE_PID_BY_NSFD, fd,
					  &namespace.id, NULL);
	if (error)
		observe_die("a live namespace has no id: %s", strerror(-error));
	oracle->namespaces[oracle->namespace_count] = namespace;
	return oracle->namespace_count++;
}

static int add_namespace_of_task(struct oracle *oracle, pid_t tid)
{
	int fd = observe_open_ns(tid, "pid");
	int index;

	if (fd < 0)
		observe_die("/proc/%d/ns/pid: %s", tid, strerror(-fd));
	index = oracle_add_namespace(oracle, fd);
	close(fd);
	return index;
}

/* Returns how many numbers the line holds. */
static int read_numbers(const char *status, const char *line,
			pid_t numbers[PID_NS_LEVELS])
{
	const char *field = strstr(status, line);
	char *end;
	int count = 0;

	if (!field)
		observe_die("a status file of /proc without %s", line + 1);
	for (field += strlen(line); *field == '\t' && count < PID_NS_LEVELS;
	     field = end)
		numbers[count++] = strtol(field + 1, &end, 10);
	return count;
}

static bool read_status(pid_t tid, char *status, size_t size)
{
	char path[64];
	long length;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	length = observe_read(path, status, size);
	if (length < 0 && length != -ENOENT)
		observe_die("%s: %s", path, strerror(-length));
	return length >= 0;
}

/* The namespaces of the numbers are @namespace and its ancestors. */
static void add_numbers(struct oracle *oracle, int namespace,
			const pid_t *numbers, int count)
{
	char status[8192];
	struct oracle_namespace *spaces = oracle->namespaces;
	struct oracle_pid *pid;

	/* A group or session may have been made further up than its members. */
	while (count && !numbers[count - 1])
		count--;
	if (!count)
		return;
	for (int i = 0; i < oracle->pid_count; i++)
		if (oracle->pids[i].numbers[0] == numbers[0])
			return;
	if (oracle->pid_count == ORACLE_PIDS)
		observe_die("more than %d pids", ORACLE_PIDS);
	pid = &oracle->pids[oracle->pid_count++];
	/* A file is there for threads as well, and for no mere group or session. */
	if (read_status(numbers[0], status, sizeof(status)))
		read_numbers(status, "\nNStgid:", pid->group);
	pid->namespace = spaces[namespace].chain[count - 1];
	memcpy(pid->numbers, numbers, count * sizeof(*numbers));
	for (int level = 0; level < count; level++) {
		int at = spaces[namespace].chain[level];

		if (spaces[at].highest < numbers[level])
			spaces[at].highest = numbers[level];
	}
}

static void add_task(struct oracle *oracle, pid_t tid)
{
	pid_t numbers[PID_NS_LEVELS];
	struct oracle_namespace *space;
	char status[8192];
	int namespace, count;

	if (!read_status(tid, status, sizeof(status)))
		observe_die("task %d has no status in /proc", tid);
	namespace = add_namespace_of_task(oracle, tid);
	space = &oracle->namespaces[namespace];
	count = read_numbers(status, "\nNSpid:", numbers);
	if (count != space->level + 1)
		observe_die("task %d has %d numbers at level %d", tid, count,
			    space->level);
	add_numbers(oracle, namespace, numbers, count);
	if (numbers[space->level] == 1) {
		space->has_init = true;
		read_numbers(status, "\nUid:", numbers);
		space->init_uid = numbers[1];
	}
	/* What is kept alive without a task of its own has no other trace. */
	count = read_numbers(status, "\nNSpgid:", numbers);
	add_numbers(oracle, namespace, numbers, count);
	count = read_numbers(status, "\nNSsid:", numbers);
	add_numbers(oracle, namespace, numbers, count);
}

void oracle_add_process(struct oracle *oracle, pid_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	if (!tasks)
		observe_die("%s: %s", path, strerror(errno));
	while ((entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			add_task(oracle, atoi(entry->d_name));
	closedir(tasks);
}

/* Namespaces of before, until oracle_end(). */
static __u64 previous_ids[ORACLE_NAMESPACES];
static int previous_count;

void oracle_begin(struct oracle *oracle)
{
	previous_count = oracle->namespace_count;
	for (int i = 0; i < previous_count; i++)
		previous_ids[i] = oracle->namespaces[i].id;
	oracle->namespace_count = 0;
	oracle->pid_count = 0;
	memset(oracle->pids, 0, sizeof(oracle->pids));
}

static bool is_alive(const struct oracle *oracle, __u64 id)
{
	for (int i = 0; i < oracle->namespace_count; i++)
		if (oracle->namespaces[i].id == id)
			return true;
	return false;
}

void oracle_end(struct oracle *oracle)
{
	for (int i = 0; i < previous_count; i++)
		if (!is_alive(oracle, previous_ids[i]) &&
		    oracle->dead_count < ORACLE_DEAD)
			oracle->dead[oracle->dead_count++] = previous_ids[i];
}

int oracle_namespace_of(const struct oracle *oracle, pid_t pid)
{
	for (int i = 0; i < oracle->pid_count; i++)
		if (oracle->pids[i].numbers[0] == pid)
			return oracle->pids[i].namespace;
	observe_die("the oracle does not know process %d", pid);
}

/* Asking. Numbers from namespace_count on stand for dead ids. */

static int id_count(const struct oracle *oracle)
{
	return oracle->namespace_count + oracle->dead_count;
}

static bool is_dead(const struct oracle *oracle, int namespace)
{
	return namespace >= oracle->namespace_count;
}

static __u64 id_of(const struct oracle *oracle, int namespace)
{
	return is_dead(oracle, namespace) ?
		       oracle->dead[namespace - oracle->namespace_count] :
		       oracle->namespaces[namespace].id;
}

bool oracle_has_number(const struct oracle *oracle,
		       const struct oracle_pid *pid, int namespace)
{
	int level = oracle->namespaces[namespace].level;
	const struct oracle_namespace *own =
		&oracle->namespaces[pid->namespace];

	return level <= own->level && own->chain[level] == namespace;
}

const struct oracle_pid *oracle_find_pid(const struct oracle *oracle,
					 pid_t number, int namespace)
{
	int level = oracle->namespaces[namespace].level;

	for (int i = 0; i < oracle->pid_count; i++) {
		const struct oracle_pid *pid = &oracle->pids[i];

		if (pid->numbers[level] == number && number > 0 &&
		    oracle_has_number(oracle, pid, namespace))
			return pid;
	}
	return NULL;
}

static bool may_access(const struct oracle_check *check, int namespace)
{
	const struct oracle_namespace *space =
		&check->oracle->namespaces[namespace];

	return check->privileged || namespace == check->namespace ||
	       (space->has_init && space->init_uid == check->uid);
}

/* The contract, in its order; @group: with TRANSLATE_PID_THREAD_GROUP. */
static long expected_answer(const struct oracle_check *check,
			    const struct oracle_pid *pid, int source,
			    int target, bool group)
{
	const struct oracle *oracle = check->oracle;

	if (is_dead(oracle, source))
		return -EINVAL;
	if (!may_access(check, source))
		return -EPERM;
	if (is_dead(oracle, target))
		return -EINVAL;
	if (!may_access(check, target))
		return -EPERM;
	if (!pid || (group && !pid->group[0]))
		return -ESRCH;
	/* The threads of a process are in one namespace. */
	if (!oracle_has_number(oracle, pid, target))
		return 0;
	return (group ? pid->group : pid->numbers)[oracle->namespaces[target].level];
}

static void ask(struct oracle_check *check, pid_t number, int source)
{
	const struct oracle *oracle = check->oracle;
	const struct oracle_pid *pid = NULL;

	if (!is_dead(oracle, source))
		pid = oracle_find_pid(oracle, number, source);
	for (int target = 0; target < id_count(oracle); target++) {
		long expected, answer;
		bool group;

		if (check->one_in > 1 &&
		    random_below(&check->random, check->one_in))
			continue;
		group = !check->interface->translates_only && random_below(&check->random, 4) == 0;
		expected = expected_answer(check, pid, source, target, group);
		answer = (group ? check->interface->thread_group : check->interface->translate)
				(number, id_of(oracle, source), id_of(oracle, target));
		check->asked++;
		check->refused += answer == -EPERM;
		if (answer == expected || check->wrong++)
			continue;
		check->pid = number;
		check->group = group;
		check->source = id_of(oracle, source);
		check->target = id_of(oracle, target);
		check->expected = expected;
		check->answer = answer;
	}
}

long oracle_check(void *data)
{
	static const pid_t nobody[] = { INT_MIN, -1, 0, INT_MAX };
	struct oracle_check *check = data;
	const struct oracle *oracle = check->oracle;

	for (int source = 0; source < id_count(oracle); source++) {
		for (size_t i = 0; i < sizeof(nobody) / sizeof(*nobody); i++)
			ask(check, nobody[i], source);
		if (is_dead(oracle, source)) {
			ask(check, 1, source);
		} else if (oracle->namespaces[source].level) {
			/* Only the tree lives here: gaps are known to be gaps. */
			for (pid_t number = 1;
			     number <= oracle->namespaces[source].highest + 2;
			     number++)
				ask(check, number, source);
		} else {
			for (int i = 0; i < oracle->pid_count; i++)
				ask(check, oracle->pids[i].numbers[0], source);
		}
	}
	return check->wrong;
}
