// SPDX-License-Identifier: GPL-2.0-only
/* By the module's system call, and system calls that it is compared with. */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "translate.h"

/* A hole of the kernel's table beside the module's, and what is there without it. */
#define UNASSIGNED	(TRANSLATE_PID_SYSCALL_X86_64 + 1)

static struct {
	pid_t pid;
	__u64 source, target;
} question;

static long get_parent(void)
{
	return syscall(__NR_getppid);
}

static const char *expects_parent(long *expected)
{
	*expected = getppid();
	return NULL;
}

static long unassigned(void)
{
	return syscall(UNASSIGNED, 0, 0, 0);
}

static const char *expects_refusal(long *expected)
{
	*expected = -1;
	return NULL;
}

static long translate(void)
{
	return syscall(TRANSLATE_PID_SYSCALL_X86_64, question.pid, question.source, question.target);
}

static const char *own_to_own(long *expected)
{
	question.pid = scene->outside;
	question.source = question.target = TRANSLATE_PID_INIT_NS;
	*expected = scene->outside;
	return NULL;
}

static const char *one_foreign(long *expected)
{
	question.pid = scene->in_inner;
	question.source = scene->inner_id;
	question.target = TRANSLATE_PID_INIT_NS;
	*expected = scene->outside;
	return NULL;
}

static const char *one_foreign_down(long *expected)
{
	question.pid = scene->outside;
	question.source = TRANSLATE_PID_INIT_NS;
	question.target = scene->inner_id;
	*expected = scene->in_inner;
	return NULL;
}

static const char *two_foreign(long *expected)
{
	question.pid = scene->in_inner;
	question.source = scene->inner_id;
	question.target = scene->outer_id;
	*expected = scene->in_outer;
	return NULL;
}

static const char *same_foreign(long *expected)
{
	question.pid = scene->in_inner;
	question.source = question.target = scene->inner_id;
	*expected = scene->in_inner;
	return NULL;
}

static int device;
static struct translate_pid_request request;

static long ask_device(void)
{
	return ioctl(device, TRANSLATE_PID_TRANSLATE, &request) ? -1 : request.result;
}

/* The same question for the device. */
static const char *by_device(const char *reason)
{
	device = translate_device();
	request.pid = question.pid;
	request.source = question.source;
	request.target = question.target;
	return reason;
}

static const char *device_own(long *expected)
{
	return by_device(own_to_own(expected));
}

static const char *device_one(long *expected)
{
	return by_device(one_foreign(expected));
}

static const char *device_one_down(long *expected)
{
	return by_device(one_foreign_down(expected));
}

static const char *device_two(long *expected)
{
	return by_device(two_foreign(expected));
}

static const char *device_same(long *expected)
{
	return by_device(same_foreign(expected));
}

const struct way call_ways[] = {
	WAY("getppid", WITHOUT_MODULE, 400, expects_parent, get_parent),
	WAY("unassigned", WITHOUT_MODULE | WITH_MODULE, 400, expects_refusal, unassigned),
	WAY("syscall-own", WITH_MODULE, 400, own_to_own, translate),
	WAY("syscall-one", WITH_MODULE, 400, one_foreign, translate),
	WAY("syscall-one-down", WITH_MODULE, 400, one_foreign_down, translate),
	WAY("syscall-two", WITH_MODULE, 400, two_foreign, translate),
	WAY("syscall-same", WITH_MODULE, 400, same_foreign, translate),
	WAY("ioctl-own", WITH_MODULE, 400, device_own, ask_device),
	WAY("ioctl-one", WITH_MODULE, 400, device_one, ask_device),
	WAY("ioctl-one-down", WITH_MODULE, 400, device_one_down, ask_device),
	WAY("ioctl-two", WITH_MODULE, 400, device_two, ask_device),
	WAY("ioctl-same", WITH_MODULE, 400, device_same, ask_device),
	WAY("syscall-two-many-namespaces", MANY_NAMESPACES, 400, two_foreign, translate),
};
WAYS_COUNT(call_ways);
