/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * C functions that the Rust abstractions call: what is inline, a static call
 * or a private layout in the kernel. Each is one step and decides nothing; that
 * is for Rust. What the kernel calls instead is in rust/callbacks/. The tests'
 * own aids, debug.c and kunit.c, are here as well.
 *
 * bindgen reads this file without the kernel's headers, so it names kernel
 * types only by pointer. The prefix must not be rust_helper_: vmlinux exports
 * symbols of that name.
 */
#ifndef TRANSLATE_PID_HELPERS_H
#define TRANSLATE_PID_HELPERS_H

struct cred;
struct file;
struct file_operations;
struct iov_iter;
struct kiocb;
struct pid;
struct pid_namespace;
struct poll_table_struct;
struct task_struct;
struct user_namespace;
struct wait_queue_head;

/* How many levels of pid namespaces there are; pid.c asserts it. */
enum { TRANSLATE_PID_LEVELS = 33 };

/* bucket.c: lock bit of a hash bucket's head. */
void translate_pid_bucket_lock(unsigned long *head);
void translate_pid_bucket_unlock(unsigned long *head);

/* clock.c */
unsigned long long translate_pid_boot_time(void);
long long translate_pid_boot_offset_of_caller(void);

/* cred.c: credentials, and acting under them. */
const struct cred *translate_pid_get_cred(void);
void translate_pid_put_cred(const struct cred *cred);
unsigned int translate_pid_cred_user(const struct cred *cred);
const struct cred *translate_pid_override_cred(const struct cred *cred);
void translate_pid_revert_cred(const struct cred *cred);

/* debug.c: only in builds with DEBUG=1. */
void translate_pid_debug_lookup(int pid);
void translate_pid_debug_removed(void);
void translate_pid_debug_freed(void);

/* descriptor.c: what the caller has open. */
struct translate_pid_pidfd {
	/* What fdget() gave, with its flags. */
	unsigned long file;
	struct pid *pid;
};

int translate_pid_pidfd_get(int fd, struct translate_pid_pidfd *pidfd);
void translate_pid_pidfd_put(unsigned long file);

/* handle.c: files of their own, and who waits for what happens to them. */
int translate_pid_open_handle(const char *name, const struct file_operations *operations,
			      void *private);
void translate_pid_wait_queue_init(struct wait_queue_head *queue);
void translate_pid_wait(struct file *file, struct wait_queue_head *queue,
			struct poll_table_struct *table);
void translate_pid_wake_up_hangup(struct wait_queue_head *queue);

/* kunit.c: only in builds with KUNIT=1. */
struct translate_pid_kunit_thread;
typedef void (*translate_pid_kunit_thread_fn)(void *argument);

int translate_pid_kunit_find_add(void);
struct pid_namespace *translate_pid_kunit_ns_new(unsigned long long ns_id);
int translate_pid_kunit_ns_attach_init(struct pid_namespace *ns);
void translate_pid_kunit_ns_detach_init(struct pid_namespace *ns);
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
_Bool translate_pid_ptrace_may_access(struct task_struct *task, _Bool audit);
void translate_pid_bind_ns_tree_lookup(unsigned long address);
struct pid_namespace *translate_pid_pidns_by_ns_id_rcu(unsigned long long ns_id);

/* life.c: what happened to a pid namespace, with what its access is judged by. */
struct translate_pid_life {
	/* Counted: of these the access is judged. */
	struct user_namespace *owner;
	/* The leader of the init's threads, or NULL: none was born or died. */
	struct task_struct *init;
	/* CLOCK_BOOTTIME */
	unsigned long long time;
	/* Of the namespace itself and its ancestors, by level. */
	unsigned long long ns_ids[TRANSLATE_PID_LEVELS];
	/* Of the init, there. */
	int numbers[TRANSLATE_PID_LEVELS];
	unsigned int level;
	/* As wait(2) has it, if the init has died. */
	int exit_status;
};

void translate_pid_life_describe(struct translate_pid_life *life, struct pid_namespace *ns,
				 struct task_struct *init);
void translate_pid_life_describe_death(struct translate_pid_life *life,
				       struct pid_namespace *ns);
void translate_pid_life_put(struct translate_pid_life *life);
_Bool translate_pid_life_owner_capable(const struct translate_pid_life *life, int capability,
				       _Bool audit);

/* memory.c */
enum { TRANSLATE_PID_ENTRY_SIZE = 48 };

void *translate_pid_alloc_entry(void);

/* ns_walk.c: from namespace to namespace. */
struct translate_pid_ns_description {
	unsigned int inode;
	unsigned int owner;
	unsigned int pids;
	_Bool takes_pids;
	_Bool active;
};

unsigned int translate_pid_pidns_collect(unsigned long ns_tree, unsigned long long after,
					 struct pid_namespace **found, unsigned int most,
					 _Bool *is_end);
void translate_pid_pidns_describe(const struct pid_namespace *ns,
				  struct translate_pid_ns_description *description);

/* parameters.c: fixed once the module is loading. */
const char *translate_pid_version(void);
enum {
	TRANSLATE_PID_LINK_MODE_LISTED,
	TRANSLATE_PID_LINK_MODE_HIDDEN,
	TRANSLATE_PID_LINK_MODE_OFF,
};

struct translate_pid_parameters {
	unsigned int namespaces;
	int syscall_x86_64;
	int syscall_x32;
	int syscall_i386;
	_Bool confine;
	_Bool ancestors;
	_Bool proc_commands;
	/* TRANSLATE_PID_LINK_MODE_* */
	unsigned int link;
};

#define TRANSLATE_PID_KEY_SIZE 16

const struct translate_pid_parameters *translate_pid_parameters(void);
_Bool translate_pid_take_key(unsigned char *key);

/* pid.c */
struct pid *translate_pid_find(int nr, const struct pid_namespace *ns);
int translate_pid_number_of(int nr, const struct pid_namespace *source,
			    const struct pid_namespace *target);
int translate_pid_thread_group_of(int nr, const struct pid_namespace *source,
				  const struct pid_namespace *target);

_Bool translate_pid_has_task(struct pid *pid);
struct pid *translate_pid_group_of_pid(struct pid *pid);
unsigned int translate_pid_level(const struct pid *pid);
struct pid_namespace *translate_pid_at_level(const struct pid *pid, unsigned int level, int *nr);

/* pid_namespace.c: "counted" results own a reference, drop it by put_pid_ns(). */
struct pid_namespace *translate_pid_pidns_of_ns_common(unsigned long ns_common);
_Bool translate_pid_pidns_is_counted(const struct pid_namespace *ns);
_Bool translate_pid_pidns_get_unless_zero(struct pid_namespace *ns);
struct pid_namespace *translate_pid_pidns_next(unsigned long ns_tree, struct pid_namespace *ns);
struct pid_namespace *translate_pid_pidns_of_pid(int pid);
struct pid_namespace *translate_pid_pidns_of_pidfd(int fd);
struct pid_namespace *translate_pid_pidns_of_nsfd(int fd);
struct pid_namespace *translate_pid_pidns_of_procfs(int fd);
unsigned long long translate_pid_pidns_ns_id(const struct pid_namespace *ns);
struct task_struct *translate_pid_pidns_init(struct pid_namespace *ns);
_Bool translate_pid_pidns_is_active(const struct pid_namespace *ns);
int translate_pid_pidns_open(struct pid_namespace *ns);
_Bool translate_pid_pidns_capable(struct pid_namespace *ns, int capability, _Bool audit);
_Bool translate_pid_capable(int capability, _Bool audit);

/* pidfd.c: "held" results own a reference, dropped by translate_pid_put(). */
struct pid *translate_pid_hold(struct pid *pid);
void translate_pid_put(struct pid *pid);
void translate_pid_bind_pidfd_prepare(unsigned long address);
int translate_pid_open_pidfd(struct pid *pid, unsigned int flags);

/* stream.c: files that are read, and who waits for something to read. */
int translate_pid_open_stream(const char *name, const struct file_operations *operations,
			      void *private, _Bool nonblocking);
_Bool translate_pid_is_nonblocking(const struct kiocb *call);
unsigned long translate_pid_iter_room(const struct iov_iter *to);
unsigned long translate_pid_bytes_to_iter(const void *from, unsigned long size,
					  struct iov_iter *to);
int translate_pid_wait_until(struct wait_queue_head *queue, const int *ready);
void translate_pid_wake_up_readers(struct wait_queue_head *queue);

/* syscall_numbers.c: the system call tables of three ABIs. */
enum {
	TRANSLATE_PID_ABI_X86_64,
	TRANSLATE_PID_ABI_X32,
	TRANSLATE_PID_ABI_I386,
	TRANSLATE_PID_ABIS,
};

_Bool translate_pid_syscall_is_hole(unsigned int abi, int nr);
int translate_pid_syscall_abi_is_on(unsigned int abi);

/* task.c: the calling task, and inits. */
void translate_pid_cond_resched(void);
_Bool translate_pid_has_live_threads(const struct task_struct *task);
_Bool translate_pid_is_dying(void);

/* user.c: structures that grow at their end, and arrays. */
int translate_pid_struct_from_user(void *to, unsigned long ksize,
				   unsigned long from, unsigned long usize);
int translate_pid_struct_to_user(unsigned long to, unsigned long usize,
				 const void *from, unsigned long ksize);
int translate_pid_s32_to_user(unsigned long to, int value);
_Bool translate_pid_is_user_range(unsigned long from, unsigned long size);
int translate_pid_numbers_from_user(int *to, unsigned long from, unsigned int count);
unsigned int translate_pid_numbers_to_user(unsigned long to, const int *from, unsigned int count);
int translate_pid_bytes_to_user(unsigned long to, const void *from, unsigned long size);

/* walk.c: from pid to pid. */
enum {
	TRANSLATE_PID_HOLDER_NONE,
	TRANSLATE_PID_HOLDER_PROCESS,
	TRANSLATE_PID_HOLDER_THREAD,
	TRANSLATE_PID_HOLDER_ZOMBIE,
	TRANSLATE_PID_HOLDER_GROUP,
};

struct translate_pid_description {
	/* TRANSLATE_PID_HOLDER_* */
	unsigned int holder;
	int in_source;
	int in_target;
	int group_in_target;
};

unsigned int translate_pid_collect(unsigned int nr, struct pid_namespace *ns,
				   struct pid **pids, unsigned int most);
void translate_pid_describe(struct pid *pid, const struct pid_namespace *source,
			    const struct pid_namespace *target,
			    struct translate_pid_description *description);

#endif
