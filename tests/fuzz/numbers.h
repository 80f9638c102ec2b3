/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The array of TRANSLATE_PID_TRANSLATE_MANY: where it lies, what it asks, and what
 * may become of each of its numbers. One array for each worker at a time.
 */
#ifndef NUMBERS_H
#define NUMBERS_H

#include "fuzz.h"

/* What requests are drawn with in done, and no answer is. */
#define NOT_TOLD	0xdddddddd

struct numbers;

/* In a worker; the memory has low addresses, for all syscall paths. */
struct numbers *numbers_new(void);

/* Draws an array for the request, whose ids are drawn; fills in pids and count. */
void numbers_draw(struct worker *worker, struct translate_pid_many_request *request);

/*
 * What may be answered, as far as the request is well formed. To be asked before
 * the call, as contract_translate(), for what numbers_complain() is to accept.
 */
struct verdict numbers_contract(const struct worker *worker,
				const struct translate_pid_many_request *request);

/*
 * What is wrong with the numbers after the call, or NULL. @told: the answer's done,
 * NOT_TOLD if nothing was told; NULL: it cannot be seen.
 */
const char *numbers_complain(const struct worker *worker,
			     const struct translate_pid_many_request *request,
			     const __u32 *told, long result);

/* How it lies, for a finding's line. */
const char *numbers_name(const struct worker *worker);

#endif
