// SPDX-License-Identifier: GPL-2.0-only
/* Who asks: from which pid namespace, as which user, with which capabilities. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>

#include "fuzz.h"

#define USER	1000
#define NOBODY	65534
#define ALL	(~0ULL)

const struct credentials all_credentials[] = {
	{ "root", SPACE_INITIAL, 0, ALL, false },
	{ "user 1000", SPACE_INITIAL, USER, 0, false },
	{ "nobody", SPACE_INITIAL, NOBODY, 0, false },
	{ "root, one level down", SPACE_ROOT, 0, ALL, false },
	{ "nobody, two levels down", SPACE_ROOT_INNER, NOBODY, 0, false },
	{ "root of a user namespace, two levels down", SPACE_USER_INNER, USER,
	  0, true },
	{ "nobody with CAP_SYS_ADMIN", SPACE_INITIAL, NOBODY,
	  1ULL << CAP_SYS_ADMIN, false },
	{ "user 1000, one level down", SPACE_USER, USER, 0, false },
};

const int credentials_count = sizeof(all_credentials) / sizeof(*all_credentials);

static void must(int result, const char *what)
{
	if (result < 0)
		observe_die("a worker cannot %s: %s", what, strerror(errno));
}

/* Nothing that is open here but the stage's descriptors and the standard ones. */
static void close_others(const struct stage *stage)
{
	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++) {
		bool keep = false;

		for (int i = 0; i < stage->descriptor_count; i++)
			keep |= stage->descriptors[i].fd == fd;
		if (!keep)
			close(fd);
	}
}

static void limit_capabilities(__u64 capabilities)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};

	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		sets[i].permitted = capabilities >> (32 * i);
		sets[i].effective = sets[i].permitted;
	}
	must(syscall(__NR_capset, &header, sets), "limit its capabilities");
}

static void become(const struct stage *stage, const struct credentials *credentials)
{
	if (credentials->uid) {
		must(prctl(PR_SET_KEEPCAPS, 1), "keep its capabilities");
		must(setgroups(0, NULL), "leave its groups");
		must(setresgid(credentials->uid, credentials->uid, credentials->uid),
		     "change its group");
		must(setresuid(credentials->uid, credentials->uid, credentials->uid),
		     "change its user");
		limit_capabilities(credentials->capabilities);
	}
	/* Its maker is the user: all capabilities are had inside. */
	if (credentials->in_user_ns)
		must(setns(stage->user_ns_fd, CLONE_NEWUSER),
		     "enter the user namespace");
	/* As if it had been executed by that user; the change cleared both. */
	must(prctl(PR_SET_DUMPABLE, 1), "be dumpable");
	must(prctl(PR_SET_PDEATHSIG, SIGKILL), "die with its keeper");
}

pid_t credentials_fork(struct stage *stage, const struct credentials *credentials)
{
	pid_t keeper, worker;
	int status, fd = -1;

	fflush(NULL);
	keeper = fork();
	must(keeper, "be forked");
	if (keeper)
		return keeper;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_others(stage);
	for (int i = 0; i < stage->descriptor_count; i++)
		if (stage->descriptors[i].kind == FD_PIDNS &&
		    stage->descriptors[i].space == credentials->space)
			fd = stage->descriptors[i].fd;
	must(setns(fd, CLONE_NEWPID), "enter the pid namespace");
	worker = fork();
	must(worker, "be forked in the pid namespace");
	if (worker) {
		while (waitpid(worker, &status, 0) < 0 && errno == EINTR)
			;
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) :
					  128 + WTERMSIG(status));
	}
	become(stage, credentials);
	return 0;
}

/* The kernel's rule for capabilities over the owner of a pid namespace. */
bool credentials_capable(const struct worker *worker, enum space space, int cap)
{
	const struct credentials *credentials = worker->credentials;

	if (!worker->stage->spaces[space].user_owned)
		return !credentials->in_user_ns && credentials->capabilities >> cap & 1;
	/* In it, or in its parent as its maker, or above with the capability. */
	return credentials->in_user_ns || credentials->uid == USER ||
	       credentials->capabilities >> cap & 1;
}

/* procfs asks the same question as the module, in the kernel's own code. */
static bool procfs_allows(pid_t init)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", init);
	if (readlink(path, text, sizeof(text)) > 0)
		return true;
	if (errno != EACCES)
		observe_die("%s: %s", path, strerror(errno));
	return false;
}

void credentials_learn(struct worker *worker)
{
	const struct stage *stage = worker->stage;
	enum space own = worker->credentials->space;
	bool confined = stage->info.features & TRANSLATE_PID_FEATURE_CONFINE;
	/* To own a user namespace is not to hold a capability. */
	bool held = worker->credentials->in_user_ns ||
		    worker->credentials->capabilities >> CAP_SYS_PTRACE & 1;
	char text[32] = "";

	worker->own_pid = getpid();
	/* The mounted /proc is that of the initial namespace. */
	must(readlink("/proc/self", text, sizeof(text) - 1), "read /proc/self");
	worker->host_pid = atoi(text);
	for (int space = 0; space < SPACES; space++) {
		pid_t init = stage->spaces[space].init;
		bool capable = credentials_capable(worker, space, CAP_SYS_PTRACE);
		bool access = init ? procfs_allows(init) : capable;

		bool reaches = stage_encloses(stage, own, space) || (capable && held);

		if (confined)
			access = access && reaches;
		access = access || space == (int)own;
		worker->may_open[space] = access && reaches;
		worker->access[space] = access;
		worker->may_ask_init[space] = access ||
			credentials_capable(worker, space, CAP_SYS_ADMIN);
	}
}
