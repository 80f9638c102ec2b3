// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/ns_common.h>
#include <linux/nstree.h>
#include <linux/pid_namespace.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "helpers.h"

/* Most namespaces that one read section passes by. */
#define TRANSLATE_PID_PASSED_MOST 256

static_assert(__same_type(((struct ns_tree_root *)0)->ns_rb, struct rb_root));
static_assert(__same_type(((struct ns_common *)0)->ns_tree_node.ns_node, struct rb_node));
static_assert(__same_type(((struct pid_namespace *)0)->pid_allocated, unsigned int));
static_assert(__same_type(((struct ns_common *)0)->inum, unsigned int));
static_assert(__same_type(((struct user_namespace *)0)->owner, kuid_t));

/*
 * Whether @ns is on the kernel's list, or was, since the read section began. Until
 * it is put there, which may be right now, its links point to themselves; taken
 * out, they stay.
 */
static bool translate_pid_was_listed(const struct pid_namespace *ns)
{
	const struct list_head *entry = &ns->ns.ns_tree_node.ns_list_entry;

	/* Whoever puts it there writes this by a plain store, of one word. */
	return data_race(READ_ONCE(entry->next)) != entry;
}

/*
 * A namespace that is or was on the list within the read section, and whose ns_id is
 * not above @ns_id: the last one, unless the tree is being changed; or the initial
 * namespace, whatever its ns_id.
 *
 * The kernel's own users of the tree take ns_tree_lock, or look at its count of
 * changes. Here a way down that a rotation leads astray comes to another
 * namespace than the last, which costs time. It ends, and it sees no freed node:
 * see the notes at the top of lib/rbtree.c.
 */
static struct pid_namespace *translate_pid_pidns_before(const struct ns_tree_root *root, u64 ns_id)
{
	struct rb_node *node = rcu_dereference_raw(root->ns_rb.rb_node);
	struct pid_namespace *before = &init_pid_ns, *ns;

	while (node) {
		ns = container_of(node, struct pid_namespace, ns.ns_tree_node.ns_node);
		if (ns->ns.ns_id > ns_id) {
			node = rcu_dereference_raw(node->rb_left);
			continue;
		}
		if (translate_pid_was_listed(ns))
			before = ns;
		node = rcu_dereference_raw(node->rb_right);
	}
	return before;
}

/*
 * The pid namespaces whose ns_id is above @after, in ascending order, @most at most;
 * returns how many. @is_end: no other follows. If none was found and that is not
 * said, the way was long, and is to be begun again. Under RCU, for as long as
 * the read section lasts; counts may be zero already.
 *
 * None is left out that is on the list for the whole of the read section: it lies
 * between no namespace and that to which its link leads. The list is sorted, and a
 * namespace that is taken out keeps the link that was right then.
 *
 * @ns_tree is the address of the kernel's pid_ns_tree.
 */
unsigned int translate_pid_pidns_collect(unsigned long ns_tree, unsigned long long after,
					 struct pid_namespace **found, unsigned int most,
					 bool *is_end)
{
	const struct ns_tree_root *root = (struct ns_tree_root *)ns_tree;
	struct pid_namespace *ns = translate_pid_pidns_before(root, after);
	struct list_head *at = &ns->ns.ns_tree_node.ns_list_entry;
	unsigned int count = 0, passed = 0;

	*is_end = false;
	for (; at != &root->ns_list_head; at = rcu_dereference(list_next_rcu(at))) {
		ns = container_of(at, struct pid_namespace, ns.ns_tree_node.ns_list_entry);
		if (ns->ns.ns_id <= after) {
			if (++passed > TRANSLATE_PID_PASSED_MOST)
				return 0;
			continue;
		}
		if (count == most)
			return count;
		found[count++] = ns;
	}
	*is_end = true;
	return count;
}

/*
 * What is looked at without a lock. Whether @ns still takes pids is looked at
 * after what the caller has read before, and before what it reads next; once it
 * does not, it never will: the kernel says so before it detaches the init.
 */
void translate_pid_pidns_describe(const struct pid_namespace *ns,
				  struct translate_pid_ns_description *description)
{
	unsigned int allocated;

	/* After the caller's look at the init. */
	smp_rmb();
	/* Changed under the kernel's pidmap_lock, by plain stores of one word. */
	allocated = data_race(READ_ONCE(ns->pid_allocated));
	/* Before its second look. */
	smp_rmb();
	description->pids = allocated & ~PIDNS_ADDING;
	description->takes_pids = allocated & PIDNS_ADDING;
	description->inode = ns->ns.inum;
	/* As NS_GET_OWNER_UID has it. */
	description->owner = from_kuid_munged(current_user_ns(), ns->user_ns->owner);
	description->active = __ns_ref_active_read(&ns->ns) != 0;
}
