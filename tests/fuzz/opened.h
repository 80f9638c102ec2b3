/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors that commands have opened. */
#ifndef OPENED_H
#define OPENED_H

#include "fuzz.h"

/*
 * What is wrong with it as the namespace's, or as a pidfd of the process, that the
 * verdict knows, or NULL; @lowest was the lowest free number before.
 */
const char *ns_fd_complain(const struct worker *worker, const struct verdict *verdict, int fd,
			   int lowest);
const char *pidfd_complain(const struct worker *worker, const struct verdict *verdict,
			   const struct translate_pid_pidfd_request *asked, int fd, int lowest);

#endif
