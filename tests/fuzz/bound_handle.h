/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BOUND_HANDLE_H
#define BOUND_HANDLE_H

#include "fuzz.h"

/* The complaint about a new handle and its first answer, or NULL. */
const char *handle_complain(struct worker *worker, const struct translate_pid_bind_request *asked,
			    int handle);

/* The same about a new watch, of which only the form is known. */
const char *watch_complain(int fd, const struct translate_pid_watch_request *asked);

#endif
