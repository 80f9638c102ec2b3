// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>

#include "pager.h"

#define PAGE	4096UL
#define PAGES	2
#define REGION	(PAGES * PAGE)

struct pager {
	int userfault;
	int map_flags;
	char *region;
	char image[REGION] __attribute__((aligned(4096)));
	unsigned char copy[REGION];

	/* For the handler; set while nothing can fault. */
	enum place_kind kind;
	unsigned int delay;
	bool gone;
	size_t at;		/* of the argument, and what becomes of it */
	const void *other;

	/* For the racer. */
	__u32 racing;		/* a futex */
	__u32 started;
	unsigned char *byte;
	unsigned char bits;
};

static void wake(struct pager *pager)
{
	struct uffdio_range range = {
		.start = (unsigned long)pager->region,
		.len = REGION,
	};

	ioctl(pager->userfault, UFFDIO_WAKE, &range);
}

/* The faulting thread finds nothing there when it looks again. */
static void take_away(struct pager *pager)
{
	__atomic_store_n(&pager->gone, true, __ATOMIC_RELEASE);
	munmap(pager->region, REGION);
	wake(pager);
}

static void bring(struct pager *pager, unsigned long page)
{
	unsigned long offset = page - (unsigned long)pager->region;
	struct uffdio_copy copy = {
		.dst = page,
		.src = (unsigned long)pager->image + offset,
		.len = PAGE,
	};

	if (ioctl(pager->userfault, UFFDIO_COPY, &copy) && errno != EEXIST)
		observe_die("UFFDIO_COPY: %s", strerror(errno));
}

static void bring_zeros(struct pager *pager, unsigned long page)
{
	struct uffdio_zeropage zeros = {
		.range = { .start = page, .len = PAGE },
	};

	if (ioctl(pager->userfault, UFFDIO_ZEROPAGE, &zeros) && errno != EEXIST)
		observe_die("UFFDIO_ZEROPAGE: %s", strerror(errno));
}

static void protect(struct pager *pager, unsigned long start, size_t size,
		    bool on)
{
	struct uffdio_writeprotect protect = {
		.range = { .start = start, .len = size },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	if (ioctl(pager->userfault, UFFDIO_WRITEPROTECT, &protect))
		observe_die("UFFDIO_WRITEPROTECT: %s", strerror(errno));
}

static void *handle_faults(void *argument)
{
	struct pager *pager = argument;
	struct uffd_msg message;

	for (;;) {
		struct pollfd event = {
			.fd = pager->userfault,
			.events = POLLIN,
		};
		unsigned long page;

		poll(&event, 1, -1);
		if (read(pager->userfault, &message, sizeof(message)) !=
		    sizeof(message))
			continue;
		page = message.arg.pagefault.address & ~(PAGE - 1);
		if (pager->delay)
			usleep(pager->delay);
		switch (pager->kind) {
		case PLACE_LATE:
			bring(pager, page);
			break;
		case PLACE_REWRITTEN:
			/* The call waits for the second page. */
			memcpy(pager->region + pager->at, pager->other,
			       PAGE - pager->at);
			bring(pager, page);
			break;
		case PLACE_LATE_ZERO:
			bring_zeros(pager, page);
			break;
		case PLACE_LATE_WRITE:
			protect(pager, page, PAGE, false);
			break;
		default:
			take_away(pager);
			break;
		}
	}
	return NULL;
}

static void futex(__u32 *word, int operation, __u32 value)
{
	syscall(__NR_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL,
		NULL, 0);
}

static __u32 load(const __u32 *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(__u32 *word, __u32 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Without a byte, it is the pages of the region that come and go. */
static void race_once(struct pager *pager, unsigned int turn)
{
	if (pager->byte) {
		for (int i = 0; i < 16; i++)
			__atomic_xor_fetch(pager->byte, pager->bits,
					   __ATOMIC_RELAXED);
		return;
	}
	switch (turn % 4) {
	case 0:
		madvise(pager->region, PAGE, MADV_DONTNEED);
		break;
	case 1:
		mprotect(pager->region, REGION, PROT_READ);
		break;
	case 2:
		mprotect(pager->region, REGION, PROT_NONE);
		break;
	default:
		mprotect(pager->region, REGION, PROT_READ | PROT_WRITE);
		break;
	}
}

static void *race(void *argument)
{
	struct pager *pager = argument;
	unsigned int turn = 0;

	for (;;) {
		while (!load(&pager->racing))
			futex(&pager->racing, FUTEX_WAIT, 0);
		store(&pager->started, 1);
		while (load(&pager->racing))
			race_once(pager, turn++);
		store(&pager->started, 0);
	}
	return NULL;
}

static void start_racing(struct pager *pager)
{
	store(&pager->racing, 1);
	futex(&pager->racing, FUTEX_WAKE, 1);
	while (!load(&pager->started))
		sched_yield();
}

void pager_race(struct pager *pager, unsigned char *byte, unsigned char bits)
{
	pager->byte = byte;
	pager->bits = bits;
	start_racing(pager);
}

void pager_race_end(struct pager *pager)
{
	store(&pager->racing, 0);
	while (load(&pager->started))
		sched_yield();
}

static void start_thread(struct pager *pager, void *(*body)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, body, pager))
		observe_die("a worker gets no thread");
}

struct pager *pager_new(int map_flags)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	struct pager *pager;

	if (posix_memalign((void **)&pager, PAGE, sizeof(*pager)))
		observe_die("no memory for a pager");
	memset(pager, 0, sizeof(*pager));
	pager->map_flags = map_flags;
	pager->userfault = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (pager->userfault < 0 || ioctl(pager->userfault, UFFDIO_API, &api))
		observe_die("no userfaultfd (is vm.unprivileged_userfaultfd set?): %s",
			    strerror(errno));
	start_thread(pager, handle_faults);
	start_thread(pager, race);
	return pager;
}

static void watch(struct pager *pager, __u64 mode)
{
	struct uffdio_register watched = {
		.range = { .start = (unsigned long)pager->region,
			   .len = REGION },
		.mode = mode,
	};

	if (ioctl(pager->userfault, UFFDIO_REGISTER, &watched))
		observe_die("UFFDIO_REGISTER: %s", strerror(errno));
}

void *pager_begin(struct pager *pager, enum place_kind kind, size_t at,
		  const void *argument, size_t size, const void *other,
		  unsigned int delay)
{
	pager->kind = kind;
	pager->delay = delay;
	pager->at = at;
	pager->other = other;
	pager->gone = false;
	pager->region = mmap(NULL, REGION, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | pager->map_flags,
			     -1, 0);
	if (pager->region == MAP_FAILED)
		observe_die("no pages: %s", strerror(errno));
	memset(pager->image, 0, sizeof(pager->image));
	memcpy(pager->image + at, argument, size);
	if (kind == PLACE_LATE_WRITE || kind == PLACE_LATE_WRITE_GONE ||
	    kind == PLACE_VANISHING)
		memcpy(pager->region, pager->image, REGION);
	if (kind == PLACE_REWRITTEN)
		memcpy(pager->region, pager->image, PAGE);
	if (kind == PLACE_VANISHING) {
		pager->byte = NULL;
		start_racing(pager);
	} else if (kind == PLACE_LATE_WRITE || kind == PLACE_LATE_WRITE_GONE) {
		watch(pager, UFFDIO_REGISTER_MODE_WP);
		protect(pager, (unsigned long)pager->region, REGION, true);
	} else {
		watch(pager, UFFDIO_REGISTER_MODE_MISSING);
	}
	return pager->region + at;
}

unsigned char *pager_end(struct pager *pager, enum place_kind kind,
			 const void *at, size_t size)
{
	struct uffdio_range range = {
		.start = (unsigned long)pager->region,
		.len = REGION,
	};

	if (kind == PLACE_VANISHING)
		pager_race_end(pager);
	if (__atomic_load_n(&pager->gone, __ATOMIC_ACQUIRE))
		return NULL;
	/* Pages that the call never looked at have still to be brought: zeros come by themselves. */
	for (unsigned long page = 0; page < REGION; page += PAGE)
		if (kind == PLACE_LATE || kind == PLACE_REWRITTEN)
			bring(pager, (unsigned long)pager->region + page);
	if (kind != PLACE_VANISHING)
		ioctl(pager->userfault, UFFDIO_UNREGISTER, &range);
	mprotect(pager->region, REGION, PROT_READ);
	memcpy(pager->copy, at, size);
	munmap(pager->region, REGION);
	return pager->copy;
}
