// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of include/uapi/linux/translate_pid.h as sets of answers.
 *
 * Of what the stage knows (its namespaces, their processes, its descriptors, an
 * id that is dead) exactly one answer is right. Of what changes while it is
 * asked about (the background load's namespaces, pids of strangers) several are.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/magic.h>

#include "entries.h"
#include "levels.h"
#include "namespaces.h"
#include "numbers.h"

/*
 * The errors that the header names, by command; no other may ever be returned.
 * ENOMEM and ENFILE are not among them: here is memory enough.
 */
#define COMMON	(SUCCESS | ANSWER(EINVAL) | ANSWER(EFAULT))
#define FINDING	(COMMON | ANSWER(E2BIG) | ANSWER(EBADF) | ANSWER(ESRCH) | \
		 ANSWER(EPERM))

static const answers contract[CALL_COUNT] = {
	[CALL_GET_INFO]		= COMMON,
	/* The other workers may have as many watches as their user may. */
	[CALL_WATCH]		= COMMON | ANSWER(E2BIG) | ANSWER(EMFILE),
	[CALL_TRANSLATE]	= FINDING,
	[CALL_GET_CHAIN]	= FINDING,
	[CALL_TRANSLATE_MANY]	= COMMON | ANSWER(E2BIG) | ANSWER(EPERM),
	[CALL_LIST_PIDS]	= COMMON | ANSWER(E2BIG) | ANSWER(EPERM),
	[CALL_BIND]		= COMMON | ANSWER(E2BIG) | ANSWER(EPERM),
	[CALL_LIST_NS]		= COMMON | ANSWER(E2BIG),
	[CALL_HANDLE]		= SUCCESS | ANSWER(ESRCH) | ANSWER(ESTALE) |
				  ANSWER(ENOTTY),
	[CALL_UNKNOWN_COMMAND]	= ANSWER(ENOTTY),
	[CALL_SYSCALL]		= SUCCESS | ANSWER(EINVAL) | ANSWER(EPERM) |
				  ANSWER(ESRCH),
	[CALL_SYSCALL_INT80]	= SUCCESS | ANSWER(EINVAL) | ANSWER(EPERM) |
				  ANSWER(ESRCH),
	[CALL_SYSCALL_HOLE]	= ANSWER(ENOSYS),
};

answers contract_of(enum call call)
{
	answers set = contract[call];

	if (call < (enum call)COMMAND_COUNT) {
		/* All other commands name a namespace. */
		if (!set)
			set = FINDING;
		if (commands[call].opens)
			set |= ANSWER(EMFILE);
		if (call == CALL_OPEN_NS)
			set |= ANSWER(ESTALE);
		if (call == CALL_OPEN_PIDFD)
			set |= ANSWER(ENOENT);
	}
	return set;
}

/* What may happen when a namespace is named, and which of the stage it is. */
struct naming {
	answers allowed;	/* SUCCESS: it may be named and accessed */
	enum space space;	/* SPACES: none of the stage */
};

static struct naming naming_of_space(const struct worker *worker,
				     enum space space)
{
	return (struct naming){
		.allowed = worker->access[space] ? SUCCESS : ANSWER(EPERM),
		.space = space,
	};
}

static bool contains(const __u64 *ids, int count, __u64 id)
{
	for (int i = 0; i < count; i++)
		if (__atomic_load_n(&ids[i], __ATOMIC_ACQUIRE) == id)
			return true;
	return false;
}

/*
 * The background load's namespaces belong to root. Whoever may not ptrace root's
 * processes is never told anything about them.
 */
static answers background_access(const struct worker *worker)
{
	return credentials_capable(worker, SPACE_SIBLING, CAP_SYS_PTRACE) ?
		       SUCCESS : ANSWER(EPERM);
}

/* To be asked before the call: what is dead then is dead in the call. */
static struct naming naming_of_id(const struct worker *worker, __u64 id)
{
	const struct stage *stage = worker->stage;

	for (int space = 0; space < SPACES; space++)
		if (stage->spaces[space].id == id)
			return naming_of_space(worker, space);
	if (contains(stage->live, LIVE_IDS, id))
		return (struct naming){
			.allowed = ANSWER(EINVAL) | background_access(worker),
			.space = SPACES,
		};
	return (struct naming){ .allowed = ANSWER(EINVAL), .space = SPACES };
}

/* A number that is none of the stage's may be a stranger's. */
static bool may_be_a_pid(const struct worker *worker, pid_t pid)
{
	return pid > 0 && pid < worker->stage->pid_max;
}

struct verdict contract_translate(const struct worker *worker, pid_t pid,
				  __u64 source, __u64 target, __u32 flags)
{
	const struct stage *stage = worker->stage;
	struct naming from = naming_of_id(worker, source);
	struct naming to = naming_of_id(worker, target);
	struct verdict verdict = { .allowed = from.allowed & ~SUCCESS };
	bool group = flags & TRANSLATE_PID_THREAD_GROUP;
	const struct oracle_pid *known;

	if (!(from.allowed & SUCCESS))
		return verdict;
	verdict.allowed |= to.allowed & ~SUCCESS;
	if (!(to.allowed & SUCCESS))
		return verdict;

	if (pid <= 0 || pid >= WHOLE_PID_MAX) {
		verdict.allowed |= ANSWER(ESRCH);
		return verdict;
	}
	known = from.space == SPACES ? NULL :
				       stage_find_pid(stage, from.space, pid);
	if (known && group && !known->group[0]) {
		verdict.allowed |= ANSWER(ESRCH);
		return verdict;
	}
	if (known && to.space != SPACES) {
		verdict.allowed |= SUCCESS;
		verdict.exact = true;
		verdict.value = (group ? stage_group_in : stage_number_in)
					(stage, known, to.space);
		return verdict;
	}
	verdict.allowed |= SUCCESS | ANSWER(ESRCH);
	if (known) {
		/* None of the stage's processes is in its namespaces. */
		verdict.allowed &= ~ANSWER(ESRCH);
		verdict.exact = true;
	} else if (from.space == SPACES && to.space != SPACES &&
		   to.space != SPACE_INITIAL) {
		/* Nor are its processes in those of the stage. */
		verdict.exact = true;
	} else if (from.space != SPACES && !may_be_a_pid(worker, pid)) {
		verdict.allowed &= ~SUCCESS;
	} else if (source == target) {
		/* Of a stranger's thread it is not known. */
		verdict.exact = !group;
		verdict.value = pid;
	} else if (from.space != SPACES && to.space != SPACES &&
		   !stage_encloses(stage, to.space, from.space) &&
		   !stage_encloses(stage, from.space, to.space)) {
		verdict.exact = true;
	}
	return verdict;
}

/* As a descriptor of it is given, but also of what a procfs alone keeps. */
static answers may_bind(const struct worker *worker, __u64 id)
{
	struct naming naming = naming_of_id(worker, id);

	if (!(naming.allowed & SUCCESS))
		return naming.allowed;
	if (naming.space == SPACES)
		return naming.allowed | ANSWER(EPERM);
	return worker->may_open[naming.space] ? SUCCESS : ANSWER(EPERM);
}

static struct verdict contract_bind(const struct worker *worker,
				    const struct translate_pid_bind_request *request)
{
	answers source = may_bind(worker, request->source);
	struct verdict verdict = { .allowed = source & ~SUCCESS, .space = SPACES };

	if (source & SUCCESS)
		verdict.allowed |= may_bind(worker, request->target);
	return verdict;
}

static const struct naming stranger = {
	.allowed = SUCCESS | ANSWER(ESRCH) | ANSWER(EPERM),
	.space = SPACES,
};

#define NAMING(error) ((struct naming){ .allowed = ANSWER(error), .space = SPACES })

static struct naming naming_of_pid(const struct worker *worker, pid_t number)
{
	const struct stage *stage = worker->stage;
	enum space own = worker->credentials->space;
	const struct oracle_pid *pid = stage_find_pid(stage, own, number);

	if (number == worker->own_pid)
		return naming_of_space(worker, own);
	if (pid && pid->numbers[0] == stage->lonely_group)
		return NAMING(ESRCH);
	if (pid && stage_space_of(stage, pid) != SPACES)
		return naming_of_space(worker, stage_space_of(stage, pid));
	return may_be_a_pid(worker, number) ? stranger : NAMING(ESRCH);
}

static const struct descriptor *find_descriptor(const struct stage *stage,
						int fd)
{
	for (int i = 0; i < stage->descriptor_count; i++)
		if (stage->descriptors[i].fd == fd)
			return &stage->descriptors[i];
	return NULL;
}

/* Other descriptors than the stage's are no namespaces and no pidfds. */
static struct naming naming_of_fd(const struct worker *worker, int fd,
				  enum descriptor_kind wanted)
{
	const struct descriptor *descriptor = find_descriptor(worker->stage, fd);

	if (!descriptor) {
		int flags = fcntl(fd, F_GETFL);

		return NAMING(flags < 0 || flags & O_PATH ? EBADF : EINVAL);
	}
	if (descriptor->kind == FD_PATH)
		return NAMING(EBADF);
	if (descriptor->kind == FD_PIDFD_REAPED && wanted == FD_PIDFD)
		return NAMING(ESRCH);
	if (descriptor->kind != wanted)
		return NAMING(EINVAL);
	return naming_of_space(worker, descriptor->space);
}

/* By any descriptor, those of O_PATH included. */
static struct naming naming_of_procfs(const struct worker *worker, int fd)
{
	struct statfs fs;
	struct stat status;

	if (fcntl(fd, F_GETFD) < 0)
		return NAMING(EBADF);
	if (fstatfs(fd, &fs) || fstat(fd, &status) || fs.f_type != PROC_SUPER_MAGIC)
		return NAMING(EINVAL);
	if (status.st_dev == worker->stage->proc_of_initial)
		return naming_of_space(worker, SPACE_INITIAL);
	if (status.st_dev == worker->stage->proc_of_inactive)
		return naming_of_space(worker, SPACE_INACTIVE);
	return stranger;
}

struct verdict contract_pidfd(const struct worker *worker, int fd, __u64 source)
{
	struct naming naming = source ? NAMING(EINVAL) : naming_of_fd(worker, fd, FD_PIDFD);

	return (struct verdict){
		.allowed = naming.space == SPACES ? naming.allowed : SUCCESS,
		.space = naming.space,
	};
}

static struct verdict contract_translate_pidfd(const struct worker *worker,
					       const struct translate_pid_request *request)
{
	struct verdict verdict = contract_pidfd(worker, request->pid, request->source);
	struct naming to = naming_of_id(worker, request->target);

	if (verdict.allowed & (ANSWER(EINVAL) | ANSWER(EBADF)))
		return verdict;
	/* Of a reaped one, the target's errors come first. */
	verdict.allowed = (to.allowed & ~SUCCESS) | (to.allowed & SUCCESS ? verdict.allowed : 0);
	verdict.exact = verdict.space != SPACES && to.space != SPACES &&
			!stage_encloses(worker->stage, to.space, verdict.space);
	return verdict;
}

static struct naming naming_of_ns_id(const struct worker *worker, __u64 ns_id)
{
	const struct stage *stage = worker->stage;

	for (int space = 0; space < SPACES; space++) {
		if (stage->spaces[space].ns_id != ns_id)
			continue;
		return space == SPACE_INACTIVE ? NAMING(ESRCH) :
						 naming_of_space(worker, space);
	}
	/* They are given one after the other. */
	return ns_id == 0 || ns_id >> 32 ? NAMING(ESRCH) : stranger;
}

static struct naming naming_of(const struct worker *worker, __u32 by,
			       __u64 value)
{
	switch (by) {
	case TRANSLATE_PID_BY_SELF:
		return value ? NAMING(EINVAL) :
			       naming_of_space(worker, worker->credentials->space);
	case TRANSLATE_PID_BY_PID:
		return value > INT_MAX ? NAMING(EINVAL) :
					 naming_of_pid(worker, value);
	case TRANSLATE_PID_BY_PIDFD:
		return value > INT_MAX ? NAMING(EINVAL) :
					 naming_of_fd(worker, value, FD_PIDFD);
	case TRANSLATE_PID_BY_NSFD:
		return value > INT_MAX ? NAMING(EINVAL) :
					 naming_of_fd(worker, value, FD_PIDNS);
	case TRANSLATE_PID_BY_PROCFS:
		return value > INT_MAX ? NAMING(EINVAL) : naming_of_procfs(worker, value);
	case TRANSLATE_PID_BY_NS_ID:
		return naming_of_ns_id(worker, value);
	case TRANSLATE_PID_BY_ID:
		return naming_of_id(worker, value);
	default:
		return NAMING(EINVAL);
	}
}

static struct verdict find(const struct worker *worker, __u32 by, __u64 value,
			   bool for_init)
{
	const struct stage *stage = worker->stage;
	struct naming naming = naming_of(worker, by, value);
	struct verdict verdict = {
		.allowed = naming.allowed,
		.space = naming.space,
	};

	if (!for_init)
		return verdict;
	if (naming.space == SPACES) {
		if (naming.allowed & ANSWER(EPERM) &&
		    credentials_capable(worker, SPACE_SIBLING, CAP_SYS_ADMIN)) {
			verdict.allowed &= ~ANSWER(EPERM);
			verdict.allowed |= SUCCESS;
		}
		if (verdict.allowed & SUCCESS)
			verdict.allowed |= ANSWER(ESRCH);
	} else if (worker->may_ask_init[naming.space]) {
		pid_t init = stage->spaces[naming.space].init;

		verdict.allowed = init ? SUCCESS : ANSWER(ESRCH);
		verdict.exact = true;
		if (init)
			verdict.value = stage_number_in(stage,
				stage_find_pid(stage, SPACE_INITIAL, init),
				worker->credentials->space);
	}
	return verdict;
}

struct verdict contract_find(const struct worker *worker, __u32 by, __u64 value)
{
	return find(worker, by, value, false);
}

/*
 * A descriptor takes more than access. A namespace of the background load lies
 * below the initial one, and may be dying.
 */
static void check_opening(const struct worker *worker, struct verdict *verdict)
{
	if (!(verdict->allowed & SUCCESS))
		return;
	if (verdict->space == SPACES)
		verdict->allowed |= ANSWER(EPERM) | ANSWER(ESTALE);
	else if (!worker->may_open[verdict->space])
		verdict->allowed = ANSWER(EPERM);
	else if (verdict->space == SPACE_INACTIVE)
		verdict->allowed = ANSWER(ESTALE);
}

/* A descriptor of a process takes what one of its namespace takes. */
static struct verdict contract_open_pidfd(const struct worker *worker,
					  const struct translate_pid_pidfd_request *request)
{
	struct verdict verdict = find(worker, request->by, request->value, false);
	const struct oracle_pid *known;

	if (request->pid <= 0) {
		verdict.allowed = ANSWER(EINVAL);
		return verdict;
	}
	if (verdict.space == SPACES) {
		if (verdict.allowed & SUCCESS)
			verdict.allowed |= ANSWER(EPERM) | ANSWER(ESRCH) | ANSWER(ENOENT);
		return verdict;
	}
	if (!(verdict.allowed & SUCCESS))
		return verdict;
	if (!worker->may_open[verdict.space]) {
		verdict.allowed = ANSWER(EPERM);
		return verdict;
	}
	known = stage_find_pid(worker->stage, verdict.space, request->pid);
	if (!known) {
		if (!may_be_a_pid(worker, request->pid))
			verdict.allowed = ANSWER(ESRCH);
		else
			verdict.allowed |= ANSWER(ESRCH) | ANSWER(ENOENT);
		return verdict;
	}
	/* Its number in the initial namespace, which the descriptor is compared with. */
	verdict.value = known->numbers[0];
	if (!known->group[0])
		verdict.allowed = ANSWER(ESRCH);
	else if (known->group[0] != known->numbers[0] &&
		 !(request->flags & TRANSLATE_PID_PIDFD_THREAD))
		verdict.allowed = ANSWER(ENOENT);
	else
		verdict.exact = true;
	return verdict;
}

static struct verdict contract_watch(const struct translate_pid_watch_request *request)
{
	const __u64 events = 1 << TRANSLATE_PID_EVENT_CREATED |
			     1 << TRANSLATE_PID_EVENT_INIT_BORN |
			     1 << TRANSLATE_PID_EVENT_INIT_DIED |
			     1 << TRANSLATE_PID_EVENT_DESTROYED;
	bool size_is_right = !request->record_size ||
			     (request->record_size >= TRANSLATE_PID_WATCH_RECORD_SIZE_VER0 &&
			      request->record_size <= TRANSLATE_PID_WATCH_RECORD_MOST &&
			      request->record_size % 8 == 0);
	bool is_right = !(request->events & ~events) && size_is_right &&
			request->room <= TRANSLATE_PID_WATCH_MOST;

	return (struct verdict){
		.allowed = is_right ? SUCCESS | ANSWER(EMFILE) : ANSWER(EINVAL),
		.space = SPACES,
	};
}

/* What a well-formed request may be answered. */
struct verdict contract_request(const struct worker *worker, enum call call,
				const void *request)
{
	const struct translate_pid_request *translate = request;
	const struct translate_pid_ns_request *ns = request;
	struct verdict verdict;

	if (!command_zeros_are_zero(&commands[call], request))
		return (struct verdict){ .allowed = ANSWER(EINVAL),
					 .space = SPACES };
	switch (call) {
	case CALL_GET_INFO:
		return (struct verdict){ .allowed = SUCCESS, .space = SPACES };
	case CALL_GET_CHAIN:
		return levels_contract(worker, request);
	case CALL_TRANSLATE:
		if (translate->flags & TRANSLATE_PID_FROM_PIDFD)
			return contract_translate_pidfd(worker, translate);
		return contract_translate(worker, translate->pid,
					  translate->source, translate->target,
					  translate->flags);
	case CALL_TRANSLATE_MANY:
		return numbers_contract(worker, request);
	case CALL_WATCH:
		return contract_watch(request);
	case CALL_OPEN_PIDFD:
		return contract_open_pidfd(worker, request);
	case CALL_LIST_PIDS:
		return entries_contract(worker, request);
	case CALL_BIND:
		return contract_bind(worker, request);
	case CALL_LIST_NS:
		return namespaces_contract(worker, request);
	default:
		/* All structures that name a namespace begin alike. */
		verdict = find(worker, ns->by, ns->value,
			       call == CALL_GET_INIT_PID);
		if (commands[call].opens)
			check_opening(worker, &verdict);
		return verdict;
	}
}
