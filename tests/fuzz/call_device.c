// SPDX-License-Identifier: GPL-2.0-only
/* What the device is not for: each of these has one right answer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "memory.h"

static long or_error(long result)
{
	return result < 0 ? -errno : result;
}

static long do_read(struct worker *worker, const struct place *place)
{
	return or_error(read(worker->device, place->at, place->size));
}

static long do_write(struct worker *worker, const struct place *place)
{
	return or_error(write(worker->device, place->at, place->size));
}

static long do_pread(struct worker *worker, const struct place *place)
{
	return or_error(pread(worker->device, place->at, place->size,
			      draw_below(worker, 8192)));
}

static long do_readv(struct worker *worker, const struct place *place)
{
	struct iovec part = { place->at, place->size };

	return or_error(readv(worker->device, &part, 1));
}

static long do_lseek(struct worker *worker, const struct place *place)
{
	off_t offset = (__s32)random_next(&worker->random);

	(void)place;
	return or_error(lseek(worker->device, offset, draw_below(worker, 3)));
}

static long do_lseek_wrong(struct worker *worker, const struct place *place)
{
	(void)place;
	return or_error(lseek(worker->device, 0, 5 + draw_below(worker, 99)));
}

static long do_mmap(struct worker *worker, const struct place *place)
{
	static const int protections[] = {
		PROT_NONE, PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE,
	};
	void *at = mmap(NULL, 4096 << draw_below(worker, 8),
			protections[draw_below(worker, 4)],
			draw_one_in(worker, 2) ? MAP_SHARED : MAP_PRIVATE,
			worker->device, 4096 * draw_below(worker, 16));

	(void)place;
	if (at == MAP_FAILED)
		return -errno;
	munmap(at, 4096);
	return 0;
}

static long do_poll(struct worker *worker, const struct place *place)
{
	struct pollfd event = {
		.fd = worker->device,
		.events = random_next(&worker->random),
	};

	(void)place;
	return or_error(poll(&event, 1, 0));
}

static long do_epoll(struct worker *worker, const struct place *place)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	long result = or_error(epoll_ctl(epoll, EPOLL_CTL_ADD, worker->device,
					 &event));

	(void)place;
	if (!result)
		result = or_error(epoll_wait(epoll, &event, 1, 0));
	close(epoll);
	return result;
}

static long do_fsync(struct worker *worker, const struct place *place)
{
	(void)place;
	return or_error(fsync(worker->device));
}

static long do_ftruncate(struct worker *worker, const struct place *place)
{
	(void)place;
	return or_error(ftruncate(worker->device, draw_below(worker, 8192)));
}

static long do_fallocate(struct worker *worker, const struct place *place)
{
	(void)place;
	return or_error(fallocate(worker->device, 0, 0, 4096));
}

static long do_getdents(struct worker *worker, const struct place *place)
{
	return or_error(syscall(__NR_getdents64, worker->device, place->at,
				place->size));
}

static long do_flock(struct worker *worker, const struct place *place)
{
	(void)place;
	/* Taken by nobody else: each open file has its own. */
	return or_error(flock(worker->device, LOCK_SH | LOCK_NB) ||
			flock(worker->device, LOCK_UN));
}

static long open_once(int flags)
{
	int fd = open(TRANSLATE_PID_DEVICE, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static long do_open(struct worker *worker, const struct place *place)
{
	static const int flags[] = {
		O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_NONBLOCK, O_RDWR | O_TRUNC,
		O_RDWR | O_APPEND, O_RDWR | O_SYNC, O_PATH,
	};

	(void)place;
	return open_once(flags[draw_below(worker, 8)]);
}

static long do_open_directory(struct worker *worker, const struct place *place)
{
	(void)worker;
	(void)place;
	return open_once(O_RDONLY | O_DIRECTORY);
}

static long do_open_new(struct worker *worker, const struct place *place)
{
	(void)worker;
	(void)place;
	return open_once(O_RDWR | O_CREAT | O_EXCL);
}

static long do_fdinfo(struct worker *worker, const struct place *place)
{
	char path[64], text[512];
	int fd;
	long result;

	(void)place;
	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d",
		 worker->device);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	result = read(fd, text, sizeof(text));
	close(fd);
	return result > 0 ? 0 : -EIO;
}

static const struct {
	const char *name;
	long (*call)(struct worker *worker, const struct place *place);
	int right;		/* 0 or an error */
} operations[] = {
	{ "read", do_read, EINVAL },
	{ "write", do_write, EINVAL },
	{ "pread", do_pread, EINVAL },
	{ "readv", do_readv, EINVAL },
	{ "lseek", do_lseek, 0 },
	{ "lseek, wrong whence", do_lseek_wrong, EINVAL },
	{ "mmap", do_mmap, ENODEV },
	{ "poll", do_poll, 0 },
	{ "fsync", do_fsync, EINVAL },
	{ "ftruncate", do_ftruncate, EINVAL },
	{ "fallocate", do_fallocate, ENODEV },
	{ "getdents", do_getdents, ENOTDIR },
	{ "flock", do_flock, 0 },
	{ "epoll", do_epoll, 0 },
	{ "open", do_open, 0 },
	{ "open as directory", do_open_directory, ENOTDIR },
	{ "open as new file", do_open_new, EEXIST },
	{ "fdinfo", do_fdinfo, 0 },
};

#define OPERATIONS (sizeof(operations) / sizeof(*operations))

void call_device(struct worker *worker)
{
	static const char zeros[256];
	/* Those that open something come last and seldom. */
	__u32 index = draw_below(worker, draw_one_in(worker, 4) ?
				 OPERATIONS : OPERATIONS - 5);
	struct place place = memory_place(worker, draw_below(worker, PLACE_LATE),
					  zeros, draw_below(worker, 256), NULL);
	answers right = ANSWER(operations[index].right);
	const char *complaint;
	long result = operations[index].call(worker, &place);

	memory_settle(worker, &place);
	complaint = unless_allowed(result, right);
	if (!complaint && result > 0)
		complaint = "something where nothing is";
	if (!complaint && !memory_is_untouched(worker, &place, false))
		complaint = "memory was changed";
	report(worker, CALL_DEVICE, result, complaint, right,
	       "%s of the device: %zu bytes at %p (%s)", operations[index].name,
	       place.size, place.at, place_names[place.kind]);
}
