/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interfaces of the module, for unload.pml, each in use without end but for the
 * last. rust/callbacks/{redirect,syscall,proc_link,proc,hook}.c,
 * rust/abstractions/{device,proc,ns_table}.rs.
 */

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
			use(TABLE);             /* its ids */
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
				cached = true;          /* translate_pid_link_lookup() */
				redirect_end();
				use_text()              /* to the return instruction */
			:: else
			fi
		:: else
		fi;
		leave_kernel(PROCFS)
	od
}

/* procfs counts who is inside; proc_remove() lets nobody in any more. */
inline use_pde()
{
	atomic {
		inside = proc_file;
		proc_readers = proc_readers + inside
	}
}

inline unuse_pde()
{
	proc_readers--
}

/* translate_pid_proc_open() */
inline proc_open()
{
	use_text();
#ifdef OPEN_WHILE_LOADING
	opened = true;
#else
	opened = state == live;
#endif
	sleep(PROC_READER);             /* single_open(): GFP_KERNEL */
	use_text()
}

/* translate_pid_proc_read(), which may wait for the reader's memory for ever */
inline proc_read()
{
	use_text();
#ifdef NO_READ_REFERENCE
	got = true;
#else
	d_step { try_module_get(got) };
#endif
	if
	:: got ->
		use(TABLE);
		sleep(PROC_READER);
		if
		:: true -> false
		:: true
		fi;
		use(TABLE);
#ifndef NO_READ_REFERENCE
		refs--;
#endif
		got = false
	:: else
	fi;
	use_text()                      /* to the return instruction */
}

/* Opens /proc/pidns_id, reads, closes, which is procfs's own code. */
proctype proc_reader()
{
	bool inside, opened, got;

end:	do
	:: enter_kernel(PROC_READER);
		use_pde();
		if
		:: inside ->
			if
			:: !opened -> proc_open()
			:: else -> proc_read(); opened = false
			fi;
			unuse_pde()
		:: else
		fi;
		leave_kernel(PROC_READER)
	od
}

/* translate_pid_proc_commands_open() */
inline proc_commands_open()
{
	use_text();
#ifdef OPEN_COMMANDS_WHILE_LOADING
	opened = true
#else
	opened = state == live
#endif
}

/* translate_pid_proc_ioctl(), which may wait for the argument's memory for ever */
inline proc_ioctl()
{
	use_text();
#ifdef NO_COMMAND_REFERENCE
	got = true;
#else
	d_step { try_module_get(got) };
#endif
	if
	:: got ->
		use(SERVICE);
		sleep(PROC_ASKER);
		if
		:: true -> false
		:: true
		fi;
		use(SERVICE);
		use(TABLE);
#ifndef NO_COMMAND_REFERENCE
		refs--;
#endif
		got = false
	:: else
	fi;
	use_text()                      /* to the return instruction */
}

/* Opens /proc/translate_pid, asks, closes, which is procfs's own code. */
proctype proc_asker()
{
	bool inside, opened, got;

end:	do
	:: enter_kernel(PROC_ASKER);
		atomic {
			inside = proc_commands;
			proc_askers = proc_askers + inside
		};
		if
		:: inside ->
			if
			:: !opened -> proc_commands_open()
			:: else -> proc_ioctl(); opened = false
			fi;
			proc_askers--
		:: else
		fi;
		leave_kernel(PROC_ASKER)
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
		use(TABLE);                     /* Index::remove() */
		linked = false;
		use_text();
		call_rcu(ENTRY_CALLBACK);
		use_text()
	:: else
	fi;
	call_rcu(NAMESPACE_CALLBACK);
	leave_kernel(DESTROYER)
}
