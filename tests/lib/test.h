/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every test file includes: the harness and the library. The harness
 * defines functions and may be included once in a program only.
 */
#ifndef TEST_H
#define TEST_H

#include "kselftest_harness.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include "caller.h"
#include "ns_tree.h"
#include "observe.h"
#include "translate.h"

/* Where all is slower, as on debug kernels, TEST_PATIENCE multiplies the time limits. */
static inline int test_patience(void)
{
	const char *patience = getenv("TEST_PATIENCE");

	return patience ? atoi(patience) : 1;
}

static inline void extend_time_limits(void)
{
	for (struct __fixture_metadata *f = __fixture_list; f; f = f->next)
		for (struct __test_metadata *t = f->tests; t; t = t->next)
			t->timeout *= test_patience();
}

#undef TEST_HARNESS_MAIN
#define TEST_HARNESS_MAIN						\
	int main(int argc, char **argv)					\
	{								\
		translate_must_be_complete();				\
		extend_time_limits();					\
		return test_harness_run(argc, argv);			\
	}

#define INTERFACE_VARIANT(fixture, name)				\
	FIXTURE_VARIANT_ADD(fixture, name) {				\
		.interface = &translate_by_##name,			\
	}

/*
 * Runs each TEST_F() of @fixture once through each interface that has the commands
 * which name a namespace.
 */
#define NAMING_VARIANTS(fixture)					\
	struct translate_interface;					\
	FIXTURE_VARIANT(fixture) {					\
		const struct translate_interface *interface;		\
	};								\
	INTERFACE_VARIANT(fixture, ioctl);				\
	INTERFACE_VARIANT(fixture, proc);				\
	INTERFACE_VARIANT(fixture, library)

/* The same once through each interface that translates, which all do. */
#define INTERFACE_VARIANTS(fixture)					\
	NAMING_VARIANTS(fixture);					\
	INTERFACE_VARIANT(fixture, syscall)

/* Once, for no interface matters. */
#define NO_VARIANTS(...)						\
	struct translate_interface

/*
 * A fixture for tests that build trees: each test runs through each interface
 * of VARIANTS, ends all its processes and waits until the module has counted
 * its namespaces out.
 */
#define TREE_FIXTURE_WITH(fixture, VARIANTS)				\
	struct node;							\
	FIXTURE(fixture) {						\
		__u64 namespaces_before;				\
	};								\
	VARIANTS(fixture);						\
	FIXTURE_SETUP(fixture)						\
	{								\
		/* Those of the program before may still be dying. */	\
		self->namespaces_before = namespace_count_settles(1);	\
		ASSERT_EQ(1, self->namespaces_before);			\
	}								\
	FIXTURE_TEARDOWN(fixture)					\
	{								\
		nodes_destroy();					\
		EXPECT_EQ(self->namespaces_before,			\
			  namespace_count_settles(self->namespaces_before)); \
	}

#define TREE_FIXTURE(fixture)						\
	TREE_FIXTURE_WITH(fixture, INTERFACE_VARIANTS)

#endif
