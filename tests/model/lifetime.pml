/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A parent and a child pid namespace, from counted to freed, while tasks give
 * them entries and look their ids up. rust/abstractions/ns_table.rs,
 * rust/registry.rs; on the kernel's side kernel/pid_namespace.c, kernel/nstree.c.
 *
 * Ids are known to everybody from the beginning, as those of a load before with
 * the same key are, and a namespace may get its entry at any time. Chains are
 * left to buckets.pml: here a bucket, that of a namespace's id, has one place.
 */
#include "kernel.pml"

#define NONE 255

#define PARENT 0
#define CHILD 1

/* Whoever gives entries brings memory for one, which has the number of the task. */
#define GIVERS 2
#define LOOKUPS 2

/* The process number of the first giver. Givers and lookups are RCU readers. */
#define FIRST 3

/* Objects that are freed. */
#define NAMESPACE(n) (n)
#define ENTRY(e) (2 + (e))

/* struct pid_namespace */
byte count[2] = { 2, 1 };
bool removed[2];        /* has been through __ns_tree_remove(), is not in the kernel's tree */
bool work[2];           /* destroy_pid_namespace_work() is scheduled */

/* NamespaceTable */
byte bucket[2] = NONE;
bool bucket_locked[2];
byte entry_ns[GIVERS] = NONE;

/* What all lookups ask for, and whether one of them has found it dead. */
byte asked = CHILD;
bool found_dead;

inline use_namespace(n)
{
	CLAIM(!(freed & BIT(NAMESPACE(n))), "nobody touches a freed namespace")
}

inline use_parent(n)
{
	CLAIM(!(freed & BIT(NAMESPACE(n))), "a lookup's way to the parent leads to no freed namespace")
}

inline use_entry(e)
{
	CLAIM(!(freed & BIT(ENTRY(e))), "no lookup touches a freed entry")
}

/* put_pid_ns() */
inline put(n)
{
	count[n]--;
	work[n] = work[n] || count[n] == 0
}

/* Peek::get(): ns_ref_get(), a reference unless the count is zero. */
inline get_unless_zero(n, got)
{
#ifdef PLAIN_GET
	got = true;
#else
	got = count[n] != 0;
#endif
	count[n] = count[n] + got
}

inline lock_bucket(n)
{
	atomic { !bucket_locked[n] -> bucket_locked[n] = true }
}

inline unlock_bucket(n)
{
	bucket_locked[n] = false
}

/* Index::remove(), from the hook at the entry of __ns_tree_remove(). */
inline remove_entry(n)
{
	lock_bucket(n);
#ifdef ANOTHER_ID_AT_REMOVAL
	e = NONE;
#else
	e = bucket[n];
#endif
	if
	:: e == NONE -> unlock_bucket(n)
	:: else ->
		bucket[n] = NONE;
		unlock_bucket(n);
#ifdef FREE_ENTRY_AT_ONCE
		freed = freed | BIT(ENTRY(e))
#elif defined(FORGET_ENTRY)
		skip
#else
		call_rcu(ENTRY(e))
#endif
	fi
}

/* destroy_pid_namespace() */
inline destroy(n)
{
#ifdef HOOK_AFTER_CALL_RCU
	call_rcu(NAMESPACE(n));
	remove_entry(n);
	removed[n] = true
#elif defined(TREE_AFTER_CALL_RCU)
	remove_entry(n);
	call_rcu(NAMESPACE(n));
	removed[n] = true
#else
	remove_entry(n);
	d_step {
		removed[n] = true;
		CLAIM(bucket[n] == NONE, "no entry is linked for a namespace that is removed")
	}
	call_rcu(NAMESPACE(n))
#endif
}

/* The workqueue, destroy_pid_namespace_work(): a child, then whoever it was the last to hold. */
active proctype workqueue()
{
	byte e;

end:	do
	:: work[CHILD] ->
		work[CHILD] = false;
#ifdef PARENT_PUT_FIRST
		count[PARENT]--;
		if
		:: count[PARENT] == 0 -> destroy(PARENT)
		:: else
		fi;
		destroy(CHILD)
#else
		destroy(CHILD);
		d_step {
			count[PARENT]--;
			work[PARENT] = work[PARENT] || count[PARENT] == 0
		}
#endif
	:: work[PARENT] ->
		work[PARENT] = false;
		destroy(PARENT)
	od
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

/* The processes in the namespaces; a child counts its parent. */
active proctype inhabitants()
{
	if
	:: d_step { put(CHILD) }; d_step { put(PARENT) }
	:: d_step { put(PARENT) }; d_step { put(CHILD) }
	fi
}

/* NamespaceTable::insert(), called with a counted namespace. */
inline insert(n)
{
#ifdef CHECK_WITHOUT_LOCK
	e = bucket[n];
#endif
	lock_bucket(n);
#ifndef CHECK_WITHOUT_LOCK
	e = bucket[n];
#endif
	if
	:: e != NONE
	:: else ->
		d_step {
			CLAIM(!removed[n], "no entry is linked for a namespace that is removed");
			CLAIM(bucket[n] == NONE, "a namespace has one entry");
			entry_ns[me] = n;
			bucket[n] = me
		}
	fi;
	e = NONE;
	unlock_bucket(n)
}

active [GIVERS] proctype giver()
{
	byte me = _pid - FIRST, n, e;
	bool got;

	/* From one of the kernel's lists, or next to the namespace where adoption stands. */
	atomic {
		if
		:: n = PARENT
		:: n = CHILD
		fi;
		rcu_read_lock(me)
	}
	atomic {
		if
		:: removed[n]
		:: else -> use_namespace(n); get_unless_zero(n, got)
		fi;
		rcu_read_unlock(me)
	}
	if
	:: !got
	:: else ->
		insert(n);
#ifndef KEEP_REFERENCE
		d_step { put(n); got = false }
#endif
	fi
}

/* One side of translate(), or of GET_ID by id, which goes on with a reference. */
active [LOOKUPS] proctype lookup()
{
	byte me = _pid - FIRST, n, e;
	bool reached, alive, got, was_dead;

	atomic {
		n = asked;
		was_dead = found_dead;
		rcu_read_lock(me)
	}
	/* NamespaceTable::find(), then NsTreeLookup::find() */
	e = bucket[n];
	if
	:: e != NONE -> d_step { use_entry(e); reached = entry_ns[e] == n; e = NONE }
	:: else ->
#ifdef NO_TREE_LOOKUP
		skip
#else
		reached = !removed[n]
#endif
	fi;
	if
	:: !reached
	:: else ->
		if
#ifdef NO_COUNT_CHECK
		:: use_namespace(n); alive = true
#else
		:: d_step { use_namespace(n); alive = count[n] != 0 }   /* Registry::find() */
#endif
		:: d_step { use_namespace(n); get_unless_zero(n, got) }; alive = got
		fi;
		/* Peek::is_within() goes upwards, whatever the counts are. */
		if
		:: n == CHILD -> use_parent(PARENT)
		:: n == PARENT
		fi
	fi;
	atomic {
		CLAIM(!(alive && was_dead), "an id that was found dead is never found alive");
		found_dead = found_dead || !alive;
		was_dead = false;
		reached = false;
		alive = false;
		rcu_read_unlock(me)
	}
	if
	:: got -> d_step { use_namespace(n); put(n); got = false }
	:: else
	fi
}

/* Everybody is done: nothing is left behind. */
active proctype epilogue()
{
end:	timeout;
	CLAIM((freed & BIT(NAMESPACE(PARENT))) && (freed & BIT(NAMESPACE(CHILD))),
	      "every namespace is freed in the end");
	CLAIM((entry_ns[0] == NONE || (freed & BIT(ENTRY(0)))) &&
	      (entry_ns[1] == NONE || (freed & BIT(ENTRY(1)))),
	      "every entry is freed in the end")
}
