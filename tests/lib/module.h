/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading and unloading the module, for tests that want it otherwise than they
 * find it. The file is named by the environment variable TRANSLATE_PID_KO.
 */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>
#include <stddef.h>

/* 0 or the negative error number. */
long module_load(const char *parameters);

/*
 * 0 or the negative error number; -EAGAIN while somebody has the device open,
 * which the command rmmod calls "in use".
 */
long module_unload(void);

bool module_is_loaded(void);

/* Unloads, waiting for descriptors to be closed; aborts the test if it fails. */
void module_must_unload(void);

/* Loads; aborts the test if it fails. */
void module_must_load(const char *parameters);

/* A descriptor of the kernel's log that shows what is said from now on. */
int log_open(void);

/* Whether a line of the log since log_open() holds all words; reads on. */
bool log_says(int log, const char *const words[], size_t count);

#endif
