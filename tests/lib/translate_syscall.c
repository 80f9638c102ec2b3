// SPDX-License-Identifier: GPL-2.0-only
/* Through the system call, as a C program makes it. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "observe.h"
#include "translate.h"

#if defined(__x86_64__) && defined(__ILP32__)
#define NUMBER(info)	(__X32_SYSCALL_BIT + (info)->syscall_x32)
#define IS_OFF(info)	((info)->syscall_x32 < 0)
#define ID(id)		(id)
#elif defined(__x86_64__)
#define NUMBER(info)	((info)->syscall_x86_64)
#define IS_OFF(info)	((info)->syscall_x86_64 < 0)
#define ID(id)		(id)
#else
#define NUMBER(info)	((info)->syscall_i386)
#define IS_OFF(info)	((info)->syscall_i386 < 0)
#define ID(id)		(__u32)(id), (__u32)((id) >> 32)
#endif

/* Asked for once: the tests that reload the module make their calls with syscall_paths.h. */
static long own_number(void)
{
	static long number = -1;
	struct translate_pid_info info;
	long error;

	if (number >= 0)
		return number;
	error = translate_get_info(&info);
	if (error || IS_OFF(&info))
		observe_die("the module offers no system call: error %ld",
			    -error);
	number = NUMBER(&info);
	return number;
}

static long translate(pid_t pid, __u64 source, __u64 target)
{
	long result = syscall(own_number(), pid, ID(source), ID(target));

	return result < 0 ? -errno : result;
}

static __attribute__((noreturn)) void lacks(const char *function)
{
	observe_die("the system call translates only, and is asked for %s: give the test's fixture NAMING_VARIANTS",
		    function);
}

static long thread_group(pid_t pid, __u64 source, __u64 target)
{
	(void)pid;
	(void)source;
	(void)target;
	lacks("a thread group");
}

static long translate_many(__s32 *pids, __u32 count, __u64 source, __u64 target, __u32 flags,
			   __u32 *done)
{
	(void)pids;
	(void)count;
	(void)source;
	(void)target;
	(void)flags;
	(void)done;
	lacks("many pids");
}

static long get_id(__u32 by, __u64 value, __u64 *id, __u64 *ns_id)
{
	(void)by;
	(void)value;
	(void)id;
	(void)ns_id;
	lacks("an id");
}

static long get_init_pid(__u32 by, __u64 value)
{
	(void)by;
	(void)value;
	lacks("an init");
}

static long open_ns(__u32 by, __u64 value)
{
	(void)by;
	(void)value;
	lacks("a descriptor");
}

const struct translate_interface translate_by_syscall = {
	.name = "system call",
	.translates_only = true,
	.translate = translate,
	.thread_group = thread_group,
	.translate_many = translate_many,
	.get_id = get_id,
	.get_init_pid = get_init_pid,
	.open_ns = open_ns,
};
