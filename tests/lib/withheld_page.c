// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/userfaultfd.h>

#include "observe.h"
#include "withheld_page.h"

static struct uffdio_range range_of(const struct withheld_page *page)
{
	return (struct uffdio_range){
		.start = (uintptr_t)page->memory, .len = page->size,
	};
}

static struct withheld_page withhold(__u64 mode, const void *structure,
				     size_t size, int pages_in_front)
{
	struct uffdio_api api = {
		.api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	struct withheld_page page = { .size = sysconf(_SC_PAGESIZE) };
	struct uffdio_register area = { .mode = mode };

	page.front = pages_in_front * page.size;
	page.memory = mmap(NULL, page.front + page.size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	page.faults = syscall(__NR_userfaultfd, O_CLOEXEC);
	if (page.memory == MAP_FAILED || page.faults < 0)
		observe_die("no page for userfaultfd: %s", strerror(errno));
	page.memory += page.front;
	if (structure)
		memcpy(page.memory, structure, size);
	area.range = range_of(&page);
	if (ioctl(page.faults, UFFDIO_API, &api) ||
	    ioctl(page.faults, UFFDIO_REGISTER, &area))
		observe_die("userfaultfd does not work: %s", strerror(errno));
	return page;
}

struct withheld_page withheld_missing(void)
{
	return withhold(UFFDIO_REGISTER_MODE_MISSING, NULL, 0, 0);
}

struct withheld_page withheld_missing_behind_a_page(void)
{
	return withhold(UFFDIO_REGISTER_MODE_MISSING, NULL, 0, 1);
}

static void protect(const struct withheld_page *page, __u64 mode)
{
	struct uffdio_writeprotect protection = {
		.range = range_of(page), .mode = mode,
	};

	if (ioctl(page->faults, UFFDIO_WRITEPROTECT, &protection))
		observe_die("userfaultfd cannot protect a page: %s",
			    strerror(errno));
}

struct withheld_page withheld_read_only(const void *structure, size_t size)
{
	struct withheld_page page = withhold(UFFDIO_REGISTER_MODE_WP, structure,
					     size, 0);

	protect(&page, UFFDIO_WRITEPROTECT_MODE_WP);
	return page;
}

void withheld_wait_for_sleeper(const struct withheld_page *page)
{
	struct pollfd fault = { .fd = page->faults, .events = POLLIN };
	struct uffd_msg event;

	if (poll(&fault, 1, PATIENCE_MS) != 1 ||
	    read(page->faults, &event, sizeof(event)) != sizeof(event) ||
	    event.event != UFFD_EVENT_PAGEFAULT)
		observe_die("nobody waits for the withheld page");
}

void withheld_fill(const struct withheld_page *page, const void *structure,
		   size_t size)
{
	char *content = aligned_alloc(page->size, page->size);
	struct uffdio_copy copy = {
		.dst = (uintptr_t)page->memory,
		.src = (uintptr_t)content,
		.len = page->size,
	};

	memset(content, 0, page->size);
	if (structure)
		memcpy(content, structure, size);
	if (ioctl(page->faults, UFFDIO_COPY, &copy))
		observe_die("userfaultfd cannot fill a page: %s",
			    strerror(errno));
	free(content);
}

void withheld_allow_writing(const struct withheld_page *page)
{
	protect(page, 0);
}

void withheld_free(struct withheld_page *page)
{
	close(page->faults);
	munmap(page->memory - page->front, page->front + page->size);
}
