/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hook or a redirection is registered and, if that succeeds, unregistered at
 * some time, while the hooked function is called without end. ftrace may refuse
 * late, when the ops has been on its list, and it may shut itself down on a bug.
 * rust/callbacks/hook.c; on the kernel's side ftrace_startup(), ftrace_shutdown()
 * and ftrace_kill() in kernel/trace/ftrace.c.
 *
 * A bug that ftrace meets while it takes an ops away is not here: the kernel
 * then says that the ops is gone, and no module can know better.
 */
#include "kernel.pml"
#include "tasks_rcu.pml"

#define TRIES 2         /* TRANSLATE_PID_REGISTER_TRIES */
#define CALLERS 2

/* What is freed: the list of the hooked functions, the ops, the module with what it redirects to. */
#define FILTER 0
#define OPS 1
#define TEXT 2

bool on_list;           /* whoever traces the function as well walks along the list */
bool patched;           /* the function's entry itself leads to the ops */
bool fl_enabled;        /* FTRACE_OPS_FL_ENABLED */
bool shut_down;         /* ftrace_disabled */

#define MAY_CALL (on_list || patched)

inline use(object)
{
	d_step { CLAIM(!(freed & BIT(object)), "nobody uses what was freed with a hook") }
}

inline release(object)
{
	d_step {
		CLAIM(!MAY_CALL, "nothing is freed that ftrace may still call");
		freed = freed | BIT(object)
	}
}

/* register_ftrace_function(); sets done, again */
inline register_ops()
{
	done = false;
	again = false;
	if
	:: shut_down                            /* ENODEV */
	:: else ->
		on_list = true;
		fl_enabled = true;
		if
		:: true ->                      /* the ops conflicts with others: EBUSY, or EAGAIN */
			on_list = false;
			fl_enabled = false;
			if
			:: again = true
			:: true
			fi
		:: patched = true;
			if
			:: shut_down -> on_list = false         /* ENODEV; the rest stays */
			:: else -> done = true
			fi
		fi
	fi
}

/* translate_pid_ftrace_unregister() */
inline unregister()
{
#ifdef GIVE_UP_UNREGISTERING
	if
	:: shut_down
	:: atomic { !shut_down -> on_list = false; patched = false; fl_enabled = false }
	fi;
#else
	atomic { !shut_down -> on_list = false; patched = false; fl_enabled = false }
#endif
	synchronize_rcu_tasks()         /* in ftrace_shutdown() */
}

/*
 * insmod, then rmmod, or the unwinding of a load that fails; so the module's
 * memory goes last, but nothing else waits in between.
 */
active proctype loader()
{
	bool done, again;
	byte tries = TRIES;

	/* translate_pid_ftrace_register() */
	do
	:: register_ops();
		tries--;
		if
		:: again && tries != 0
		:: else -> break
		fi
	od;
	if
#ifdef FREE_WHILE_ENABLED
	:: done ->
#else
	:: fl_enabled ->        /* done, or shut down in the middle */
#endif
end_shut_down:
		unregister()
	:: else ->
#ifdef FREE_FILTER_FIRST
		release(FILTER);
#endif
#ifdef WAIT_FOR_ALL_CALLERS
		running == 0;
#endif
#ifndef NO_TASKS_RCU_WAIT
		synchronize_rcu_tasks()
#endif
	fi;
	release(FILTER);
	release(OPS);
	release(TEXT)
}

/* ftrace_kill(), at any time or never. */
active proctype bug()
{
end:	if
	:: shut_down = true
	:: true
	fi
}

/* The hooked function: ftrace's own code, the handler, what that redirects to. */
active [CALLERS] proctype caller()
{
	byte me = _pid - 2;

end:	do
	:: enter_kernel(me);
		if
		:: MAY_CALL ->
			use(OPS);
			use(FILTER);            /* ftrace_ops_test() */
			use(OPS);               /* translate_pid_hook_entry() */
			use(TEXT)
		:: else
		fi;
		leave_kernel(me)
	od
}

ltl returns { <> ((freed & BIT(TEXT)) || shut_down) }
