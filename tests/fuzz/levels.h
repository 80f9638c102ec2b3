/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The array of TRANSLATE_PID_GET_CHAIN: where it lies, and what must be and must not
 * be in it. One array for each worker at a time.
 */
#ifndef LEVELS_H
#define LEVELS_H

#include "fuzz.h"

struct levels;

/* In a worker; the memory has low addresses, for all syscall paths. */
struct levels *levels_new(void);

/* Draws what is asked for, and the array. */
void levels_draw(struct worker *worker, struct translate_pid_chain_request *request);

/*
 * What may be answered, as far as the request is well formed. To be asked before
 * the call, as contract_translate(), for what levels_complain() is to accept.
 */
struct verdict levels_contract(const struct worker *worker,
			       const struct translate_pid_chain_request *request);

/*
 * What is wrong with the entries after the call, or NULL. @answer: the structure
 * then; NULL: it cannot be seen, or was not the request's.
 */
const char *levels_complain(const struct worker *worker,
			    const struct translate_pid_chain_request *request,
			    const struct translate_pid_chain_request *answer, long result);

/* How it lies, for a finding's line. */
const char *levels_name(const struct worker *worker);

#endif
