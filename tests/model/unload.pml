/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unloading while every interface of the module is in use, after a load during which
 * they are in use already, or a load that fails.
 * rust/translate_pid_main.rs (order of drops), rust/callbacks/redirect.c, hook.c,
 * proc_link.c, syscall.c, rust/abstractions/{device,proc,ns_table}.rs; on the
 * kernel's side kernel/module/main.c, kernel/rcu/tasks.h.
 *
 * The three redirected functions of procfs are one here.
 *
 *   LOADING       begins where all but the device is registered: the load fails
 *                 there, or goes on to the device, and the module is live
 *   PREEMPT_RT    the system call may block on alloc_lock in its read section,
 *                 which counts as sleeping; so it owns a reference there
 */
#include "kernel.pml"
#include "tasks_rcu.pml"

/* What is freed. TEXT stands for all of the module's memory. */
#define TEXT 0
#define TABLE 1
#define TRANSLATOR 2            /* the context of the system call */
#define CREATE_HOOK 3           /* the memory of these two hooks is from kzalloc() */
#define REMOVE_HOOK 4
#define NAMESPACE 5
#define SERVICE 6              /* the context of the device and of /proc/translate_pid */

inline use_text()
{
	d_step { CLAIM(!(freed & BIT(TEXT)), "no code of the module runs once its memory is freed") }
}

inline use(object)
{
	d_step {
		CLAIM(!(freed & BIT(TEXT)), "no code of the module runs once its memory is freed");
		CLAIM(!(freed & BIT(object)), "nobody uses what a drop has freed")
	}
}

/* Tasks, as RCU readers and for Tasks RCU. */
#define SYSCALL 0
#define PROCFS 1
#define CREATOR 2
#define DESTROYER 3
#define IOCTL 4
#define PROC_READER 5
#define PROC_ASKER 6

byte synchronized;      /* readers that synchronize_rcu() waits for */

inline read_lock(me)
{
	rcu_read_lock(me)
}

inline read_unlock(me)
{
	atomic {
		rcu_read_unlock(me);
		synchronized = synchronized & ~BIT(me)
	}
}

inline synchronize_rcu()
{
	synchronized = rcu_reading;
	synchronized == 0
}

/* translate_pid_ftrace_unregister() */
inline unregister(hook)
{
	hook = false;
#ifndef NO_TASKS_RCU_WAIT
	synchronize_rcu_tasks()
#endif
}

/* struct module */
#define MODULE_REF_BASE 1
mtype = { coming, live, going };
#ifdef LOADING
mtype state = coming;
byte refs = MODULE_REF_BASE + 1;
#else
mtype state = live;
byte refs = MODULE_REF_BASE;
#endif

/* try_module_get() */
inline try_module_get(got)
{
	got = state != going && refs != 0;
	refs = refs + got
}

/* translate_pid_redirect_entry(): whether a call whose replacement may sleep is redirected. */
inline redirect_begin(got)
{
#if defined(NO_REFERENCE)
	got = true
#elif defined(REDIRECT_WHILE_LOADING)
	try_module_get(got)
#elif defined(REDIRECT_WHILE_GOING)
	got = true;
	refs++
#else
	if
	:: state == coming -> got = false       /* the loading task's own calls do no harm */
	:: else -> try_module_get(got)
	fi
#endif
}

inline redirect_end()
{
#ifdef NO_REFERENCE
	skip
#else
	refs--
#endif
}

/* The interfaces. */
#if defined(LOADING) && !defined(DEVICE_BEFORE_THE_REST)
bool device;
#else
bool device = true;
#endif
bool syscall_redirect = true, link_redirect = true, proc_file = true;
bool proc_commands = true;
bool create_hook = true, remove_hook = true;
byte proc_readers, proc_askers;         /* pde->in_use of either file */
bool cached = true;     /* some procfs has a link of ours in its cache */

/* The table has one entry, of a namespace that dies at some time. */
bool linked = true;

/* A walk through the table; the caller is in a read section. */
inline look_up()
{
	use(TABLE);
	if
	:: linked ->
		d_step { CLAIM(!(freed & BIT(NAMESPACE)), "nobody touches a freed namespace") }
	:: else
	fi
}

/* RCU callbacks: those with code of the module, and the kernel's delayed_free_pidns(). */
#define ENTRY_CALLBACK 0
#define VACANT_CALLBACK 1
#define NAMESPACE_CALLBACK 2
#define OURS (BIT(ENTRY_CALLBACK) | BIT(VACANT_CALLBACK))

byte barrier;           /* callbacks that rcu_barrier() waits for */

active proctype rcu()
{
end:	do
	:: rcu_begin_grace_period()
	:: rcu_waiting != 0 && rcu_awaited == 0 ->
		if
		:: rcu_waiting & OURS -> use_text()     /* free_by_rcu()'s free() */
		:: else
		fi;
		d_step {
			freed = freed | ((rcu_waiting & BIT(NAMESPACE_CALLBACK)) -> BIT(NAMESPACE) : 0);
			barrier = barrier & ~rcu_waiting;
			rcu_waiting = 0
		}
	od
}

inline rcu_barrier()
{
	barrier = (rcu_queued | rcu_waiting) & OURS;
	barrier == 0
}

/* The drops of struct TranslatePid, from the first field to the last. */
inline unwind()
{
#ifdef REMOVE_HOOK_GOES_FIRST
	unregister(remove_hook);
#endif
	device = false;                 /* misc_deregister() */
	proc_commands = false;          /* proc_remove() */
	proc_askers == 0;
	freed = freed | BIT(SERVICE);
#ifdef DRAIN_BEFORE_UNHOOKING
	running == 0;
#endif
	unregister(syscall_redirect);
	freed = freed | BIT(TRANSLATOR);
	unregister(link_redirect);
#ifndef KEEP_LINKS
	cached = false;                 /* translate_pid_link_drop() */
#endif
	proc_file = false;              /* proc_remove() */
#ifndef NO_WAIT_FOR_PROC_READERS
	proc_readers == 0;
#endif
#ifndef CREATE_HOOK_GOES_LAST
	unregister(create_hook);
	freed = freed | BIT(CREATE_HOOK);
#endif
	/* NamespaceTable: the hook, then Index. */
#ifdef BARRIER_BEFORE_REMOVE_HOOK
	rcu_barrier();
#endif
	unregister(remove_hook);
	freed = freed | BIT(REMOVE_HOOK) | BIT(TABLE);
#if !defined(NO_RCU_BARRIER) && !defined(BARRIER_BEFORE_REMOVE_HOOK)
	rcu_barrier();
#endif
#ifdef CREATE_HOOK_GOES_LAST
	unregister(create_hook);
	freed = freed | BIT(CREATE_HOOK)
#endif
}

inline free_module()
{
	d_step {
		CLAIM(!cached, "no link of ours is cached once the module is gone");
		freed = freed | BIT(TEXT)
	}
}

active proctype loader()
{
#ifdef LOADING
	/* Adoption found a namespace that the creation hook had given an entry. */
	if
	:: call_rcu(VACANT_CALLBACK)
	:: true
	fi;
	/* do_init_module() */
	if
	:: true ->
		/* SystemCall::new() or Device::new() fails: whatever the count is, the memory goes. */
		unwind();
		state = going;
		synchronize_rcu();
		free_module();
		goto gone
	:: device = true;
		state = live;
		refs--
	fi;
#endif
	/* delete_module(), try_release_module_ref() */
retry:	refs = refs - MODULE_REF_BASE;
	if
	:: refs == 0
	:: atomic { refs != 0 -> refs = refs + MODULE_REF_BASE }; goto retry    /* EAGAIN */
	fi;
	state = going;
	unwind();
	free_module();
gone:	skip
}

#include "interfaces.pml"

init {
	atomic {
#ifdef WITH_IOCTL
		run ioctl();
#endif
#ifdef WITH_SYSCALL
		run syscall();
#endif
#ifdef WITH_PROCFS
		run procfs();
#endif
#ifdef WITH_PROC_READER
		run proc_reader();
#endif
#ifdef WITH_PROC_ASKER
		run proc_asker();
#endif
#ifdef WITH_CREATOR
		run creator();
#endif
#ifdef WITH_DESTROYER
		run destroyer()
#endif
	}
}

ltl unloads { [] (state == going -> <> (freed & BIT(TEXT))) }
ltl load_ends { <> (state == live || (freed & BIT(TEXT))) }
