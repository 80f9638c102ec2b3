/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The array of TRANSLATE_PID_LIST_NS: where it lies, and what must be, may be and must
 * not be in it. One array for each worker at a time.
 */
#ifndef NAMESPACES_H
#define NAMESPACES_H

#include "fuzz.h"

struct namespaces;

/* In a worker; the memory has low addresses, for all syscall paths. */
struct namespaces *namespaces_new(void);

/* Draws the request. */
void namespaces_draw(struct worker *worker, struct translate_pid_list_ns_request *request);

/* What may be answered, as far as the request is well formed. */
struct verdict namespaces_contract(const struct worker *worker,
				   const struct translate_pid_list_ns_request *request);

/*
 * What is wrong with the entries after the call, or NULL. @answer: the structure
 * then; NULL: it cannot be seen, or was not the request's.
 */
const char *namespaces_complain(const struct worker *worker,
				const struct translate_pid_list_ns_request *request,
				const struct translate_pid_list_ns_request *answer, long result);

/* How it lies, for a finding's line. */
const char *namespaces_name(const struct worker *worker);

#endif
