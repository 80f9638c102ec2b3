// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Two ways lead to the module: the device, which is opened for each question
 * and closed again, and the system call, which needs no descriptor and costs a
 * fraction of that. Only translate_pid() has a system call.
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
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/translate_pid.h>

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
#error "translate_pid knows the system calls of x86-64, x32 and i386"
#endif

/*
 * How translate_pid() reached the module last: a system call number, or one of
 * these. It is a hint that may be outdated at any time, and every use of it
 * copes with that; hence no ordering, and no harm in threads and forked
 * children.
 */
enum {
	WAY_UNKNOWN = 0,
	WAY_DEVICE = -1,
};

static atomic_int way = WAY_UNKNOWN;

static void remember_way(int found)
{
	atomic_store_explicit(&way, found, memory_order_relaxed);
}

/*
 * errno of a failed open() as the caller is to see it. EPERM would look like
 * the module's verdict about a pid namespace, but comes from the device policy
 * of a container here.
 */
static int reason_without_device(int error)
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

/*
 * Asks the device. It is opened for every question, because a program may close
 * any descriptor, and reuse its number, at any time. O_NONBLOCK and O_NOCTTY
 * guard against something else of this name, which then answers ENOTTY.
 */
static int ask(unsigned long command, void *argument)
{
	int device = syscall(SYS_openat, AT_FDCWD, TRANSLATE_PID_DEVICE,
			     O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int result, error;

	if (device < 0) {
		errno = reason_without_device(errno);
		return -1;
	}
	result = syscall(SYS_ioctl, device, command, argument);
	error = errno;
	syscall(SYS_close, device);
	errno = result < 0 && error == ENOTTY ? ENOSYS : error;
	return result;
}

static pid_t ask_translate(pid_t pid, uint64_t source, uint64_t target)
{
	struct translate_pid_request request = {
		.pid = pid,
		.source = source,
		.target = target,
	};

	return ask(TRANSLATE_PID_TRANSLATE, &request) < 0 ? -1 : request.result;
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
 * Looks for the system call again, and translates. Without the device, as in a
 * container with a /dev of its own, the number can only be the default one.
 */
static pid_t find_way(pid_t pid, uint64_t source, uint64_t target)
{
	struct translate_pid_info info;
	bool has_device = ask(TRANSLATE_PID_GET_INFO, &info) == 0;
	int reason = errno;
	int number = has_device ? NUMBER_IN(&info) : DEFAULT_NUMBER;

	if (is_ours(number)) {
		remember_way(number);
		return call_translate(number, pid, source, target);
	}
	if (has_device) {
		remember_way(WAY_DEVICE);
		return ask_translate(pid, source, target);
	}
	remember_way(WAY_UNKNOWN);
	errno = reason;
	return -1;
}

/*
 * Whether an error can be taken for the module's answer. Through the device it
 * can, unless the device is gone. A system call that fails otherwise than with
 * ESRCH may also have met a filter that this thread got since the call was
 * verified, or ENOSYS after the module was unloaded or got other numbers.
 */
static bool is_answer(int known, int error)
{
	if (error == ENOSYS)
		return false;
	return known == WAY_DEVICE || error == ESRCH || is_unfiltered();
}

pid_t translate_pid(pid_t pid, uint64_t source, uint64_t target)
{
	int known = atomic_load_explicit(&way, memory_order_relaxed);
	int before = errno;
	pid_t result;

	if (known != WAY_UNKNOWN) {
		result = known == WAY_DEVICE ? ask_translate(pid, source, target) :
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
 * The device would get the number of a descriptor that is not open, and the
 * module would then find the device there.
 */
static bool is_open_if_descriptor(uint32_t by, uint64_t value)
{
	if (by != TRANSLATE_PID_BY_PIDFD && by != TRANSLATE_PID_BY_NSFD)
		return true;
	return (int)value < 0 || syscall(SYS_fcntl, (int)value, F_GETFD) >= 0;
}

static int ask_id(uint32_t by, uint64_t value, uint64_t *id, uint64_t *ns_id)
{
	struct translate_pid_id_request request = { .by = by, .value = value };

	if (!is_open_if_descriptor(by, value) || ask(TRANSLATE_PID_GET_ID, &request) < 0)
		return -1;
	if (id)
		*id = request.id;
	if (ns_id)
		*ns_id = request.ns_id;
	return 0;
}

/* Reads a number in decimal and a line feed. */
static bool parse_line(const char *text, long length, uint64_t *value)
{
	if (length < 2 || text[length - 1] != '\n')
		return false;
	*value = 0;
	for (const char *digit = text; digit < text + length - 1; digit++) {
		if (*digit < '0' || *digit > '9')
			return false;
		*value = *value * 10 + (*digit - '0');
	}
	return true;
}

static bool read_own_id(uint64_t *id)
{
	int file = syscall(SYS_openat, AT_FDCWD, "/proc/pidns_id",
			   O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	uint64_t value;
	char text[32];
	long length;

	if (file < 0)
		return false;
	length = syscall(SYS_read, file, text, sizeof(text));
	syscall(SYS_close, file);
	if (!parse_line(text, length, &value))
		return false;
	*id = value;
	return true;
}

int pidns_id_self(uint64_t *id)
{
	int before = errno;

	if (ask_id(TRANSLATE_PID_BY_SELF, 0, id, NULL) == 0)
		return 0;
	int reason = errno;
	bool was_read = (reason == ENOSYS || reason == EACCES) && read_own_id(id);

	errno = was_read ? before : reason;
	return was_read ? 0 : -1;
}

int pidns_id_of_pid(pid_t pid, uint64_t *id)
{
	return ask_id(TRANSLATE_PID_BY_PID, pid, id, NULL);
}

int pidns_id_of_pidfd(int fd, uint64_t *id)
{
	return ask_id(TRANSLATE_PID_BY_PIDFD, fd, id, NULL);
}

int pidns_id_of_nsfd(int fd, uint64_t *id)
{
	return ask_id(TRANSLATE_PID_BY_NSFD, fd, id, NULL);
}

int pidns_id_of_ns_id(uint64_t ns_id, uint64_t *id)
{
	return ask_id(TRANSLATE_PID_BY_NS_ID, ns_id, id, NULL);
}

int pidns_ns_id(uint64_t id, uint64_t *ns_id)
{
	return ask_id(TRANSLATE_PID_BY_ID, id, NULL, ns_id);
}

static int ask_ns(unsigned long command, uint32_t by, uint64_t value)
{
	struct translate_pid_ns_request request = { .by = by, .value = value };

	if (!is_open_if_descriptor(by, value) || ask(command, &request) < 0)
		return -1;
	return request.result;
}

pid_t pidns_init_pid(uint64_t id)
{
	return ask_ns(TRANSLATE_PID_GET_INIT_PID, TRANSLATE_PID_BY_ID, id);
}

pid_t pidns_init_pid_of_nsfd(int fd)
{
	return ask_ns(TRANSLATE_PID_GET_INIT_PID, TRANSLATE_PID_BY_NSFD, fd);
}

pid_t pidns_init_pid_of_pid(pid_t pid)
{
	return ask_ns(TRANSLATE_PID_GET_INIT_PID, TRANSLATE_PID_BY_PID, pid);
}

int pidns_open(uint64_t id)
{
	return ask_ns(TRANSLATE_PID_OPEN_NS, TRANSLATE_PID_BY_ID, id);
}

int pidns_level(uint64_t id, uint64_t *parent, int *parent_known)
{
	struct translate_pid_level_request request = { .by = TRANSLATE_PID_BY_ID, .value = id };

	if (ask(TRANSLATE_PID_GET_LEVEL, &request) < 0)
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
