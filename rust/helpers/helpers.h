/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * C functions that the Rust abstractions call: what is inline, a static call
 * or a private layout in the kernel. Each is one step; all policy is in Rust.
 *
 * bindgen reads this file without the kernel's headers, so it names kernel
 * types only by pointer. The prefix must not be rust_helper_: vmlinux exports
 * symbols of that name.
 */
#ifndef TRANSLATE_PID_HELPERS_H
#define TRANSLATE_PID_HELPERS_H

struct pid_namespace;
struct seq_file;
struct task_struct;

/* bucket.c: lock bit of a hash bucket's head. */
enum {
	TRANSLATE_PID_INDEX_BY_NS,
	TRANSLATE_PID_INDEX_BY_ID,
	TRANSLATE_PID_INDEXES,
};

void translate_pid_bucket_lock(unsigned long *head, unsigned int index);
void translate_pid_bucket_unlock(unsigned long *head, unsigned int index);

/* debug.c: only in builds with DEBUG=1. */
void translate_pid_debug_lookup(int pid);
void translate_pid_debug_removed(void);
void translate_pid_debug_freed(void);

/* hook.c: ftrace callbacks at the entry of kernel functions. */
struct translate_pid_hook;
typedef void (*translate_pid_hook_fn)(void *context, unsigned long first_argument);

struct translate_pid_hook *translate_pid_hook_register(unsigned long address,
						       translate_pid_hook_fn fn,
						       void *context);
void translate_pid_hook_unregister(struct translate_pid_hook *hook);

/* hook_target.c: a function of the module's own, there to be hooked. */
void translate_pid_hook_target(unsigned long argument);
unsigned long translate_pid_hook_target_address(void);

/* kunit.c: only in builds with KUNIT=1. */
struct translate_pid_kunit_thread;
typedef void (*translate_pid_kunit_thread_fn)(void *argument);

int translate_pid_kunit_find_add(void);
struct pid_namespace *translate_pid_kunit_ns_new(void);
void translate_pid_kunit_ns_last_put(struct pid_namespace *ns);
void translate_pid_kunit_ns_destroy(struct pid_namespace *ns);
unsigned long long translate_pid_kunit_ns_freed(void);
struct translate_pid_kunit_thread *
translate_pid_kunit_thread_start(translate_pid_kunit_thread_fn fn, void *argument);
void translate_pid_kunit_thread_join(struct translate_pid_kunit_thread *thread);
unsigned int translate_pid_kunit_fail_nth(unsigned int nth);

/* ksyms.c: addresses of unexported functions, and calls of them. */
int translate_pid_ksym_address(const char *symbol, unsigned long *address);
int translate_pid_variable_address(const char *symbol, unsigned long *address);
void translate_pid_bind_ptrace_may_access(unsigned long address);
_Bool translate_pid_ptrace_may_access(struct task_struct *task);
void translate_pid_bind_ns_tree_lookup(unsigned long address);
struct pid_namespace *translate_pid_pidns_by_ns_id(unsigned long long ns_id);

/* memory.c */
void *translate_pid_alloc_atomic(unsigned long size);

/* parameters.c: fixed once the module is loading. */
struct translate_pid_parameters {
	unsigned int namespaces;
	int syscall_x86_64;
	int syscall_x32;
	int syscall_i386;
	_Bool confine;
};

const struct translate_pid_parameters *translate_pid_parameters(void);

/* pid_namespace.c: "counted" results own a reference, drop it by put_pid_ns(). */
struct pid_namespace *translate_pid_pidns_of_ns_common(unsigned long ns_common);
_Bool translate_pid_pidns_is_counted(const struct pid_namespace *ns);
_Bool translate_pid_pidns_get_unless_zero(struct pid_namespace *ns);
struct pid_namespace *translate_pid_pidns_next(struct pid_namespace *ns);
struct pid_namespace *translate_pid_pidns_of_pid(int pid);
struct pid_namespace *translate_pid_pidns_of_pidfd(int fd);
struct pid_namespace *translate_pid_pidns_of_nsfd(int fd);
unsigned long long translate_pid_pidns_ns_id(const struct pid_namespace *ns);
struct task_struct *translate_pid_pidns_init(struct pid_namespace *ns);
int translate_pid_pidns_open(struct pid_namespace *ns);
void translate_pid_close(int fd);
_Bool translate_pid_pidns_capable(struct pid_namespace *ns, int capability);
_Bool translate_pid_capable(int capability);

/* proc.c: a file below /proc whose contents a function prints. */
struct translate_pid_proc_file;
typedef int (*translate_pid_show_fn)(struct seq_file *m, void *unused);

struct translate_pid_proc_file *
translate_pid_proc_create(const char *name, translate_pid_show_fn show, void *context);
void translate_pid_proc_remove(struct translate_pid_proc_file *proc_file);

/* proc_ns_link.c: /proc/<pid>/ns/pidns_id. */
typedef int (*translate_pid_id_fn)(void *context, struct pid_namespace *ns,
				   unsigned long long *id);

struct translate_pid_link_symbols {
	unsigned long dir_lookup;
	unsigned long dir_readdir;
	unsigned long get_name;
	unsigned long instantiate;
	unsigned long fill_cache;
};

int translate_pid_link_enable(const struct translate_pid_link_symbols *symbols,
			      translate_pid_id_fn id_of, void *context);
void translate_pid_link_disable(void);

/* syscall.c: the system call on three ABIs. */
enum {
	TRANSLATE_PID_ABI_X86_64,
	TRANSLATE_PID_ABI_X32,
	TRANSLATE_PID_ABI_I386,
	TRANSLATE_PID_ABIS,
};

typedef long (*translate_pid_syscall_fn)(void *context, int pid, unsigned long long source,
					 unsigned long long target);

_Bool translate_pid_syscall_is_hole(unsigned int abi, int nr);
int translate_pid_syscall_abi_is_on(unsigned int abi);
int translate_pid_syscall_enable(unsigned long ni_x64, unsigned long ni_ia32,
				 const int *numbers, translate_pid_syscall_fn fn, void *context);
void translate_pid_syscall_disable(void);

/* user.c: structures that grow at their end. */
int translate_pid_struct_from_user(void *to, unsigned long ksize,
				   unsigned long from, unsigned long usize);
int translate_pid_struct_to_user(unsigned long to, unsigned long usize,
				 const void *from, unsigned long ksize);

#endif
