// SPDX-License-Identifier: MIT OR Apache-2.0
/* Threads, forks and signal handlers that call at the same time. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <translate_pid.h>
#include <unistd.h>

#include "namespaces.h"
#include "tap.h"

#define THREADS	8
#define CALLS	2000
#define FORKS	50

static struct nested nested;
static pthread_barrier_t start;
static atomic_int wrong;
static atomic_int handled;

static bool is_right(void)
{
	uint64_t id;

	return translate_pid(1, nested.outer_id, 0) == nested.outer &&
	       translate_pid(1, UINT64_MAX, 0) == -1 && errno == EINVAL &&
	       translate_pid(0, 0, 0) == -1 && errno == ESRCH &&
	       pidns_id_of_pid(nested.outer, &id) == 0 && id == nested.outer_id;
}

static void *calls(void *unused)
{
	pthread_barrier_wait(&start);
	for (int i = 0; i < CALLS / 10; i++)
		wrong += !is_right();
	return unused;
}

static void *forks(void *unused)
{
	pthread_barrier_wait(&start);
	for (int i = 0; i < FORKS; i++) {
		int status = 1;
		pid_t child = fork();

		if (child == 0)
			_exit(!is_right());
		wrong += waitpid(child, &status, 0) != child || status != 0;
	}
	return unused;
}

/* All find the way at the same moment, for none has called before. */
static void threads(void)
{
	pthread_t thread[THREADS];

	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, i % 4 ? calls : forks, NULL))
			cannot("a thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	check_value(wrong, 0, "threads and their forked children get right answers");
}

static void handler(int signal)
{
	int before = errno;

	(void)signal;
	wrong += !is_right();
	handled++;
	errno = before;
}

static void signals(void)
{
	/* By itself it would come before the handler is done, where all is slow, and nothing else would run. */
	const struct itimerval soon = { .it_value = { 0, 500 } }, never = { 0 };
	int seen = -1;

	signal(SIGALRM, handler);
	for (int i = 0; i < CALLS || handled < 100; i++) {
		if (seen != handled) {
			seen = handled;
			setitimer(ITIMER_REAL, &soon, NULL);
		}
		wrong += !is_right();
	}
	setitimer(ITIMER_REAL, &never, NULL);
	check_value(wrong, 0, "a program and its signal handler get right answers");
}

/* A vfork()ed child runs in its parent's memory. */
static bool is_right_in_vfork(void)
{
	int status = 1;
	pid_t child = vfork();

	if (child == 0)
		_exit(!is_right());
	return waitpid(child, &status, 0) == child && status == 0;
}

static void vforks(void)
{
	for (int i = 0; i < FORKS; i++)
		wrong += !is_right_in_vfork() || !is_right();
	check_value(wrong, 0, "a vforked child and its parent get right answers");
}

/* Cancellation may not leave a descriptor open: there is no point for it inside. */
static void *cancelled(void *unused)
{
	uint64_t id;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_barrier_wait(&start);
	pthread_barrier_wait(&start);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	for (int i = 0; i < 10; i++)
		wrong += !is_right() || pidns_id_self(&id) || pidns_init_pid(0) != 1;
	handled = 1;
	return unused;
}

static void cancellation(void)
{
	pthread_t thread;
	void *result;

	pthread_barrier_init(&start, NULL, 2);
	if (pthread_create(&thread, NULL, cancelled, NULL))
		cannot("a thread");
	pthread_barrier_wait(&start);
	pthread_cancel(thread);
	pthread_barrier_wait(&start);
	pthread_join(thread, &result);
	check(handled == 1 && wrong == 0, "no function is a cancellation point");
}

int main(void)
{
	tap_begin();
	nested = nested_start();
	in_child(threads, "threads");
	in_child(signals, "signals");
	in_child(vforks, "vforks");
	in_child(cancellation, "cancellation");
	nested_stop(&nested);
	return tap_end();
}
