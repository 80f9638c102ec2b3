/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unloading, or a load that fails, while every way into the module is in use.
 * rust/translate_pid_main.rs (order of drops), rust/helpers/redirect.c, hook.c,
 * proc_ns_link.c, syscall.c, rust/abstractions/{device,proc,ns_table}.rs; on the
 * kernel's side kernel/module/main.c, kernel/rcu/tasks.h.
 *
 * The three redirected functions of procfs are one here.
 *
 *   FAILED_LOAD   init fails after the link was enabled, instead of rmmod
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
#ifdef FAILED_LOAD
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

/* The ways in. */
#ifdef FAILED_LOAD
bool device;
#else
bool device = true;
#endif
bool syscall_redirect = true, link_redirect = true, proc_file = true;
bool create_hook = true, remove_hook = true;
byte proc_readers;      /* pde->in_use */

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
#ifdef DRAIN_BEFORE_UNHOOKING
	running == 0;
#endif
	unregister(syscall_redirect);
	freed = freed | BIT(TRANSLATOR);
	unregister(link_redirect);
	proc_file = false;              /* proc_remove() */
#ifndef NO_WAIT_FOR_PROC_READERS
	proc_readers == 0;
#endif
#ifndef CREATE_HOOK_GOES_LAST
	unregister(create_hook);
	freed = freed | BIT(CREATE_HOOK);
#endif
	/* NamespaceTable: the hook, then Indexes. */
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

#ifdef FAILED_LOAD
/* do_init_module(): whatever the count is, the memory goes. */
active proctype insmod()
{
	unwind();
	state = going;
	synchronize_rcu();
	freed = freed | BIT(TEXT)
}
#else
/* delete_module() */
active proctype rmmod()
{
	/* try_release_module_ref() */
retry:	refs = refs - MODULE_REF_BASE;
	if
	:: refs == 0
	:: atomic { refs != 0 -> refs = refs + MODULE_REF_BASE }; goto retry    /* EBUSY */
	fi;
	state = going;
	unwind();
	freed = freed | BIT(TEXT)
}
#endif

/* Opens the device, asks, closes. misc_open(): fops_get() is try_module_get(fops->owner). */
proctype ioctl()
{
	bool opened, got;

end:	do
	:: enter_kernel(IOCTL);
#ifdef NO_OWNER
		opened = device;
#else
		d_step {
			if
			:: device -> try_module_get(got)
			:: else -> got = false
			fi;
			opened = got
		};
#endif
		if
		:: opened ->
			use(TRANSLATOR);
			read_lock(IOCTL);
			look_up();
			read_unlock(IOCTL);
			sleep(IOCTL);           /* user memory, GFP_KERNEL */
			use(TABLE);
			if
			:: !((rcu_queued | rcu_waiting) & BIT(VACANT_CALLBACK)) ->
				call_rcu(VACANT_CALLBACK)       /* insert() found AlreadyHas */
			:: true
			fi;
			use_text();
			/* Back in the kernel's code: fput(), fops_put(). */
#ifndef NO_OWNER
			refs--;
#endif
			opened = false
		:: else
		fi;
		leave_kernel(IOCTL)
	od
}

/* sys_ni_syscall(): a replacement that owns a reference on PREEMPT_RT only. */
proctype syscall()
{
	bool got;

end:	do
	:: enter_kernel(SYSCALL);
		if
		:: syscall_redirect ->
			use_text();             /* translate_pid_redirect_entry() */
#ifdef PREEMPT_RT
			d_step { redirect_begin(got) };
#else
			got = true;
#endif
			use_text();
			if
			:: got ->
				use(TRANSLATOR);        /* translate_pid_syscall_entry(), translate() */
				read_lock(SYSCALL);
				look_up();
#ifdef PREEMPT_RT
				sleep(SYSCALL);         /* alloc_lock, in ptrace_may_access() */
#endif
				use(TRANSLATOR);
				read_unlock(SYSCALL);
#ifdef PREEMPT_RT
				redirect_end();
#endif
				use_text()              /* to the return instruction */
			:: else
			fi
		:: else
		fi;
		leave_kernel(SYSCALL)
	od
}

/* ns_get_name() and the like: a replacement that may sleep and owns a reference. */
proctype procfs()
{
	bool got;

end:	do
	:: enter_kernel(PROCFS);
		if
		:: link_redirect ->
			use_text();             /* translate_pid_redirect_entry() */
			d_step { redirect_begin(got) };
			use_text();
			if
			:: got ->
				sleep(PROCFS);          /* the reader's memory, locks, GFP_KERNEL */
				read_lock(PROCFS);
				look_up();
				read_unlock(PROCFS);
				redirect_end();
				use_text()              /* to the return instruction */
			:: else
			fi
		:: else
		fi;
		leave_kernel(PROCFS)
	od
}

/* A reader of /proc/pidns_id: use_pde() ... unuse_pde(). */
proctype proc_reader()
{
end:	do
	:: atomic { proc_file -> proc_readers++; enter_kernel(PROC_READER) };
		use(TABLE);
		sleep(PROC_READER);
		use(TABLE);
		proc_readers--;
		leave_kernel(PROC_READER)
	od
}

/* __ns_tree_add_raw() */
proctype creator()
{
end:	do
	:: enter_kernel(CREATOR);
		if
		:: create_hook ->
			use(CREATE_HOOK);       /* translate_pid_hook_entry() */
			use(TABLE);             /* Registry::created() */
			use_text()
		:: else
		fi;
		leave_kernel(CREATOR)
	od
}

/* __ns_tree_remove() of the one namespace, then call_rcu(delayed_free_pidns). */
proctype destroyer()
{
	enter_kernel(DESTROYER);
	if
	:: remove_hook ->
		use(REMOVE_HOOK);               /* translate_pid_hook_entry() */
		use(TABLE);                     /* Indexes::remove() */
		linked = false;
		use_text();
		call_rcu(ENTRY_CALLBACK);
		use_text()
	:: else
	fi;
	call_rcu(NAMESPACE_CALLBACK);
	leave_kernel(DESTROYER)
}

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
#ifdef WITH_CREATOR
		run creator();
#endif
#ifdef WITH_DESTROYER
		run destroyer()
#endif
	}
}

ltl unloads { [] (state == going -> <> (freed & BIT(TEXT))) }
