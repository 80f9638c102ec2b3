/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trees of processes in nested pid namespaces.
 *
 * A node is a process that waits for function calls: node_call() runs a
 * function of the test program in that process, with a copy of the caller's
 * data, and brings the changed data and the result back. Everything else is
 * built on that one primitive.
 *
 * Each node has one socket to the test process, and nobody else holds its
 * other end. When the test process ends, for whatever reason, every node reads
 * the end of file and exits; nothing is left behind by a failed assertion.
 *
 * Functions that return no error print a sentence and abort the test when they
 * fail: a tree that cannot be built is no result about the module.
 *
 * Wherever a node is asked for, NULL means the test process itself.
 */
#ifndef NS_TREE_H
#define NS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/types.h>

struct node {
	struct node *parent;	/* process that made it; NULL: the test process */
	pid_t pid;		/* its number in the test process's namespace */
	pid_t in_parent;	/* its number in its parent's namespace */
	pid_t own;		/* its number in its own namespace */
	bool exited;		/* node_exit() or node_kill() was called */
	bool reaped;
	int channel;
	struct node *next;	/* the node made before it */
};

/* Largest size of the data of one call. */
#define NODE_DATA_MAX	8192

/* Gives a result >= 0 or the negative error number. */
typedef long (*node_function)(void *data);

/*
 * Makes a child process of @parent. @clone_flags may hold CLONE_NEW* flags;
 * with CLONE_NEWUSER, the child is root there, mapped to the user it was.
 */
struct node *node_spawn(struct node *parent, __u64 clone_flags);

/*
 * The same with numbers of choice, innermost namespace first, as clone3() has
 * it. Returns NULL and the negative error number in @error if clone3() fails.
 */
struct node *node_try_spawn(struct node *parent, __u64 clone_flags,
			    const pid_t *set_tid, size_t set_tid_count,
			    int *error);

/* A chain of @depth nodes, each init of a namespace inside of the last one's. */
void node_spawn_chain(struct node *parent, struct node **chain, int depth);

/* Runs @function in the node; @data (may be NULL) is copied there and back. */
long node_call(struct node *node, node_function function, void *data,
	       size_t size);

/* Copies a descriptor into the node; returns its number there. */
int node_give_fd(struct node *node, int fd);

/* Copies the node's descriptor @fd into the test process. */
int node_take_fd(struct node *node, int fd);

/* Ends the node and returns when it is a zombie of its parent. */
void node_exit(struct node *node);

/* The same by SIGKILL, also for a node that does not answer. */
void node_kill(struct node *node);

/* Lets the parent reap the node that node_exit() or node_kill() ended. */
void node_reap(struct node *node);

/* Ends and reaps the node, and for an init its namespace's processes. */
void node_destroy(struct node *node);

/* Ends and reaps all nodes; for the teardown of a fixture. */
void nodes_destroy(void);

/*
 * A thread of the node that only waits; returns its id in the node's own
 * namespace. It ends with the node or by node_thread_exit().
 */
pid_t node_thread(struct node *node);
void node_thread_exit(struct node *node, pid_t tid);

/* Goes on in a new thread while the first thread of the process exits. */
void node_leave_leader(struct node *node);

/*
 * Executes the test program anew and goes on there as the same node. Called
 * from another thread than the leader, as after node_leave_leader(), this is
 * the exec that makes the caller the leader.
 */
void node_exec(struct node *node);

/*
 * Makes the node the given user with the capabilities of @mask and no others;
 * a node that may do so loses them in the bounding set too. It stays dumpable,
 * as a process is that was executed by that user.
 */
void node_become_user(struct node *node, uid_t uid, __u64 mask);

/* The same of a new node. */
struct node *node_spawn_user(struct node *parent, __u64 clone_flags, uid_t uid,
			     __u64 mask);

/* Sets prctl(PR_SET_DUMPABLE). */
void node_set_dumpable(struct node *node, bool dumpable);

/* Makes the node the leader of a new session. */
void node_lead_session(struct node *node);

/* Later children of the node are in new namespaces, by flags of unshare(2). */
void node_unshare(struct node *node, int flags);

/* Later children of the node are in the pid namespace behind the test's @fd. */
void node_join_pidns(struct node *node, int fd);

/* The node lives on when its parent ends; it still ends with the test process. */
void node_outlive_parent(struct node *node);

#endif
