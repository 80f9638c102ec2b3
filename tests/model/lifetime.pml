/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A parent and a child pid namespace, from counted to freed, while tasks give
 * them ids at first need and look them up. rust/abstractions/ns_table.rs,
 * rust/registry.rs; on the kernel's side kernel/pid_namespace.c.
 *
 * Chains and the lock by id are left to buckets.pml: here an index is a slot,
 * and the lock is that of the namespace's bucket.
 */
#include "kernel.pml"

#define NONE 255

#define PARENT 0
#define CHILD 1

/* Whoever gives ids brings memory for one entry, which has the number of the task. */
#define GIVERS 2
#define LOOKUPS 2

/* The process number of the first giver. Givers and lookups are RCU readers. */
#define FIRST 3

/* Objects that are freed. */
#define NAMESPACE(n) (n)
#define ENTRY(e) (2 + (e))

/* struct pid_namespace */
byte count[2] = { 2, 1 };
bool removed[2];        /* has been through __ns_tree_remove() */
bool work[2];           /* destroy_pid_namespace_work() is scheduled */

/* NamespaceTable */
byte by_ns[2] = NONE;
byte by_id[GIVERS] = NONE;
bool bucket_locked[2];
byte entry_ns[GIVERS] = NONE;
byte entry_id[GIVERS];
byte drawn;

/* What user space knows. */
byte told_id[2] = NONE;
bool found_dead[2];

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

/* Indexes::remove(), from the hook at the entry of __ns_tree_remove(). */
inline remove_entry(n)
{
	lock_bucket(n);
	e = by_ns[n];
	if
	:: e == NONE -> unlock_bucket(n)
	:: else ->
		by_id[entry_id[e]] = NONE;
		by_ns[n] = NONE;
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
#else
	remove_entry(n);
	d_step {
		removed[n] = true;
		CLAIM(by_ns[n] == NONE &&
		      (by_id[0] == NONE || entry_ns[by_id[0]] != n) &&
		      (by_id[1] == NONE || entry_ns[by_id[1]] != n),
		      "no entry is linked for a namespace that is removed")
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

/* Registry::id_of(), called with a counted namespace: adoption or first need. */
inline id_of(n)
{
	/* NamespaceTable::id_of() */
	rcu_read_lock(me);
	e = by_ns[n];
	if
	:: e != NONE -> d_step { use_entry(e); id = entry_id[e] }
	:: else
	fi;
	rcu_read_unlock(me);

	if
	:: e != NONE
	:: else ->
		/* Registry::draw(), then NamespaceTable::insert() */
		d_step { id = drawn; drawn++ }
		lock_bucket(n);
#ifndef CHECK_WITHOUT_LOCK
		e = by_ns[n];
#endif
		if
		:: e != NONE -> id = entry_id[e]        /* AlreadyHas */
		:: else ->
			d_step {
				CLAIM(!removed[n], "no entry is linked for a namespace that is removed");
				entry_ns[me] = n;
				entry_id[me] = id
			}
#ifdef LINK_BY_NAMESPACE_FIRST
			by_ns[n] = me;
			by_id[id] = me
#else
			by_id[id] = me;
			by_ns[n] = me
#endif
		fi;
		unlock_bucket(n)
	fi
}

active [GIVERS] proctype giver()
{
	byte me = _pid - FIRST, n, e, id;
	bool got;

	if
	:: n = PARENT
	:: n = CHILD
	fi;

	/* From one of the kernel's lists, or next to the namespace where adoption stands. */
	rcu_read_lock(me);
	if
	:: removed[n]
	:: else ->
		d_step { use_namespace(n); get_unless_zero(n, got) }
	fi;
	rcu_read_unlock(me);
	if
	:: !got
	:: else ->
		id_of(n);
		d_step {
			CLAIM(told_id[n] == NONE || told_id[n] == id, "a namespace has one id");
			told_id[n] = id;
#ifndef KEEP_REFERENCE
			put(n)
#endif
		}
	fi
}

/* One side of translate(), or of GET_ID by id, which goes on with a reference. */
active [LOOKUPS] proctype lookup()
{
	byte me = _pid - FIRST, n, e = NONE, id;
	bool alive, got, was_dead;

end_without_an_id:
	if
	:: told_id[PARENT] != NONE -> n = PARENT
	:: told_id[CHILD] != NONE -> n = CHILD
	fi;
	d_step {
		id = told_id[n];
		was_dead = found_dead[n];
		rcu_read_lock(me)
	}
	/* NamespaceTable::find() */
	e = by_id[id];
	if
	:: e == NONE
	:: else ->
		d_step { use_entry(e); n = entry_ns[e] }
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
	d_step {
		CLAIM(!(alive && was_dead), "an id that was found dead is never found alive");
		found_dead[n] = found_dead[n] || !alive
	}
	rcu_read_unlock(me);
	if
	:: got -> d_step { use_namespace(n); put(n) }
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
