// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listings of /proc/<pid>/ns. All have the same entries, which are known from
 * one listing with a large buffer; a small one must give them one by one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc.h"

/* What getdents64() gives. */
struct entry_of_directory {
	__u64 inode;
	__s64 next;
	__u16 length;
	__u8 type;
	char name[];
};

#define LISTED_MAX	32

struct listing {
	int count;
	struct listed {
		char name[32];
		__u16 length;
		__u8 type;
		__s64 next;		/* the position behind it */
	} entries[LISTED_MAX];
};

/* The complaint about an entry that does not fit its place, or NULL. */
static const char *check_entry(const struct entry_of_directory *entry,
			       long length)
{
	size_t head = offsetof(struct entry_of_directory, name);
	size_t name;

	if (length < (long)head || entry->length > length ||
	    entry->length < head + 2 || entry->length % 8)
		return "entries of a wrong length";
	name = strnlen(entry->name, entry->length - head);
	if (!name || name == entry->length - head)
		return "an entry without a name";
	return entry->inode ? NULL : "an entry without an inode";
}

static int find_listed(const struct listing *listing, const char *name)
{
	for (int i = 0; i < listing->count; i++)
		if (!strcmp(listing->entries[i].name, name))
			return i;
	return -1;
}

/*
 * What was returned must be entries, without a gap. @first is the index of the
 * one that is next, and becomes that of the one behind; -1: it is not known.
 * Of a process that @may_be_gone, procfs makes no more inodes, but goes on to
 * list those that it cannot make, without a type (proc_fill_cache()).
 */
static const char *check_entries(const struct listing *listing,
				 const unsigned char *at, long length,
				 int *first, bool may_be_gone)
{
	while (length > 0) {
		const struct entry_of_directory *entry = (const void *)at;
		const char *complaint = check_entry(entry, length);
		int index;

		if (complaint)
			return complaint;
		index = find_listed(listing, entry->name);
		if (index < 0)
			return "an entry that is not in other listings";
		if (*first >= 0 && index != *first)
			return index > *first ? "an entry is left out" :
						"an entry is there twice";
		if (entry->type != listing->entries[index].type &&
		    !(may_be_gone && entry->type == DT_UNKNOWN))
			return "an entry of another type than in other listings";
		if (entry->next != listing->entries[index].next)
			return "an entry at another position than in other listings";
		*first = index + 1;
		at += entry->length;
		length -= entry->length;
	}
	return NULL;
}

/* What is left at the end of the buffer must be too small for the next entry. */
static bool would_fit(const struct listing *listing, int next, size_t room)
{
	return next < listing->count && listing->entries[next].length <= room;
}

/* One call, from entry @next on (-1: somewhere); returns its result. */
static long list_some(struct worker *worker, int fd, enum place_kind kind,
		      size_t size, const struct subject *subject, int *next)
{
	static const char zeros[8192];
	const struct listing *listing = worker->listing;
	struct place place = memory_place(worker, kind, zeros, size, NULL);
	int first = *next;
	answers allowed = SUCCESS | ANSWER(EINVAL);
	const char *complaint;
	long result;

	/* It must give what fits, and nothing only at the end. */
	if (first >= 0 && would_fit(listing, first, size))
		allowed = SUCCESS;
	else if (first >= 0 && first < listing->count)
		allowed = ANSWER(EINVAL);
	if (place.cannot_write)
		allowed |= ANSWER(EFAULT);
	if (subject->space == SPACES)
		allowed |= GONE;
	result = or_error(syscall(__NR_getdents64, fd, place.at, size));
	memory_settle(worker, &place);
	complaint = unless_allowed(result, allowed);
	if (!complaint && result > (long)size)
		complaint = "more than the buffer holds";
	if (!complaint && !memory_is_untouched(worker, &place, true))
		complaint = "memory beside the buffer was changed";
	if (!complaint && result > 0)
		complaint = memory_seen(worker, &place) ?
			check_entries(listing, memory_seen(worker, &place),
				      result, next, subject->space == SPACES) :
			"entries where no memory is";
	if (!complaint && first >= 0 && result >= 0 && !place.cannot_write &&
	    subject->space != SPACES &&
	    would_fit(listing, *next, size - result))
		complaint = "an entry that fits is not there";
	report(worker, CALL_LISTING, result, complaint, allowed,
	       "getdents64 of %s from entry %d on, %zu bytes at %p (%s)",
	       subject->directory, first, size, place.at,
	       place_names[place.kind]);
	return result;
}

/* From the start to the end, by buffers that hold few entries or none. */
static void list_all(struct worker *worker, int fd,
		     const struct subject *subject)
{
	const struct listing *listing = worker->listing;
	int next = 0;
	long result;

	lseek(fd, 0, SEEK_SET);
	do {
		size_t size = draw_one_in(worker, 4) ? draw_below(worker, 48) :
						       24 + draw_below(worker, 200);

		if (next && draw_one_in(worker, 8)) {
			next = 1 + draw_below(worker, next);
			lseek(fd, listing->entries[next - 1].next, SEEK_SET);
		}
		result = list_some(worker, fd, PLACE_PLAIN, size, subject,
				   &next);
	} while ((result > 0 || result == -EINVAL) &&
		 !__atomic_load_n(&worker->stage->stop, __ATOMIC_ACQUIRE));
	if (result || subject->space == SPACES)
		return;
	report(worker, CALL_LISTING, 0,
	       next == listing->count ? NULL : "the listing ends too early",
	       SUCCESS, "whole listing of %s, %d entries of %d",
	       subject->directory, next, listing->count);
}

void call_listing(struct worker *worker)
{
	struct subject subject = draw_subject(worker);
	int fd = open(subject.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		report(worker, CALL_LISTING, -errno,
		       unless_allowed(-errno, GONE), GONE, "open of %s",
		       subject.directory);
		return;
	}
	for (__u32 i = draw_below(worker, 16); i; i--) {
		int somewhere = -1;

		if (draw_one_in(worker, 2))
			lseek(fd, draw_one_in(worker, 2) ?
				      draw_below(worker, 20) :
				      random_next(&worker->random) >> 33,
			      SEEK_SET);
		list_some(worker, fd, draw_below(worker, PLACE_LATE),
			  draw_buffer_size(worker), &subject, &somewhere);
	}
	if (draw_one_in(worker, 3))
		list_all(worker, fd, &subject);
	close(fd);
}

/* A link that is there to be looked up is listed. */
static void must_be_listed(const struct listing *listing, int directory,
			   const char *name)
{
	char text[64];
	int index = find_listed(listing, name);

	if (readlinkat(directory, name, text, sizeof(text)) < 0)
		return;
	if (index < 0 || listing->entries[index].type != DT_LNK)
		observe_die("/proc/self/ns does not list its link %s", name);
}

const struct listing *listing_new(void)
{
	static const char *const links[] = {
		"cgroup", "ipc", "mnt", "net", "pid", "pid_for_children",
		"time", "time_for_children", "user", "uts", LINK,
	};
	static unsigned char buffer[8192] __attribute__((aligned(8)));
	struct listing *listing = calloc(1, sizeof(*listing));
	int directory = open("/proc/self/ns",
			     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long length = syscall(__NR_getdents64, directory, buffer,
			      sizeof(buffer));
	unsigned char *at = buffer;

	if (!listing || length <= 0)
		observe_die("/proc/self/ns cannot be listed");
	while (length > 0) {
		const struct entry_of_directory *entry = (const void *)at;
		struct listed *listed = &listing->entries[listing->count];
		const char *complaint = check_entry(entry, length);

		if (complaint || find_listed(listing, entry->name) >= 0 ||
		    listing->count == LISTED_MAX ||
		    strlen(entry->name) >= sizeof(listed->name))
			observe_die("/proc/self/ns lists no good entry as number %d: %s",
				    listing->count,
				    complaint ? complaint : entry->name);
		strcpy(listed->name, entry->name);
		listed->length = entry->length;
		listed->type = entry->type;
		listed->next = entry->next;
		listing->count++;
		at += entry->length;
		length -= entry->length;
	}
	if (syscall(__NR_getdents64, directory, buffer, sizeof(buffer)))
		observe_die("/proc/self/ns is not listed at once");
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		must_be_listed(listing, directory, links[i]);
	close(directory);
	return listing;
}
