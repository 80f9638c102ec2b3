// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inject.h"
#include "observe.h"

#define DEBUG	"/sys/kernel/debug/"
#define MODULE	"[translate_pid]"

/* Each failure takes one off, so that what is left tells how many there were. */
#define TIMES	1000000000L

static const char *const allocators[] = { "failslab", "fail_page_alloc" };
#define ALLOCATORS	(sizeof(allocators) / sizeof(allocators[0]))

static void set(const char *attribute, const char *name, const char *value)
{
	char path[128];
	long error;

	snprintf(path, sizeof(path), DEBUG "%s/%s", attribute, name);
	error = observe_write(path, value);
	if (error)
		observe_die("%s cannot be set: %s; boot a kernel with fault injection, such as kasan",
			    path, strerror(-error));
}

static void set_number(const char *attribute, const char *name, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%lx", value);
	set(attribute, name, text);
}

/* Calls see(start, name with module) for each line of the symbol table. */
static void each_symbol(void (*see)(unsigned long address, const char *name,
				    const char *module, void *data), void *data)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[1024];

	if (!file)
		observe_die("/proc/kallsyms cannot be read: %s", strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		char name[512], module[128] = "";
		unsigned long address;
		char type;

		if (sscanf(line, "%lx %c %511s %127s", &address, &type, name, module) >= 3 &&
		    strchr("tT", type))
			see(address, name, module, data);
	}
	fclose(file);
}

struct search {
	const char *symbol;
	struct text_range found;
};

static void see_function(unsigned long address, const char *name, const char *module, void *data)
{
	struct search *search = data;

	if (!*module && !strcmp(name, search->symbol))
		search->found.start = address;
}

/* What comes next in memory, the smallest address above. */
static void see_end(unsigned long address, const char *name, const char *module, void *data)
{
	struct search *search = data;

	(void)name;
	if (!*module && address > search->found.start &&
	    (!search->found.end || address < search->found.end))
		search->found.end = address;
}

struct text_range text_of_function(const char *symbol)
{
	struct search search = { .symbol = symbol };

	each_symbol(see_function, &search);
	if (!search.found.start)
		observe_die("the kernel has no function %s", symbol);
	each_symbol(see_end, &search);
	return search.found;
}

static void see_module(unsigned long address, const char *name, const char *module, void *data)
{
	struct text_range *found = data;

	(void)name;
	if (strcmp(module, MODULE))
		return;
	if (!found->start || address < found->start)
		found->start = address;
	if (address >= found->end)
		found->end = address;
}

struct text_range text_of_module(void)
{
	struct text_range found = {};
	long page = sysconf(_SC_PAGESIZE);

	each_symbol(see_module, &found);
	if (!found.start)
		observe_die("the module has no symbols; is it loaded?");
	/* The last function ends somewhere on its page, or on the next. */
	found.end = (found.end / page + 2) * page;
	return found;
}

void inject_only_within(const struct text_range *text)
{
	for (size_t i = 0; i < ALLOCATORS; i++) {
		set_number(allocators[i], "require-start", text ? text->start : 0);
		set_number(allocators[i], "require-end", text ? text->end : ULONG_MAX);
		/* How many callers are looked at; the kernel knows no more. */
		set_number(allocators[i], "stacktrace-depth", text ? 32 : 0);
	}
}

void inject_setup(void)
{
	for (size_t i = 0; i < ALLOCATORS; i++) {
		set(allocators[i], "probability", "0");
		set(allocators[i], "interval", "1");
		set(allocators[i], "space", "0");
		set_number(allocators[i], "times", TIMES);
		/* One line each, which excuses a stack dump of the allocator that follows. */
		set(allocators[i], "verbose", "1");
		set(allocators[i], "ignore-gfp-wait", "N");
	}
	set("fail_page_alloc", "ignore-gfp-highmem", "N");
	set("fail_page_alloc", "min-order", "0");
	/* Nothing is called from there, so no copy counts. */
	set("fail_usercopy", "require-start", "1");
	set("fail_usercopy", "require-end", "1");
	set("fail_usercopy", "stacktrace-depth", "0");
	inject_only_within(NULL);
}

static int own_file(const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/thread-self/%s", name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		observe_die("%s: %s", path, strerror(errno));
	return fd;
}

/* Of the thread that armed last. */
static int fail_nth = -1;

static void write_nth(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(fail_nth, text, length, 0) != length)
		observe_die("fail-nth cannot be written: %s", strerror(errno));
}

/* Needs next to no stack: after a fork its pages are copied, and their allocation would be one that fails. */
static void clear_nth(void)
{
	if (pwrite(fail_nth, "0", 1, 0) != 1)
		observe_die("fail-nth cannot be written: %s", strerror(errno));
}

static unsigned long read_nth(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		observe_die("fail-nth cannot be read: %s", strerror(errno));
	return strtoul(text, NULL, 10);
}

void inject_arm(unsigned int nth)
{
	if (fail_nth >= 0)
		close(fail_nth);
	fail_nth = own_file("fail-nth", O_RDWR);
	/* Their first use may take memory. */
	read_nth(fail_nth);
	clear_nth();
	write_nth(nth);
}

bool inject_disarm(void)
{
	bool has_come = read_nth(fail_nth) == 0;

	clear_nth();
	close(fail_nth);
	fail_nth = -1;
	return has_come;
}

bool inject_has_come(int pid)
{
	unsigned long left;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		observe_die("%s: %s", path, strerror(errno));
	left = read_nth(fd);
	close(fd);
	return left == 0;
}

/* The kernel knows whole percents, of each allocation or of each so many. */
#define INTERVAL	20

void inject_probability(unsigned int failures)
{
	for (size_t i = 0; i < ALLOCATORS; i++) {
		set(allocators[i], "task-filter", "Y");
		set_number(allocators[i], "interval", INTERVAL);
		set_number(allocators[i], "probability", failures * INTERVAL / 100);
	}
}

void inject_everything_within(const struct text_range *text)
{
	for (size_t i = 0; i < ALLOCATORS; i++) {
		/* Without the text's limits nothing may fail, not even for a moment. */
		set(allocators[i], "probability", "0");
		set(allocators[i], "interval", "1");
		set(allocators[i], "task-filter", "N");
	}
	inject_only_within(text);
	for (size_t i = 0; i < ALLOCATORS; i++)
		set(allocators[i], "probability", text ? "100" : "0");
}

/* Opened while nothing fails. */
static int make_it_fail = -1;

void inject_join(void)
{
	make_it_fail = own_file("make-it-fail", O_RDWR);
	if (pwrite(make_it_fail, "1", 1, 0) != 1)
		observe_die("make-it-fail cannot be written: %s", strerror(errno));
}

void inject_leave(void)
{
	/* This is a call like others, so it may take several. */
	while (pwrite(make_it_fail, "0", 1, 0) != 1)
		;
	close(make_it_fail);
}

unsigned long inject_total(void)
{
	unsigned long total = 0;

	for (size_t i = 0; i < ALLOCATORS; i++) {
		char path[128], text[32];
		long length;

		snprintf(path, sizeof(path), DEBUG "%s/times", allocators[i]);
		length = observe_read(path, text, sizeof(text));
		if (length < 0)
			observe_die("%s: %s", path, strerror(-length));
		total += TIMES - strtol(text, NULL, 10);
	}
	return total;
}
