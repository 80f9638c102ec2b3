/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles that are bound to a pid namespace: how a translation learns that it is dead,
 * how those who wait for that are woken up by a work item, and unloading meanwhile.
 * rust/bound.rs, rust/abstractions/{watch,bound}.rs, rust/callbacks/work.c; on the
 * kernel's side kernel/pid.c, kernel/pid_namespace.c, kernel/workqueue.c.
 *
 * There is one namespace with one process; of another one, which dies at any time, only
 * what it leaves to the work item. Chains are left to buckets.pml: the bucket
 * has one place. A handle has one side here; two are two watches, asked one by one.
 */
#include "kernel.pml"

#define NONE 255

/* Each makes a handle and brings memory for a watch, which has its number. */
#define HOLDERS 2

/* The process number of the first holder; they are the RCU readers. */
#define FIRST 5

/* Objects that are freed. */
#define NAMESPACE 0
#define PID 1
#define WATCH(w) (2 + (w))
#define WATCHES (BIT(WATCH(0)) | BIT(WATCH(1)))
#define TEXT 4          /* stands for all of the module's memory */

/* struct pid_namespace, and its process's struct pid, which counts it */
byte count = 1;
bool attached = true;   /* the pid is in the idr */
bool destroying;        /* destroy_pid_namespace_work() is scheduled */
bool found_dead;        /* somebody was told so, of the id or by a handle */

/* The watch of another namespace, which nobody has. */
#define OTHER HOLDERS

/* Watches */
byte bucket = NONE;
bool bucket_locked;
bool made[HOLDERS];
bool has_ns[HOLDERS];   /* Watch.ns is not null */
byte users[HOLDERS];
byte waiting[HOLDERS];  /* the wait queue: a bit for each holder */
byte stack;             /* a bit for each watch: Shared.gone */

/* The work item. */
bool work_pending, work_running;

/* struct module */
bool going;
byte refs;
bool hook = true, in_hook, in_other_hook;

inline use_text()
{
	CLAIM(!(freed & BIT(TEXT)), "no code of the module runs once its memory is freed")
}

inline use_watch(w)
{
	CLAIM(!(freed & BIT(WATCH(w))), "nobody touches a freed watch")
}

inline use_namespace()
{
	CLAIM(!(freed & BIT(NAMESPACE)), "nobody touches a freed namespace")
}

inline lock_bucket()
{
	atomic { !bucket_locked -> bucket_locked = true }
}

inline unlock_bucket()
{
	bucket_locked = false
}

/* put_pid_ns() */
inline put_namespace()
{
	count--;
	destroying = destroying || count == 0
}

/* Shared::put() */
inline put_watch(w)
{
	lock_bucket();
	d_step {
		use_watch(w);
		users[w]--;
		last = users[w] == 0;
#ifndef FREE_LINKED
		if
		:: last && has_ns[w] -> bucket = NONE
		:: else
		fi
#endif
	}
	unlock_bucket();
	if
	:: last -> call_rcu(WATCH(w))
	:: else
	fi
}

/* Watches::removed(), from the hook at the entry of __ns_tree_remove(). */
inline run_hook()
{
	lock_bucket();
	d_step { use_text(); w = bucket };
	if
	:: w == NONE -> unlock_bucket()
	:: else ->
#ifdef WAKE_BEFORE_MARKING
		stack = stack | BIT(w);
		work_pending = true;
#endif
		d_step {
			use_watch(w);
			bucket = NONE;
#ifndef NO_USER_FOR_THE_WORK
			users[w]++;
#endif
			has_ns[w] = false
		}
		unlock_bucket();
#ifdef QUEUE_BEFORE_PUSH
		work_pending = true;
		stack = stack | BIT(w)
#elif !defined(WAKE_BEFORE_MARKING)
		stack = stack | BIT(w);
		work_pending = true
#endif
	fi;
	d_step { use_text(); w = NONE }
}

/* destroy_pid_namespace_work() */
active proctype workqueue()
{
	byte w = NONE;

	destroying;
#ifdef HOOK_AFTER_CALL_RCU
	call_rcu(NAMESPACE);
#endif
	atomic { in_hook = hook };
	if
	:: in_hook -> run_hook(); in_hook = false
	:: else
	fi;
#ifndef HOOK_AFTER_CALL_RCU
	call_rcu(NAMESPACE)
#endif
}

/* Another namespace dies, whose watch the work item does not find alive any more. */
active proctype another_death()
{
	atomic { in_other_hook = hook };
	if
	:: in_other_hook ->
		stack = stack | BIT(OTHER);
		d_step { use_text(); work_pending = true; in_other_hook = false }
	:: else
	fi
}

/* process_one_work() clears what says that the item is queued, then calls Shared::wake_up(). */
active proctype work_item()
{
	byte w, taken;
	bool last;

end:	do
	:: atomic {
#ifdef CLEARED_AFTER_THE_RUN
		work_pending && !work_running ->
#else
		work_pending -> work_pending = false;
#endif
		work_running = true
	}
		d_step { use_text(); taken = stack; stack = 0 };
		do
		:: w == HOLDERS -> break
		:: else ->
			if
			:: taken & BIT(w) ->
#ifdef PUT_BEFORE_WAKING
				put_watch(w);
#endif
				d_step { use_watch(w); waiting[w] = 0 };
#if !defined(PUT_BEFORE_WAKING) && !defined(KEEP_USE)
				put_watch(w)
#endif
			:: else
			fi;
			w++
		od;
		w = 0;
		d_step {
			use_text();
			taken = 0;
#ifdef CLEARED_AFTER_THE_RUN
			work_pending = false;
#endif
			work_running = false
		}
	od
}

/* The process in the namespace ends; its pid leaves the idr, then waits for a grace period. */
active proctype inhabitant()
{
	attached = false;
#ifdef PUT_AT_ONCE
	d_step { put_namespace() }
#else
	call_rcu(PID)
#endif
}

active proctype rcu()
{
end:	do
	:: rcu_begin_grace_period()
	:: d_step {
		rcu_waiting != 0 && rcu_awaited == 0 ->
		if
		:: rcu_waiting & BIT(PID) -> put_namespace()
		:: else
		fi;
		if
		:: rcu_waiting & WATCHES -> use_text()
		:: else
		fi;
		freed = freed | rcu_waiting;
		rcu_waiting = 0
	}
	od
}

/* Watches::watch(), with a reference. */
inline watch()
{
	lock_bucket();
	d_step {
		if
		:: bucket == NONE ->
			CLAIM(!(freed & BIT(NAMESPACE)) && count != 0, "what is watched is alive when it begins");
			made[me] = true;
			has_ns[me] = true;
			users[me] = 1;
			bucket = me
		:: else -> use_watch(bucket); users[bucket]++
		fi;
		mine = bucket
	}
	unlock_bucket()
}

/* Bound::translate(): stale, or an answer. */
inline translate()
{
	atomic { was_dead = found_dead; rcu_read_lock(me) }
	d_step { use_text(); use_watch(mine); seen = has_ns[mine] };
#ifdef ANSWER_BEHIND_READ_SECTION
	rcu_read_unlock(me);
#endif
	if
	:: !seen
	:: else ->
		d_step { use_namespace(); vouches = attached };
		if
		:: vouches -> d_step {
			use_namespace();
			CLAIM(count != 0, "a pid that was found vouches for its namespace")
		}
		:: else ->
#ifndef NO_COUNT_CHECK
			d_step { use_namespace(); seen = count != 0 }
#endif
		fi
	fi;
	atomic {
		CLAIM(!(seen && was_dead), "a handle is stale for ever");
		found_dead = found_dead || !seen;
		vouches = false;
		was_dead = false;
		rcu_read_unlock(me)
	}
}

/* The file's poll(): joins the queue, then looks; then its caller sleeps, until it is woken up. */
inline wait_for_the_end()
{
#ifdef LOOK_BEFORE_WAITING
	seen = has_ns[mine];
	waiting[mine] = waiting[mine] | BIT(me);
#else
	d_step { use_watch(mine); waiting[mine] = waiting[mine] | BIT(me) };
	d_step { use_text(); use_watch(mine); seen = has_ns[mine] };
#endif
	if
	:: seen -> !(waiting[mine] & BIT(me))
	:: else
	fi;
	/* It leaves the queue; epoll does so before the file is released. */
	d_step { use_watch(mine); waiting[mine] = waiting[mine] & ~BIT(me) }
}

active [HOLDERS] proctype holder()
{
	byte me = _pid - FIRST, mine = NONE;
	bool got, last, seen, vouches, was_dead;

	/* The device's descriptor holds the module until the handle does. */
	d_step {
		got = !going;
		refs = refs + got
	}
	if
	:: !got -> goto done
	:: else
	fi;
	/* Binder::enter() */
	d_step {
#ifdef PLAIN_GET
		got = !(freed & BIT(NAMESPACE));
#else
		got = !(freed & BIT(NAMESPACE)) && count != 0;
#endif
		count = count + got;
		found_dead = found_dead || !got
	}
	if
	:: !got -> refs--; goto done
	:: else
	fi;
	watch();
#ifndef KEEP_REFERENCE
	d_step { put_namespace() };
#endif
#ifdef NO_OWNER
	refs--;
#endif
	if
	:: translate()
	:: translate(); translate()
	:: wait_for_the_end()
	:: skip
	fi;
	/* release(), then the file's fops_put() */
	d_step { use_text() };
	put_watch(mine);
	d_step { use_text(); mine = NONE; last = false; seen = false };
#ifndef NO_OWNER
	refs--;
#endif
done:	skip
}

/* rmmod, at any time when nobody has the module, or never. */
active proctype unload()
{
	atomic { refs == 0 -> going = true };
#ifdef FLUSH_BEFORE_UNHOOKING
	!work_pending && !work_running;
#endif
	hook = false;
	!in_hook && !in_other_hook;     /* unregister_ftrace_function() */
#if !defined(NO_FLUSH) && !defined(FLUSH_BEFORE_UNHOOKING)
	!work_pending && !work_running;
#endif
#ifndef NO_RCU_BARRIER
	!((rcu_queued | rcu_waiting) & WATCHES);
#endif
	freed = freed | BIT(TEXT)
}

/* Everybody is done: nothing is left behind. */
active proctype epilogue()
{
end:	timeout;
	CLAIM(freed & BIT(NAMESPACE), "every namespace is freed in the end");
	CLAIM((waiting[0] | waiting[1]) == 0, "nobody sleeps through the end");
	CLAIM((!made[0] || (freed & BIT(WATCH(0)))) && (!made[1] || (freed & BIT(WATCH(1)))),
	      "every watch is freed in the end")
}
