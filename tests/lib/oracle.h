/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What translate_pid must answer, computed from /proc and nsfs alone: numbers
 * from the NS* lines of /proc/PID/status, namespaces from /proc/PID/ns/pid and
 * NS_GET_PARENT, access from the Uid line. The module only gives the names:
 * the ids of the namespaces.
 *
 * The facts lie in memory that nodes share with the test process, so that a
 * node spawned after oracle_new() can check them from where it is.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <sys/types.h>

#include "observe.h"
#include "random.h"
#include "translate.h"

#define ORACLE_NAMESPACES	128
#define ORACLE_PIDS		2048
#define ORACLE_DEAD		24

struct oracle_namespace {
	ino_t inode;
	__u64 id;
	int level;
	int chain[PID_NS_LEVELS];	/* its ancestors by level, itself last */
	pid_t highest;			/* largest number in it */
	bool has_init;
	uid_t init_uid;
};

/* One struct pid: of a process, a thread, a process group or a session. */
struct oracle_pid {
	int namespace;			/* the innermost one it has a number in */
	pid_t numbers[PID_NS_LEVELS];	/* by level */
	pid_t group[PID_NS_LEVELS];	/* of its thread group; 0: no task has it */
};

struct oracle {
	int namespace_count;
	int pid_count;
	int dead_count;
	struct oracle_namespace namespaces[ORACLE_NAMESPACES];
	struct oracle_pid pids[ORACLE_PIDS];
	__u64 dead[ORACLE_DEAD];	/* ids that name nothing any more */
};

/* Aborts the test unless /proc shows the initial pid namespace. */
struct oracle *oracle_new(void);

/*
 * Forgets processes and namespaces in order to look at them again. The ids of
 * the namespaces that are not found again become dead in oracle_end().
 */
void oracle_begin(struct oracle *oracle);
void oracle_add_process(struct oracle *oracle, pid_t pid);
int oracle_add_namespace(struct oracle *oracle, int fd);
void oracle_end(struct oracle *oracle);

/* The namespace of the process, by its number in the initial namespace. */
int oracle_namespace_of(const struct oracle *oracle, pid_t pid);

/* The pid with this number in the namespace; NULL if the oracle knows none. */
const struct oracle_pid *oracle_find_pid(const struct oracle *oracle,
					 pid_t number, int namespace);

/* Whether the pid has a number in the namespace. */
bool oracle_has_number(const struct oracle *oracle,
		       const struct oracle_pid *pid, int namespace);

struct oracle_check {
	const struct oracle *oracle;
	const struct translate_interface *interface;
	bool privileged;	/* the caller has CAP_SYS_PTRACE everywhere */
	uid_t uid;		/* otherwise: its user */
	int namespace;		/* its pid namespace */
	__u32 one_in;		/* asks about one triple in so many */
	struct random random;

	/* Results. */
	__u32 asked;
	__u32 refused;		/* answers -EPERM */
	__u32 wrong;
	/* The first wrong answer. */
	pid_t pid;
	bool group;		/* asked for its thread group */
	__u64 source;
	__u64 target;
	long expected;
	long answer;
};

/*
 * Asks about every (number, source, target), numbers that nobody has and dead
 * ids included; a node_function. Returns the number of wrong answers.
 */
long oracle_check(void *check);

#endif
