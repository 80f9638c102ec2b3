// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "observe.h"
#include "own_proc.h"

static long mount_proc(void *data)
{
	const char *options = data;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	if (mkdir(OWN_PROC, 0755) && errno != EEXIST)
		return -errno;
	return mount("proc", OWN_PROC, "proc", 0, options) ? -errno : 0;
}

struct node *own_proc_spawn(struct node *parent, __u64 clone_flags,
			    const char *options)
{
	struct node *node = node_spawn(parent, clone_flags | CLONE_NEWNS);
	char text[64];
	long error;

	snprintf(text, sizeof(text), "%s", options);
	error = node_call(node, mount_proc, text, sizeof(text));
	if (error)
		observe_die("procfs cannot be mounted with \"%s\": %s", options,
			    strerror(-error));
	return node;
}
