/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * libtranslate_pid: translates pids between pid namespaces that are named by
 * 64-bit ids. It needs the kernel module translate_pid, but no patched kernel.
 *
 * Ids
 *   Every pid namespace has an id while the module is loaded; no id is given
 *   twice. The initial pid namespace has the id 0, all others have numbers that
 *   cannot be guessed. They are not the kernel's sequential namespace ids
 *   (ns_id: NS_GET_ID of nsfs, listns(2)); see pidns_ns_id(). An unloaded and
 *   reloaded module gives new ids, unless its parameter key= is the same;
 *   pidns_generation() tells. /proc/<pid>/ns/pidns_id shows them, too.
 *
 * Access
 *   A process may name its own pid namespace, and others if it may read the
 *   state of their init processes as ptrace(2) may (PTRACE_MODE_READ_FSCREDS);
 *   translate_pid(4) has the whole rule. The kernel checks at every call.
 *
 * Results
 *   Every function returns -1 and sets errno on failure; then nothing has been
 *   written, but for the arrays of pidns_list(), pidns_list_namespaces() and
 *   pidns_chain(). On success errno is left as it was. Errors of all functions:
 *     ENOSYS  the module is not loaded; or nothing that leads to it can be
 *             reached from here: neither its device nor /proc/translate_pid,
 *             nor the system call for pidns_translate(), nor what procfs shows
 *             for pidns_id_self() and pidns_id_of_pid(). Of the functions with a
 *             descriptor: it is not, or no longer, the module's.
 *     EACCES  /dev/translate_pid or /proc/translate_pid exists, but may not be
 *             opened, and nothing else can be used instead.
 *     EMFILE, ENFILE, ENOMEM  neither can be opened for lack of descriptors or
 *             memory. Calls that go through the system call open nothing.
 *   The other errors of each function stand beside it.
 *
 * Safety
 *   All functions may be called from any thread, from signal handlers (which
 *   save and restore errno, as ever), and after fork() and vfork(). None is a
 *   cancellation point, allocates memory, prints, or keeps a descriptor open
 *   between calls. There is nothing to initialise or to free.
 *
 * seccomp
 *   A thread with a seccomp filter asks by ioctl (openat, ioctl, close, prctl;
 *   read and readlinkat where procfs shows the id) and not by the system call,
 *   because its filter might kill for it. See libtranslate_pid(3).
 *
 * Architectures
 *   The library can be built for every one; where the module cannot be, all
 *   functions fail with ENOSYS.
 */
#ifndef TRANSLATE_PID_H
#define TRANSLATE_PID_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The id of the initial pid namespace. */
#define TRANSLATE_PID_INIT_NS	0

/* A flag of pidns_translate_many(), as in <linux/translate_pid.h>. */
#define TRANSLATE_PID_THREAD_GROUP	(1U << 0)

/* A flag of pidns_chain(), likewise. */
#define TRANSLATE_PID_FROM_PIDFD	(1U << 2)

/* Bits of translate_pid_features(), as in <linux/translate_pid.h>. */
#define TRANSLATE_PID_FEATURE_TRANSLATE	(1ULL << 0)	/* always set */
#define TRANSLATE_PID_FEATURE_BY_NS_ID	(1ULL << 1)	/* always set: pidns_id_of_ns_id() */
#define TRANSLATE_PID_FEATURE_PROC	(1ULL << 2)	/* /proc/pidns_id */
#define TRANSLATE_PID_FEATURE_CONFINE	(1ULL << 3)	/* confine=1 is in force */
#define TRANSLATE_PID_FEATURE_PROC_LINK	(1ULL << 4)	/* /proc/<pid>/ns/pidns_id */
#define TRANSLATE_PID_FEATURE_SYSCALL	(1ULL << 5)	/* some system call is on */
#define TRANSLATE_PID_FEATURE_PROC_COMMANDS	(1ULL << 6)	/* /proc/translate_pid */
#define TRANSLATE_PID_FEATURE_THREAD_GROUP	(1ULL << 7)	/* always set: pidns_thread_group() */
#define TRANSLATE_PID_FEATURE_ANCESTORS	(1ULL << 8)	/* ancestors=1 is in force */
#define TRANSLATE_PID_FEATURE_PIDFD	(1ULL << 9)	/* pidns_open_pidfd() works */

/*
 * The number in the pid namespace target of what has the number pid in the pid
 * namespace source: a process, thread, process group or session, zombies
 * included. 0: it has no number there, because target is neither its pid
 * namespace nor an ancestor of that. Asks TRANSLATE_PID_TRANSLATE.
 *
 *   EINVAL  source, or target, is no id of a living pid namespace.
 *   EPERM   the caller may not access source, or target.
 *   ESRCH   there is no pid in source; 0 and negative numbers included.
 */
pid_t pidns_translate(pid_t pid, uint64_t source, uint64_t target);

#ifndef TRANSLATE_PID_NO_PATCH_NAME
/*
 * The same, by the name that the patch of 2018 gave it. A program that has a
 * function of this name itself defines TRANSLATE_PID_NO_PATCH_NAME; the linker
 * then takes the program's. Asks TRANSLATE_PID_TRANSLATE.
 */
pid_t translate_pid(pid_t pid, uint64_t source, uint64_t target);
#endif

/*
 * Whether pidns_translate() asks by ioctl where it can, and makes the system call
 * only where it cannot: for programs that are run under a tracer that does not
 * cope with the call. The same as TRANSLATE_PID_WAY=ioctl in the environment of
 * the program's start. Never fails. Asks TRANSLATE_PID_TRANSLATE.
 */
void pidns_prefer_ioctl(int prefer);

/*
 * As pidns_translate(), but the number of the thread group (the process, whose
 * number getpid(2) returns) of the process or thread with the number pid. Asks
 * TRANSLATE_PID_TRANSLATE.
 *
 *   EINVAL  source, or target, is no id of a living pid namespace.
 *   EPERM   the caller may not access source, or target.
 *   ESRCH   there is no pid in source, or only a process group or session has
 *           the number.
 */
pid_t pidns_thread_group(pid_t pid, uint64_t source, uint64_t target);

/*
 * Replaces each of count numbers by what pidns_translate() would return for it: by
 * its number in target, by 0, or by -ESRCH. flags is 0, or
 * TRANSLATE_PID_THREAD_GROUP for what pidns_thread_group() returns.
 *
 * Returns how many were replaced, which are the first ones. If that is less than
 * count, something ended the work after them; to call the function for the
 * others tells what. Access is checked anew for each
 * 100 numbers or so. Asks TRANSLATE_PID_TRANSLATE_MANY.
 *
 *   EINVAL  source, or target, is no id of a living pid namespace; or a flag is
 *           unknown.
 *   EPERM   the caller may not access source, or target.
 *   EFAULT  the first numbers cannot be read, or the first one cannot be written.
 *   EINTR   a signal ends the process, which does not live to see this.
 */
ssize_t pidns_translate_many(pid_t *pids, size_t count, uint64_t source, uint64_t target,
			     unsigned int flags);

/*
 * The id of the caller's own pid namespace. Where neither file can be asked, it
 * is read from /proc/pidns_id or /proc/self/ns/pidns_id. Asks
 * TRANSLATE_PID_GET_ID.
 */
int pidns_id_self(uint64_t *id);

/*
 * The id of the pid namespace of a process or thread: of the one that has the
 * number pid in the caller's own pid namespace, or of a pidfd's. Where neither
 * file can be asked, the one of a pid is read from /proc/<pid>/ns/pidns_id, if
 * procfs shows it and is that of the caller's own pid namespace. Asks
 * TRANSLATE_PID_GET_ID.
 *
 *   EPERM   the caller may not access the pid namespace.
 *   ESRCH   there is no such process or thread (any more).
 *   EINVAL  pid is negative; or fd is negative or no pidfd.
 *   EBADF   fd is not open.
 */
int pidns_id_of_pid(pid_t pid, uint64_t *id);
int pidns_id_of_pidfd(int fd, uint64_t *id);

/*
 * The id of the pid namespace behind a namespace file descriptor, as
 * /proc/<pid>/ns/pid gives it. Asks TRANSLATE_PID_GET_ID.
 *
 *   EPERM   the caller may not access the pid namespace.
 *   EINVAL  fd is negative or no file descriptor of a pid namespace.
 *   EBADF   fd is not open.
 */
int pidns_id_of_nsfd(int fd, uint64_t *id);

/*
 * The id of the pid namespace whose numbers a mount of procfs shows; fd is a
 * descriptor of any file or directory in it, of O_PATH or not. Asks
 * TRANSLATE_PID_GET_ID.
 *
 *   EPERM   the caller may not access the pid namespace.
 *   EINVAL  fd is negative, or of no procfs.
 *   EBADF   fd is not open.
 */
int pidns_id_of_procfs(int fd, uint64_t *id);

/*
 * The id of the pid namespace with the kernel's own namespace id ns_id, and the
 * other way round. Asks TRANSLATE_PID_GET_ID.
 *
 *   EPERM   the caller may not access the pid namespace.
 *   ESRCH   no pid namespace has this ns_id.
 *   EINVAL  id is no id of a living pid namespace.
 */
int pidns_id_of_ns_id(uint64_t ns_id, uint64_t *id);
int pidns_ns_id(uint64_t id, uint64_t *ns_id);

/*
 * The number, in the caller's own pid namespace, of the init process of a pid
 * namespace: of that with an id, of that behind a namespace file descriptor, or
 * of that in which the process or thread with the number pid runs. 0: the init
 * is not visible to the caller. The init may die at any time, and its number be
 * given to another process: open a pidfd, then compare /proc/<number>/ns/pid.
 * Asks TRANSLATE_PID_GET_INIT_PID.
 *
 *   EPERM   the pid namespace is not the caller's own, the caller may not
 *           access it, and has no CAP_SYS_ADMIN in the user namespace that
 *           owns it.
 *   ESRCH   the pid namespace has no init: none was born yet, or it was reaped;
 *           or there is no process or thread pid.
 *   EINVAL  id is no id of a living pid namespace; or fd is negative or no file
 *           descriptor of a pid namespace; or pid is negative.
 *   EBADF   fd is not open.
 */
pid_t pidns_init_pid(uint64_t id);
pid_t pidns_init_pid_of_nsfd(int fd);
pid_t pidns_init_pid_of_pid(pid_t pid);

/*
 * A new close-on-exec file descriptor of a pid namespace, as opening
 * /proc/<pid>/ns/pid gives it: good for setns(2), nsfs ioctls and bind mounts.
 * Asks TRANSLATE_PID_OPEN_NS.
 *
 *   EINVAL  id is no id of a living pid namespace.
 *   EPERM   the caller may not access the pid namespace; or it lies outside of
 *           the caller's own, which needs CAP_SYS_PTRACE over it.
 *   ESTALE  only a mounted procfs keeps the pid namespace in memory.
 */
int pidns_open(uint64_t id);

/*
 * How many ancestors a pid namespace has: 0 for the initial one, 32 at most; and
 * the id of its parent. *parent_known is 1 if the caller may access the parent,
 * too; if it may not, and for the initial namespace, *parent_known and *parent
 * are 0. Either pointer may be NULL. Asks TRANSLATE_PID_GET_LEVEL.
 *
 *   EINVAL  id is no id of a living pid namespace.
 *   EPERM   the caller may not access the pid namespace.
 */
int pidns_level(uint64_t id, uint64_t *parent, int *parent_known);

/* What has a number in a pid namespace, as struct translate_pid_list_entry. */
struct pidns_entry {
	int32_t pid;		/* its number in the source */
	int32_t number;		/* in the target; 0: it has none there */
	int32_t thread_group;	/* number of its thread group in the target, or 0 */
	uint32_t kind;		/* of enum translate_pid_kind in <linux/translate_pid.h> */
};

/*
 * Some of the processes, threads, process groups and sessions that have numbers in
 * the pid namespace source, in ascending order, from the number *cursor on, with
 * their numbers in target: as many as there are, count at most, and 65536. flags
 * are those of TRANSLATE_PID_LIST_PIDS in <linux/translate_pid.h>, or 0. Returns
 * how many entries were filled in, and puts into *cursor where the next call is to
 * go on: 0 at the end of the list, which is also where to begin.
 *
 * What has its number from the first call of such a walk to the last is listed once.
 * On failure, *cursor is as it was, but entries may hold anything; a call that
 * fails after some were filled in returns these, and the next one fails. Asks
 * TRANSLATE_PID_LIST_PIDS.
 *
 *   EINVAL  source, or target, is no id of a living pid namespace; or a flag is
 *           unknown.
 *   EPERM   the caller may not access source, or target.
 *   EFAULT  entries cannot be written.
 *   EINTR   the caller is being killed; only a tracer sees this.
 */
int pidns_list(uint64_t source, uint64_t target, unsigned int flags, uint32_t *cursor,
	       struct pidns_entry *entries, unsigned int count);

/* A pid namespace, as struct translate_pid_ns_entry, which says more of each field. */
struct pidns_namespace {
	uint64_t id;
	uint64_t parent;	/* its parent's id, if flags say that it is known */
	uint64_t ns_id;		/* the kernel's own namespace id */
	uint64_t created;	/* CLOCK_BOOTTIME in nanoseconds; 0: not known */
	uint32_t inode;		/* of /proc/<pid>/ns/pid */
	uint32_t level;		/* how many ancestors it has */
	uint32_t owner;		/* uid of its owner, as the caller sees it */
	uint32_t pids;		/* how many pids it has */
	int32_t init_pid;	/* of its init, as the caller sees it, or 0 */
	uint32_t state;		/* of enum translate_pid_ns_state in <linux/translate_pid.h> */
	uint32_t flags;		/* TRANSLATE_PID_NS_PARENT_KNOWN and others of that header */
	uint32_t reserved;
};

/*
 * Some of the pid namespaces that the caller may access, in the order of their ns_id,
 * behind the place *cursor: as many as there are, count at most, and 65536. flags must
 * be 0. Returns how many were filled in, and puts into *cursor where the next call is
 * to go on: 0 at the end of the list, which is also where to begin. No capability is
 * needed; who may access no other pid namespace finds its own.
 *
 * What lives, and may be accessed, from the first call of such a walk to the last is
 * listed once. On failure, *cursor is as it was, but namespaces may hold anything; a
 * call that fails after some were filled in returns these, and the next one fails.
 * Asks TRANSLATE_PID_LIST_NS.
 *
 *   EINVAL  a flag is unknown.
 *   EFAULT  namespaces cannot be written.
 *   EINTR   the caller is being killed; only a tracer sees this.
 */
int pidns_list_namespaces(unsigned int flags, uint64_t *cursor,
			  struct pidns_namespace *namespaces, unsigned int count);

/*
 * A new close-on-exec descriptor that tells of the lives of pid namespaces: read(2)
 * gives structures translate_pid_watch_record of <linux/translate_pid.h>, which
 * says how to know all namespaces by them, and poll(2) works. events is a set of
 * 1 << TRANSLATE_PID_EVENT_*, or 0 for all; room is how many records may wait to
 * be read, or 0 for what is usual; flags are those of TRANSLATE_PID_WATCH, or 0. It
 * keeps the module from being unloaded. Asks TRANSLATE_PID_WATCH.
 *
 *   EOPNOTSUPP  the module cannot do this on this kernel.
 *   EINVAL  room is too large; or an event or a flag is unknown.
 *   EMFILE, ENFILE  also if the caller's user, or all users, have as many as they
 *           may have.
 */
int pidns_watch(uint64_t events, unsigned int room, unsigned int flags);

/*
 * A new close-on-exec descriptor, a handle that translates between two pid
 * namespaces for whoever holds it, by the functions below, without another
 * check. poll(2) says POLLHUP for it once one of them has died. It keeps neither
 * alive, but the module from being unloaded. flags are those of TRANSLATE_PID_BIND
 * in <linux/translate_pid.h>, or 0. Asks TRANSLATE_PID_BIND.
 *
 *   EINVAL  source, or target, is no id of a living pid namespace; or a flag is
 *           unknown.
 *   EPERM   the caller may not access source, or target; or it lies outside of
 *           the caller's own, which needs CAP_SYS_PTRACE over it.
 */
int pidns_bind(uint64_t source, uint64_t target, unsigned int flags);

/*
 * As pidns_translate(), from source to target: one system call, quicker than any
 * other way. Asks TRANSLATE_PID_BOUND_TO_TARGET.
 *
 *   ESTALE  one of the pid namespaces has died.
 *   ESRCH   there is no pid in source; 0 and negative numbers included.
 */
pid_t pidns_bound_to_target(int handle, pid_t pid);

/*
 * The same from target to source. Asks TRANSLATE_PID_BOUND_TO_SOURCE.
 *
 *   ESTALE  one of the pid namespaces has died.
 *   ESRCH   there is no pid in target; 0 and negative numbers included.
 */
pid_t pidns_bound_to_source(int handle, pid_t pid);

/*
 * The number in the pid namespace target of the process or thread of a pidfd,
 * which need not be visible to the caller; 0 if it has none there. flags is 0, or
 * TRANSLATE_PID_THREAD_GROUP. Asks TRANSLATE_PID_TRANSLATE.
 *
 *   EBADF   pidfd is not open.
 *   EINVAL  pidfd is no pidfd; or target is no id of a living pid namespace; or a
 *           flag is unknown.
 *   EPERM   the caller may not access target.
 *   ESRCH   the process or thread was reaped.
 */
pid_t pidns_translate_pidfd(int pidfd, uint64_t target, unsigned int flags);

/* A number of a pid, as struct translate_pid_chain_entry of <linux/translate_pid.h>. */
struct pidns_chain_entry {
	uint64_t id;		/* of the pid namespace at this level */
	int32_t pid;		/* there; 0: the caller may not access the namespace */
	uint32_t reserved;	/* 0 */
};

/* The most entries that pidns_chain() fills in. */
#define PIDNS_CHAIN_MOST	33

/*
 * All numbers of what has the number pid in the pid namespace source, or of the
 * process or thread of a pidfd, at the levels that the caller may access: entries
 * begins with the initial pid namespace's, and those of levels in between that the
 * caller may not access are zeros. Fills in count entries at most, and returns how
 * many there are: up to the last level that the caller may access. flags is 0, or
 * TRANSLATE_PID_THREAD_GROUP; pidns_chain() with TRANSLATE_PID_FROM_PIDFD takes a
 * pidfd as well, and 0 for source. On failure entries may hold anything. Asks
 * TRANSLATE_PID_GET_CHAIN.
 *
 *   EINVAL  source is no id of a living pid namespace; or a flag is unknown; or
 *           pidfd is no pidfd.
 *   EPERM   the caller may not access source; or none of the pid namespaces in
 *           which the process or thread of the pidfd has a number.
 *   ESRCH   there is no pid in source, or no process or thread has it, with
 *           TRANSLATE_PID_THREAD_GROUP; or the one of the pidfd was reaped.
 *   EBADF   pidfd is not open.
 *   EFAULT  entries cannot be written.
 */
int pidns_chain(pid_t pid, uint64_t source, unsigned int flags,
		struct pidns_chain_entry *entries, unsigned int count);
int pidns_chain_of_pidfd(int pidfd, unsigned int flags, struct pidns_chain_entry *entries,
			 unsigned int count);

/*
 * A new close-on-exec pidfd of the process, or with PIDFD_THREAD in flags also of
 * the thread, that has the number pid in a pid namespace: as pidfd_open(2) gives
 * it, whose flags these are, and also if it has no number in the caller's own.
 * Between the look at the number and the descriptor, no other process can get
 * that. Asks TRANSLATE_PID_OPEN_PIDFD.
 *
 *   EOPNOTSUPP  the module cannot do this on this kernel.
 *   EINVAL  pid is 0 or negative; or id is no id of a living pid namespace; or a
 *           flag is unknown.
 *   EPERM   the caller may not access the pid namespace; or it lies outside of
 *           the caller's own, which needs CAP_SYS_PTRACE over it.
 *   ESRCH   there is no process or thread pid (any more).
 *   ENOENT  pid is a thread, and PIDFD_THREAD is not given.
 */
int pidns_open_pidfd(uint64_t id, pid_t pid, unsigned int flags);

/*
 * A number, never 0, that changes whenever ids do. Whoever keeps ids keeps it
 * with them: an id of the same generation that is EINVAL is that of a dead pid
 * namespace, one of another generation means nothing any more. Asks
 * TRANSLATE_PID_GET_INFO.
 */
int pidns_generation(uint64_t *generation);

/*
 * For programs that ask often: a close-on-exec descriptor of the program's own,
 * for the functions below, each of which is one system call then. One of the
 * device keeps the module from being unloaded; with one of /proc/translate_pid,
 * the functions fail with ENOSYS once it was unloaded: open another one then.
 * Asks TRANSLATE_PID_GET_INFO.
 */
int pidns_open_module(void);

/*
 * As the functions above, which say what they answer, and with their errors. by
 * is one of enum translate_pid_by of <linux/translate_pid.h>, and value is what
 * it asks for. Pointers may be NULL.
 *
 * Asks TRANSLATE_PID_TRANSLATE.
 */
pid_t pidns_translate_at(int module, pid_t pid, uint64_t source, uint64_t target);
pid_t pidns_thread_group_at(int module, pid_t pid, uint64_t source, uint64_t target);

/* Asks TRANSLATE_PID_TRANSLATE_MANY. */
ssize_t pidns_translate_many_at(int module, pid_t *pids, size_t count, uint64_t source,
				uint64_t target, unsigned int flags);

/* Asks TRANSLATE_PID_GET_ID. */
int pidns_id_at(int module, unsigned int by, uint64_t value, uint64_t *id, uint64_t *ns_id);

/* Asks TRANSLATE_PID_GET_INIT_PID. */
pid_t pidns_init_pid_at(int module, unsigned int by, uint64_t value);

/* Asks TRANSLATE_PID_OPEN_NS. */
int pidns_open_at(int module, unsigned int by, uint64_t value);

/* Asks TRANSLATE_PID_GET_LEVEL. */
int pidns_level_at(int module, unsigned int by, uint64_t value, uint64_t *parent,
		   int *parent_known);

/* Asks TRANSLATE_PID_LIST_PIDS. */
int pidns_list_at(int module, uint64_t source, uint64_t target, unsigned int flags,
		  uint32_t *cursor, struct pidns_entry *entries, unsigned int count);

/* Asks TRANSLATE_PID_BIND. */
int pidns_bind_at(int module, uint64_t source, uint64_t target, unsigned int flags);

/* Asks TRANSLATE_PID_LIST_NS. */
int pidns_list_namespaces_at(int module, unsigned int flags, uint64_t *cursor,
			     struct pidns_namespace *namespaces, unsigned int count);

/* Asks TRANSLATE_PID_TRANSLATE. */
pid_t pidns_translate_pidfd_at(int module, int pidfd, uint64_t target, unsigned int flags);

/* Asks TRANSLATE_PID_GET_CHAIN. */
int pidns_chain_at(int module, pid_t pid, uint64_t source, unsigned int flags,
		   struct pidns_chain_entry *entries, unsigned int count);

/* Asks TRANSLATE_PID_OPEN_PIDFD. */
int pidns_open_pidfd_at(int module, unsigned int by, uint64_t value, pid_t pid,
			unsigned int flags);

/* Asks TRANSLATE_PID_WATCH. */
int pidns_watch_at(int module, uint64_t events, unsigned int room, unsigned int flags);

/* The version of the module's interface, 1 or higher. Asks TRANSLATE_PID_GET_INFO. */
int translate_pid_version(void);

/*
 * What the loaded module can do: TRANSLATE_PID_FEATURE_* bits. Asks
 * TRANSLATE_PID_GET_INFO.
 */
int translate_pid_features(uint64_t *features);

#ifdef __cplusplus
}
#endif

#endif /* TRANSLATE_PID_H */
