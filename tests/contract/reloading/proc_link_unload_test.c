// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of /proc/<pid>/ns/pidns_id when the module goes and comes: the
 * kernel has cached it in hundreds of directories by then, and readers may be
 * anywhere.
 *
 * RUNS: on one ABI, because /proc is no matter of the ABI.
 * RUNS: not in the suite kasan, because make test has no time for it there; the suite matrix has.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <linux/nsfs.h>
#include <linux/userfaultfd.h>

#include "child.h"
#include "listing.h"
#include "module.h"
#include "ns_link.h"
#include "own_proc.h"
#include "test.h"

#define CROWD		300
#define HELD		40
#define CYCLES		2

/* Reads the text of the link of one process; 0 or the negative error number. */
static long text_of(pid_t pid, const char *name, char *text)
{
	long length = ns_link_of(pid, name, text, 64);

	return length < 0 ? length : 0;
}

RELOADING_FIXTURE(link_unload)

/* Nothing finds the link of @pid, though the kernel's own is there. */
static void check_gone(struct __test_metadata *_metadata, pid_t pid)
{
	int directory = ns_directory(pid);
	struct listing listing = {};
	struct stat stat;
	char text[64], path[64];

	ns_link_path(pid, NS_LINK, path, sizeof(path));
	EXPECT_EQ(-ENOENT, text_of(pid, NS_LINK, text));
	EXPECT_EQ(-1, lstat(path, &stat));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, open(path, O_RDONLY));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, open(path, O_PATH | O_NOFOLLOW));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-ENOENT, ns_link_read(directory, NS_LINK, text,
					sizeof(text)));
	EXPECT_EQ(0, listing_read(directory, 4096, &listing));
	EXPECT_EQ(0, listing_count(&listing, NS_LINK));
	EXPECT_EQ(1, listing_count(&listing, "pid"));
	EXPECT_EQ(0, text_of(pid, "pid", text));
	close(directory);
}

TEST_F_TIMEOUT(link_unload, cached_links_of_a_crowd, 90)
{
	pid_t crowd[CROWD];
	int links[HELD], directories[HELD];
	struct node *chain[3];
	char text[64], own[64], path[64], before[3][64];

	ASSERT_EQ(0, module_load(""));
	node_spawn_chain(NULL, chain, 3);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, text_of(chain[i]->pid, NS_LINK, before[i]));
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = child_start(child_idle, NULL);
		ASSERT_EQ(0, text_of(crowd[i], NS_LINK, text));
		ASSERT_STREQ("[0]", text);
	}
	for (int i = 0; i < HELD; i++) {
		pid_t pid = i < 3 ? chain[i]->pid : crowd[i];

		ns_link_path(pid, NS_LINK, path, sizeof(path));
		links[i] = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		directories[i] = ns_directory(pid);
		ASSERT_LE(0, links[i]);
		/* Its position is behind the kernel's own names. */
		EXPECT_EQ(0, listing_read(directories[i], 4096,
					  &(struct listing){}));
	}
	/* Descriptors of links and directories are no reason to refuse. */
	ASSERT_EQ(0, module_unload());

	for (int i = 0; i < CROWD; i++) {
		EXPECT_EQ(-ENOENT, text_of(crowd[i], NS_LINK, text)) {
			TH_LOG("process %d of %d: \"%s\"", i, CROWD, text);
		}
	}
	for (int i = 0; i < 3; i++)
		check_gone(_metadata, chain[i]->pid);
	check_gone(_metadata, getpid());
	for (int i = 0; i < HELD; i++) {
		pid_t pid = i < 3 ? chain[i]->pid : crowd[i];
		struct listing listing = {};
		struct stat stat;
		int fd;

		/* A held link is still a link; it says what the kernel says. */
		ASSERT_EQ(0, text_of(pid, "pid", own));
		EXPECT_LT(0, ns_link_read(links[i], "", text, sizeof(text)));
		EXPECT_STREQ(own, text);
		EXPECT_EQ(0, fstat(links[i], &stat));
		EXPECT_TRUE(S_ISLNK(stat.st_mode));
		snprintf(path, sizeof(path), "/proc/self/fd/%d", links[i]);
		fd = open(path, O_RDONLY);
		EXPECT_TRUE(fd >= 0 || errno == ELOOP);
		if (fd >= 0)
			close(fd);
		EXPECT_EQ(-ENOENT, ns_link_read(directories[i], NS_LINK, text,
						sizeof(text)));
		EXPECT_EQ(0, listing_read(directories[i], 4096, &listing));
		EXPECT_EQ(0, listing.count);
		EXPECT_EQ(0, lseek(directories[i], 0, SEEK_SET));
		EXPECT_EQ(0, listing_read(directories[i], 4096, &listing));
		EXPECT_EQ(0, listing_count(&listing, NS_LINK));
		EXPECT_LT(2, listing.count);
	}

	/* It comes again, with new ids, also in the old descriptors. */
	ASSERT_EQ(0, module_load(""));
	for (int i = 0; i < 3; i++) {
		char expected[NS_LINK_TEXT];

		ns_link_expected(node_ns_id(chain[i]), expected);
		EXPECT_EQ(0, text_of(chain[i]->pid, NS_LINK, text));
		EXPECT_STREQ(expected, text);
		EXPECT_STRNE(before[i], text);
		EXPECT_LT(0, ns_link_read(directories[i], NS_LINK, text,
					  sizeof(text)));
		EXPECT_STREQ(expected, text);
	}
	for (int i = 0; i < CROWD; i++) {
		EXPECT_EQ(0, text_of(crowd[i], NS_LINK, text));
		EXPECT_STREQ("[0]", text);
	}
	for (int i = 0; i < HELD; i++) {
		/* This inode belongs to the module that went. */
		EXPECT_LT(0, ns_link_read(links[i], "", text, sizeof(text)));
		EXPECT_EQ(0, strncmp(text, "pid:[", 5));
		close(links[i]);
		close(directories[i]);
	}
	for (int i = 0; i < CROWD; i++)
		kill(crowd[i], SIGKILL);
	nodes_destroy();
}

/* A directory that was open before the module came. */
TEST_F(link_unload, directory_older_than_the_module)
{
	int unread = ns_directory(getpid()), read = ns_directory(getpid());
	struct listing listing = {}, again = {};
	char text[64];

	EXPECT_EQ(0, listing_read(read, 4096, &listing));
	EXPECT_EQ(0, listing_count(&listing, NS_LINK));
	/* A failed lookup is cached, too. */
	EXPECT_EQ(-ENOENT, ns_link_read(read, NS_LINK, text, sizeof(text)));

	ASSERT_EQ(0, module_load(""));
	EXPECT_LT(0, ns_link_read(read, NS_LINK, text, sizeof(text)));
	EXPECT_STREQ("[0]", text);
	EXPECT_EQ(0, listing_read(unread, 4096, &again));
	EXPECT_EQ(1, listing_count(&again, NS_LINK));
	EXPECT_EQ(listing.count + 1, again.count);
	/* The one that had reached the end has a new end. */
	memset(&again, 0, sizeof(again));
	EXPECT_EQ(0, listing_read(read, 4096, &again));
	EXPECT_EQ(1, again.count);
	EXPECT_EQ(1, listing_count(&again, NS_LINK));
	close(unread);
	close(read);
}

/* Each procfs has a cache of its own. */
TEST_F(link_unload, procfs_of_containers)
{
	struct node *containers[3];
	char expected[NS_LINK_TEXT], text[64];

	ASSERT_EQ(0, module_load(""));
	for (size_t i = 0; i < ARRAY_SIZE(containers); i++)
		containers[i] = own_proc_spawn(NULL, i ? CLONE_NEWPID : 0, "");
	for (int loaded = 1; loaded >= 0; loaded--) {
		for (size_t i = 0; i < ARRAY_SIZE(containers); i++) {
			long length = ns_link_read_as(containers[i],
						      OWN_PROC "/self/ns/" NS_LINK,
						      text, sizeof(text));

			if (loaded) {
				ns_link_expected(node_ns_id(containers[i]),
						 expected);
				EXPECT_STREQ(expected, text);
			} else {
				EXPECT_EQ(-ENOENT, length);
			}
		}
		if (loaded)
			ASSERT_EQ(0, module_unload());
	}
	nodes_destroy();
}

/* Readers of every kind while the module comes and goes. */
struct readers {
	pid_t subject;
	atomic_ulong found;
	atomic_ulong missing;
	atomic_ulong wrong;
	char wrong_text[64];
	atomic_bool stop;
};

static void judge(struct readers *r, long result, bool good, const char *what)
{
	if (result >= 0 && good)
		r->found++;
	else if (result == -ENOENT)
		r->missing++;
	else if (!r->wrong++)
		snprintf(r->wrong_text, sizeof(r->wrong_text), "%s: %ld", what,
			 result);
}

static int read_text(void *argument)
{
	struct readers *r = argument;

	while (!r->stop) {
		char text[64];
		long length = ns_link_of(r->subject, NS_LINK, text,
					 sizeof(text));

		/* It may have been looked up before, and read after, the end. */
		judge(r, length, text[0] == '[' || !strncmp(text, "pid:[", 5),
		      "readlink");
		usleep(100);
	}
	return 0;
}

static int read_directory(void *argument)
{
	struct readers *r = argument;
	int directory = ns_directory(r->subject);

	while (!r->stop) {
		struct listing listing = {};
		long result;

		lseek(directory, 0, SEEK_SET);
		result = listing_read(directory, 64, &listing);
		judge(r, listing_count(&listing, NS_LINK) ? result :
		      result < 0 ? result : -ENOENT,
		      listing_count(&listing, NS_LINK) == 1, "getdents");
		usleep(100);
	}
	return 0;
}

static int open_link(void *argument)
{
	struct readers *r = argument;
	char path[64];

	ns_link_path(r->subject, NS_LINK, path, sizeof(path));
	while (!r->stop) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		judge(r, fd < 0 ? -errno : fd,
		      fd >= 0 && ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWPID,
		      "open");
		if (fd >= 0)
			close(fd);
		usleep(100);
	}
	return 0;
}

/* Directories of processes that come and go are never looked up before. */
static int read_new(void *argument)
{
	struct readers *r = argument;

	while (!r->stop) {
		pid_t pid = child_start(child_idle, NULL);
		char text[64];
		long length = ns_link_of(pid, NS_LINK, text, sizeof(text));

		judge(r, length, !strcmp(text, "[0]") ||
				 !strncmp(text, "pid:[", 5), "new process");
		child_kill(pid);
	}
	return 0;
}

struct progress {
	struct readers **readers;
	size_t count;
	bool found;		/* the link; else its absence */
	unsigned long before[8];
};

static unsigned long seen_by(const struct progress *progress, size_t i)
{
	const struct readers *r = progress->readers[i];

	return progress->found ? r->found : r->missing;
}

static bool all_have_seen(void *argument)
{
	struct progress *progress = argument;

	for (size_t i = 0; i < progress->count; i++)
		if (seen_by(progress, i) == progress->before[i])
			return false;
	return true;
}

/* Waits until each reader has once more found the link, or that it is gone. */
static bool readers_see(struct readers **readers, size_t count, bool found)
{
	struct progress progress = {
		.readers = readers, .count = count, .found = found,
	};

	for (size_t i = 0; i < count; i++)
		progress.before[i] = seen_by(&progress, i);
	return observe_wait(all_have_seen, &progress);
}

TEST_F_TIMEOUT(link_unload, while_readers_are_busy, 90)
{
	static int (*const bodies[])(void *) = {
		read_text, read_directory, open_link, read_new,
	};
	struct readers *r[ARRAY_SIZE(bodies)];
	struct node *init = node_spawn(NULL, CLONE_NEWPID);
	pid_t children[ARRAY_SIZE(bodies)];
	__u64 started = observe_clock_ms();

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		r[i] = shared_memory(sizeof(*r[i]));
		r[i]->subject = init->pid;
		children[i] = child_start(bodies[i], r[i]);
	}
	for (int cycle = 0; cycle < CYCLES; cycle++) {
		ASSERT_EQ(0, module_load(""));
		EXPECT_TRUE(readers_see(r, ARRAY_SIZE(bodies), true));
		/* Refused while a reader is inside, so more than once. */
		module_must_unload();
		EXPECT_TRUE(readers_see(r, ARRAY_SIZE(bodies), false));
	}
	TH_LOG("%d cycles took %llu ms", CYCLES,
	       observe_clock_ms() - started);
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		r[i]->stop = true;
		EXPECT_EQ(0, child_wait(children[i]));
		TH_LOG("reader %zu: %lu times there, %lu times not", i,
		       (unsigned long)r[i]->found,
		       (unsigned long)r[i]->missing);
		EXPECT_LT(0, r[i]->found);
		EXPECT_LT(0, r[i]->missing);
		EXPECT_EQ(0, r[i]->wrong) {
			TH_LOG("reader %zu: %s", i, r[i]->wrong_text);
		}
	}
	check_gone(_metadata, init->pid);
	nodes_destroy();
}

struct sleeper {
	int directory;
	char *buffer;
	size_t size;
	long result;
};

static void *list_to_missing_page(void *argument)
{
	struct sleeper *s = argument;

	s->result = syscall(__NR_getdents64, s->directory, s->buffer, s->size);
	if (s->result < 0)
		s->result = -errno;
	return NULL;
}

/* A page that userfaultfd(2) withholds until it is told to give it. */
static int withhold(struct __test_metadata *_metadata, char *page, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = {
		.range = { .start = (uintptr_t)page, .len = size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fault = syscall(__NR_userfaultfd, O_CLOEXEC);

	ASSERT_LE(0, fault);
	ASSERT_EQ(0, ioctl(fault, UFFDIO_API, &api));
	ASSERT_EQ(0, ioctl(fault, UFFDIO_REGISTER, &area));
	return fault;
}

TEST_F(link_unload, while_a_reader_waits_for_a_page)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct sleeper s = { .directory = ns_directory(getpid()), .size = size };
	struct uffdio_zeropage give;
	struct uffd_msg event;
	pthread_t thread;
	int fault;

	ASSERT_EQ(0, module_load(""));
	s.buffer = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, s.buffer);
	fault = withhold(_metadata, s.buffer, size);
	ASSERT_EQ(0, pthread_create(&thread, NULL, list_to_missing_page, &s));
	/* Comes when the kernel writes the first name, inside of the listing. */
	ASSERT_EQ(sizeof(event), read(fault, &event, sizeof(event)));
	ASSERT_EQ(UFFD_EVENT_PAGEFAULT, event.event);

	for (int i = 0; i < 20; i++)
		EXPECT_EQ(-EAGAIN, module_unload());
	EXPECT_TRUE(module_is_loaded());
	/* It works as before the attempts. */
	EXPECT_EQ(getpid(), translate_by_ioctl.translate(getpid(), 0, 0));

	give = (struct uffdio_zeropage){
		.range = { .start = (uintptr_t)s.buffer, .len = size },
	};
	ASSERT_EQ(0, ioctl(fault, UFFDIO_ZEROPAGE, &give));
	pthread_join(thread, NULL);
	EXPECT_LT(0, s.result);
	EXPECT_NE(NULL, memmem(s.buffer, s.result, NS_LINK, strlen(NS_LINK)));
	EXPECT_EQ(0, module_unload());
	close(fault);
	close(s.directory);
}

TEST_HARNESS_MAIN
