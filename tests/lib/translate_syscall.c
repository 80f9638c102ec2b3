// SPDX-License-Identifier: GPL-2.0-only
/* Through the system call, as a C program makes it; the rest by the device. */
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

/* Asked for once: the tests that reload the module make their calls by roads. */
static long own_number(void)
{
	static long number = -1;
	struct translate_pid_info info;
	long error;

	if (number >= 0)
		return number;
	error = translate_by_ioctl.get_info(&info);
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

static long get_id(__u32 by, __u64 value, __u64 *id, __u64 *ns_id)
{
	return translate_by_ioctl.get_id(by, value, id, ns_id);
}

static long get_info(struct translate_pid_info *info)
{
	return translate_by_ioctl.get_info(info);
}

static long get_init_pid(__u32 by, __u64 value)
{
	return translate_by_ioctl.get_init_pid(by, value);
}

static long open_ns(__u32 by, __u64 value)
{
	return translate_by_ioctl.open_ns(by, value);
}

const struct translate_entry translate_by_syscall = {
	.name = "system call",
	.translate = translate,
	.get_id = get_id,
	.get_info = get_info,
	.get_init_pid = get_init_pid,
	.open_ns = open_ns,
};
