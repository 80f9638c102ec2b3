/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page that the kernel has to wait for: whoever touches it sleeps in the page
 * fault, by userfaultfd(2), until the test lets him go on.
 */
#ifndef WITHHELD_PAGE_H
#define WITHHELD_PAGE_H

#include <stddef.h>

struct withheld_page {
	char *memory;
	size_t size;
	size_t front;		/* bytes in front of it that are there */
	int faults;		/* the userfaultfd */
};

/* Nothing is there, neither for readers nor for writers. */
struct withheld_page withheld_missing(void);

/* The same behind a page that is there, of zeros. */
struct withheld_page withheld_missing_behind_a_page(void);

/* Holds a copy of the structure, and cannot be written to. */
struct withheld_page withheld_read_only(const void *structure, size_t size);

/* Waits until somebody sleeps; aborts the test if nobody does. */
void withheld_wait_for_sleeper(const struct withheld_page *page);

/* Puts a page with the structure (may be NULL) there, and wakes who sleeps. */
void withheld_fill(const struct withheld_page *page, const void *structure,
		   size_t size);

/* Lets the page be written to, and wakes who sleeps. */
void withheld_allow_writing(const struct withheld_page *page);

void withheld_free(struct withheld_page *page);

#endif
