// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/ns_common.h>
#include <linux/nstree.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/proc_ns.h>
#include <linux/rculist.h>
#include <linux/sched.h>

#include "compat.h"
#include "helpers.h"

/* What the Rust side knows of the kernel's types without asking here. */
static_assert(__same_type(((struct pid_namespace *)0)->level, unsigned int));
static_assert(__same_type(((struct pid_namespace *)0)->parent, struct pid_namespace *));
static_assert(__same_type(((struct ns_common *)0)->ns_type, u32));
static_assert(__same_type(((struct ns_common *)0)->ns_id, u64));

/* What is taken for the kernel's list of pid namespaces, found by the name "pid_ns_tree". */
static_assert(__same_type(pid_ns_tree, struct ns_tree_root));
static_assert(__same_type(((struct ns_tree_root *)0)->ns_list_head, struct list_head));
static_assert(__same_type(((struct ns_common *)0)->ns_tree_node.ns_list_entry, struct list_head));

/* The pid namespace that embeds @ns_common, or NULL if that is of another kind. */
struct pid_namespace *translate_pid_pidns_of_ns_common(unsigned long ns_common)
{
	struct ns_common *common = (struct ns_common *)ns_common;

	if (common->ns_type != CLONE_NEWPID)
		return NULL;
	return container_of(common, struct pid_namespace, ns);
}

bool translate_pid_pidns_is_counted(const struct pid_namespace *ns)
{
	return __ns_ref_read(&ns->ns) != 0;
}

bool translate_pid_pidns_is_active(const struct pid_namespace *ns)
{
	return __ns_ref_active_read(&ns->ns) != 0;
}

bool translate_pid_pidns_get_unless_zero(struct pid_namespace *ns)
{
	return ns_ref_get(ns);
}

/*
 * The living pid namespace behind @ns in the kernel's list, counted, or NULL
 * at its end. The caller's reference keeps @ns on the list. @ns_tree is the
 * address of the kernel's pid_ns_tree, which holds the list's head.
 */
struct pid_namespace *translate_pid_pidns_next(unsigned long ns_tree, struct pid_namespace *ns)
{
	const struct list_head *head = &((struct ns_tree_root *)ns_tree)->ns_list_head;
	struct list_head *at = &ns->ns.ns_tree_node.ns_list_entry;

	guard(rcu)();
	for (;;) {
		at = rcu_dereference(list_next_rcu(at));
		if (at == head)
			return NULL;
		ns = container_of(at, struct pid_namespace, ns.ns_tree_node.ns_list_entry);
		if (ns_ref_get(ns))
			return ns;
	}
}

/*
 * Counted, or -ESRCH unless @pid is that of a task, be it a zombie. The pid of a
 * reaped leader lives on as that of its process group or session.
 */
static struct pid_namespace *translate_pid_pidns_get(struct pid *pid)
{
	struct pid_namespace *ns = ns_of_pid(pid);

	return pid_has_task(pid, PIDTYPE_PID) && ns_ref_get(ns) ? ns : ERR_PTR(-ESRCH);
}

/* The active namespace of @pid, a number in the caller's; counted or -ESRCH. */
struct pid_namespace *translate_pid_pidns_of_pid(int nr)
{
	struct pid *pid;

	guard(rcu)();
	pid = find_vpid(nr);
	return pid ? translate_pid_pidns_get(pid) : ERR_PTR(-ESRCH);
}

/* Counted, -EBADF, -EINVAL if @fd is no pidfd, -ESRCH if its task is reaped. */
struct pid_namespace *translate_pid_pidns_of_pidfd(int fd)
{
	struct pid *pid;

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return ERR_PTR(-EBADF);

	pid = translate_pid_pid_of_file(fd_file(f));
	if (!pid)
		return ERR_PTR(-EINVAL);

	/* The inode's reference keeps @pid, which keeps its namespace. */
	guard(rcu)();
	return translate_pid_pidns_get(pid);
}

/* Counted, -EBADF, or -EINVAL if @fd is no pid namespace. */
struct pid_namespace *translate_pid_pidns_of_nsfd(int fd)
{
	struct ns_common *common;
	struct pid_namespace *ns;
	struct inode *inode;

	CLASS(fd, f)(fd);
	if (fd_empty(f))
		return ERR_PTR(-EBADF);

	inode = file_inode(fd_file(f));
	if (inode->i_sb->s_magic != NSFS_MAGIC || !inode->i_private)
		return ERR_PTR(-EINVAL);

	common = get_proc_ns(inode);
	ns = translate_pid_pidns_of_ns_common((unsigned long)common);
	if (!ns)
		return ERR_PTR(-EINVAL);
	/* The inode owns a reference: the count is not zero. */
	return get_pid_ns(ns);
}

/*
 * The namespace whose pids the procfs shows in which @fd lies, be it a descriptor
 * of O_PATH; counted, -EBADF, or -EINVAL if that is no procfs.
 */
struct pid_namespace *translate_pid_pidns_of_procfs(int fd)
{
	struct file *file __free(fput) = fget_raw(fd);
	struct super_block *sb;

	if (!file)
		return ERR_PTR(-EBADF);

	sb = file_inode(file)->i_sb;
	static_assert(__same_type(proc_pid_ns(sb), struct pid_namespace *));
	if (sb->s_magic != PROC_SUPER_MAGIC)
		return ERR_PTR(-EINVAL);
	/* The super block, which the file keeps, owns a reference and never another one. */
	return get_pid_ns(proc_pid_ns(sb));
}

unsigned long long translate_pid_pidns_ns_id(const struct pid_namespace *ns)
{
	return ns->ns.ns_id;
}

/*
 * The init process of @ns, or NULL: it was reaped, or fork has not attached it
 * yet. Under RCU, for as long as the read section lasts. The kernel's own
 * ns->child_reaper dangles once the init is reaped.
 */
struct task_struct *translate_pid_pidns_init(struct pid_namespace *ns)
{
	return pid_task(translate_pid_find(1, ns), PIDTYPE_TGID);
}

static struct ns_common *translate_pid_pidns_self(struct ns_common *common)
{
	return &get_pid_ns(container_of(common, struct pid_namespace, ns))->ns;
}

/* A new descriptor, close-on-exec, or an error. @ns is counted by the caller. */
int translate_pid_pidns_open(struct pid_namespace *ns)
{
	return open_related_ns(&ns->ns, translate_pid_pidns_self);
}

bool translate_pid_pidns_capable(struct pid_namespace *ns, int capability, bool audit)
{
	return audit ? ns_capable(ns->user_ns, capability) :
		       ns_capable_noaudit(ns->user_ns, capability);
}

/* In the caller's own user namespace, where owning it does not count. */
bool translate_pid_capable(int capability, bool audit)
{
	return audit ? ns_capable(current_user_ns(), capability) :
		       ns_capable_noaudit(current_user_ns(), capability);
}
