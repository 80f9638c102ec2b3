/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Teardown drains the lookups that are under way, and nothing else: one
 * namespace is removed while lookups follow one another without end.
 * Index::remove() in rust/abstractions/ns_table.rs, destroy_pid_namespace().
 *
 * ltl properties; search with weak fairness: whoever can always go on goes on.
 */
#include "kernel.pml"

#define ENTRY 0
#define NAMESPACE 1
#define READERS 2
#define LATE READERS    /* one more reader, which never leaves its read section */

bool linked = true;
bool torn_down;
bool hook_returned;
byte in_flight;         /* the lookups under way at the unlink */

#define DRAINED ((freed & BIT(ENTRY)) && (freed & BIT(NAMESPACE)))

/* __ns_tree_remove() with the hook at its entry, then call_rcu(delayed_free_pidns). */
active proctype workqueue()
{
#ifdef UNLINK_AFTER_CALL_RCU
	call_rcu(ENTRY);
#endif
	d_step {
#ifndef UNLINK_IN_ANOTHER_BUCKET
		linked = false;
#endif
		torn_down = true;
		in_flight = rcu_reading
	}
#ifdef HOOK_WAITS
	rcu_reading == 0;
#endif
#ifdef FREE_AT_ONCE
	freed = freed | BIT(ENTRY);
#elif !defined(UNLINK_AFTER_CALL_RCU)
	call_rcu(ENTRY);
#endif
	hook_returned = true;
	call_rcu(NAMESPACE)
}

active proctype rcu()
{
end:	do
	:: rcu_begin_grace_period()
	:: d_step {
#ifdef WAIT_FOR_ALL_READERS
		rcu_waiting != 0 && rcu_reading == 0 ->
#else
		rcu_waiting != 0 && rcu_awaited == 0 ->
#endif
		freed = freed | rcu_waiting;
		rcu_waiting = 0;
		CLAIM(in_flight == 0, "no lookup that was under way at the unlink is inside when teardown is over")
	}
	od
}

active [READERS] proctype lookup()
{
	byte me = _pid - 2;
	bool found, late;

end:	do
	:: d_step { rcu_read_lock(me); late = torn_down };
		/* NamespaceTable::find() */
		found = linked;
		if
		:: found -> d_step { CLAIM(!(freed & BIT(ENTRY)), "no lookup touches a freed entry") }
		:: else
		fi;
		d_step { CLAIM(!(found && late), "a lookup that begins after the unlink does not find the entry") }
#ifdef STUCK_IN_FLIGHT
		if
		:: in_flight & BIT(me) -> false         /* for ever inside */
		:: else
		fi;
#endif
		atomic {
			in_flight = in_flight & ~BIT(me);
			rcu_read_unlock(me);
			found = false;
			late = false
		}
	od
}

#ifdef STUCK_LATER
active proctype late_lookup()
{
#ifdef BEFORE_THE_GRACE_PERIOD
	torn_down;
#else
	torn_down && (rcu_waiting & BIT(NAMESPACE));
#endif
	rcu_read_lock(LATE);
end:	false
}
#endif

ltl hook_returns { <> hook_returned }
ltl drains { <> DRAINED }
