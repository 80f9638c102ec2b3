// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Seccomp filters that do not know the system call: whatever they would answer,
 * the library must give the module's answers, and must not be killed.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <translate_pid.h>
#include <unistd.h>

#include <linux/translate_pid.h>

#include "namespaces.h"
#include "tap.h"

#if defined(__x86_64__) && defined(__ILP32__)
#define NUMBER	(TRANSLATE_PID_SYSCALL_X32 | __X32_SYSCALL_BIT)
#elif defined(__x86_64__)
#define NUMBER	TRANSLATE_PID_SYSCALL_X86_64
#else
#define NUMBER	TRANSLATE_PID_SYSCALL_I386
#endif

static struct nested nested;

/* From now on, this thread's filter answers the number with the action. */
static void filter(unsigned int number, unsigned int action)
{
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, instructions };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		cannot("a seccomp filter");
}

static void answers(const char *when)
{
	uint64_t id;

	for (int round = 1; round <= 2; round++) {
		check_value(translate_pid(1, nested.outer_id, 0), nested.outer, "%s: translates", when);
		check_error(translate_pid(0, nested.outer_id, 0), ESRCH, "%s: no pid", when);
		check_error(translate_pid(1, UINT64_MAX, 0), EINVAL, "%s: no source", when);
		check(pidns_id_of_pid(nested.outer, &id) == 0 && id == nested.outer_id,
		      "%s: identifies", when);
	}
}

static void refuses(const char *when)
{
	check_error(translate_pid(1, nested.outer_id, 0), EPERM, "%s: no access", when);
	check_value(translate_pid(getpid(), 0, 0), getpid(), "%s: its own", when);
}

/* Through the system call itself: 0 if the filter lets it through. */
static int raw_call(void)
{
#ifdef __i386__
	long result = syscall(NUMBER, 0, 0, 0, 0, 0);
#else
	long result = syscall(NUMBER, 0, 0ULL, 0ULL);
#endif
	return result == -1 && errno == ESRCH ? 0 : errno;
}

static void eperm(void)
{
	filter(NUMBER, SECCOMP_RET_ERRNO | EPERM);
	check_value(raw_call(), EPERM, "the filter answers EPERM");
	answers("EPERM");
	become_nobody();
	refuses("EPERM");
}

static void enosys(void)
{
	filter(NUMBER, SECCOMP_RET_ERRNO | ENOSYS);
	check_value(raw_call(), ENOSYS, "the filter answers ENOSYS");
	answers("ENOSYS");
}

static void einval(void)
{
	filter(NUMBER, SECCOMP_RET_ERRNO | EINVAL);
	answers("EINVAL");
}

static void kill_process(void)
{
	filter(NUMBER, SECCOMP_RET_KILL_PROCESS);
	answers("kill");
}

static void trap(void)
{
	filter(NUMBER, SECCOMP_RET_TRAP);
	answers("trap");
}

static void eperm_later(void)
{
	answers("before the filter");
	check_value(raw_call(), 0, "the system call is on");
	filter(NUMBER, SECCOMP_RET_ERRNO | EPERM);
	answers("EPERM later");
	become_nobody();
	refuses("EPERM later");
}

static void enosys_later(void)
{
	answers("before the filter");
	filter(NUMBER, SECCOMP_RET_ERRNO | ENOSYS);
	answers("ENOSYS later");
}

/* EPERM is the module's where there is no filter. */
static void no_filter(void)
{
	become_nobody();
	refuses("no filter");
	refuses("no filter, again");
}

static void *filtered_thread(void *unused)
{
	filter(NUMBER, SECCOMP_RET_ERRNO | EPERM);
	answers("filtered thread");
	return unused;
}

static void one_thread(void)
{
	pthread_t thread;

	answers("before the thread");
	if (pthread_create(&thread, NULL, filtered_thread, NULL) || pthread_join(thread, NULL))
		cannot("a thread");
	check_value(raw_call(), 0, "this thread has no filter");
	answers("beside the filtered thread");
}

/* Only a thread without a filter may try a number that nobody vouches for. */
static void kill_without_device(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("dev", "/dev", "tmpfs", 0, NULL))
		cannot("a /dev of its own");
	filter(NUMBER, SECCOMP_RET_KILL_PROCESS);
	check_value(translate_pid(getpid(), 0, 0), getpid(), "no device, and a filter that kills");
	if (mount("/bin", "/proc", NULL, MS_BIND, NULL))
		cannot("hiding /proc");
	check_error(translate_pid(getpid(), 0, 0), ENOSYS, "no file, and a filter that kills");
}

/* A filter that does not let prctl() tell whether there is a filter. */
static void no_prctl(void)
{
	filter(SYS_prctl, SECCOMP_RET_ERRNO | EPERM);
	answers("prctl refused");
}

/* A refused openat(), as by the device policy of a container: not the module's EPERM. */
static void no_open(void)
{
	uint64_t id;

	filter(SYS_openat, SECCOMP_RET_ERRNO | EPERM);
	check_error(translate_pid(getpid(), 0, 0), EACCES, "open refused: translate");
	/* A link is read without openat(). */
	check(pidns_id_self(&id) == 0 && id == 0, "open refused: own id");
	check_error(pidns_id_of_pid(nested.outer, &id), EACCES, "open refused: id by pid");
	check_error(pidns_init_pid(0), EACCES, "open refused: init");
}

int main(void)
{
	tap_begin();
	nested = nested_start();
	in_child(eperm, "EPERM");
	in_child(enosys, "ENOSYS");
	in_child(einval, "EINVAL");
	in_child(kill_process, "kill");
	in_child(trap, "trap");
	in_child(eperm_later, "EPERM later");
	in_child(enosys_later, "ENOSYS later");
	in_child(no_filter, "no filter");
	in_child(one_thread, "one thread");
	in_child(kill_without_device, "kill without device");
	in_child(no_prctl, "prctl refused");
	in_child(no_open, "open refused");
	nested_stop(&nested);
	return tap_end();
}
