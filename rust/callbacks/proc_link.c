// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/<pid>/ns/pidns_id, next to the kernel's own links.
 *
 * Three functions of procfs are redirected: the lookup of our name, the
 * directory's listing, and the text of our link. Everything else (access,
 * following the link, inodes, revalidation) stays the kernel's own code.
 *
 * Inodes made here outlive the module. All that they point to is the kernel's,
 * but for the proc_ns_operations, which carry our name: they are a copy of the
 * kernel's own for pid namespaces, not freed once an inode was made (56 bytes
 * per load). After rmmod, whoever still holds such a link open reads the
 * kernel's "pid:[...]".
 */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kmemleak.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/proc_ns.h>
#include <linux/slab.h>
#include <linux/static_call.h>

#include "../helpers/compat.h"
#include "callbacks.h"
#include "redirect.h"

#define TRANSLATE_PID_LINK "pidns_id"

/* A position in the directory behind any that the kernel uses. */
#define TRANSLATE_PID_LINK_LISTED (1 << 20)

static struct {
	translate_pid_id_fn id_of;
	void *context;
	const struct proc_ns_operations *ns_ops;
	instantiate_t *instantiate;
	/* The replacement of the lookup has run. */
	bool reached;
	/* An inode may point to ns_ops. */
	bool shown;
	/* How many of translate_pid_link_redirects are in use. */
	unsigned int redirects;
} translate_pid_link;

static struct dentry *translate_pid_no_instantiate(struct dentry *dentry, struct task_struct *task,
						   const void *ptr)
{
	return ERR_PTR(-ENOENT);
}

static bool translate_pid_no_fill_cache(struct file *file, struct dir_context *ctx,
					const char *name, unsigned int len,
					instantiate_t instantiate, struct task_struct *task,
					const void *ptr)
{
	return true;
}

static int translate_pid_no_readdir(struct file *file, struct dir_context *ctx)
{
	return 0;
}

DEFINE_STATIC_CALL(translate_pid_instantiate_call, translate_pid_no_instantiate);
DEFINE_STATIC_CALL(translate_pid_fill_cache_call, translate_pid_no_fill_cache);
DEFINE_STATIC_CALL(translate_pid_readdir_call, translate_pid_no_readdir);

static struct task_struct *translate_pid_link_task(const struct inode *inode)
{
	return get_pid_task(translate_pid_proc_inode(inode)->pid, PIDTYPE_PID);
}

/* The lookup of our name: proc_ns_dir_lookup(dir, dentry, flags). */
static __always_inline bool translate_pid_link_wants_lookup(struct ftrace_regs *fregs,
							    unsigned long parent_ip)
{
	const struct dentry *dentry = (const void *)ftrace_regs_get_argument(fregs, 1);

	/* A dentry under lookup cannot be renamed. */
	return dentry->d_name.len == strlen(TRANSLATE_PID_LINK) &&
	       !memcmp(dentry->d_name.name, TRANSLATE_PID_LINK, strlen(TRANSLATE_PID_LINK));
}

static struct dentry *translate_pid_link_lookup(struct inode *dir, struct dentry *dentry,
						unsigned int flags)
{
	struct task_struct *task = translate_pid_link_task(dir);
	struct dentry *result = ERR_PTR(-ENOENT);

	if (!READ_ONCE(translate_pid_link.reached))
		WRITE_ONCE(translate_pid_link.reached, true);
	if (task) {
		WRITE_ONCE(translate_pid_link.shown, true);
		result = static_call(translate_pid_instantiate_call)(dentry, task,
								     translate_pid_link.ns_ops);
		put_task_struct(task);
	}
	translate_pid_redirect_end();
	return result;
}

/*
 * The listing: proc_ns_dir_readdir(file, ctx). The replacement calls the kernel's
 * and must reach it. It is core text; the limits of init text change while calls
 * come in already.
 */
static __always_inline bool translate_pid_link_wants_listing(struct ftrace_regs *fregs,
							     unsigned long parent_ip)
{
	return !within_module_core(parent_ip, THIS_MODULE);
}

/* Passes the kernel's entries on and notices when the reader's buffer is full. */
struct translate_pid_link_listing {
	struct dir_context ctx;
	struct dir_context *reader;
	bool full;
};

static bool translate_pid_link_pass(struct dir_context *ctx, const char *name, int len,
				    loff_t pos, u64 ino, unsigned int type)
{
	struct translate_pid_link_listing *listing =
		container_of(ctx, struct translate_pid_link_listing, ctx);
	bool more = listing->reader->actor(listing->reader, name, len, pos, ino, type);

	if (!more)
		listing->full = true;
	return more;
}

static int translate_pid_link_list(struct file *file, struct dir_context *ctx)
{
	struct translate_pid_link_listing listing = {
		.ctx = { .actor = translate_pid_link_pass, .pos = ctx->pos,
			 .count = ctx->count, .dt_flags_mask = ctx->dt_flags_mask },
		.reader = ctx,
	};
	int err = static_call(translate_pid_readdir_call)(file, &listing.ctx);
	struct task_struct *task;

	ctx->pos = listing.ctx.pos;
	if (err || listing.full || ctx->pos >= TRANSLATE_PID_LINK_LISTED)
		return err;

	/* The kernel has listed all of its own. */
	task = translate_pid_link_task(file_inode(file));
	if (!task)
		return -ENOENT;
	WRITE_ONCE(translate_pid_link.shown, true);
	if (static_call(translate_pid_fill_cache_call)(file, ctx, TRANSLATE_PID_LINK,
						       strlen(TRANSLATE_PID_LINK),
						       translate_pid_link.instantiate, task,
						       translate_pid_link.ns_ops))
		ctx->pos = TRANSLATE_PID_LINK_LISTED;
	put_task_struct(task);
	return 0;
}

static int translate_pid_link_readdir(struct file *file, struct dir_context *ctx)
{
	int err = translate_pid_link_list(file, ctx);

	translate_pid_redirect_end();
	return err;
}

/* The text: ns_get_name(buf, size, task, ns_ops). */
static __always_inline bool translate_pid_link_wants_name(struct ftrace_regs *fregs,
							  unsigned long parent_ip)
{
	return (const void *)ftrace_regs_get_argument(fregs, 3) == translate_pid_link.ns_ops;
}

/* The caller, procfs, has checked access and holds the task's exec_update_lock. */
static int translate_pid_link_name(char *buf, size_t size, struct task_struct *task,
				   const struct proc_ns_operations *ns_ops)
{
	struct ns_common *common = ns_ops->get(task);
	int result = -ENOENT;

	if (common) {
		struct pid_namespace *ns = container_of(common, struct pid_namespace, ns);

		result = snprintf(buf, size, "[%llu]",
				  translate_pid_link.id_of(translate_pid_link.context, ns));
		ns_ops->put(common);
	}
	translate_pid_redirect_end();
	return result;
}

TRANSLATE_PID_REDIRECT(translate_pid_link_name_redirect, translate_pid_link_wants_name,
		       translate_pid_link_name, true);
TRANSLATE_PID_REDIRECT(translate_pid_link_lookup_redirect, translate_pid_link_wants_lookup,
		       translate_pid_link_lookup, true);
TRANSLATE_PID_REDIRECT(translate_pid_link_listing_redirect, translate_pid_link_wants_listing,
		       translate_pid_link_readdir, true);

/* The listing comes last: a link that is not listed goes without. */
static struct ftrace_ops *const translate_pid_link_redirects[] = {
	&translate_pid_link_name_redirect,
	&translate_pid_link_lookup_redirect,
	&translate_pid_link_listing_redirect,
};

/*
 * EOPNOTSUPP unless @name below the mount of a procfs is an inode of the current
 * process with the operations @ns_ops, going by what we believe struct proc_inode
 * is; or the lookup's error, which can be ENOENT where procfs lacks memory.
 */
static int translate_pid_link_check(struct vfsmount *proc, const char *name,
				    const struct proc_ns_operations *ns_ops)
{
	const struct translate_pid_proc_inode *inode;
	struct path path;
	bool matches;
	int err;

	err = vfs_path_lookup(proc->mnt_root, proc, name, 0, &path);
	if (err)
		return err;
	inode = translate_pid_proc_inode(d_inode(path.dentry));
	matches = inode->pid == task_tgid(current) && inode->ns_ops == ns_ops;
	path_put(&path);
	return matches ? 0 : -EOPNOTSUPP;
}

/* Looks for our name in a listing. */
struct translate_pid_link_search {
	struct dir_context ctx;
	bool found;
};

static bool translate_pid_link_compare(struct dir_context *ctx, const char *name, int len,
				       loff_t pos, u64 ino, unsigned int type)
{
	struct translate_pid_link_search *search =
		container_of(ctx, struct translate_pid_link_search, ctx);

	if (len == strlen(TRANSLATE_PID_LINK) && !memcmp(name, TRANSLATE_PID_LINK, len))
		search->found = true;
	return true;
}

/* EOPNOTSUPP unless the current process's directory lists our name; or an error of opening it. */
static int translate_pid_link_check_listing(struct vfsmount *proc)
{
	struct translate_pid_link_search search = {
		.ctx = { .actor = translate_pid_link_compare, .count = INT_MAX },
	};
	struct path root = { .mnt = proc, .dentry = proc->mnt_root };
	struct file *file = file_open_root(&root, "self/ns", O_RDONLY | O_DIRECTORY, 0);
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	err = iterate_dir(file, &search.ctx);
	fput(file);
	if (err)
		return err;
	return search.found ? 0 : -EOPNOTSUPP;
}

/* Forgets the cached links of one procfs, those in use included. */
static void translate_pid_link_drop(struct super_block *sb, void *unused)
{
	struct inode *inode, *previous = NULL;
	struct dentry *dentry;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		if (!S_ISLNK(inode->i_mode) || !igrab(inode))
			continue;
		/* The reference keeps the inode on the list while the lock is dropped. */
		spin_unlock(&sb->s_inode_list_lock);
		iput(previous);
		previous = inode;
		if (translate_pid_proc_inode(inode)->ns_ops == translate_pid_link.ns_ops) {
			dentry = d_find_any_alias(inode);
			if (dentry)
				d_drop(dentry);
			dput(dentry);
		}
		cond_resched();
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(previous);
}

static void translate_pid_link_disable_first(unsigned int count)
{
	struct file_system_type *proc = get_fs_type("proc");

	while (count--)
		translate_pid_redirect_disable(translate_pid_link_redirects[count]);

	/* No more are made; those that are cached would still be found. */
	iterate_supers_type(proc, translate_pid_link_drop, NULL);
	module_put(proc->owner);
}

void translate_pid_link_disable(void)
{
	translate_pid_link_disable_first(translate_pid_link.redirects);
}

/*
 * 0; EOPNOTSUPP, procfs is not built as we know it, or does not show the link
 * after all; ENFILE, the directory could not be opened; ENOMEM; those of
 * translate_pid_redirect_enable(). Sleeps.
 */
int translate_pid_link_enable(const struct translate_pid_link_symbols *symbols, bool listed,
			      translate_pid_id_fn id_of, void *context)
{
	unsigned long addresses[] = { symbols->get_name, symbols->dir_lookup,
				      symbols->dir_readdir };
	struct proc_ns_operations *ns_ops;
	struct file_system_type *type;
	struct vfsmount *proc;
	unsigned int enabled;
	int err;

	static_assert(ARRAY_SIZE(addresses) == ARRAY_SIZE(translate_pid_link_redirects));

	type = get_fs_type("proc");
	proc = kern_mount(type);
	/* What put_filesystem() does, which is not exported. */
	module_put(type->owner);
	if (IS_ERR(proc))
		return PTR_ERR(proc);

	err = translate_pid_link_check(proc, "self/ns/pid", init_pid_ns.ns.ops);
	if (err) {
		/* Every procfs has it. */
		if (err == -ENOENT)
			err = -ENOMEM;
		goto unmount;
	}

	err = -ENOMEM;
	ns_ops = kmemdup(init_pid_ns.ns.ops, sizeof(*ns_ops), GFP_KERNEL);
	if (!ns_ops)
		goto unmount;
	/* The kernel's name of the type, for those who read the link after rmmod. */
	ns_ops->real_ns_name = init_pid_ns.ns.ops->name;

	translate_pid_link.ns_ops = ns_ops;
	translate_pid_link.id_of = id_of;
	translate_pid_link.context = context;
	translate_pid_link.instantiate = translate_pid_function_pointer(symbols->instantiate);
	static_call_update(translate_pid_instantiate_call, translate_pid_link.instantiate);
	static_call_update(translate_pid_fill_cache_call,
			   translate_pid_function_pointer(symbols->fill_cache));
	static_call_update(translate_pid_readdir_call,
			   translate_pid_function_pointer(symbols->dir_readdir));

	translate_pid_link.redirects = ARRAY_SIZE(addresses) - !listed;
	for (enabled = 0; enabled < translate_pid_link.redirects; enabled++) {
		err = translate_pid_redirect_enable(translate_pid_link_redirects[enabled],
						    &addresses[enabled], 1);
		if (err)
			break;
	}
	if (!err) {
		err = translate_pid_link_check(proc, "self/ns/" TRANSLATE_PID_LINK, ns_ops);
		if (err == -ENOENT)
			err = READ_ONCE(translate_pid_link.reached) ? -ENOMEM : -EOPNOTSUPP;
	}
	if (!err && listed)
		err = translate_pid_link_check_listing(proc);
	/* Waits for those inside. */
	if (err)
		translate_pid_link_disable_first(enabled);
	/* Not before: kmemleak is to find what a failed load forgets. */
	if (!err || translate_pid_link.shown)
		kmemleak_ignore(ns_ops);
	else
		kfree(ns_ops);
unmount:
	kern_unmount(proc);
	return err;
}
