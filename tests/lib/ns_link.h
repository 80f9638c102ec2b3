/* SPDX-License-Identifier: GPL-2.0-only */
/* The links below /proc/<pid>/ns. */
#ifndef NS_LINK_H
#define NS_LINK_H

#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>

#include "ns_tree.h"

#define NS_LINK		"pidns_id"

/* "[id]" as the link shows it. */
#define NS_LINK_TEXT	24

void ns_link_expected(__u64 id, char text[NS_LINK_TEXT]);

/* "/proc/<pid>/ns/<name>". */
void ns_link_path(pid_t pid, const char *name, char *path, size_t size);

/* readlinkat(2) as a string: its length or the negative error number. */
long ns_link_read(int directory, const char *path, char *text, size_t size);

/* The same of the link @name of the process @pid. */
long ns_link_of(pid_t pid, const char *name, char *text, size_t size);

/* The same of any path, as the node (NULL: the test process) reads it. */
long ns_link_read_as(struct node *reader, const char *path, char *text,
		     size_t size);

/* Descriptor of the directory /proc/<pid>/ns, or of a path. */
int ns_directory(pid_t pid);

#endif
