/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Following the lives of namespaces: watch, list, read, and list again where records
 * are missing; and the end of the queue from which the work item makes records.
 * rust/abstractions/lives.rs, rust/follow.rs, rust/gaps.rs; on the kernel's side
 * kernel/nstree.c, kernel/fork.c, kernel/exit.c, kernel/pid_namespace.c. The recipe is
 * in the comment on TRANSLATE_PID_WATCH.
 *
 * The follower may know all namespaces. There is room for one in the queue and for
 * one record, so that both overflow.
 *
 * Two searches, for both at once are too many states: without ENDING, what is known in
 * the end, where to tell is one step; with it, the life of the queue, at
 * whatever step the follower leaves.
 */
#include "kernel.pml"

/* One namespace, whose life is followed; of others only that they take up room. */
#define OTHER 1
#define OTHERS 3        /* events of others, at most */

/* How far a namespace is, and what records and lists tell: the furthest counts. */
#define NONE 0
#define CREATED 1
#define BORN 2
#define DIED 3
#define DESTROYED 4

/* Objects that are freed. */
#define QUEUE 0
#define TEXT 1          /* stands for all of the module's memory */

/* The kernel's side, as a list sees it. */
bool listed;
bool born;              /* an init is, or was, attached */
bool lives;             /* signal->live of the init */
bool counted;
bool entry;             /* the id is found in the module's table */
byte truth;
byte finished;          /* of the namespace and the others: those that go no further */

/* Lives.active is not null. */
bool followed;
chan queue = [1] of { byte, byte };
bool queue_gap;
bool work_pending, work_running;

/* Records */
chan records = [1] of { byte, byte };
bool records_gap;
bool watched;                   /* the watcher is in Hub.watchers */

/* The follower's */
byte known;
bool being_made;        /* its creator is past the hook, and not yet at the list */
bool missed;            /* somebody has listed meanwhile */

inline use_queue()
{
	CLAIM(!(freed & BIT(QUEUE)), "nobody touches a freed queue")
}

inline use_text()
{
	CLAIM(!(freed & BIT(TEXT)), "no code of the module runs once its memory is freed")
}

/* Gaps::push() */
inline push(place, gap, event, ns)
{
	if
#ifdef DROP_SILENTLY
	:: full(place) -> skip
	:: nfull(place) -> place!event, ns
#else
	:: gap || full(place) -> gap = true
	:: !gap && nfull(place) -> place!event, ns
#endif
	fi
}

/* Lives::tell(), at a hook or the tracepoint. */
inline tell(event)
{
#ifndef ENDING
	d_step {
		if
		:: followed -> push(queue, queue_gap, event, n); work_pending = true
		:: else
		fi
	}
#else
	atomic { rcu_read_lock(n); found = followed }
	if
	:: found ->
		d_step { use_queue(); push(queue, queue_gap, event, n) };
		d_step { use_queue(); work_pending = true }
	:: else
	fi;
	rcu_read_unlock(n)
#endif
}

/* It goes as far as it likes. */
active proctype namespace()
{
	byte n = 0;
#ifdef ENDING
	bool found;
#endif

	if
	:: goto out
	:: true
	fi;
	d_step { counted = true; truth = CREATED };
	/* The entry of __ns_tree_add_raw(): Births::created(). */
	d_step { entry = true; being_made = true };
	tell(CREATED);
	d_step { listed = true; being_made = false };
	if
	:: goto out
	:: goto destroy         /* it never has an init */
	:: skip
	fi;

	/* copy_process() attaches the init, then comes the tracepoint. */
#ifdef TOLD_BEFORE_IT_IS_BORN
	tell(BORN);
	d_step { born = true; lives = true; truth = BORN };
#else
	d_step { born = true; lives = true; truth = BORN };
	tell(BORN);
#endif
	if
	:: goto out
	:: skip
	fi;

	/* do_exit() counts the last thread out, then comes zap_pid_ns_processes(). */
#ifdef TOLD_BEFORE_IT_IS_DEAD
	tell(DIED);
	d_step { lives = false; truth = DIED };
#else
	d_step { lives = false; truth = DIED };
	tell(DIED);
#endif
	if
	:: goto out
	:: skip
	fi;

destroy:
	skip;
	/* The last put, then the entry of __ns_tree_remove(): Index::on_ns_tree_remove(). */
	d_step { counted = false; truth = DESTROYED };
	entry = false;
	tell(DESTROYED);
	listed = false;
out:
	finished++
}

active proctype others()
{
	byte n = OTHER, count;
#ifdef ENDING
	bool found;
#endif

	do
	:: count < OTHERS -> tell(CREATED); count++
	:: break
	od;
	finished++
}

/* Hub::run() */
active proctype work_item()
{
	byte event, n;

end:	do
	:: atomic { work_pending -> work_pending = false; work_running = true }
		do
		:: d_step {
			/* Lives::take(), in a read section of its own. */
			followed && nempty(queue) ->
			use_text();
			use_queue();
			queue?event, n
		}
			d_step {
				if
				:: watched -> push(records, records_gap, event, n)
				:: else
				fi;
				event = 0;
				n = 0
			}
		:: d_step {
			followed && empty(queue) && queue_gap ->
			use_text();
			use_queue();
			queue_gap = false;
			if
			:: watched -> records_gap = true
			:: else
			fi
		}
		:: d_step {
			!followed || (empty(queue) && !queue_gap) ->
			use_text();
			work_running = false
		}
			break
		od
	od
}

/* What TRANSLATE_PID_LIST_NS tells; and of what it lacks, GET_ID. */
inline list()
{
	d_step {
		missed = missed || being_made;
		if
		:: listed && counted -> seen = (!born -> CREATED : (lives -> BORN : DIED))
		:: else -> seen = NONE
		fi;
		known = (seen > known -> seen : known)
	}
	if
	:: seen == NONE && known != NONE ->
		d_step {
#ifdef MISSING_IS_GONE
			known = DESTROYED
#else
			known = (entry && counted -> known : DESTROYED)
#endif
		}
	:: else
	fi;
	seen = NONE
}

#define ALL_IS_READ (finished == 2 && empty(queue) && !queue_gap && !work_pending && \
		     !work_running && empty(records) && !records_gap)

#ifdef BIRTH_HALF_DONE_IS_NO_EXCUSE
#define EXCUSED false
#else
#define EXCUSED (missed && truth == CREATED)
#endif
/* What was destroyed before anything was known of it need not be known. */
#define IS_KNOWN (known == truth || (truth == DESTROYED && known == NONE) || EXCUSED)

active proctype follower()
{
	byte event, n, seen;

#ifdef LIST_BEFORE_WATCHING
	list();
#endif
	/* Desk::enter() */
	followed = true;
	watched = true;
#ifdef ENDING
	skip;
#elif !defined(LIST_BEFORE_WATCHING)
	list();
#endif
#ifndef ENDING
	do
	:: d_step {
		nempty(records) ->
		records?event, n;
		known = (n == 0 && event > known -> event : known);
		event = 0;
		n = 0
	}
	:: atomic { empty(records) && records_gap -> records_gap = false }
#ifndef NO_LIST_AFTER_LOST
		list()
#endif
	:: d_step {
		ALL_IS_READ ->
		CLAIM(IS_KNOWN, "who follows the recipe knows what is true")
	}
		break
	od
#else
	/* Desk::leave(), the drop of Follow, Lives::stop(). What tells after that finds nothing. */
	watched = false;
	followed = false;
#ifndef NO_GRACE_PERIOD
	d_step { rcu_awaited = rcu_reading };
	rcu_awaited == 0;
#endif
#ifndef NO_FLUSH
	!work_pending && !work_running;
#endif
	freed = freed | BIT(QUEUE);
	/* The file is gone, so rmmod may come: the drop of WorkItem. */
#ifndef NO_FLUSH
	!work_pending && !work_running;
#endif
	freed = freed | BIT(TEXT)
#endif
}
