/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MOMENTS_H
#define MOMENTS_H

#include "module.h"
#include "test.h"

/*
 * Each test begins with the module just loaded and with nothing left of the
 * last test, and may leave the module unloaded.
 */
#define MOMENT_FIXTURE(fixture)						\
	FIXTURE(fixture) {						\
	};								\
	FIXTURE_SETUP(fixture)						\
	{								\
		module_must_reload("");					\
		ASSERT_EQ(1, namespace_count_settles(1));		\
		translate_device_close();				\
	}								\
	FIXTURE_TEARDOWN_PARENT(fixture)				\
	{								\
		module_must_reload("");					\
	}

#endif
