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
 * One attempt: 0 or the negative error number; -EAGAIN while somebody uses it,
 * which the command rmmod calls "in use". The descriptor that the calling
 * process itself has from translate_device() is closed first.
 */
long module_unload(void);

bool module_is_loaded(void);

/* Unloads, waiting for descriptors to be closed; aborts the test if it fails. */
void module_must_unload(void);

/* Loads; aborts the test if it fails. */
void module_must_load(const char *parameters);

/* Unloads if need be, then loads with these parameters; aborts the test. */
void module_must_reload(const char *parameters);

/* Whether the loaded module is a debug build (make DEBUG=1). */
bool module_is_debug_build(void);

/* A number among the loaded module's parameters; they abort the test. */
long module_parameter(const char *name);
void module_set_parameter(const char *name, long value);

/* A descriptor of the kernel's log that shows what is said from now on. */
int log_open(void);

/* Whether a line of the log since log_open() holds all words; reads on. */
bool log_says(int log, const char *const words[], size_t count);

/* Restores what other tests expect, also after a test that broke off. */
#define RELOADING_FIXTURE(fixture)					\
	FIXTURE(fixture) {						\
	};								\
	FIXTURE_SETUP(fixture)						\
	{								\
		module_must_unload();					\
	}								\
	FIXTURE_TEARDOWN_PARENT(fixture)				\
	{								\
		module_must_reload("");					\
	}

/*
 * The same for tests of what only debug builds can do; with another build they
 * are skipped. The runner must use a debug build once.
 */
#define RELOADING_DEBUG_FIXTURE(fixture)				\
	FIXTURE(fixture) {						\
	};								\
	FIXTURE_SETUP(fixture)						\
	{								\
		if (!module_is_debug_build())				\
			SKIP(return, "needs a module built by make DEBUG=1"); \
		module_must_unload();					\
	}								\
	FIXTURE_TEARDOWN_PARENT(fixture)				\
	{								\
		module_must_reload("");					\
	}

#endif
