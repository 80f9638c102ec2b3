/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading while namespaces come and go: the two hooks are registered one after
 * the other, then existing namespaces are adopted, then the interfaces open.
 * rust/translate_pid_main.rs (init), rust/registry.rs (created, adopt_existing,
 * find), rust/helpers/pid_namespace.c (translate_pid_pidns_next).
 *
 * insert() and remove() are single steps here, lifetime.pml has their insides.
 */
#include "kernel.pml"

#define NONE 255
#define INITIAL 0
#define LAST 2          /* namespaces are numbered by ns_id, as the kernel's list is sorted */

/* The kernel's side. The initial namespace counts itself, and adoption, which begins there. */
byte count[LAST + 1] = { 2, 0, 0 };
bool removed[LAST + 1];
bool listed[LAST + 1];
byte next[LAST + 1] = NONE;     /* NONE is the list's head */

/* The module's side. */
bool remove_hook, create_hook, loaded;
bool entry[LAST + 1];

/* Why a living namespace may be without an entry. */
bool no_memory[LAST + 1];       /* the creation hook had none */
bool in_between[LAST + 1];      /* its creator was past the hooked entry, but not yet at the list */

inline use_namespace(n)
{
	CLAIM(!(freed & BIT(n)), "nobody touches a freed namespace")
}

/* NamespaceTable::insert() */
inline insert(n)
{
	CLAIM(!removed[n], "no entry is linked for a namespace that is removed");
	entry[n] = true
}

/* list_add_rcu() and list_bidir_del_rcu(), under ns_tree_lock: a removed node keeps its next. */
inline find_previous(n)
{
	previous = INITIAL;
	do
	:: next[previous] < n -> previous = next[previous]
	:: else -> break
	od
}

inline add_to_list(n)
{
	find_previous(n);
	next[n] = next[previous];
	next[previous] = n;
	listed[n] = true
}

inline remove_from_list(n)
{
	find_previous(n);
	next[previous] = next[n];
	listed[n] = false
}

/* One namespace: its creator, its inhabitants, and the workqueue that destroys it. */
active [LAST] proctype namespace()
{
	byte n = _pid + 1, previous;
	bool memory, found;

	count[n] = 1;
	/* The entry of __ns_tree_add_raw(): CreateHook::on_ns_tree_add(), Registry::created(). */
	if
	:: create_hook ->
		if
		:: memory = true
		:: memory = false
		fi;
		d_step {
			if
			:: memory -> insert(n)
			:: else -> no_memory[n] = true
			fi
		}
	:: else ->
		in_between[n] = true
	fi;
	d_step { add_to_list(n); in_between[n] = in_between[n] && create_hook }

	/* Registry::find(): somebody looks the id of a living namespace up. */
	if
	:: loaded ->
		found = entry[n];
#ifndef NO_TREE_LOOKUP
		found = found || listed[n];
#endif
		d_step { CLAIM(found, "a living namespace is found by its id") }
	:: true
	fi;

	/* put_pid_ns(), then the entry of __ns_tree_remove(): Index::on_ns_tree_remove(). */
	count[n]--;
	count[n] == 0;
	if
	:: remove_hook -> entry[n] = false
	:: else
	fi;
	d_step {
		remove_from_list(n);
		removed[n] = true;
		CLAIM(!entry[n], "no entry is linked for a namespace that is removed")
	}
	call_rcu(n)
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

#define LOADER 0        /* as an RCU reader */

/* pid_ns::next(): the next counted namespace behind at, which the caller counts. */
inline walk_on()
{
	rcu_read_lock(LOADER);
	n = at;
	got = false;
	do
	:: d_step { use_namespace(n); n = next[n] };
		if
		:: n == NONE -> break
		:: else ->
			d_step {
				use_namespace(n);
#ifdef PLAIN_GET
				got = true;
#else
				got = count[n] != 0;
#endif
				count[n] = count[n] + got
			};
			if
			:: got -> break
			:: else
			fi
		fi
	od;
	rcu_read_unlock(LOADER)
}

inline adopt_existing()
{
	at = INITIAL;
	do
	:: true ->
#ifdef WALK_WITHOUT_REFERENCE
		count[at]--;
		walk_on();
#else
		walk_on();
#ifndef KEEP_REFERENCE
		count[at]--;    /* the step's ARef; a destroyer who waits for it goes on */
#endif
#endif
		if
		:: got -> at = n; d_step { insert(at) }
		:: else -> break
		fi
	od
}

#ifdef BIRTH_HALF_DONE_IS_NO_EXCUSE
#define EXCUSED(n) no_memory[n]
#else
#define EXCUSED(n) (no_memory[n] || in_between[n])
#endif
#define HAS_ENTRY_OR_EXCUSE(n) (entry[n] || !listed[n] || count[n] == 0 || EXCUSED(n))

active proctype loader()
{
	byte at, n;
	bool got;

#ifdef CREATE_HOOK_FIRST
	create_hook = true;
	remove_hook = true;
	adopt_existing();
#else
	remove_hook = true;     /* Registry::new() */
#ifdef ADOPT_BEFORE_CREATE_HOOK
	adopt_existing();
	create_hook = true;
#else
	create_hook = true;     /* CreateHook::new() */
	adopt_existing();
#endif
#endif
	atomic {
		CLAIM(HAS_ENTRY_OR_EXCUSE(1) && HAS_ENTRY_OR_EXCUSE(2),
		      "after loading a namespace lacks an entry only if memory was short or its birth was half done");
		loaded = true
	}
}

/* Everybody is done: nothing is left behind. */
active proctype epilogue()
{
end:	timeout;
	CLAIM(loaded && freed == (BIT(1) | BIT(2)), "every namespace is freed in the end")
}
