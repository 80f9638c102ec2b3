/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The chain of one bucket, bit lock and all, with insertions, removals, and
 * readers that hold no lock.
 * rust/abstractions/bit_table.rs; insert() and remove() of ns_table.rs.
 *
 * A pointer is a number, 0 is null. A head is a pointer shifted left, with the
 * lock in bit 0. Whatever reads or writes a shared word is a step of its own.
 */
#include "kernel.pml"

#define NULL 0
#define KEPT 1          /* linked before, never removed: every reader must find it */
#define OLD_A 2         /* linked before, removed by somebody */
#define OLD_B 3
#define NEW_A 4         /* inserted by somebody */
#define NEW_B 5

#define LOCK_BIT 1
#define POINTER(head) ((head) >> 1)
#define HEAD(pointer) ((pointer) << 1)

/* The chain is OLD_A -> OLD_B -> KEPT. */
byte head = HEAD(OLD_A);
byte next[6] = { NULL, NULL, OLD_B, KEPT, NULL, NULL };
bool filled[6] = { false, true, true, true, false, false };

byte members = BIT(KEPT) | BIT(OLD_A) | BIT(OLD_B);     /* what the chain must have */
bool inserted[6];       /* insert() has returned */
byte inside;            /* who is between lock and unlock */
byte check;             /* while the chain is walked */

inline use(entry)
{
	CLAIM(!(freed & BIT(entry)), "no lookup touches a freed entry")
}

/* bit_spin_lock(), bit_spin_unlock() */
inline lock()
{
	atomic { !(head & LOCK_BIT) -> head = head | LOCK_BIT };
	inside++;
	assert_alone()
}

inline unlock()
{
	check_chain();
	inside--;
	head = head & ~LOCK_BIT
}

inline assert_alone()
{
	d_step { CLAIM(inside == 1, "a bucket's lock has one holder") }
}

/* No claim of a reader: it is made whenever the lock is given back. */
inline check_chain()
{
	d_step {
		check = members;
		at = POINTER(head);
		do
		:: at == NULL -> break
		:: else -> check = check ^ BIT(at); at = next[at]
		od;
		CLAIM(check == 0, "the chain has lost no update");
		check = 0
	}
}

/* LockedBucket::set_first() */
inline set_first(pointer)
{
#ifdef STORE_WITHOUT_LOCK_BIT
	head = HEAD(pointer)
#else
	head = HEAD(pointer) | LOCK_BIT
#endif
}

/* LockedBucket::find(), of an id that is not there: walks the whole chain, without RCU. */
inline find()
{
	at = POINTER(head);
	do
	:: at == NULL -> break
	:: else -> d_step { use(at); at = next[at] }
	od
}

/* LockedBucket::link(); the entry was filled in by Vacant::fill(). */
inline link(entry)
{
#ifdef PUBLISH_BEFORE_FILLING
	at = POINTER(head);
	set_first(entry);
	next[entry] = at;
	filled[entry] = true;
#else
	filled[entry] = true;
#ifdef HEAD_READ_BEFORE_LOCK
	next[entry] = first;
#else
	next[entry] = POINTER(head);
#endif
	set_first(entry);
#endif
	members = members | BIT(entry)
}

/* LockedBucket::unlink() */
inline unlink(entry)
{
	previous = NULL;
	at = POINTER(head);
	do
	:: at == entry -> break
	:: else -> d_step { use(at); previous = at; at = next[at] }
	od;
	if
	:: previous == NULL -> set_first(next[entry])
	:: else -> next[previous] = next[entry]
	fi;
#ifdef UNLINK_CLEARS_NEXT
	next[entry] = NULL;
#endif
	members = members & ~BIT(entry)
}

/* NamespaceTable::insert() */
proctype insert(byte entry)
{
	byte at;
#ifdef HEAD_READ_BEFORE_LOCK
	byte first;

	first = POINTER(head);
#endif
#ifdef OVER_BEFORE_LINKED
	inserted[entry] = true;
#endif
	lock();
	find();
	link(entry);
	unlock();
	inserted[entry] = true
}

/* Index::remove() */
proctype remove(byte entry)
{
	byte at, previous;

	lock();
	unlink(entry);
#ifndef KEEP_LOCK
	unlock();
#endif
#ifdef FREE_ENTRY_AT_ONCE
	freed = freed | BIT(entry)
#elif !defined(FORGET_ENTRY)
	call_rcu(entry)
#endif
}

/* Buckets::entries() and Chain::next(), to the chain's end. */
proctype reader(byte me)
{
	byte at, seen;
	bool expected;

	d_step { rcu_read_lock(me); expected = inserted[NEW_A] }
	at = POINTER(head);
	do
	:: at == NULL -> break
	:: else ->
		d_step {
			use(at);
			CLAIM(filled[at], "a reader sees only entries that are filled in");
			seen = seen | BIT(at);
			at = next[at]
		}
	od;
	rcu_read_unlock(me);
	d_step {
		CLAIM(seen & BIT(KEPT), "a reader who stands on an unlinked entry finds its way to the rest");
		CLAIM(!expected || (seen & BIT(NEW_A)), "an entry is found once its insertion is over")
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
		run insert(NEW_A);
		run insert(NEW_B);
		run remove(OLD_A);
		run remove(OLD_B);
		run reader(0)
	}
	_nr_pr == 2 && RCU_IDLE;
	d_step { CLAIM(freed == (BIT(OLD_A) | BIT(OLD_B)), "every entry is freed in the end") }
}
