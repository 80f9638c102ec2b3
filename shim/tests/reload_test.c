// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * The module is unloaded and loaded again, with other system call numbers or
 * none, while threads call without a pause: they get right answers or ENOSYS,
 * and right answers again. TRANSLATE_PID_KO names the module's file.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <translate_pid.h>
#include <unistd.h>

#include "tap.h"

#define THREADS		3
#define PATIENCE	30	/* seconds */

static const char key[] = "key=0123456789abcdef0123456789abcdef";
static const char none[] = "syscall_x86_64=-1 syscall_x32=-1 syscall_i386=-1";
static const char *const parameters[] = {
	"syscall_x86_64=402 syscall_x32=403 syscall_i386=391",
	none,
	"",
};

static atomic_bool stop;
static atomic_int wrong;
/* How often all threads together got that since it was set to 0. */
static atomic_int right, absent;

static void *hammer(void *unused)
{
	pid_t self = getpid();
	uint64_t id;

	while (!stop) {
		pid_t result = translate_pid(self, 0, 0);

		if (result == self)
			right++;
		else if (result == -1 && errno == ENOSYS)
			absent++;
		else
			wrong++;
		if (pidns_id_self(&id) ? errno != ENOSYS : id != 0)
			wrong++;
		/* An open device keeps the module: leave gaps. */
		usleep(300);
	}
	return unused;
}

static bool reaches(atomic_int *count, int wanted)
{
	*count = 0;
	for (int i = 0; i < PATIENCE * 100; i++) {
		if (*count >= wanted)
			return true;
		usleep(10000);
	}
	return false;
}

static bool unload(void)
{
	for (int i = 0; i < PATIENCE * 1000; i++) {
		if (syscall(SYS_delete_module, "translate_pid", O_NONBLOCK) == 0)
			return true;
		if (errno != EBUSY && errno != EWOULDBLOCK)
			return false;
		usleep(1000);
	}
	return false;
}

static bool load(const char *text)
{
	const char *path = getenv("TRANSLATE_PID_KO");
	int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	bool loaded = syscall(SYS_finit_module, file, text, 0) == 0;

	close(file);
	return loaded;
}

/*
 * A process that knows the number and has no descriptor left is served by the
 * system call alone, also where that is not the default number.
 */
static void by_number_alone(void)
{
	struct rlimit nothing = { 0, 0 };

	check_value(translate_pid(getpid(), 0, 0), getpid(), "a child finds the number");
	setrlimit(RLIMIT_NOFILE, &nothing);
	check_value(translate_pid(getpid(), 0, 0), getpid(), "and needs nothing else");
}

static void reload(const char *text)
{
	check(unload(), "unloads");
	check(reaches(&absent, 10 * THREADS), "threads get ENOSYS");
	check(load(text), "loads with '%s'", text);
	check(reaches(&right, 10 * THREADS), "threads get answers again");
	if (text != none)
		in_child(by_number_alone, text);
}

static uint64_t generation(void)
{
	uint64_t number = 0;

	check_value(pidns_generation(&number), 0, "there is a generation");
	return number;
}

/* What tells whether ids that were kept are worth something. */
static void generations(void)
{
	uint64_t first = generation();

	reload("");
	check(generation() != first, "another load is another generation");
	reload(key);
	first = generation();
	reload(key);
	check(generation() == first, "the same key is the same generation");
	reload("");
	check(generation() != first, "without it, it is another");
}

int main(void)
{
	pthread_t thread[THREADS];

	tap_begin();
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, hammer, NULL))
			cannot("a thread");
	check(reaches(&right, 10 * THREADS), "threads get answers");
	for (unsigned int i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		reload(parameters[i]);
	generations();
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	check_value(wrong, 0, "no thread got a wrong answer");
	return tap_end();
}
