/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzzer that knows what it asks: calls are drawn with the interface's
 * structure in mind, and the answer to each is compared with the contract.
 *
 * The stage (stage.c) is set once: pid namespaces and processes that stay,
 * whose numbers and ids are known from /proc. Workers (fuzz.c) call the module
 * from there, each with other credentials (credentials.c), while the background
 * load (background.c) lets other namespaces live and die. What the contract
 * allows as the answer to a call is in contract.c.
 *
 * The calls of a worker are a function of (seed, worker, iteration): each
 * iteration is a short case with a random sequence of its own. Drawn are names
 * ("id of stage namespace 3 with bit 17 flipped"), for ids are the module's own
 * secret, and what is drawn of the background load depends on its state.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>
#include <linux/translate_pid.h>

#include "commands.h"
#include "oracle.h"
#include "random.h"
#include "syscall_paths.h"

#define WORKERS_MAX	16
#define BACKGROUND_LOADS 2
#define LIVE_IDS	32
#define DEAD_IDS	64
#define DESCRIPTORS	96
#define WHOLE_PID_MAX	4194304

/* A set of answers: bit 0 is success, the others are error numbers. */
typedef __u64 answers;

#define ANSWER(error) \
	(1ULL << ((error) == ESTALE ? 63 : (error)))
#define SUCCESS		ANSWER(0)

/* What is called; figures are kept for each. The commands come first. */
enum call {
#define COMMAND(NAME, ...)	CALL_##NAME,
	COMMANDS(COMMAND)
#undef COMMAND
	CALL_UNKNOWN_COMMAND,
	CALL_SYSCALL,
	CALL_SYSCALL_INT80,
	CALL_SYSCALL_HOLE,
	CALL_PROC_PIDNS_ID,
	CALL_LINK,
	CALL_LISTING,
	CALL_DEVICE,
	CALL_HANDLE,
	CALL_COUNT
};

/* Places in the tree of stage namespaces; indexes of stage.spaces. */
enum space {
	SPACE_INITIAL,
	SPACE_ROOT,		/* made by root, below the initial one */
	SPACE_ROOT_INNER,	/* below that */
	SPACE_DEEP,		/* three further down */
	SPACE_SIBLING,		/* made by root, beside SPACE_ROOT */
	SPACE_USER,		/* made by user 1000, with a user namespace */
	SPACE_USER_INNER,	/* below that */
	SPACE_NO_INIT,		/* its init is reaped */
	SPACE_UNBORN,		/* never had an init */
	SPACE_INACTIVE,		/* a procfs alone keeps it in memory */
	SPACES
};

struct space_facts {
	int oracle;		/* index in the oracle's namespaces */
	__u64 id;
	__u64 ns_id;
	ino_t inode;
	pid_t init;		/* in the initial namespace; 0: none */
	bool user_owned;	/* by user 1000's user namespace */
};

/* What a descriptor of the stage is; the number is the same in all workers. */
enum descriptor_kind {
	FD_PIDNS,
	FD_PIDFD,
	FD_PIDFD_REAPED,
	FD_OTHER,
	FD_PATH			/* O_PATH: no open file for ioctls */
};

struct descriptor {
	int fd;
	enum descriptor_kind kind;
	enum space space;	/* of FD_PIDNS, FD_PIDFD */
	const char *name;
};

/* Shared by all processes, made before the first fork. */
struct stage {
	struct oracle *oracle;
	struct translate_pid_info info;
	struct space_facts spaces[SPACES];
	struct descriptor descriptors[DESCRIPTORS];
	int descriptor_count;
	pid_t pid_max;
	pid_t lonely_group;	/* number of a session whose leader is reaped */
	int user_ns_fd;		/* of SPACE_USER */
	dev_t proc_of_initial, proc_of_inactive;

	/* Written by the background load. An id moves from live to dead, never back. */
	__u64 live[LIVE_IDS];
	__u64 dead[DEAD_IDS];
	pid_t live_pid[LIVE_IDS];	/* of its init, in the initial one */
	__u32 died;
	__u32 stop;

	/* Written by the workers. */
	__u32 findings;
	struct {
		__u64 calls;
		__u64 iteration;
		pid_t pid;
	} progress[WORKERS_MAX];
	__u64 calls[CALL_COUNT];
	__u64 results[CALL_COUNT][64];
};

struct credentials;
struct memory;
struct entries;
struct namespaces;
struct levels;
struct numbers;
struct listing;

struct worker {
	struct stage *stage;
	const struct credentials *credentials;
	int number;
	__u64 seed;
	__u64 iteration;
	bool verbose;
	struct random random;
	pid_t host_pid;			/* in the initial namespace */
	pid_t own_pid;			/* in its own one */
	bool access[SPACES];
	bool may_ask_init[SPACES];
	bool may_open[SPACES];
	bool path_open[4];
	int device;
	int proc_file;		/* /proc/translate_pid */
	/*
	 * Of each of the oracle's pids: /proc/<pid>/ns, and what the kernel says
	 * to a readlink() of its own link there. -1: there is no such process.
	 */
	int directories[ORACLE_PIDS];
	int kernel_says[ORACLE_PIDS];
	const struct listing *listing;	/* of any of them */
	struct memory *memory;
	struct numbers *numbers;	/* of the last request for many */
	struct entries *entries;	/* of the last request for a list */
	struct levels *levels;		/* of the last request for a chain */
	struct namespaces *namespaces;	/* of the last one for a list of these */
	__u64 calls;
	__u64 results[CALL_COUNT][64];	/* not yet added to the stage's */
};

/* stage.c */
struct stage *stage_new(void);
const struct oracle_pid *stage_find_pid(const struct stage *stage,
					enum space space, pid_t number);
/* 0: it has no number there. */
pid_t stage_number_in(const struct stage *stage, const struct oracle_pid *pid,
		      enum space space);
/* The same of its thread group; 0 also if no task has the pid. */
pid_t stage_group_in(const struct stage *stage, const struct oracle_pid *pid,
		     enum space space);
/* Whether @outer is @inner or an ancestor of it. */
bool stage_encloses(const struct stage *stage, enum space outer,
		    enum space inner);
enum space stage_space_of(const struct stage *stage,
			  const struct oracle_pid *pid);

/* background.c: does not return. */
_Noreturn void background_run(struct stage *stage, int number,
			      struct random random);

/* credentials.c */
struct credentials {
	const char *name;
	enum space space;
	uid_t uid;
	__u64 capabilities;
	bool in_user_ns;	/* root in SPACE_USER's user namespace */
};

extern const struct credentials all_credentials[];
extern const int credentials_count;

/* Forks a process that has the credentials; returns its keeper's pid, 0 in it. */
pid_t credentials_fork(struct stage *stage, const struct credentials *credentials);
/* Fills in what the worker may access. */
void credentials_learn(struct worker *worker);
bool credentials_capable(const struct worker *worker, enum space space, int cap);

/* draw.c: values that tell something. */
bool draw_one_in(struct worker *worker, __u32 n);
__u32 draw_below(struct worker *worker, __u32 bound);
pid_t draw_pid(struct worker *worker, enum space space);
__u64 draw_id(struct worker *worker);
enum space draw_space(struct worker *worker);
__u64 draw_by_value(struct worker *worker, __u32 by);
__u64 draw_descriptor(struct worker *worker);

/* contract.c: what may be answered. */
struct verdict {
	answers allowed;
	/* On success, if known. */
	bool exact;
	__s64 value;
	enum space space;	/* of BY_*: SPACES if unknown */
};

struct verdict contract_translate(const struct worker *worker, pid_t pid,
				  __u64 source, __u64 target, __u32 flags);
/* Of what a pidfd names, whoever may access it; beside another source than 0, EINVAL. */
struct verdict contract_pidfd(const struct worker *worker, int fd, __u64 source);
struct verdict contract_find(const struct worker *worker, __u32 by,
			     __u64 value);
struct verdict contract_request(const struct worker *worker, enum call call,
				const void *request);
answers contract_of(enum call call);

/* call_*.c: one drawn call each. */
void call_ioctl(struct worker *worker);
void call_unknown_command(struct worker *worker);
void call_syscall(struct worker *worker);
void call_hole(struct worker *worker);
void call_proc_prepare(struct worker *worker);
void call_proc_pidns_id(struct worker *worker);
void call_link(struct worker *worker);
/* Of the directories, as it must always be. Ends the worker if it is wrong. */
const struct listing *listing_new(void);
void call_listing(struct worker *worker);
void call_device(struct worker *worker);
void call_handle(struct worker *worker);

/*
 * Counts the call; @complaint (NULL: none) makes it a finding, which ends the
 * run. The text decodes the call, without its result. Results: see answers.
 */
void report(struct worker *worker, enum call call, long result,
	    const char *complaint, answers allowed, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* The complaint about an answer that is not allowed, or NULL. */
const char *unless_allowed(long result, answers allowed);

/* report.c */
extern const char *const call_names[CALL_COUNT];
void report_flush(struct worker *worker);
void report_figures(const struct stage *stage, double seconds);
void print_answers(char *text, size_t size, answers set);

#endif
