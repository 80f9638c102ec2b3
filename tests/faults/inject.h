/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's fault injection: allocations of slab objects and of pages that
 * fail on demand (Documentation/fault-injection). Needs CONFIG_FAILSLAB,
 * CONFIG_FAIL_PAGE_ALLOC and CONFIG_FAULT_INJECTION_STACKTRACE_FILTER.
 *
 * What cannot be set up aborts the test.
 */
#ifndef INJECT_H
#define INJECT_H

#include <stdbool.h>

/* Code of the kernel, from its symbol table. */
struct text_range {
	unsigned long start;
	unsigned long end;
};

struct text_range text_of_function(const char *symbol);
/* Everything that the module has in the symbol table. */
struct text_range text_of_module(void);

/*
 * Allocations of any kind can fail from here on, when they are told to: those
 * that may sleep as well, and single pages. Copies from and to user space are
 * left alone. Counts anew.
 */
void inject_setup(void);

/* Only allocations with this code on their stack count and fail; NULL: all. */
void inject_only_within(const struct text_range *text);

/* Of the calling thread's allocations from here on, the @nth fails. */
void inject_arm(unsigned int nth);

/* Ends that. Returns whether there were so many allocations. */
bool inject_disarm(void);

/* The same for another process, a zombie for example; it is not disarmed. */
bool inject_has_come(int pid);

/*
 * Of ten thousand allocations of processes that inject_join() and of their
 * children, @failures fail; 0: none.
 */
void inject_probability(unsigned int failures);
void inject_join(void);
void inject_leave(void);

/*
 * Every allocation with this code on its stack fails, whoever makes it, kernel
 * threads included; NULL: none.
 */
void inject_everything_within(const struct text_range *text);

/* Failures since inject_setup(), as the kernel has counted them. */
unsigned long inject_total(void);

#endif
