// SPDX-License-Identifier: MIT OR Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static struct counters {
	atomic_int done;
	atomic_int failed;
} *counters;

/* One write for the whole line, because children write to the same pipe. */
static void print(const char *format, ...)
{
	char line[600];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (write(STDOUT_FILENO, line, length) != length)
		_exit(3);
}

static void result(bool holds, const char *what, va_list arguments, const char *detail)
{
	char name[400];
	int number = atomic_fetch_add(&counters->done, 1) + 1;

	vsnprintf(name, sizeof(name), what, arguments);
	if (!holds) {
		atomic_fetch_add(&counters->failed, 1);
		print("# %s: %s\n", name, detail);
	}
	print("%sok %d - %s\n", holds ? "" : "not ", number, name);
}

void tap_begin(void)
{
	counters = mmap(NULL, sizeof(*counters), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counters == MAP_FAILED)
		_exit(3);
}

int tap_end(void)
{
	print("1..%d\n", atomic_load(&counters->done));
	return atomic_load(&counters->failed) != 0;
}

void check(bool holds, const char *what, ...)
{
	va_list arguments;

	va_start(arguments, what);
	result(holds, what, arguments, "does not hold");
	va_end(arguments);
}

void check_value(long long got, long long wanted, const char *what, ...)
{
	const char *error = strerror(errno);
	char detail[200];
	va_list arguments;

	snprintf(detail, sizeof(detail), "got %lld, not %lld (errno: %s)", got, wanted, error);
	va_start(arguments, what);
	result(got == wanted, what, arguments, detail);
	va_end(arguments);
}

void check_error(long long got, int wanted, const char *what, ...)
{
	int error = errno;
	char detail[200];
	va_list arguments;

	if (got == -1)
		snprintf(detail, sizeof(detail), "failed with %s, not %s", strerrorname_np(error),
			 strerrorname_np(wanted));
	else
		snprintf(detail, sizeof(detail), "got %lld, not an error", got);
	va_start(arguments, what);
	result(got == -1 && error == wanted, what, arguments, detail);
	va_end(arguments);
}

void skip(const char *what, const char *why)
{
	print("ok %d - %s # SKIP %s\n", atomic_fetch_add(&counters->done, 1) + 1, what, why);
}

void cannot(const char *what)
{
	print("Bail out! %s: %s\n", what, strerror(errno));
	_exit(3);
}

void in_child(void (*part)(void), const char *what)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		cannot("fork");
	if (child == 0) {
		part();
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		cannot("waitpid");
	check_value(status, 0, "%s: came to its end", what);
}
