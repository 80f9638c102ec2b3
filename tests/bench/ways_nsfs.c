// SPDX-License-Identifier: GPL-2.0-only
/* By files of nsfs: kept open, opened for the question, found by the kernel's own ids. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/nsfs.h>

#include "bench.h"

/* The headers of the build system may be older. */
#ifndef NS_GET_PID_FROM_PIDNS
#define NS_GET_PID_FROM_PIDNS	_IOR(0xb7, 6, int)
#define NS_GET_PID_IN_PIDNS	_IOR(0xb7, 8, int)
#endif
#ifndef __NR_listns
#define __NR_listns		470
#endif
#define NSFS_ROOT		-10003
#define NSFS_HANDLE_TYPE	0xf1

static long held_one(void)
{
	return ioctl(scene->inner_fd, NS_GET_PID_FROM_PIDNS, scene->in_inner);
}

static long held_one_down(void)
{
	return ioctl(scene->inner_fd, NS_GET_PID_IN_PIDNS, scene->outside);
}

static long held_two(void)
{
	int outside = ioctl(scene->inner_fd, NS_GET_PID_FROM_PIDNS, scene->in_inner);

	return ioctl(scene->outer_fd, NS_GET_PID_IN_PIDNS, outside);
}

static const char *expects_outside(long *expected)
{
	*expected = scene->outside;
	return NULL;
}

static const char *expects_inner(long *expected)
{
	*expected = scene->in_inner;
	return NULL;
}

static const char *expects_outer(long *expected)
{
	*expected = scene->in_outer;
	return NULL;
}

static char link_path[64];

static const char *prepare_open(long *expected)
{
	snprintf(link_path, sizeof(link_path), "/proc/%d/ns/pid", scene->inner->pid);
	*expected = scene->outside;
	return NULL;
}

static long opened(void)
{
	int fd = open(link_path, O_RDONLY | O_CLOEXEC);
	long outside = ioctl(fd, NS_GET_PID_FROM_PIDNS, scene->in_inner);

	close(fd);
	return outside;
}

static union {
	struct file_handle head;
	struct {
		__u32 bytes;
		__s32 type;
		__u64 ns_id;
		__u32 ns_type;
		__u32 ns_inum;
	} __attribute__((packed)) nsfs;
} handle;

static long by_handle(void)
{
	int fd = syscall(__NR_open_by_handle_at, NSFS_ROOT, &handle, O_RDONLY | O_CLOEXEC);
	long outside;

	if (fd < 0)
		return -errno;
	outside = ioctl(fd, NS_GET_PID_FROM_PIDNS, scene->in_inner);
	close(fd);
	return outside;
}

static const char *prepare_handle(long *expected)
{
	handle.nsfs.bytes = 16;
	handle.nsfs.type = NSFS_HANDLE_TYPE;
	handle.nsfs.ns_id = scene->inner_ns_id;
	*expected = scene->outside;
	if (by_handle() < 0)
		return strerror(-by_handle());
	return NULL;
}

/* Older headers have no struct ns_id_req. */
static struct {
	__u32 size, spare;
	__u64 ns_id;
	__u32 ns_type, spare2;
	__u64 user_ns_id;
} list_request = { .size = 32, .ns_type = CLONE_NEWPID };

static __u64 listed[64];

static long list_namespaces(void)
{
	return failed(syscall(__NR_listns, &list_request, listed, 64, 0));
}

/* How many are listed depends on who asks. */
static const char *prepare_list(long *expected)
{
	*expected = list_namespaces();
	return *expected < 0 ? strerror(-*expected) : NULL;
}

const struct way nsfs_ways[] = {
	WAY("nsfs-held-one", WITHOUT_MODULE, 400, expects_outside, held_one),
	WAY("nsfs-held-one-down", WITHOUT_MODULE, 400, expects_inner, held_one_down),
	WAY("nsfs-held-two", WITHOUT_MODULE, 400, expects_outer, held_two),
	WAY("nsfs-open", WITHOUT_MODULE, 100, prepare_open, opened),
	WAY("nsfs-handle", WITHOUT_MODULE, 100, prepare_handle, by_handle),
	WAY("listns", WITHOUT_MODULE, 100, prepare_list, list_namespaces),
};
WAYS_COUNT(nsfs_ways);
