/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a lookup reaches from a namespace that it has found: the namespace's init,
 * the struct pid of that, and the user namespace that owns it, while the init is
 * reaped and the namespace goes with it. rust/abstractions/{task,pid,pid_ns}.rs,
 * translate_pid_pidns_init() in rust/helpers/pid_namespace.c; on the kernel's side
 * release_task() in kernel/exit.c, free_pid() in kernel/pid.c, and
 * kernel/pid_namespace.c.
 *
 * All that is freed here is the kernel's. Variants of its code show what the
 * module relies on.
 */
#include "kernel.pml"

#define LOOKUPS 2

/* Objects that are freed. */
#define NAMESPACE 0
#define USER_NAMESPACE 1
#define TASK 2
#define PID 3

bool linked = true;     /* the namespace's entry in the table */
bool in_idr = true;     /* the struct pid, in the namespace's idr */
bool attached = true;   /* the task, to the struct pid */
bool work;              /* destroy_pid_namespace_work() is scheduled */

inline use_task()
{
	d_step { CLAIM(!(freed & BIT(TASK)), "nobody touches a freed task") }
}

inline use_pid()
{
	d_step { CLAIM(!(freed & BIT(PID)), "nobody touches a freed struct pid") }
}

inline use_user_namespace()
{
	d_step {
		CLAIM(!(freed & BIT(USER_NAMESPACE)), "nobody touches a freed user namespace")
	}
}

/* release_task() of the init */
active proctype parent()
{
	attached = false;               /* __unhash_process() */
#ifdef PUT_NAMESPACE_AT_ONCE
	work = true;
#endif
#ifdef FREE_PID_BEFORE_IDR
	call_rcu(PID);
	in_idr = false;
#else
	in_idr = false;                 /* free_pid() */
	call_rcu(PID);
#endif
#ifdef PUT_TASK_AT_ONCE
	freed = freed | BIT(TASK)
#else
	call_rcu(TASK)                  /* put_task_struct_rcu_user() */
#endif
}

active proctype rcu()
{
end:	do
	:: rcu_begin_grace_period()
	:: d_step {
		rcu_waiting != 0 && rcu_awaited == 0 ->
		freed = freed | rcu_waiting;
		/* put_pid(): the struct pid was the last to count the namespace. */
		work = work || (rcu_waiting & BIT(PID));
		/* delayed_free_pidns() */
		freed = freed | ((rcu_waiting & BIT(NAMESPACE)) -> BIT(USER_NAMESPACE) : 0);
		rcu_waiting = 0
	}
	od
}

/* destroy_pid_namespace() with the hook at its entry */
active proctype workqueue()
{
end:	work;
	linked = false;
#ifdef PUT_USER_NAMESPACE_FIRST
	freed = freed | BIT(USER_NAMESPACE);
#endif
	call_rcu(NAMESPACE)
}

/* AccessRule::check() of a namespace that was found by id, then Pid::find(), Pid::number_in(). */
active [LOOKUPS] proctype lookup()
{
	byte me = _pid - 3;
	bool found, has_pid, has_task, has_init;

end:	do
	:: rcu_read_lock(me);
		found = linked;
		if
		:: found ->
			/* Init::of(): pid_task(find_pid_ns(1, ns), PIDTYPE_TGID) */
			has_pid = in_idr;
			if
			:: has_pid -> use_pid(); has_task = attached
			:: else
			fi;
			has_init = has_task;
#ifdef READ_CHILD_REAPER
			has_task = true;
#endif
			if
			:: has_task -> use_task()         /* ptrace_may_access() */
			:: else -> use_user_namespace() /* Peek::owner_capable() */
			fi;
			/* Living::new() has not looked at the count. */
			CLAIM(!has_init || !work, "a namespace with an init found attached is counted");
			/* Pid::find() */
			has_pid = in_idr
		:: else
		fi;
#ifdef NUMBER_BEHIND_READ_SECTION
		rcu_read_unlock(me);
#endif
		if
		:: has_pid -> use_pid()
		:: else
		fi;
#ifndef NUMBER_BEHIND_READ_SECTION
		rcu_read_unlock(me);
#endif
		d_step { found = false; has_pid = false; has_task = false; has_init = false }
	od
}
