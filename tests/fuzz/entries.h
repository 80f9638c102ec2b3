/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The array of TRANSLATE_PID_LIST_PIDS: where it lies, and what must be, may be and
 * must not be in it. One array for each worker at a time.
 */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "fuzz.h"

struct entries;

/* In a worker; the memory has low addresses, for all syscall paths. */
struct entries *entries_new(void);

/* Draws the array and the cursor for the request, whose ids and flags are drawn. */
void entries_draw(struct worker *worker, struct translate_pid_list_request *request);

/*
 * What may be answered, as far as the request is well formed. To be asked before
 * the call, as contract_translate(), for what entries_complain() is to accept.
 */
struct verdict entries_contract(const struct worker *worker,
				const struct translate_pid_list_request *request);

/*
 * What is wrong with the entries after the call, or NULL. @answer: the structure
 * then; NULL: it cannot be seen, or was not the request's.
 */
const char *entries_complain(const struct worker *worker,
			     const struct translate_pid_list_request *request,
			     const struct translate_pid_list_request *answer, long result);

/* How it lies, for a finding's line. */
const char *entries_name(const struct worker *worker);

#endif
