/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list of namespaces in two parts or more, while others are born and die.
 * rust/list_ns.rs; translate_pid_pidns_collect() of rust/helpers/ns_walk.c;
 * __ns_tree_add_raw() and __ns_tree_remove() of the kernel.
 *
 * A namespace is its ns_id; 0 is the list's head. Where the way down the kernel's
 * tree ends, which no lock orders, is any namespace of the tree, or the initial one.
 */
#include "kernel.pml"

#define HEAD 0
#define INITIAL 1       /* stays */
#define OLD_A 2         /* dies */
#define KEPT 3          /* stays: every list must have it once */
#define NEW 4           /* born between two that were there */
#define OLD_B 5         /* dies */
#define LAST 6          /* stays */
#define PART 2          /* so many are taken at a time */

byte next[7] = { INITIAL, OLD_A, KEPT, OLD_B, HEAD, LAST, HEAD };
byte in_tree = BIT(INITIAL) | BIT(OLD_A) | BIT(KEPT) | BIT(OLD_B) | BIT(LAST);
byte listed = BIT(INITIAL) | BIT(OLD_A) | BIT(KEPT) | BIT(OLD_B) | BIT(LAST);
bool locked;            /* ns_tree_lock */

inline use(ns)
{
	CLAIM(!(freed & BIT(ns)), "nobody touches a freed namespace")
}

/* The one in front of it on the list. */
inline find_previous(ns)
{
	d_step {
		previous = ns - 1;
		do
		:: listed & BIT(previous) -> break
		:: else -> previous--
		od
	}
}

/* __ns_tree_add_raw(): into the tree, then onto the list. */
proctype add(byte ns)
{
	byte previous;

	atomic { !locked -> locked = true };
	in_tree = in_tree | BIT(ns);
	find_previous(ns);
	d_step { next[ns] = next[previous]; listed = listed | BIT(ns) };
	next[previous] = ns;
	locked = false
}

/* __ns_tree_remove(), then call_rcu() for the namespace. */
proctype remove(byte ns)
{
	byte previous;

	atomic { !locked -> locked = true };
	in_tree = in_tree & ~BIT(ns);
	find_previous(ns);
	d_step { next[previous] = next[ns]; listed = listed & ~BIT(ns) };
#ifdef UNLINK_CLEARS_NEXT
	next[ns] = HEAD;
#endif
	locked = false;
#ifdef FREE_AT_ONCE
	freed = freed | BIT(ns)
#else
	call_rcu(ns)
#endif
}

/* translate_pid_pidns_before(): one that is or was on the list, not above the cursor. */
inline begin()
{
	if
	:: at = INITIAL
#ifdef BEGIN_ANYWHERE
	:: at = LAST
#endif
#ifdef BEGIN_WHERE_NOT_LISTED
	:: (in_tree & BIT(NEW)) && NEW <= cursor -> at = NEW
#endif
	:: (in_tree & BIT(OLD_A)) && OLD_A <= cursor -> at = OLD_A
	:: (in_tree & BIT(KEPT)) && KEPT <= cursor -> at = KEPT
	:: (in_tree & listed & BIT(NEW)) && NEW <= cursor -> at = NEW
	:: (in_tree & BIT(OLD_B)) && OLD_B <= cursor -> at = OLD_B
	:: (in_tree & BIT(LAST)) && LAST <= cursor -> at = LAST
	fi
}

/* NsLister::fill() */
proctype walk(byte me)
{
	byte at, cursor, count, seen;

	do
	:: at == HEAD && cursor != 0 -> break
	:: else ->
		rcu_read_lock(me);
#ifdef KEEP_POINTER
		if
		:: cursor == 0 -> begin()
		:: else
		fi;
#else
		begin();
#endif
		count = 0;
		do
		:: at == HEAD || count == PART -> break
		:: else ->
			d_step {
				use(at);
				if
#ifdef NO_COMPARISON
				:: true ->
#else
				:: at > cursor ->
#endif
					CLAIM(!(seen & BIT(at)), "nothing is listed twice");
					seen = seen | BIT(at);
					cursor = at;
					count++
#ifndef NO_COMPARISON
				:: else
#endif
				fi;
				at = next[at]
			}
		od;
		rcu_read_unlock(me)
	od;
	atomic {
		at = BIT(INITIAL) | BIT(KEPT) | BIT(LAST);
		CLAIM((seen & at) == at, "what stays is listed")
	}
}

active proctype rcu()
{
end:	do
	:: rcu_begin_grace_period()
	:: d_step {
		rcu_waiting != 0 && rcu_awaited == 0 ->
		freed = freed | rcu_waiting;
		rcu_waiting = 0
	}
	od
}

init {
	atomic {
		run add(NEW);
		run remove(OLD_A);
		run remove(OLD_B);
		run walk(0)
	}
	_nr_pr == 2 && RCU_IDLE
}
