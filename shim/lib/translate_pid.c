// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Two ways lead to the module: a file that takes its ioctls, the device or the
 * one of procfs, which is opened for each question and closed again; and the
 * system call, which needs no descriptor and costs a fraction of that, but only
 * translates.
 *
 * The kernel is called through syscall() alone: no wrapper of libc can be
 * interposed, is a cancellation point, or has state that a signal handler or a
 * forked child could find half changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/translate_pid.h>

#include "ask.h"
#include "shown.h"

/* What the header declares is all that other programs see. */
#pragma GCC visibility push(default)
#include "translate_pid.h"
#pragma GCC visibility pop

#if defined(__x86_64__) && defined(__ILP32__)
#define DEFAULT_NUMBER		TRANSLATE_PID_SYSCALL_X32
#define NUMBER_IN(info)		((info)->syscall_x32)
#define SYSCALL_BIT		__X32_SYSCALL_BIT
#define ID(id)			(id)
#elif defined(__x86_64__)
#define DEFAULT_NUMBER		TRANSLATE_PID_SYSCALL_X86_64
#define NUMBER_IN(info)		((info)->syscall_x86_64)
#define SYSCALL_BIT		0
#define ID(id)			(id)
#elif defined(__i386__)
#define DEFAULT_NUMBER		TRANSLATE_PID_SYSCALL_I386
#define NUMBER_IN(info)		((info)->syscall_i386)
#define SYSCALL_BIT		0
/* Two registers, the lower half first. */
#define ID(id)			(uint32_t)(id), (uint32_t)((id) >> 32)
#else
/* The module cannot be here: its files are missing, and 0 is no way to call it. */
#define DEFAULT_NUMBER		0
#define NUMBER_IN(info)		((void)(info), 0)
#define SYSCALL_BIT		0
#define ID(id)			(id)
#endif

/*
 * How pidns_translate() reached the module last: a system call number, or one of
 * these. It is a hint that may be outdated at any time, and every use of it
 * copes with that; hence no ordering, and no harm in threads and forked
 * children.
 */
enum {
	WAY_UNKNOWN = 0,
	WAY_IOCTL = -1,
};

static atomic_int way = WAY_UNKNOWN;

/* Whether the system call is made only where no file is found. */
static atomic_bool ioctl_preferred;

static bool is_ioctl_preferred(void)
{
	return atomic_load_explicit(&ioctl_preferred, memory_order_relaxed);
}

void pidns_prefer_ioctl(int prefer)
{
	atomic_store_explicit(&ioctl_preferred, prefer != 0, memory_order_relaxed);
	atomic_store_explicit(&way, WAY_UNKNOWN, memory_order_relaxed);
}

/* Read once, because a signal handler that interrupts setenv() must not read it. */
__attribute__((constructor)) static void read_environment(void)
{
	const char *wanted = secure_getenv("TRANSLATE_PID_WAY");

	if (wanted && strcmp(wanted, "ioctl") == 0)
		atomic_store_explicit(&ioctl_preferred, true, memory_order_relaxed);
}

static void remember_way(int found)
{
	atomic_store_explicit(&way, found, memory_order_relaxed);
}

/*
 * errno of a failed open() as the caller is to see it. EPERM would look like
 * the module's verdict about a pid namespace, but comes from the device policy
 * of a container here.
 */
static int reason_without_file(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENXIO:
	case ENODEV:
		return ENOSYS;
	case EPERM:
		return EACCES;
	default:
		return error;
	}
}

/* O_NONBLOCK and O_NOCTTY guard against something else of this name. */
static int open_file(const char *path)
{
	return syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static bool is_module(int fd)
{
	struct translate_pid_info info;

	return syscall(SYS_ioctl, fd, TRANSLATE_PID_GET_INFO, &info) == 0;
}

/*
 * Asks through a descriptor. ENOSYS: it is not the module's; the number of a
 * stale node may belong to another driver by now, which answers as it pleases.
 */
static int ask_at(int fd, unsigned long command, void *argument)
{
	int result = syscall(SYS_ioctl, fd, command, argument);
	int error = errno;

	if (result >= 0)
		return result;
	if (error == ENOTTY || (error == EINVAL && !is_module(fd)))
		error = ENOSYS;
	errno = error;
	return -1;
}

/* The device may be missing, forbidden or stale where procfs has its file. */
static const char *const files[] = { TRANSLATE_PID_DEVICE, TRANSLATE_PID_PROC_FILE };

#define FILES	(sizeof(files) / sizeof(*files))

/*
 * Asks the first file that is the module's. It is opened for every question,
 * because a program may close any descriptor, and reuse its number, at any time.
 */
static int ask(unsigned long command, void *argument)
{
	int before = errno, reason = ENOSYS;

	for (unsigned int i = 0; i < FILES; i++) {
		int fd = open_file(files[i]);
		int result, error;

		if (fd < 0) {
			if (reason == ENOSYS)
				reason = reason_without_file(errno);
			continue;
		}
		result = ask_at(fd, command, argument);
		error = errno;
		syscall(SYS_close, fd);
		if (result >= 0 || error != ENOSYS) {
			errno = result < 0 ? error : before;
			return result;
		}
	}
	errno = reason;
	return -1;
}

int pidns_open_module(void)
{
	int before = errno, reason = ENOSYS;

	for (unsigned int i = 0; i < FILES; i++) {
		int fd = open_file(files[i]);

		if (fd >= 0 && is_module(fd)) {
			errno = before;
			return fd;
		}
		if (fd >= 0)
			syscall(SYS_close, fd);
		else if (reason == ENOSYS)
			reason = reason_without_file(errno);
	}
	errno = reason;
	return -1;
}

int ask_file(int module, unsigned long command, void *argument)
{
	return module == ANY_FILE ? ask(command, argument) : ask_at(module, command, argument);
}

static pid_t ask_translate(int module, pid_t pid, uint64_t source, uint64_t target, uint32_t flags)
{
	struct translate_pid_request request = {
		.pid = pid,
		.flags = flags,
		.source = source,
		.target = target,
	};

	return ask_file(module, TRANSLATE_PID_TRANSLATE, &request) < 0 ? -1 : request.result;
}

static pid_t call_translate(int number, pid_t pid, uint64_t source, uint64_t target)
{
	return syscall(number | SYSCALL_BIT, pid, ID(source), ID(target));
}

/*
 * A seccomp filter may answer anything for a system call that it does not know,
 * EPERM for example, or kill. A thread without one hears the kernel itself.
 * EINVAL: the kernel has no seccomp.
 */
static bool is_unfiltered(void)
{
	int mode = syscall(SYS_prctl, PR_GET_SECCOMP, 0UL, 0UL, 0UL, 0UL);

	return mode == 0 || (mode < 0 && errno == EINVAL);
}

/*
 * Whether the system call is the module's. The initial namespace always lives
 * and INT_MIN is never a pid, so the answer is ESRCH, or EPERM to those who may
 * not access that namespace. INT_MIN, because it is also no descriptor and no
 * process group: should another kernel have given the number to another call,
 * nothing happens.
 */
static bool is_ours(int number)
{
	return number > 0 && is_unfiltered() &&
	       call_translate(number, INT_MIN, TRANSLATE_PID_INIT_NS, TRANSLATE_PID_INIT_NS) < 0 &&
	       (errno == ESRCH || errno == EPERM);
}

/*
 * Looks for the system call again, and translates. Without a file of the
 * module's, the number can only be the default one.
 */
static pid_t find_way(pid_t pid, uint64_t source, uint64_t target)
{
	struct translate_pid_info info;
	bool has_file = ask(TRANSLATE_PID_GET_INFO, &info) == 0;
	int reason = errno;
	int number = has_file ? NUMBER_IN(&info) : DEFAULT_NUMBER;

	if (!(has_file && is_ioctl_preferred()) && is_ours(number)) {
		remember_way(number);
		return call_translate(number, pid, source, target);
	}
	if (has_file) {
		remember_way(WAY_IOCTL);
		return ask_translate(ANY_FILE, pid, source, target, 0);
	}
	remember_way(WAY_UNKNOWN);
	errno = reason;
	return -1;
}

/*
 * Whether an error can be taken for the module's answer. By ioctl it can, unless
 * the files are gone. A system call that fails otherwise than with
 * ESRCH may also have met a filter that this thread got since the call was
 * verified, or ENOSYS after the module was unloaded or got other numbers.
 */
static bool is_answer(int known, int error)
{
	if (error == ENOSYS)
		return false;
	return known == WAY_IOCTL || error == ESRCH || is_unfiltered();
}

pid_t pidns_translate(pid_t pid, uint64_t source, uint64_t target)
{
	int known = atomic_load_explicit(&way, memory_order_relaxed);
	int before = errno;
	pid_t result;

	if (known != WAY_UNKNOWN && (known == WAY_IOCTL || !is_ioctl_preferred())) {
		result = known == WAY_IOCTL ? ask_translate(ANY_FILE, pid, source, target, 0) :
					       call_translate(known, pid, source, target);
		if (result >= 0)
			return result;
		int error = errno;

		if (is_answer(known, error)) {
			errno = error;
			return -1;
		}
	}
	result = find_way(pid, source, target);
	if (result >= 0)
		errno = before;
	return result;
}

/*
 * The name that the patch gave it. A program that has a function of this name
 * itself, as strace does, keeps its own, also when it is linked statically.
 */
#pragma GCC visibility push(default)
pid_t translate_pid(pid_t pid, uint64_t source, uint64_t target)
	__attribute__((weak, alias("pidns_translate")));
#pragma GCC visibility pop

pid_t pidns_translate_at(int module, pid_t pid, uint64_t source, uint64_t target)
{
	return ask_translate(module, pid, source, target, 0);
}

/* The system call has no flags. */
pid_t pidns_thread_group_at(int module, pid_t pid, uint64_t source, uint64_t target)
{
	return ask_translate(module, pid, source, target, TRANSLATE_PID_THREAD_GROUP);
}

pid_t pidns_thread_group(pid_t pid, uint64_t source, uint64_t target)
{
	return pidns_thread_group_at(ANY_FILE, pid, source, target);
}

/*
 * The file would get the number of a descriptor that is not open, and the module
 * would then find its own file there.
 */
static bool is_open_if_descriptor(int module, uint32_t by, uint64_t value)
{
	if (module != ANY_FILE ||
	    (by != TRANSLATE_PID_BY_PIDFD && by != TRANSLATE_PID_BY_NSFD &&
	     by != TRANSLATE_PID_BY_PROCFS))
		return true;
	return (int)value < 0 || syscall(SYS_fcntl, (int)value, F_GETFD) >= 0;
}

int pidns_id_at(int module, unsigned int by, uint64_t value, uint64_t *id, uint64_t *ns_id)
{
	struct translate_pid_id_request request = { .by = by, .value = value };

	if (!is_open_if_descriptor(module, by, value) ||
	    ask_file(module, TRANSLATE_PID_GET_ID, &request) < 0)
		return -1;
	if (id)
		*id = request.id;
	if (ns_id)
		*ns_id = request.ns_id;
	return 0;
}

static int ask_id(uint32_t by, uint64_t value, uint64_t *id, uint64_t *ns_id)
{
	return pidns_id_at(ANY_FILE, by, value, id, ns_id);
}

/* Whether no file could be asked, and what procfs shows is the only answer. */
static bool is_out_of_reach(int error)
{
	return error == ENOSYS || error == EACCES;
}

int pidns_id_self(uint64_t *id)
{
	int before = errno;

	if (ask_id(TRANSLATE_PID_BY_SELF, 0, id, NULL) == 0)
		return 0;
	int reason = errno;
	bool was_read = is_out_of_reach(reason) && shown_own_id(id);

	errno = was_read ? before : reason;
	return was_read ? 0 : -1;
}

int pidns_id_of_pid(pid_t pid, uint64_t *id)
{
	int before = errno;

	if (ask_id(TRANSLATE_PID_BY_PID, pid, id, NULL) == 0)
		return 0;
	int reason = errno;
	bool was_read = is_out_of_reach(reason) && shown_id_of(pid, id);

	errno = was_read ? before : reason;
	return was_read ? 0 : -1;
}

int pidns_id_of_pidfd(int fd, uint64_t *id)
{
	return ask_id(TRANSLATE_PID_BY_PIDFD, fd, id, NULL);
}

int pidns_id_of_nsfd(int fd, uint64_t *id)
{
	return ask_id(TRANSLATE_PID_BY_NSFD, fd, id, NULL);
}

int pidns_id_of_procfs(int fd, uint64_t *id)
{
	return ask_id(TRANSLATE_PID_BY_PROCFS, fd, id, NULL);
}

int pidns_id_of_ns_id(uint64_t ns_id, uint64_t *id)
{
	return ask_id(TRANSLATE_PID_BY_NS_ID, ns_id, id, NULL);
}

int pidns_ns_id(uint64_t id, uint64_t *ns_id)
{
	return ask_id(TRANSLATE_PID_BY_ID, id, NULL, ns_id);
}

pid_t pidns_init_pid_at(int module, unsigned int by, uint64_t value)
{
	struct translate_pid_ns_request request = { .by = by, .value = value };

	if (!is_open_if_descriptor(module, by, value) ||
	    ask_file(module, TRANSLATE_PID_GET_INIT_PID, &request) < 0)
		return -1;
	return request.result;
}

pid_t pidns_init_pid(uint64_t id)
{
	return pidns_init_pid_at(ANY_FILE, TRANSLATE_PID_BY_ID, id);
}

pid_t pidns_init_pid_of_nsfd(int fd)
{
	return pidns_init_pid_at(ANY_FILE, TRANSLATE_PID_BY_NSFD, fd);
}

pid_t pidns_init_pid_of_pid(pid_t pid)
{
	return pidns_init_pid_at(ANY_FILE, TRANSLATE_PID_BY_PID, pid);
}

int pidns_open_at(int module, unsigned int by, uint64_t value)
{
	struct translate_pid_ns_request request = { .by = by, .value = value };

	return ask_file(module, TRANSLATE_PID_OPEN_NS, &request);
}

int pidns_open(uint64_t id)
{
	return pidns_open_at(ANY_FILE, TRANSLATE_PID_BY_ID, id);
}

int pidns_level(uint64_t id, uint64_t *parent, int *parent_known)
{
	return pidns_level_at(ANY_FILE, TRANSLATE_PID_BY_ID, id, parent, parent_known);
}

int pidns_level_at(int module, unsigned int by, uint64_t value, uint64_t *parent,
		   int *parent_known)
{
	struct translate_pid_level_request request = { .by = by, .value = value };

	if (ask_file(module, TRANSLATE_PID_GET_LEVEL, &request) < 0)
		return -1;
	if (parent)
		*parent = request.parent;
	if (parent_known)
		*parent_known = request.parent_known;
	return request.level;
}

int pidns_generation(uint64_t *generation)
{
	struct translate_pid_info info;

	if (ask(TRANSLATE_PID_GET_INFO, &info) < 0)
		return -1;
	*generation = info.generation;
	return 0;
}

int translate_pid_version(void)
{
	struct translate_pid_info info;

	return ask(TRANSLATE_PID_GET_INFO, &info) < 0 ? -1 : (int)info.version;
}

int translate_pid_features(uint64_t *features)
{
	struct translate_pid_info info;

	if (ask(TRANSLATE_PID_GET_INFO, &info) < 0)
		return -1;
	*features = info.features;
	return 0;
}
