/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host asks for, in a file that qemu/guest.py writes. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stddef.h>

struct config {
	const char *token;
	int settle;
	const char *module_params;	/* NULL: do not load the module */
	const char *module_file;
	const char *dependencies[64];	/* stock modules, in load order */
	size_t dependency_count;
	char **argv;
};

/* Removes the file, too. */
void read_config(struct config *config);

#endif
