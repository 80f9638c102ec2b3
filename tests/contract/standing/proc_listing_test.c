// SPDX-License-Identifier: GPL-2.0-only
/*
 * pidns_id in the listing of /proc/<pid>/ns: among the kernel's own names,
 * exactly once, however and from wherever the directory is read.
 *
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "child.h"
#include "listing.h"
#include "ns_link.h"
#include "test.h"

/* sizeof a getdents64 record of the name, and of the longest name there. */
#define OWN_RECORD	32
#define LONGEST_RECORD	40

FIXTURE(listing) {
	int directory;
	struct listing whole;
};

FIXTURE_SETUP(listing)
{
	self->directory = ns_directory(getpid());
	ASSERT_EQ(0, listing_read(self->directory, 4096, &self->whole));
	ASSERT_EQ(0, lseek(self->directory, 0, SEEK_SET));
}

FIXTURE_TEARDOWN(listing)
{
	close(self->directory);
	nodes_destroy();
}

/* What was read must be the end of the whole listing, from @first on. */
static void check_same(struct __test_metadata *_metadata,
		       const struct listing *whole, size_t first,
		       const struct listing *read, const char *how)
{
	EXPECT_EQ(whole->count - first, read->count) {
		TH_LOG("%s", how);
	}
	for (size_t i = first; i < whole->count && i - first < read->count; i++) {
		const struct listed *a = &whole->entries[i];
		const struct listed *b = &read->entries[i - first];

		EXPECT_STREQ(a->name, b->name) {
			TH_LOG("%s", how);
		}
		EXPECT_EQ(a->next, b->next) {
			TH_LOG("%s: position of %s", how, a->name);
		}
		EXPECT_EQ(a->inode, b->inode) {
			TH_LOG("%s: inode of %s", how, a->name);
		}
		EXPECT_EQ(a->type, b->type) {
			TH_LOG("%s: type of %s", how, a->name);
		}
	}
}

TEST_F(listing, once_among_the_others)
{
	static const char *const others[] = {
		".", "..", "net", "uts", "ipc", "pid", "pid_for_children",
		"user", "mnt", "cgroup", "time", "time_for_children",
	};

	size_t existing = 0;

	EXPECT_EQ(1, listing_count(&self->whole, NS_LINK));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		/* A kernel need not be built with all of them. */
		size_t exists = !faccessat(self->directory, others[i], F_OK,
					   AT_SYMLINK_NOFOLLOW);

		existing += exists;
		EXPECT_EQ(exists, listing_count(&self->whole, others[i])) {
			TH_LOG("%s", others[i]);
		}
	}
	EXPECT_LE(4, existing);
	EXPECT_EQ(existing + 1, self->whole.count);
	/* Positions only grow: no reader can run into a loop. */
	for (size_t i = 1; i < self->whole.count; i++) {
		EXPECT_LT(self->whole.entries[i - 1].next,
			  self->whole.entries[i].next);
	}
}

TEST_F(listing, of_threads_and_others)
{
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	long tid = translate_by_ioctl.translate(node_thread(init),
						node_ns_id(init), 0);
	char paths[5][64];

	snprintf(paths[0], 64, "/proc/%d/ns", init->pid);
	snprintf(paths[1], 64, "/proc/%d/task/%d/ns", init->pid, init->pid);
	snprintf(paths[2], 64, "/proc/%d/task/%ld/ns", init->pid, tid);
	snprintf(paths[3], 64, "/proc/%ld/ns", tid);
	snprintf(paths[4], 64, "/proc/thread-self/ns");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct listing listing = {};
		int directory = open(paths[i], O_RDONLY | O_DIRECTORY);

		ASSERT_LE(0, directory);
		EXPECT_EQ(0, listing_read(directory, 4096, &listing));
		EXPECT_EQ(1, listing_count(&listing, NS_LINK)) {
			TH_LOG("%s", paths[i]);
		}
		EXPECT_EQ(self->whole.count, listing.count);
		close(directory);
	}
}

TEST_F(listing, every_buffer_size)
{
	for (size_t size = LONGEST_RECORD; size < 700; size++) {
		struct listing listing = {};
		char how[32];

		snprintf(how, sizeof(how), "%zu bytes", size);
		ASSERT_EQ(0, lseek(self->directory, 0, SEEK_SET));
		EXPECT_EQ(0, listing_read(self->directory, size, &listing));
		check_same(_metadata, &self->whole, 0, &listing, how);
	}
}

/* What does not fit is an error, and is not lost. */
TEST_F(listing, buffer_too_small)
{
	size_t last = self->whole.count - 1;

	ASSERT_STREQ(NS_LINK, self->whole.entries[last].name);
	for (size_t size = 0; size < LONGEST_RECORD; size++) {
		struct listing listing = {};

		ASSERT_EQ(0, lseek(self->directory, 0, SEEK_SET));
		EXPECT_EQ(-EINVAL, listing_read(self->directory, size,
						&listing)) {
			TH_LOG("%zu bytes", size);
		}
		EXPECT_EQ(0, listing_count(&listing, NS_LINK));
	}
	for (size_t size = 0; size < LONGEST_RECORD; size++) {
		struct listing listing = {};

		ASSERT_LE(0, lseek(self->directory,
				   self->whole.entries[last - 1].next,
				   SEEK_SET));
		EXPECT_EQ(size < OWN_RECORD ? -EINVAL : 0,
			  listing_read(self->directory, size, &listing)) {
			TH_LOG("%zu bytes", size);
		}
		EXPECT_EQ(size < OWN_RECORD ? 0 : 1, listing.count);
		/* A larger buffer goes on where the small one failed. */
		EXPECT_EQ(0, listing_read(self->directory, 4096, &listing));
		EXPECT_EQ(1, listing_count(&listing, NS_LINK));
	}
}

TEST_F(listing, from_each_position)
{
	for (size_t first = 0; first <= self->whole.count; first++) {
		__s64 position = first ? self->whole.entries[first - 1].next : 0;
		size_t sizes[] = { LONGEST_RECORD, 64, 4096 };

		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			struct listing listing = {};
			char how[64];

			snprintf(how, sizeof(how), "%zu bytes from %lld",
				 sizes[i], position);
			ASSERT_EQ(position, lseek(self->directory, position,
						  SEEK_SET));
			EXPECT_EQ(0, listing_read(self->directory, sizes[i],
						  &listing));
			check_same(_metadata, &self->whole, first, &listing,
				   how);
		}
	}
}

/* Positions that no reader was ever told. */
TEST_F(listing, from_any_position)
{
	static const __s64 far[] = {
		1000, 0xffff, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 0x7ffffffe,
		0x7fffffff,
	};

	for (__s64 position = 0; position < 40; position++) {
		struct listing listing = {};

		ASSERT_EQ(position, lseek(self->directory, position, SEEK_SET));
		EXPECT_EQ(0, listing_read(self->directory, 64, &listing));
		EXPECT_GE(1, listing_count(&listing, NS_LINK));
		EXPECT_GE(self->whole.count, listing.count);
	}
	for (size_t i = 0; i < ARRAY_SIZE(far); i++) {
		struct listing listing = {};

		if (lseek(self->directory, far[i], SEEK_SET) < 0)
			continue;
		EXPECT_EQ(0, listing_read(self->directory, 64, &listing));
		EXPECT_GE(1, listing.count) {
			TH_LOG("position %lld", far[i]);
		}
		EXPECT_EQ(listing.count, listing_count(&listing, NS_LINK));
	}
	EXPECT_EQ(-1, lseek(self->directory, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
}

/* Rewinding half-way begins anew; the end stays the end. */
TEST_F(listing, rewind)
{
	for (size_t steps = 0; steps <= self->whole.count; steps++) {
		struct listing some = {}, again = {}, rest = {};

		ASSERT_EQ(0, lseek(self->directory, 0, SEEK_SET));
		for (size_t i = 0; i < steps; i++)
			ASSERT_LE(0, listing_read_some(self->directory,
						       LONGEST_RECORD, &some));
		ASSERT_EQ(0, lseek(self->directory, 0, SEEK_SET));
		EXPECT_EQ(0, listing_read(self->directory, 64, &again));
		check_same(_metadata, &self->whole, 0, &again, "rewound");
		EXPECT_EQ(0, listing_read(self->directory, 64, &rest));
		EXPECT_EQ(0, rest.count);
	}
}

TEST_F(listing, library_functions)
{
	DIR *stream = fdopendir(dup(self->directory));
	struct dirent *entry;
	long before = 0;
	size_t seen = 0;

	ASSERT_NE(NULL, stream);
	for (int pass = 0; pass < 2; pass++) {
		while ((entry = readdir(stream))) {
			seen += !strcmp(entry->d_name, NS_LINK);
			if (!strcmp(entry->d_name, NS_LINK)) {
				seekdir(stream, before);
				entry = readdir(stream);
				ASSERT_NE(NULL, entry);
				EXPECT_STREQ(NS_LINK, entry->d_name);
			}
			before = telldir(stream);
		}
		EXPECT_EQ(pass + 1, seen);
		rewinddir(stream);
	}
	closedir(stream);
}

/* getdents(2), and readdir(2) where it exists. */
TEST_F(listing, old_system_calls)
{
	for (size_t size = 48; size < 600; size += 8) {
		struct listing listing = {};

		ASSERT_EQ(0, lseek(self->directory, 0, SEEK_SET));
		EXPECT_EQ(0, listing_read_old(self->directory, size, &listing));
		check_same(_metadata, &self->whole, 0, &listing, "getdents");
	}
#ifdef __NR_readdir
	struct {
		unsigned long inode;
		unsigned long next;
		unsigned short length;
		char name[256];
	} one;
	size_t seen = 0, count = 0;

	ASSERT_EQ(0, lseek(self->directory, 0, SEEK_SET));
	while (syscall(__NR_readdir, self->directory, &one, 1) == 1) {
		one.name[one.length] = '\0';
		seen += !strcmp(one.name, NS_LINK);
		count++;
	}
	EXPECT_EQ(1, seen);
	EXPECT_EQ(self->whole.count, count);
#endif
}

TEST_F(listing, buffer_that_cannot_be_written)
{
	struct listing listing = {};

	EXPECT_EQ(-1, syscall(__NR_getdents64, self->directory, NULL, 4096));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_LE(0, lseek(self->directory,
			   self->whole.entries[self->whole.count - 2].next,
			   SEEK_SET));
	EXPECT_EQ(-1, syscall(__NR_getdents64, self->directory, NULL, 4096));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, listing_read(self->directory, 4096, &listing));
	EXPECT_EQ(1, listing_count(&listing, NS_LINK));
}

TEST_F(listing, of_a_dead_process)
{
	struct node *node = node_spawn(NULL, 0);
	int directory = ns_directory(node->pid);
	struct listing listing = {};

	EXPECT_LT(0, listing_read_some(directory, 64, &listing));
	node_destroy(node);
	EXPECT_EQ(-ENOENT, listing_read(directory, 4096, &listing));
	ASSERT_EQ(0, lseek(directory, 0, SEEK_SET));
	EXPECT_EQ(-ENOENT, listing_read(directory, 4096, &listing));
	close(directory);
}

/* One open directory, read and rewound by several processes at once. */
struct shared_directory {
	int directory;
	atomic_bool stop;
	atomic_ulong passes;
	atomic_ulong doubled;
	atomic_ulong failed;
};

static int rewind_often(void *argument)
{
	struct shared_directory *shared = argument;

	while (!shared->stop) {
		lseek(shared->directory, 0, SEEK_SET);
		shared->passes++;
	}
	return 0;
}

static int read_often(void *argument)
{
	struct shared_directory *shared = argument;

	while (!shared->stop) {
		struct listing listing = {};

		/* One call sees one state: the position is locked meanwhile. */
		if (listing_read_some(shared->directory, 4096, &listing) < 0)
			shared->failed++;
		if (listing_count(&listing, NS_LINK) > 1 ||
		    listing.count > LISTING_MAX / 2)
			shared->doubled++;
		shared->passes++;
	}
	return 0;
}

TEST_F(listing, shared_position)
{
	struct shared_directory *shared = shared_memory(sizeof(*shared));
	pid_t children[4];

	shared->directory = self->directory;
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		children[i] = child_start(i % 2 ? rewind_often : read_often,
					  shared);
	/* Somebody with a position of its own is not disturbed. */
	while (shared->passes < 2000) {
		struct listing listing = {};
		int own = ns_directory(getpid());

		EXPECT_EQ(0, listing_read(own, 64, &listing));
		check_same(_metadata, &self->whole, 0, &listing, "beside");
		close(own);
	}
	shared->stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		EXPECT_EQ(0, child_wait(children[i]));
	EXPECT_EQ(0, shared->doubled);
	EXPECT_EQ(0, shared->failed);
}

TEST_HARNESS_MAIN
