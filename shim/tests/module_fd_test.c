// SPDX-License-Identifier: MIT OR Apache-2.0
/* Programs that keep a descriptor of the module's, and choose how they ask. */
#define TRANSLATE_PID_NO_PATCH_NAME
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <translate_pid.h>
#include <unistd.h>

#include <linux/translate_pid.h>

#include "namespaces.h"
#include "tap.h"

static struct nested nested;

/* As strace has it: a function of its own by the name of the patch's. */
int translate_pid(void);
int translate_pid(void)
{
	return 42;
}

static void answers_at(int module, const char *which)
{
	uint64_t id = 1, ns_id = 0, parent = 1;
	pid_t many[] = { 1, -1, 2 };
	struct pidns_entry entries[2] = {};
	struct pidns_chain_entry levels[3] = {};
	struct pidns_namespace namespaces[64] = {};
	uint64_t place = 0;
	uint32_t cursor = 0;
	int known = 0, fd, count;

	errno = EDOM;
	check_value(pidns_translate_at(module, 1, nested.outer_id, 0), nested.outer, "%s: translates",
		    which);
	check_value(pidns_thread_group_at(module, 1, nested.outer_id, 0), nested.outer,
		    "%s: thread group", which);
	check_value(pidns_translate_many_at(module, many, 2, nested.outer_id, 0, 0), 2, "%s: many",
		    which);
	check(many[0] == nested.outer && many[1] == -ESRCH && many[2] == 2, "%s: replaces them",
	      which);
	check_value(pidns_list_at(module, nested.outer_id, 0, TRANSLATE_PID_LIST_PROCESSES, &cursor,
				  entries, 1), 1, "%s: lists", which);
	check(entries[0].pid == 1 && entries[0].number == nested.outer &&
	      entries[0].kind == TRANSLATE_PID_KIND_PROCESS && !entries[1].pid && cursor > 1,
	      "%s: one entry", which);
	check(pidns_id_at(module, TRANSLATE_PID_BY_PID, nested.outer, &id, &ns_id) == 0 &&
	      id == nested.outer_id && ns_id, "%s: ids", which);
	check(pidns_id_at(module, TRANSLATE_PID_BY_NS_ID, ns_id, NULL, NULL) == 0,
	      "%s: pointers may be NULL", which);
	check_value(pidns_init_pid_at(module, TRANSLATE_PID_BY_ID, nested.outer_id), nested.outer,
		    "%s: init", which);
	check_value(pidns_level_at(module, TRANSLATE_PID_BY_ID, nested.inner_id, &parent, &known), 2,
		    "%s: level", which);
	check(known == 1 && parent == nested.outer_id, "%s: parent", which);
	fd = pidns_open_at(module, TRANSLATE_PID_BY_ID, nested.outer_id);
	check(pidns_id_at(module, TRANSLATE_PID_BY_NSFD, fd, &id, NULL) == 0 && id == nested.outer_id,
	      "%s: opens", which);
	close(fd);
	fd = pidns_bind_at(module, nested.inner_id, 0, 0);
	check_value(pidns_bound_to_target(fd, 1), nested.inner, "%s: bound", which);
	check_value(pidns_bound_to_source(fd, nested.inner), 1, "%s: bound, back", which);
	close(fd);
	fd = pidns_open_pidfd_at(module, TRANSLATE_PID_BY_ID, nested.inner_id, 1, 0);
	check(pidns_id_at(module, TRANSLATE_PID_BY_PIDFD, fd, &id, NULL) == 0 && id == nested.inner_id,
	      "%s: pidfd", which);
	close(fd);
	count = pidns_list_namespaces_at(module, 0, &place, namespaces, 64);
	check(count >= 3 && !place && !namespaces[0].id &&
	      namespaces[count - 2].id == nested.outer_id &&
	      namespaces[count - 1].id == nested.inner_id &&
	      namespaces[count - 1].parent == nested.outer_id &&
	      namespaces[count - 1].flags == TRANSLATE_PID_NS_PARENT_KNOWN &&
	      namespaces[count - 1].init_pid == nested.inner, "%s: namespaces", which);
	fd = syscall(SYS_pidfd_open, nested.inner, 0);
	check_value(pidns_translate_pidfd_at(module, fd, nested.inner_id, 0), 1, "%s: by pidfd", which);
	check_value(pidns_chain_at(module, 1, nested.inner_id, 0, levels, 2), 3, "%s: chain", which);
	check(levels[0].pid == nested.inner && !levels[0].id && levels[1].id == nested.outer_id &&
	      !levels[2].pid, "%s: two levels of three", which);
	check_value(pidns_chain_at(module, fd, 0, TRANSLATE_PID_FROM_PIDFD, levels, 3), 3,
		    "%s: chain by pidfd", which);
	check(levels[2].pid == 1 && levels[2].id == nested.inner_id, "%s: last level", which);
	close(fd);
	check_value(errno, EDOM, "%s: errno", which);
	check_error(pidns_translate_pidfd_at(module, fd, 0, 0), EBADF, "%s: closed pidfd", which);
	check_error(pidns_chain_at(module, module, 0, TRANSLATE_PID_FROM_PIDFD, levels, 3), EINVAL,
		    "%s: chain of no pidfd", which);
	check_error(pidns_bind_at(module, 0, UINT64_MAX, 0), EINVAL, "%s: no target to bind", which);
	check_error(pidns_open_pidfd_at(module, TRANSLATE_PID_BY_SELF, 0, -1, 0), EINVAL,
		    "%s: pidfd of nobody", which);
	check_error(pidns_open_pidfd_at(module, TRANSLATE_PID_BY_SELF, 0, 1, 1), EINVAL,
		    "%s: pidfd with an unknown flag", which);
	check_error(pidns_bound_to_target(module, 1), ENOSYS, "%s: no handle", which);
	check_error(pidns_bound_to_source(fd, 1), EBADF, "%s: handle that is closed", which);
	check_error(pidns_translate_at(module, 0, nested.outer_id, 0), ESRCH, "%s: no pid", which);
	check_error(pidns_translate_at(module, 1, UINT64_MAX, 0), EINVAL, "%s: no source", which);
	check_error(pidns_translate_many_at(module, many, 3, UINT64_MAX, 0, 0), EINVAL,
		    "%s: many of no source", which);
	check_error(pidns_list_at(module, UINT64_MAX, 0, 0, &cursor, entries, 1), EINVAL,
		    "%s: list of no source", which);
	check_error(pidns_list_namespaces_at(module, 1, &place, namespaces, 64), EINVAL,
		    "%s: unknown flag for namespaces", which);
	check_error(pidns_list_at(module, nested.outer_id, 0, 4, &cursor, entries, 1), EINVAL,
		    "%s: unknown flag", which);
	check_error(pidns_id_at(module, 99, 0, &id, NULL), EINVAL, "%s: no way to name", which);
	check_error(pidns_id_at(module, TRANSLATE_PID_BY_PIDFD, 9999, &id, NULL), EBADF,
		    "%s: no descriptor", which);
}

static void descriptors(void)
{
	int module = pidns_open_module();
	int file = open(TRANSLATE_PID_PROC_FILE, O_RDONLY | O_CLOEXEC);
	int other = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	check(module >= 0 && fcntl(module, F_GETFD) == FD_CLOEXEC, "close-on-exec");
	answers_at(module, "of the device");
	answers_at(file, "of procfs");
	check_error(pidns_translate_at(other, 1, 0, 0), ENOSYS, "another file");
	check_error(pidns_init_pid_at(other, TRANSLATE_PID_BY_SELF, 0), ENOSYS, "another file: init");
	check_error(pidns_translate_at(-1, 1, 0, 0), EBADF, "no file");
}

/* Makes the kernel kill whoever makes the system call. */
static void forbid_call(void)
{
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__) && defined(__ILP32__)
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TRANSLATE_PID_SYSCALL_X32 | __X32_SYSCALL_BIT, 0, 1),
#elif defined(__x86_64__)
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TRANSLATE_PID_SYSCALL_X86_64, 0, 1),
#else
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TRANSLATE_PID_SYSCALL_I386, 0, 1),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		/* The library must not learn of the filter, or it would not call anyway. */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(instructions) / sizeof(*instructions), instructions };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		cannot("a seccomp filter");
}

static void translates(const char *when)
{
	for (int round = 1; round <= 2; round++) {
		check_value(pidns_translate(1, nested.outer_id, 0), nested.outer, "%s: translates", when);
		check_error(pidns_translate(0, nested.outer_id, 0), ESRCH, "%s: no pid", when);
	}
}

static void prefers_from_the_start(void)
{
	pidns_prefer_ioctl(1);
	forbid_call();
	translates("ioctl preferred from the start");
}

static void prefers_later(void)
{
	translates("before");
	pidns_prefer_ioctl(1);
	forbid_call();
	translates("ioctl preferred later");
}

static void prefers_no_more(void)
{
	pidns_prefer_ioctl(1);
	translates("preferred");
	pidns_prefer_ioctl(0);
	translates("no more");
}

/* This program again, with the variable set; it comes to by_environment(). */
static void prefers_by_environment(void)
{
	static char *const arguments[] = { "module_fd_test", "environment", NULL };

	if (setenv("TRANSLATE_PID_WAY", "ioctl", 1))
		cannot("setenv");
	execv("/proc/self/exe", arguments);
	cannot("execv");
}

static int by_environment(void)
{
	forbid_call();
	for (int round = 1; round <= 2; round++)
		if (pidns_translate(getpid(), 0, 0) != getpid())
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return by_environment();
	tap_begin();
	nested = nested_start();
	check_value(translate_pid(), 42, "the program's own function of the patch's name");
	in_child(descriptors, "descriptors");
	in_child(prefers_from_the_start, "ioctl preferred from the start");
	in_child(prefers_later, "ioctl preferred later");
	in_child(prefers_no_more, "ioctl preferred no more");
	in_child(prefers_by_environment, "ioctl preferred by the environment");
	nested_stop(&nested);
	return tap_end();
}
