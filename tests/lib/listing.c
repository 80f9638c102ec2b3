// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <asm/posix_types.h>

#include "listing.h"
#include "observe.h"

struct dirent_64 {
	__u64 inode;
	__s64 next;
	unsigned short length;
	unsigned char type;
	char name[];
} __attribute__((packed));

/* The type is the last byte of the record. */
struct dirent_old {
	__kernel_ulong_t inode;
	__kernel_ulong_t next;
	unsigned short length;
	char name[];
} __attribute__((packed));

static void add(struct listing *listing, const char *name, __u64 inode,
		__s64 next, unsigned char type)
{
	struct listed *entry = &listing->entries[listing->count++];

	if (listing->count > LISTING_MAX)
		observe_die("more than %d names in a directory", LISTING_MAX);
	if (strlen(name) >= sizeof(entry->name))
		observe_die("the name \"%s\" is too long", name);
	strcpy(entry->name, name);
	entry->inode = inode;
	entry->next = next;
	entry->type = type;
}

static long read_some(int directory, size_t size, struct listing *listing,
		      bool old)
{
	/* Behind the buffer lies nothing that the kernel may write to. */
	char *buffer = malloc(size + 8), *at;
	static const char guard[8] = "\xa5\x5a\xa5\x5a\xa5\x5a\xa5\x5a";
	long length, added = 0;

	if (!buffer)
		observe_die("no memory for a directory");
	memcpy(buffer + size, guard, sizeof(guard));
	length = syscall(old ? __NR_getdents : __NR_getdents64, directory,
			 buffer, size);
	if (length < 0)
		length = -errno;
	if (memcmp(buffer + size, guard, sizeof(guard)))
		observe_die("getdents wrote beyond its buffer");
	for (at = buffer; at < buffer + length; added++) {
		if (old) {
			struct dirent_old *d = (void *)at;

			add(listing, d->name, d->inode, d->next,
			    at[d->length - 1]);
			at += d->length;
		} else {
			struct dirent_64 *d = (void *)at;

			add(listing, d->name, d->inode, d->next, d->type);
			at += d->length;
		}
	}
	free(buffer);
	return length < 0 ? length : added;
}

static long read_all(int directory, size_t size, struct listing *listing,
		     bool old)
{
	long result;

	do {
		result = read_some(directory, size, listing, old);
	} while (result > 0);
	return result;
}

long listing_read(int directory, size_t buffer, struct listing *listing)
{
	return read_all(directory, buffer, listing, false);
}

long listing_read_some(int directory, size_t buffer, struct listing *listing)
{
	return read_some(directory, buffer, listing, false);
}

long listing_read_old(int directory, size_t buffer, struct listing *listing)
{
	return read_all(directory, buffer, listing, true);
}

const struct listed *listing_find(const struct listing *listing,
				  const char *name)
{
	for (size_t i = 0; i < listing->count; i++)
		if (!strcmp(listing->entries[i].name, name))
			return &listing->entries[i];
	return NULL;
}

size_t listing_count(const struct listing *listing, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < listing->count; i++)
		count += !strcmp(listing->entries[i].name, name);
	return count;
}
