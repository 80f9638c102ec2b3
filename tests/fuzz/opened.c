// SPDX-License-Identifier: GPL-2.0-only
/* Whether a new descriptor is the one that was asked for. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "opened.h"

#ifndef NS_GET_NSTYPE
#define NS_GET_NSTYPE _IO(0xb7, 3)
#endif

const char *ns_fd_complain(const struct worker *worker, const struct verdict *verdict, int fd,
			   int lowest)
{
	struct stat status;

	if (fd != lowest)
		return "not the lowest free descriptor";
	if (fcntl(fd, F_GETFD) != FD_CLOEXEC)
		return "not a close-on-exec descriptor";
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWPID)
		return "no descriptor of a pid namespace";
	if (verdict->space != SPACES &&
	    (fstat(fd, &status) ||
	     status.st_ino != worker->stage->spaces[verdict->space].inode))
		return "the descriptor of another namespace";
	return NULL;
}

/* Of which process it is, its fdinfo tells, by the number in the procfs that is mounted there. */
const char *pidfd_complain(const struct worker *worker, const struct verdict *verdict,
			   const struct translate_pid_pidfd_request *asked, int fd, int lowest)
{
	char path[64], text[512], *number;
	const struct oracle_pid *pid;
	pid_t own;

	if (fd != lowest)
		return "not the lowest free descriptor";
	if (fcntl(fd, F_GETFD) != FD_CLOEXEC)
		return "not a close-on-exec descriptor";
	if ((__u32)fcntl(fd, F_GETFL) % (2 * TRANSLATE_PID_PIDFD_NONBLOCK) /
		    TRANSLATE_PID_PIDFD_NONBLOCK !=
	    asked->flags / TRANSLATE_PID_PIDFD_NONBLOCK % 2)
		return "the flag NONBLOCK is not that of the request";
	if (!verdict->exact)
		return NULL;
	pid = stage_find_pid(worker->stage, SPACE_INITIAL, verdict->value);
	own = pid ? stage_number_in(worker->stage, pid, worker->credentials->space) : 0;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (observe_read(path, text, sizeof(text)) < 0)
		return NULL;
	number = strstr(text, "\nPid:\t");
	if (!number)
		return "no pidfd";
	number += strlen("\nPid:\t");
	return atoi(number) == own || atoi(number) == verdict->value ? NULL :
								       "the pidfd of another";
}
