// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * libtranslate_pid_preload.so: put into LD_PRELOAD, it answers
 *
 *	pid_t init = ioctl(pid_namespace_fd, NS_GET_INIT_PID);
 *
 * as the 2020 patch of the kernel did, for programs that were written for that
 * patch. Every other ioctl() passes through as it is. Programs that call the
 * kernel without libc's ioctl() are not reached.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/ioctl.h>
#include <linux/magic.h>

#include "translate_pid.h"

/*
 * The patch's number. No kernel has given it to anything else: nsfs's command 5
 * is NS_GET_MNTNS_ID, whose number differs by its direction and size. So nsfs
 * answers ENOTTY.
 */
#define NS_GET_INIT_PID		_IO(0xb7, 0x5)

typedef int ioctl_function(int fd, unsigned long request, ...);

struct cached_function {
	_Atomic(ioctl_function *) address;
};

#define EXPORTED __attribute__((visibility("default")))

static int ioctl_without_libc(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return syscall(SYS_ioctl, fd, request, argument);
}

/*
 * The next function of this name after ours. Threads that look for it at the
 * same time find the same one.
 */
static ioctl_function *next_function(struct cached_function *cached, const char *name)
{
	ioctl_function *function = atomic_load_explicit(&cached->address, memory_order_relaxed);

	if (!function) {
		int before = errno;

		/* ISO C knows no conversion of an object pointer to a function. */
		*(void **)&function = dlsym(RTLD_NEXT, name);
		if (!function)
			function = ioctl_without_libc;
		atomic_store_explicit(&cached->address, function, memory_order_relaxed);
		errno = before;
	}
	return function;
}

/*
 * The answer to NS_GET_INIT_PID on an nsfs descriptor. What the patch could not
 * answer becomes ENOTTY, with which a kernel without the patch answers.
 */
static int init_pid(int fd)
{
	struct statfs file_system;
	pid_t pid;

	if (fstatfs(fd, &file_system) || file_system.f_type != NSFS_MAGIC) {
		errno = ENOTTY;
		return -1;
	}
	pid = pidns_init_pid_of_nsfd(fd);
	if (pid < 0 && (errno == ENOSYS || errno == EACCES))
		errno = ENOTTY;
	return pid;
}

/*
 * The kernel is asked first, so that a patched kernel, or whatever else knows
 * the number, has its say.
 */
static int forward(ioctl_function *next, int fd, unsigned long request, void *argument)
{
	int before = errno;
	int result = next(fd, request, argument);

	if (result >= 0 || (unsigned int)request != NS_GET_INIT_PID || errno != ENOTTY)
		return result;
	result = init_pid(fd);
	if (result >= 0)
		errno = before;
	return result;
}

static struct cached_function next_ioctl;

EXPORTED int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	/* Like libc's, which takes it whether the caller has given it or not. */
	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return forward(next_function(&next_ioctl, "ioctl"), fd, request, argument);
}

#ifdef __i386__
/* What ioctl() is called in programs with a 64-bit time_t. */
static struct cached_function next_ioctl_time64;

EXPORTED int __ioctl_time64(int fd, unsigned long request, ...);

EXPORTED int __ioctl_time64(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return forward(next_function(&next_ioctl_time64, "__ioctl_time64"), fd, request, argument);
}
#endif

/*
 * dlsym() is better not called for the first time in a signal handler. Calls
 * that come before this look the function up themselves.
 */
__attribute__((constructor)) static void look_up(void)
{
	next_function(&next_ioctl, "ioctl");
#ifdef __i386__
	next_function(&next_ioctl_time64, "__ioctl_time64");
#endif
}
