// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * translate_pid() between nested namespaces. Every question is asked more than
 * once: the first call of a process finds the way, later ones use it.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <translate_pid.h>
#include <unistd.h>

#include "namespaces.h"
#include "tap.h"

#define ROUNDS	3
#define NO_ID	UINT64_MAX

static struct nested nested;
static struct nested sibling;

static void translates(int round)
{
	const uint64_t outer = nested.outer_id, inner = nested.inner_id;

	errno = EDOM;
	check_value(translate_pid(getpid(), 0, 0), getpid(), "round %d: to the same namespace", round);
	check_value(errno, EDOM, "round %d: success leaves errno alone", round);
	check_value(translate_pid(nested.outer, 0, outer), 1, "round %d: one level down", round);
	check_value(translate_pid(1, outer, 0), nested.outer, "round %d: one level up", round);
	check_value(translate_pid(nested.inner, 0, inner), 1, "round %d: two levels down", round);
	check_value(translate_pid(1, inner, 0), nested.inner, "round %d: two levels up", round);
	check_value(translate_pid(1, inner, outer), nested.inner_in_outer,
		    "round %d: between two other namespaces", round);
	check_value(translate_pid(nested.inner_in_outer, outer, inner), 1,
		    "round %d: and back", round);
	check_value(translate_pid(1, outer, inner), 0, "round %d: 0 inside of its own", round);
	check_value(translate_pid(1, inner, sibling.outer_id), 0, "round %d: 0 beside its own", round);
	check_value(translate_pid(getpid(), 0, inner), 0, "round %d: 0 for an ancestor", round);
}

static void refuses(int round)
{
	const uint64_t outer = nested.outer_id;
	const pid_t nothing[] = { 0, -1, INT_MIN, INT_MAX };

	for (unsigned int i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		check_error(translate_pid(nothing[i], outer, 0), ESRCH, "round %d: no pid %d", round,
			    nothing[i]);
	check_error(translate_pid(1, NO_ID, 0), EINVAL, "round %d: no source", round);
	check_error(translate_pid(1, 0, NO_ID), EINVAL, "round %d: no target", round);
	check_error(translate_pid(0, 0, NO_ID), EINVAL, "round %d: target before pid", round);
	/* An id of which one half is lost must not work. */
	check_error(translate_pid(1, outer & UINT32_MAX, 0), EINVAL, "round %d: lower half", round);
	check_error(translate_pid(1, 0, outer & ~(uint64_t)UINT32_MAX), EINVAL,
		    "round %d: upper half", round);
}

/* More than one question of the module takes. */
#define MANY	150000

static void translates_many(void)
{
	pid_t *pids = malloc((MANY + 1) * sizeof(*pids));
	int right = 0;

	for (int i = 0; i <= MANY; i++)
		pids[i] = i % 3 ? 1 : -i;
	errno = EDOM;
	check_value(pidns_translate_many(pids, MANY, nested.inner_id, 0, 0), MANY, "many");
	check_value(errno, EDOM, "many: success leaves errno alone");
	for (int i = 0; i < MANY; i++)
		right += pids[i] == (i % 3 ? nested.inner : -ESRCH);
	check_value(right, MANY, "many: each of them");
	check(pids[MANY] == -MANY, "many: no more");
	check_value(pidns_translate_many(NULL, 0, nested.inner_id, 0, 0), 0, "many: none");
	check_error(pidns_translate_many(NULL, 0, NO_ID, 0, 0), EINVAL, "many: none, of no source");
	check_error(pidns_translate_many(NULL, 1, nested.inner_id, 0, 0), EFAULT, "many: no memory");
	pids[0] = getpid();
	check_value(pidns_translate_many(pids, 1, 0, 0, TRANSLATE_PID_THREAD_GROUP), 1,
		    "many: thread group");
	check(pids[0] == getpid(), "many: which is the process");
	check_error(pidns_translate_many(pids, 1, 0, 0, 2), EINVAL, "many: unknown flag");
	free(pids);
}

static void as_root(void)
{
	translates_many();
	for (int round = 1; round <= ROUNDS; round++) {
		translates(round);
		refuses(round);
	}
}

static void as_nobody(void)
{
	become_nobody();
	for (int round = 1; round <= ROUNDS; round++) {
		check_value(translate_pid(getpid(), 0, 0), getpid(), "nobody %d: its own", round);
		check_error(translate_pid(1, nested.outer_id, 0), EPERM, "nobody %d: source", round);
		check_error(translate_pid(1, 0, nested.outer_id), EPERM, "nobody %d: target", round);
		check_error(translate_pid(1, nested.outer_id, NO_ID), EPERM,
			    "nobody %d: source before target", round);
		check_error(translate_pid(1, NO_ID, nested.outer_id), EINVAL,
			    "nobody %d: no id before access", round);
		check_error(translate_pid(0, 0, 0), ESRCH, "nobody %d: no pid", round);
	}
}

int main(void)
{
	tap_begin();
	nested = nested_start();
	sibling = nested_start();
	check(nested.outer_id > UINT32_MAX || nested.inner_id > UINT32_MAX,
	      "an id needs more than 32 bits");
	in_child(as_root, "root");
	in_child(as_nobody, "nobody");
	nested_stop(&nested);
	nested_stop(&sibling);
	return tap_end();
}
