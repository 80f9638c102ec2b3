/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * C functions that the kernel calls, in its own contexts and with its own types:
 * ftrace callbacks, the functions that take the place of the kernel's own, the
 * operations of files below /proc. Here is decided which calls are the module's,
 * and what keeps the module loaded meanwhile; what is answered, Rust decides.
 *
 * Each is registered and removed by the abstraction of the same name. bindgen
 * reads this file as it reads helpers.h, and under the same rules.
 */
#ifndef TRANSLATE_PID_CALLBACKS_H
#define TRANSLATE_PID_CALLBACKS_H

struct pid_namespace;
struct seq_file;
struct task_struct;

/* fork.c: the births of inits. */
struct translate_pid_fork_probe;
typedef void (*translate_pid_birth_fn)(void *context, struct pid_namespace *ns,
				       struct task_struct *init);

_Bool translate_pid_fork_can_be_followed(void);
struct translate_pid_fork_probe *translate_pid_fork_follow(translate_pid_birth_fn fn,
							   void *context);
void translate_pid_fork_unfollow(struct translate_pid_fork_probe *probe);

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

/* proc.c: a file below /proc whose contents a function prints, or one for ioctl(2). */
struct translate_pid_proc_file;
typedef int (*translate_pid_show_fn)(struct seq_file *m, void *unused);
typedef long (*translate_pid_ioctl_fn)(void *context, unsigned int command,
				       unsigned long address);

struct translate_pid_proc_file *
translate_pid_proc_create(const char *name, translate_pid_show_fn show, void *context);
struct translate_pid_proc_file *
translate_pid_proc_create_commands(const char *name, translate_pid_ioctl_fn ioctl, void *context);
void translate_pid_proc_remove(struct translate_pid_proc_file *proc_file);

/* proc_link.c: /proc/<pid>/ns/pidns_id. */
typedef unsigned long long (*translate_pid_id_fn)(void *context, struct pid_namespace *ns);

struct translate_pid_link_symbols {
	unsigned long dir_lookup;
	unsigned long dir_readdir;
	unsigned long get_name;
	unsigned long instantiate;
	unsigned long fill_cache;
};

int translate_pid_link_enable(const struct translate_pid_link_symbols *symbols, _Bool listed,
			      translate_pid_id_fn id_of, void *context);
void translate_pid_link_disable(void);

/* syscall.c: the system call on three ABIs, those of syscall_numbers.c. */
typedef long (*translate_pid_syscall_fn)(void *context, int pid, unsigned long long source,
					 unsigned long long target);

int translate_pid_syscall_enable(unsigned long ni_x64, unsigned long ni_ia32,
				 const int *numbers, translate_pid_syscall_fn fn, void *context);
void translate_pid_syscall_disable(void);

/* work.c: a work item. */
struct translate_pid_work;
typedef void (*translate_pid_work_fn)(void *context);

struct translate_pid_work *translate_pid_work_create(translate_pid_work_fn fn, void *context);
void translate_pid_work_queue(struct translate_pid_work *work);
void translate_pid_work_queue_long(struct translate_pid_work *work);
void translate_pid_work_flush(struct translate_pid_work *work);
void translate_pid_work_destroy(struct translate_pid_work *work);

#endif
