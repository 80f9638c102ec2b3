/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * translate_pid: pids and pid namespaces named by 64-bit ids.
 *
 * The only definition of the commands, structures and flags of
 * /dev/translate_pid and /proc/translate_pid. The layout is the same for x86-64, i386 and x32.
 *
 * Ids of pid namespaces
 *   An id is a random-looking, unpredictable, non-zero 64-bit number, which
 *   the module makes of the kernel's own sequential namespace id (NS_GET_ID of
 *   nsfs, ns_id of listns(2)) and a secret key. TRANSLATE_PID_GET_ID maps
 *   between the two. No two namespaces ever have the same: an id kept long
 *   after its namespace died names nothing. The initial pid namespace has the
 *   id 0.
 *   Ids are as old as the key: new after each load of the module, or the same
 *   after loads with the same module parameter key=, until the kernel is
 *   booted again. TRANSLATE_PID_GET_INFO tells a generation, which changes
 *   whenever ids do.
 *
 * Access
 *   Every command but those of a handle of TRANSLATE_PID_BIND checks, each time
 *   it is called, that the caller may access each pid namespace the command
 *   names:
 *     - its own active pid namespace: always;
 *     - a namespace whose init process exists: the kernel's own
 *       ptrace_may_access(init, PTRACE_MODE_READ_FSCREDS), LSMs included;
 *     - a namespace without an init process: only with CAP_SYS_PTRACE in the
 *       user namespace that owns it.
 *   With the module parameter confine=1, namespaces that are neither the
 *   caller's own nor descendants of it need CAP_SYS_PTRACE in their owning
 *   user namespace in addition, held in the caller's user namespace: merely
 *   to own their user namespace does not do.
 *   With the module parameter ancestors=1, TRANSLATE_PID_TRANSLATE,
 *   TRANSLATE_PID_TRANSLATE_MANY, TRANSLATE_PID_BIND and the system call also
 *   translate between the caller's own namespace, or a descendant of it that it
 *   may access, and an ancestor of its own that it may not, with or without
 *   confine=1. A number of that ancestor that nothing in the other namespace has
 *   is then unknown: ESRCH, whether it is in use or not, where the result would
 *   be 0. TRANSLATE_PID_GET_LEVEL tells the ids of all ancestors, one after the
 *   other. All other commands refuse ancestors as ever.
 *
 * Structures grow at their end. The size is part of the command number
 * (_IOC_SIZE), so a program built with an older or a newer header works: what
 * the kernel does not know must be zero (E2BIG), what the program does not
 * know counts as zero. Reserved fields must be zero.
 *
 * Errors common to all commands
 *   ENOTTY  the command number is unknown, or has another direction; or the
 *           descriptor is of /proc/translate_pid, and the module that was loaded
 *           when it was opened has been unloaded.
 *   EINVAL  the size is below the first version's, an unknown flag is set, or
 *           a reserved field is not zero.
 *   E2BIG   the structure is larger than the kernel's, and the part that the
 *           kernel does not know is not zero.
 *   EFAULT  the structure cannot be read or written.
 */
#ifndef _UAPI_LINUX_TRANSLATE_PID_H
#define _UAPI_LINUX_TRANSLATE_PID_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The character device, mode 0666: every command checks access itself. */
#define TRANSLATE_PID_DEVICE	"/dev/translate_pid"

/*
 * The same commands for those whose /dev has no node, as in containers: a file
 * of mode 0444 in every mount of procfs that is not restricted by subset=pid.
 * The parameter proc=0 leaves it out.
 *
 * Who asks counts, as with the device, not who opened the file or whose procfs
 * it is. An open descriptor of the device keeps the module from being unloaded.
 * One of this file does not: once the module was unloaded, all commands on it
 * fail with ENOTTY, also after the module was loaded again. Open it anew then.
 */
#define TRANSLATE_PID_PROC_FILE	"/proc/translate_pid"

/* Neither listed in ioctl-number.rst nor used in the kernel's sources. */
#define TRANSLATE_PID_IOC_MAGIC	0xE9

/* The id of the initial pid namespace. */
#define TRANSLATE_PID_INIT_NS	0

/*
 * System call numbers of
 *
 *	pid_t translate_pid(pid_t pid, __u64 source, __u64 target);
 *
 * unless module parameters chose others: holes in the kernel's tables that new
 * system calls do not use. The i386 call takes the two 64-bit arguments as
 * pairs of 32-bit ones, the lower half first. Results and errors are those of
 * TRANSLATE_PID_TRANSLATE; without the module, or with the call switched off,
 * the kernel answers ENOSYS. TRANSLATE_PID_GET_INFO tells the numbers in force.
 */
#define TRANSLATE_PID_SYSCALL_X86_64	400
#define TRANSLATE_PID_SYSCALL_X32	400	/* without __X32_SYSCALL_BIT */
#define TRANSLATE_PID_SYSCALL_I386	390

/* Version of this interface, as TRANSLATE_PID_GET_INFO reports it. */
#define TRANSLATE_PID_VERSION	1

/*
 * A flag of commands that translate: the number of the thread group (the
 * process, whose number getpid(2) returns) of the process or thread that pid
 * names. A number that only a process group or session keeps names none.
 */
#define TRANSLATE_PID_THREAD_GROUP	(1U << 0)

/*
 * A flag of TRANSLATE_PID_TRANSLATE and TRANSLATE_PID_GET_CHAIN: pid is no number
 * but a pidfd, of PIDFD_THREAD or not, and source must be 0. The process or
 * thread need not be visible to the caller. Modules know it if they know
 * TRANSLATE_PID_GET_CHAIN.
 */
#define TRANSLATE_PID_FROM_PIDFD	(1U << 2)

/**
 * struct translate_pid_request - argument of TRANSLATE_PID_TRANSLATE
 * @pid:      in: pid, thread id, process group id or session id in @source; or
 *            a pidfd, as @flags says.
 * @flags:    in: TRANSLATE_PID_THREAD_GROUP, TRANSLATE_PID_FROM_PIDFD, both or
 *            none.
 * @source:   in: id of the pid namespace in which @pid is a number; 0 with
 *            TRANSLATE_PID_FROM_PIDFD.
 * @target:   in: id of the pid namespace whose number is asked for.
 * @result:   out: the number of the same struct pid in @target, or of its thread
 *            group if @flags asks for that; 0 if it has none there, because
 *            @target is neither the namespace of the task nor an ancestor of
 *            it. Written only on success.
 * @reserved: must be 0.
 */
struct translate_pid_request {
	__s32 pid;
	__u32 flags;
	__aligned_u64 source;
	__aligned_u64 target;
	__s32 result;
	__u32 reserved;
};

#define TRANSLATE_PID_REQUEST_SIZE_VER0	32

/* The most numbers that one TRANSLATE_PID_TRANSLATE_MANY translates. */
#define TRANSLATE_PID_MANY_MOST	65536

/**
 * struct translate_pid_many_request - argument of
 *                                     TRANSLATE_PID_TRANSLATE_MANY
 * @source:   in: id of the pid namespace in which @pids are numbers.
 * @target:   in: id of the pid namespace whose numbers are asked for.
 * @pids:     in: address of an array of @count numbers of type __s32. Each is
 *            replaced by what a TRANSLATE_PID_TRANSLATE of it would give: the
 *            number in @target, 0, or -ESRCH.
 * @count:    in: TRANSLATE_PID_MANY_MOST at most; 0 checks the ids only.
 * @flags:    in: 0 or TRANSLATE_PID_THREAD_GROUP.
 * @done:     out: how many numbers have been replaced: @count on success. A call
 *            that fails tells it, too, unless it replaced none: then this may
 *            be left as it was, so set it to 0 before the call.
 * @reserved: must be 0.
 */
struct translate_pid_many_request {
	__aligned_u64 source;
	__aligned_u64 target;
	__aligned_u64 pids;
	__u32 count;
	__u32 flags;
	__u32 done;
	__u32 reserved;
};

#define TRANSLATE_PID_MANY_REQUEST_SIZE_VER0	40

/**
 * enum translate_pid_by - what names a pid namespace: value in
 *                         struct translate_pid_id_request,
 *                         struct translate_pid_ns_request,
 *                         struct translate_pid_level_request and
 *                         struct translate_pid_pidfd_request
 * @TRANSLATE_PID_BY_SELF:     the caller's own active pid namespace; value
 *                             must be 0.
 * @TRANSLATE_PID_BY_PID:      the active pid namespace of the process or
 *                             thread whose number in the caller's own pid
 *                             namespace is value; a zombie's as well, but not
 *                             a number that only a process group or session
 *                             keeps.
 * @TRANSLATE_PID_BY_PIDFD:    the active pid namespace of the process or
 *                             thread that the pidfd value refers to.
 * @TRANSLATE_PID_BY_NSFD:     the pid namespace that the namespace file
 *                             descriptor value (/proc/<pid>/ns/pid) refers to.
 * @TRANSLATE_PID_BY_NS_ID:    the pid namespace with the kernel's own
 *                             namespace id value (NS_GET_ID, listns(2)); as
 *                             there, not one that is inactive.
 * @TRANSLATE_PID_BY_ID:       the pid namespace with the id value; for
 *                             checking an id and learning the kernel's ns_id.
 * @TRANSLATE_PID_BY_PROCFS:   the pid namespace whose numbers a mount of procfs
 *                             shows: value is a file descriptor of any file or
 *                             directory in it, of O_PATH or not. Modules know it
 *                             if they know TRANSLATE_PID_GET_CHAIN.
 */
enum translate_pid_by {
	TRANSLATE_PID_BY_SELF	= 0,
	TRANSLATE_PID_BY_PID	= 1,
	TRANSLATE_PID_BY_PIDFD	= 2,
	TRANSLATE_PID_BY_NSFD	= 3,
	TRANSLATE_PID_BY_NS_ID	= 4,
	TRANSLATE_PID_BY_ID	= 5,
	TRANSLATE_PID_BY_PROCFS	= 6,
};

/**
 * struct translate_pid_id_request - argument of TRANSLATE_PID_GET_ID
 * @by:    in: one of enum translate_pid_by.
 * @flags: in: no flag is defined, must be 0.
 * @value: in: pid, file descriptor or id, as @by says.
 * @id:    out: the id of the pid namespace. Written only on success.
 * @ns_id: out: the kernel's own namespace id of the same pid namespace.
 */
struct translate_pid_id_request {
	__u32 by;
	__u32 flags;
	__aligned_u64 value;
	__aligned_u64 id;
	__aligned_u64 ns_id;
};

#define TRANSLATE_PID_ID_REQUEST_SIZE_VER0	32

/**
 * struct translate_pid_ns_request - argument of TRANSLATE_PID_GET_INIT_PID and
 *                                   TRANSLATE_PID_OPEN_NS
 * @by:       in: one of enum translate_pid_by.
 * @flags:    in: no flag is defined, must be 0.
 * @value:    in: pid, file descriptor or id, as @by says.
 * @result:   out: see TRANSLATE_PID_GET_INIT_PID. Written only on success.
 * @reserved: must be 0.
 */
struct translate_pid_ns_request {
	__u32 by;
	__u32 flags;
	__aligned_u64 value;
	__s32 result;
	__u32 reserved;
};

#define TRANSLATE_PID_NS_REQUEST_SIZE_VER0	24

/**
 * struct translate_pid_level_request - argument of TRANSLATE_PID_GET_LEVEL
 * @by:     in: one of enum translate_pid_by.
 * @flags:  in: no flag is defined, must be 0.
 * @value:  in: pid, file descriptor or id, as @by says.
 * @parent: out: the id of the parent, if @parent_known is 1; else 0, which is
 *          the initial namespace's id, too. Written only on success.
 * @level:  out: how many ancestors the pid namespace has: 0 for the initial
 *          one, 32 at most.
 * @parent_known: out: 1 if the caller may access the parent; 0 if it may not,
 *          and for the initial namespace, which has none.
 */
struct translate_pid_level_request {
	__u32 by;
	__u32 flags;
	__aligned_u64 value;
	__aligned_u64 parent;
	__u32 level;
	__u32 parent_known;
};

#define TRANSLATE_PID_LEVEL_REQUEST_SIZE_VER0	32

/* A flag of TRANSLATE_PID_LIST_PIDS: processes only, zombies included. */
#define TRANSLATE_PID_LIST_PROCESSES	(1U << 1)

/* Most entries that TRANSLATE_PID_LIST_PIDS takes at a time. */
#define TRANSLATE_PID_LIST_MOST	65536

/**
 * struct translate_pid_list_request - argument of TRANSLATE_PID_LIST_PIDS
 * @source:  in: id of the pid namespace whose pids are listed.
 * @target:  in: id of the pid namespace whose numbers are asked for.
 * @entries: in: address of an array of struct translate_pid_list_entry.
 * @count:   in: how many of them there is room for, TRANSLATE_PID_LIST_MOST at
 *           most.
 * @flags:   in: TRANSLATE_PID_LIST_PROCESSES, TRANSLATE_PID_THREAD_GROUP, both
 *           or none.
 * @cursor:  in: list pids whose number in @source is not below this one; 0 for
 *           all. out: where to go on, or 0 at the end of the list.
 * @done:    out: how many entries were written.
 */
struct translate_pid_list_request {
	__aligned_u64 source;
	__aligned_u64 target;
	__aligned_u64 entries;
	__u32 count;
	__u32 flags;
	__u32 cursor;
	__u32 done;
};

#define TRANSLATE_PID_LIST_REQUEST_SIZE_VER0	40

/**
 * enum translate_pid_kind - what has the number in struct translate_pid_list_entry
 * @TRANSLATE_PID_KIND_PROCESS: a process of which a thread lives, the first one
 *                              or others.
 * @TRANSLATE_PID_KIND_THREAD:  a thread that is not the first of its process.
 * @TRANSLATE_PID_KIND_ZOMBIE:  a process that has exited and is not reaped yet.
 * @TRANSLATE_PID_KIND_GROUP:   a process group or session, whose leader was
 *                              reaped.
 */
enum translate_pid_kind {
	TRANSLATE_PID_KIND_PROCESS	= 1,
	TRANSLATE_PID_KIND_THREAD	= 2,
	TRANSLATE_PID_KIND_ZOMBIE	= 3,
	TRANSLATE_PID_KIND_GROUP	= 4,
};

/**
 * struct translate_pid_list_entry - what TRANSLATE_PID_LIST_PIDS tells of a pid
 * @pid:    its number in the source.
 * @number: its number in the target; with TRANSLATE_PID_THREAD_GROUP, that of
 *          its thread group. 0 if it has none there.
 * @thread_group: the number of its thread group in the target; 0 if that has
 *          none there, and for TRANSLATE_PID_KIND_GROUP. Of a process, it is
 *          @number.
 * @kind:   one of enum translate_pid_kind; there may be more some day.
 *
 * Its size never changes.
 */
struct translate_pid_list_entry {
	__s32 pid;
	__s32 number;
	__s32 thread_group;
	__u32 kind;
};

/**
 * struct translate_pid_bind_request - argument of TRANSLATE_PID_BIND
 * @source:   in: id of one pid namespace.
 * @target:   in: id of the other; may be the same.
 * @flags:    in: 0 or TRANSLATE_PID_THREAD_GROUP, for all that the handle answers.
 * @reserved: must be 0.
 */
struct translate_pid_bind_request {
	__aligned_u64 source;
	__aligned_u64 target;
	__u32 flags;
	__u32 reserved;
};

#define TRANSLATE_PID_BIND_REQUEST_SIZE_VER0	24

/* Most entries that TRANSLATE_PID_LIST_NS takes at a time. */
#define TRANSLATE_PID_LIST_NS_MOST	65536

/**
 * struct translate_pid_list_ns_request - argument of TRANSLATE_PID_LIST_NS
 * @cursor:   in: 0 to begin, else what the call before left here. out: where to
 *            go on, or 0 at the end of the list.
 * @entries:  in: address of an array of struct translate_pid_ns_entry.
 * @count:    in: how many of them there is room for, TRANSLATE_PID_LIST_NS_MOST at
 *            most.
 * @flags:    in: no flag is defined, must be 0.
 * @done:     out: how many entries were written.
 * @reserved: must be 0.
 */
struct translate_pid_list_ns_request {
	__aligned_u64 cursor;
	__aligned_u64 entries;
	__u32 count;
	__u32 flags;
	__u32 done;
	__u32 reserved;
};

#define TRANSLATE_PID_LIST_NS_REQUEST_SIZE_VER0	32

/**
 * enum translate_pid_ns_state - how far a pid namespace has come, state in struct
 *                               translate_pid_ns_entry; from the first to the last
 * @TRANSLATE_PID_NS_UNBORN: it has no init yet, and may get one.
 * @TRANSLATE_PID_NS_ALIVE:  it has an init, and takes new processes.
 * @TRANSLATE_PID_NS_ENDING: all threads of its init have begun to exit, or it is a
 *                           zombie. Processes that are left are being killed.
 * @TRANSLATE_PID_NS_GONE:   its init was reaped. Descriptors, mounts, or those who
 *                           look at it right now keep it.
 */
enum translate_pid_ns_state {
	TRANSLATE_PID_NS_UNBORN	= 1,
	TRANSLATE_PID_NS_ALIVE	= 2,
	TRANSLATE_PID_NS_ENDING	= 3,
	TRANSLATE_PID_NS_GONE	= 4,
};

/* Bits of translate_pid_ns_entry.flags; there may be more some day. */
#define TRANSLATE_PID_NS_PARENT_KNOWN	(1U << 0)	/* the parent is told */
#define TRANSLATE_PID_NS_INACTIVE	(1U << 1)	/* TRANSLATE_PID_OPEN_NS: ESTALE */

/**
 * struct translate_pid_ns_entry - what TRANSLATE_PID_LIST_NS tells of a pid
 *                                 namespace
 * @id:     its id.
 * @parent: the id of its parent, with TRANSLATE_PID_NS_PARENT_KNOWN in @flags; else
 *          0, which is the initial namespace's id, too: the caller may not access
 *          the parent, or there is none.
 * @ns_id:  the kernel's own namespace id (NS_GET_ID, listns(2)).
 * @created: when it was created, in nanoseconds of CLOCK_BOOTTIME as the caller
 *          sees that clock; 1 if the clock had not begun by then, and 0 if it is
 *          not known: the namespace is older than the module's load, or memory was
 *          short when it was created.
 * @inode:  its inode number, that of /proc/<pid>/ns/pid.
 * @level:  how many ancestors it has: 0 for the initial one, 32 at most.
 * @owner:  the user who owns it (NS_GET_OWNER_UID of the user namespace that owns
 *          it), as a number in the caller's user namespace; the kernel's overflow
 *          uid, mostly 65534, if he has none there.
 * @pids:   how many pids it has: processes, threads, and process groups and
 *          sessions whose leader was reaped, those of its descendants included.
 * @init_pid: the number of its init in the caller's own pid namespace; 0 if the init
 *          is not visible there, or there is none.
 * @state:  one of enum translate_pid_ns_state; there may be more some day.
 * @flags:  TRANSLATE_PID_NS_* bits above.
 * @reserved: 0.
 *
 * Its size never changes.
 */
struct translate_pid_ns_entry {
	__aligned_u64 id;
	__aligned_u64 parent;
	__aligned_u64 ns_id;
	__aligned_u64 created;
	__u32 inode;
	__u32 level;
	__u32 owner;
	__u32 pids;
	__s32 init_pid;
	__u32 state;
	__u32 flags;
	__u32 reserved;
};

/* The most levels that a pid can have numbers at. */
#define TRANSLATE_PID_CHAIN_MOST	33

/**
 * struct translate_pid_chain_request - argument of TRANSLATE_PID_GET_CHAIN
 * @pid:     in: a number in @source, or a pidfd, as @flags says.
 * @flags:   in: TRANSLATE_PID_THREAD_GROUP, TRANSLATE_PID_FROM_PIDFD, both or
 *           none.
 * @source:  in: id of the pid namespace in which @pid is a number; 0 with
 *           TRANSLATE_PID_FROM_PIDFD.
 * @entries: in: address of an array of struct translate_pid_chain_entry.
 * @count:   in: how many of them there is room for. TRANSLATE_PID_CHAIN_MOST is
 *           enough, and more is never used.
 * @levels:  out: how many entries the chain has; those that there was no room for
 *           are not written.
 */
struct translate_pid_chain_request {
	__s32 pid;
	__u32 flags;
	__aligned_u64 source;
	__aligned_u64 entries;
	__u32 count;
	__u32 levels;
};

#define TRANSLATE_PID_CHAIN_REQUEST_SIZE_VER0	32

/**
 * struct translate_pid_chain_entry - what TRANSLATE_PID_GET_CHAIN tells of a level
 * @id:       the id of the pid namespace at this level. It is 0 for the initial
 *            one, and if the caller may not access the namespace.
 * @pid:      the number there; 0 if the caller may not access the namespace.
 * @reserved: 0.
 *
 * Its size never changes.
 */
struct translate_pid_chain_entry {
	__aligned_u64 id;
	__s32 pid;
	__u32 reserved;
};

/*
 * Flags of TRANSLATE_PID_OPEN_PIDFD: PIDFD_NONBLOCK and PIDFD_THREAD of
 * pidfd_open(2), of which they have the values. <linux/pidfd.h> cannot be
 * included beside <fcntl.h>.
 */
#define TRANSLATE_PID_PIDFD_THREAD	(1U << 7)
#define TRANSLATE_PID_PIDFD_NONBLOCK	(1U << 11)

/**
 * struct translate_pid_pidfd_request - argument of TRANSLATE_PID_OPEN_PIDFD
 * @by:       in: one of enum translate_pid_by.
 * @flags:    in: TRANSLATE_PID_PIDFD_THREAD, TRANSLATE_PID_PIDFD_NONBLOCK, both
 *            or none.
 * @value:    in: pid, file descriptor or id, as @by says.
 * @pid:      in: pid or thread id in the pid namespace that @by and @value name.
 * @reserved: must be 0.
 */
struct translate_pid_pidfd_request {
	__u32 by;
	__u32 flags;
	__aligned_u64 value;
	__s32 pid;
	__u32 reserved;
};

#define TRANSLATE_PID_PIDFD_REQUEST_SIZE_VER0	24

/* A flag of TRANSLATE_PID_WATCH: read(2) does not wait, as with O_NONBLOCK. */
#define TRANSLATE_PID_WATCH_NONBLOCK	(1U << 11)

/* Records that there is room for if TRANSLATE_PID_WATCH asks for 0, and at most. */
#define TRANSLATE_PID_WATCH_ROOM	256
#define TRANSLATE_PID_WATCH_MOST	16384

/* The largest size of a record that TRANSLATE_PID_WATCH takes. */
#define TRANSLATE_PID_WATCH_RECORD_MOST	1024

/**
 * struct translate_pid_watch_request - argument of TRANSLATE_PID_WATCH
 * @events:      in: which records are asked for: for each enum
 *               translate_pid_event of them, the bit of that number; 0 for all.
 *               TRANSLATE_PID_EVENT_LOST comes in any case, and is no bit.
 * @flags:       in: 0 or TRANSLATE_PID_WATCH_NONBLOCK.
 * @room:        in: how many records may wait to be read,
 *               TRANSLATE_PID_WATCH_MOST at most; 0 for
 *               TRANSLATE_PID_WATCH_ROOM. Their memory is the caller's.
 * @record_size: in: the size of each record that is read, a multiple of 8:
 *               sizeof(struct translate_pid_watch_record) of the program; 0 for
 *               TRANSLATE_PID_WATCH_RECORD_SIZE_VER0.
 * @reserved:    must be 0.
 */
struct translate_pid_watch_request {
	__aligned_u64 events;
	__u32 flags;
	__u32 room;
	__u32 record_size;
	__u32 reserved;
};

#define TRANSLATE_PID_WATCH_REQUEST_SIZE_VER0	24

/**
 * enum translate_pid_event - what struct translate_pid_watch_record tells
 * @TRANSLATE_PID_EVENT_CREATED:   the pid namespace was made; it has no process.
 * @TRANSLATE_PID_EVENT_INIT_BORN: its init was made, and runs a moment later.
 * @TRANSLATE_PID_EVENT_INIT_DIED: the last thread of its init has exited: no more
 *                                 processes can be made in it, and those that are
 *                                 left are being killed.
 * @TRANSLATE_PID_EVENT_DESTROYED: nothing keeps it any more: its id names nothing,
 *                                 for ever.
 * @TRANSLATE_PID_EVENT_LOST:      here records are missing, for which there was no
 *                                 room.
 */
enum translate_pid_event {
	TRANSLATE_PID_EVENT_CREATED	= 1,
	TRANSLATE_PID_EVENT_INIT_BORN	= 2,
	TRANSLATE_PID_EVENT_INIT_DIED	= 3,
	TRANSLATE_PID_EVENT_DESTROYED	= 4,
	TRANSLATE_PID_EVENT_LOST	= 5,
};

/**
 * struct translate_pid_watch_record - what read(2) gives of a watch
 * @sequence: number of the record among those of this descriptor, from 1 on. The
 *            next one's is 1 more, or @lost more behind
 *            TRANSLATE_PID_EVENT_LOST.
 * @time:     when it happened, in nanoseconds of CLOCK_BOOTTIME as the opener saw
 *            that clock, or 1 if that had not begun; of TRANSLATE_PID_EVENT_LOST, when
 *            the first of them did.
 * @id:       of the pid namespace.
 * @ns_id:    the kernel's own namespace id of it.
 * @parent:   the id of its parent, if @parent_known is 1; else 0.
 * @lost:     of TRANSLATE_PID_EVENT_LOST: how many records are missing, at most;
 *            1 or more. All other fields but @sequence, @time and @event are 0
 *            then. Else 0.
 * @event:    one of enum translate_pid_event; there may be more some day.
 * @level:    how many ancestors the pid namespace has.
 * @parent_known: 1 if the opener may access the parent; 0 if it may not, or the
 *            parent is gone.
 * @init_pid: of TRANSLATE_PID_EVENT_INIT_BORN and TRANSLATE_PID_EVENT_INIT_DIED:
 *            the number of the init in the opener's pid namespace, or 0 if it has
 *            none there. Else 0.
 * @exit_status: of TRANSLATE_PID_EVENT_INIT_DIED: how the init ended, as wait(2)
 *            tells it. Else 0.
 * @reserved: 0.
 *
 * read(2) of a watch gives whole ones. It fails with EINVAL if the buffer has no
 * room for one; EAGAIN if there is none now and it is not to wait; EINTR if a
 * signal has come while it waited; EFAULT if the buffer cannot be written, and then
 * nothing is lost.
 */
struct translate_pid_watch_record {
	__aligned_u64 sequence;
	__aligned_u64 time;
	__aligned_u64 id;
	__aligned_u64 ns_id;
	__aligned_u64 parent;
	__aligned_u64 lost;
	__u32 event;
	__u32 level;
	__u32 parent_known;
	__s32 init_pid;
	__s32 exit_status;
	__u32 reserved;
};

#define TRANSLATE_PID_WATCH_RECORD_SIZE_VER0	72

/* Bits of translate_pid_info.features. */
#define TRANSLATE_PID_FEATURE_TRANSLATE	(1ULL << 0)	/* always set */
#define TRANSLATE_PID_FEATURE_BY_NS_ID	(1ULL << 1)	/* always set: TRANSLATE_PID_BY_NS_ID */
#define TRANSLATE_PID_FEATURE_PROC	(1ULL << 2)	/* /proc/pidns_id */
#define TRANSLATE_PID_FEATURE_CONFINE	(1ULL << 3)	/* confine=1 is in force */
#define TRANSLATE_PID_FEATURE_PROC_LINK	(1ULL << 4)	/* /proc/<pid>/ns/pidns_id, listed or not */
#define TRANSLATE_PID_FEATURE_SYSCALL	(1ULL << 5)	/* some system call is on */
#define TRANSLATE_PID_FEATURE_PROC_COMMANDS	(1ULL << 6)	/* /proc/translate_pid */
#define TRANSLATE_PID_FEATURE_THREAD_GROUP	(1ULL << 7)	/* always set: the flag is known */
#define TRANSLATE_PID_FEATURE_ANCESTORS	(1ULL << 8)	/* ancestors=1 is in force */
#define TRANSLATE_PID_FEATURE_PIDFD	(1ULL << 9)	/* TRANSLATE_PID_OPEN_PIDFD works */
#define TRANSLATE_PID_FEATURE_WATCH	(1ULL << 10)	/* TRANSLATE_PID_WATCH works */

/**
 * struct translate_pid_info - result of TRANSLATE_PID_GET_INFO
 * @version:    TRANSLATE_PID_VERSION of the module.
 * @reserved:   0.
 * @features:   TRANSLATE_PID_FEATURE_* bits.
 * @generation: stands for the key of the ids, of which it tells nothing else:
 *              another number if ids have changed, the same if they have not.
 *              Never 0. Ids kept with another generation name nothing now.
 * @namespaces: pid namespaces that are in the table now, the initial one
 *              included: all but those for which memory was short when they
 *              were created. Those are found as well, but more slowly.
 * @buckets:    buckets of the table.
 * @syscall_x86_64: number of the system call for x86-64, -1 if there is none.
 * @syscall_x32:    for x32, without __X32_SYSCALL_BIT; -1 also if the kernel
 *              has x32 switched off.
 * @syscall_i386:   for i386; -1 also if the kernel runs no i386 programs.
 * @reserved2:      0.
 *
 * Needs no privilege: it tells nothing about single namespaces. Translations
 * are not counted. All fields are numbers without a unit.
 */
struct translate_pid_info {
	__u32 version;
	__u32 reserved;
	__aligned_u64 features;
	__aligned_u64 generation;
	__aligned_u64 namespaces;
	__aligned_u64 buckets;
	__s32 syscall_x86_64;
	__s32 syscall_x32;
	__s32 syscall_i386;
	__u32 reserved2;
};

#define TRANSLATE_PID_INFO_SIZE_VER0	56

/*
 * TRANSLATE_PID_GET_INFO - version, features, generation and counters.
 *
 * A shorter structure gets the fields it has room for, the part of a longer
 * one that the kernel does not know is zeroed.
 */
#define TRANSLATE_PID_GET_INFO \
	_IOR(TRANSLATE_PID_IOC_MAGIC, 0, struct translate_pid_info)

/*
 * TRANSLATE_PID_TRANSLATE - translate a pid between two pid namespaces.
 *
 * Thread ids, zombies, and numbers that are kept alive as process group or
 * session ids translate like any other. The errors are found in this order:
 *   EINVAL  source is no live id.
 *   EPERM   the caller may not access source.
 *   EINVAL  target is no live id.
 *   EPERM   the caller may not access target.
 *   ESRCH   there is no pid in source; 0 and negative numbers included. With
 *           TRANSLATE_PID_THREAD_GROUP also: no process or thread has it.
 *
 * The order and the result 0 are those of the 2018 translate_pid patch. With the
 * module parameter ancestors=1, whether an ancestor may be the source is found
 * after target is known to be a live id.
 *
 * With TRANSLATE_PID_FROM_PIDFD the caller need not have access to any namespace
 * but target, and the errors are found in this order:
 *   EINVAL  source is not 0.
 *   EBADF   pid is no open file descriptor.
 *   EINVAL  it is no pidfd.
 *   EINVAL  target is no live id.
 *   EPERM   the caller may not access target.
 *   ESRCH   the process or thread was reaped. A zombie has its numbers until then.
 */
#define TRANSLATE_PID_TRANSLATE \
	_IOWR(TRANSLATE_PID_IOC_MAGIC, 1, struct translate_pid_request)

/*
 * TRANSLATE_PID_GET_ID - the id of a pid namespace.
 *
 *   EINVAL  by is unknown; or value is out of range for it, is a file
 *           descriptor of another kind, or is no live id.
 *   EBADF   value is no open file descriptor, or one of O_PATH, which only
 *           TRANSLATE_PID_BY_PROCFS takes.
 *   ESRCH   no process or thread has the number value, or the one of the
 *           pidfd was reaped, or no pid namespace has the ns_id value.
 *   EPERM   the caller may not access the namespace.
 */
#define TRANSLATE_PID_GET_ID \
	_IOWR(TRANSLATE_PID_IOC_MAGIC, 2, struct translate_pid_id_request)

/*
 * TRANSLATE_PID_GET_INIT_PID - the init process of a pid namespace.
 *
 * result is its process id in the caller's own pid namespace, or 0 if it is
 * not visible there. A zombie is an init until it is reaped. This is what the
 * 2020 NS_GET_INIT_PID patch gave; by the time the caller uses the number, the
 * init may have died, so open a pidfd and compare /proc/<result>/ns/pid.
 *
 * Allowed for the caller's own namespace, with CAP_SYS_ADMIN in the user
 * namespace that owns the pid namespace, and for those who may access it.
 * With confine=1, outside of what is the caller's own, CAP_SYS_ADMIN must be
 * held in the caller's user namespace, too.
 *
 * The errors are those of TRANSLATE_PID_GET_ID, and
 *   ESRCH   the namespace has no init: none was born yet, or it was reaped.
 */
#define TRANSLATE_PID_GET_INIT_PID \
	_IOWR(TRANSLATE_PID_IOC_MAGIC, 3, struct translate_pid_ns_request)

/*
 * TRANSLATE_PID_OPEN_NS - a namespace file descriptor of a pid namespace.
 *
 * The result of ioctl(2) is the descriptor, close-on-exec, as
 * open("/proc/<pid>/ns/pid") gives it: good for setns(2), for the ioctls of
 * nsfs and for bind mounts. Nothing is written to the structure.
 *
 * A descriptor translates for whoever holds it, without another check. So it
 * is given where the kernel gives one: for the caller's own pid namespace and
 * its descendants, to those who may access them; for others only to those who
 * have CAP_SYS_PTRACE in the user namespace that owns the pid namespace and in
 * their own, as with confine=1.
 *
 * The errors are those of TRANSLATE_PID_GET_ID, and
 *   ESTALE  the namespace is inactive: no process, descriptor or mount of nsfs
 *           shows it any more, only a mounted procfs keeps it in memory.
 *   EMFILE, ENFILE, ENOMEM  too many open files, or no memory for one more.
 */
#define TRANSLATE_PID_OPEN_NS \
	_IOW(TRANSLATE_PID_IOC_MAGIC, 4, struct translate_pid_ns_request)

/*
 * TRANSLATE_PID_GET_LEVEL - the level of a pid namespace, and its parent.
 *
 * The parent is named only to those who may access it, too; that they may not
 * is no error. A parent lives at least as long as its children.
 *
 * With the module parameter ancestors=1, parents are named to all that are inside
 * of them, and TRANSLATE_PID_BY_ID names an ancestor of the caller's own.
 *
 * The errors are those of TRANSLATE_PID_GET_ID.
 */
#define TRANSLATE_PID_GET_LEVEL \
	_IOWR(TRANSLATE_PID_IOC_MAGIC, 5, struct translate_pid_level_request)

/*
 * TRANSLATE_PID_TRANSLATE_MANY - translate many pids between two pid namespaces.
 *
 * A number that no pid in source has becomes -ESRCH, and is no error of the
 * call. The array need not be aligned, may name a pid more than once, and must
 * not overlap the structure. The numbers are replaced from the first on: after
 * an error, the first done ones have been, and all others are as they were.
 *
 * The work is done in parts of some 100 numbers, each of which is a moment of its
 * own: access is checked, and both namespaces are found, anew for each. So a
 * call ends early, with the error that a call at that time would give, when
 * the caller loses its access, which it may while its memory makes it wait, or
 * when a namespace dies.
 *
 * Errors are found in this order. When one of the first part's is found, up to
 * the second EPERM, nothing has been written:
 *   EINVAL  count is larger than TRANSLATE_PID_MANY_MOST.
 *   EFAULT  the array does not lie in the addresses of user space, or a part of
 *           it cannot be read.
 *   EINVAL  source is no live id.
 *   EPERM   the caller may not access source.
 *   EINVAL  target is no live id.
 *   EPERM   the caller may not access target.
 *   EFAULT  done cannot be written, which is tried before any number is replaced;
 *           or a number cannot be.
 *   EINTR   between two parts: a signal has come that ends the caller, who does
 *           not return to user space. Others may see what it has done, in
 *           memory that it shared.
 */
#define TRANSLATE_PID_TRANSLATE_MANY \
	_IOWR(TRANSLATE_PID_IOC_MAGIC, 6, struct translate_pid_many_request)

/*
 * TRANSLATE_PID_LIST_PIDS - all pids of a pid namespace, with their numbers in
 *                           another.
 *
 * Lists what has a number in source, also what lies in descendants of it, in
 * ascending order of that number, from cursor on, as much as there is room for.
 * Call it again with the cursor that it left, until that is 0.
 *
 * What has its number from the first call to the last is listed exactly once.
 * What comes or goes meanwhile is listed once or not at all. An entry tells what
 * was true at one moment, which is not the same for all of them. The cursor is a
 * number that was in use, so that with room for none (count is 0) it tells the
 * next one; or it follows one that was. A call may leave a cursor that is not 0
 * though nothing follows any more, and the next one then finds nothing.
 *
 * The work is done in parts of some 64 pids, each of which is a moment of its own:
 * access is checked, and both namespaces are found, anew for each. So a call ends
 * early, with the error that a call at that time would give, when the caller
 * loses its access, which it may while its memory makes it wait, or when a
 * namespace dies. After an error, the first done entries are there, and cursor is
 * where to go on; those behind may hold anything.
 *
 * Errors are found in this order. When one of the first part's is found, up to
 * the second EPERM, nothing has been written:
 *   EINVAL  count is larger than TRANSLATE_PID_LIST_MOST.
 *   EFAULT  the array does not lie in the addresses of user space.
 *   EINVAL  source is no live id.
 *   EPERM   the caller may not access source.
 *   EINVAL  target is no live id.
 *   EPERM   the caller may not access target.
 *   EFAULT  cursor and done cannot be written, which is tried before any entry is;
 *           or an entry cannot be.
 *   EINTR   between two parts: a signal has come that ends the caller, who does
 *           not return to user space. Others may see what it has done, in
 *           memory that it shared.
 */
#define TRANSLATE_PID_LIST_PIDS \
	_IOWR(TRANSLATE_PID_IOC_MAGIC, 8, struct translate_pid_list_request)

/*
 * TRANSLATE_PID_BIND - a handle that translates between two pid namespaces.
 *
 * The result of ioctl(2) is a new file descriptor, close-on-exec. It takes the
 * two commands below, and poll(2): POLLHUP once one of the namespaces has died,
 * with a wake-up for those who wait, by select(2), epoll(7) and io_uring as well.
 * Nothing is written to the structure.
 *
 * Access is checked here and never again: the handle translates for whoever
 * holds it, as a namespace descriptor does. So it is given to
 * those to whom TRANSLATE_PID_OPEN_NS gives descriptors of both namespaces.
 * Unlike them it keeps neither in memory nor listed, and opens nothing; so a
 * namespace that is not active, of which there is no descriptor, may be bound.
 * With the module parameter ancestors=1, one of them may be an ancestor of the
 * caller's own, if the other is given for a namespace that lies inside; of numbers
 * there the handle tells only those that are numbers in the other, and ESRCH of all
 * the rest.
 *
 * It keeps the module from being unloaded until it is closed, also if it was made
 * through /proc/translate_pid.
 *
 * The errors are found in this order, those of all commands first:
 *   EINVAL  source is no live id.
 *   EPERM   the caller may not access source; or it lies outside of the
 *           caller's own, which needs CAP_SYS_PTRACE as with
 *           TRANSLATE_PID_OPEN_NS.
 *   EINVAL  target is no live id.
 *   EPERM   the same of target.
 *   EMFILE, ENFILE, ENOMEM  too many open files, or no memory for one more.
 */
#define TRANSLATE_PID_BIND \
	_IOW(TRANSLATE_PID_IOC_MAGIC, 7, struct translate_pid_bind_request)

/*
 * TRANSLATE_PID_BOUND_TO_TARGET - on a handle: from source to target.
 *
 * The argument is the pid itself, a number in source, and the result of ioctl(2)
 * its number in target, or 0, as TRANSLATE_PID_TRANSLATE has them. Of the
 * argument the lower 32 bits count. Other commands on a handle fail with ENOTTY.
 *
 *   ESTALE  one of the namespaces has died. So it is for ever.
 *   ESRCH   there is no pid in source; 0 and negative numbers included. With
 *           TRANSLATE_PID_THREAD_GROUP also: no process or thread has it.
 */
#define TRANSLATE_PID_BOUND_TO_TARGET \
	_IO(TRANSLATE_PID_IOC_MAGIC, 0x40)

/*
 * TRANSLATE_PID_BOUND_TO_SOURCE - on a handle: from target to source.
 *
 *   ESTALE  one of the namespaces has died. So it is for ever.
 *   ESRCH   there is no pid in target; 0 and negative numbers included. With
 *           TRANSLATE_PID_THREAD_GROUP also: no process or thread has it.
 */
#define TRANSLATE_PID_BOUND_TO_SOURCE \
	_IO(TRANSLATE_PID_IOC_MAGIC, 0x41)

/*
 * TRANSLATE_PID_LIST_NS - the pid namespaces that the caller may access.
 *
 * Lists them in the order of their ns_id, which is that of their creation, from
 * cursor on, as many as there is room for. Call it again with the cursor that it
 * left, until that is 0. No capability is asked for: who may access no other
 * namespace finds its own.
 *
 * What lives, and may be accessed, from the first call to the last is listed exactly
 * once. What comes or goes meanwhile is listed once or not at all. An entry tells
 * what was true at one moment, which is not the same for all of them.
 *
 * The cursor stands for the last namespace that was listed, be it alive or not, so
 * that it tells nothing of those that are not. Any number may be given, and is such
 * a place, before or behind all. With room for none (count is 0), cursor becomes
 * 0 if there is nothing to follow, and stays else. A call that fills the array may
 * leave a cursor that is not 0 though nothing follows any more, and the next one
 * then finds nothing.
 *
 * A namespace without an init is listed for those who have CAP_SYS_PTRACE in the user
 * namespace that owns it, as they alone may access it. Those that may not be
 * accessed are left out, without a record of security modules if these do not write
 * one whatever they are told.
 *
 * The work is done in parts of some 16 namespaces, also of those that are left out,
 * each of which is a moment of its own. After an error, the first done entries are
 * there, and cursor is where to go on; those behind may hold anything.
 *
 * Errors are found in this order. When one of the first part's is found, nothing
 * has been written:
 *   EINVAL  count is larger than TRANSLATE_PID_LIST_NS_MOST.
 *   EFAULT  the array does not lie in the addresses of user space.
 *   EFAULT  cursor and done cannot be written, which is tried before any entry is;
 *           or an entry cannot be.
 *   EINTR   between two parts: a signal has come that ends the caller, who does
 *           not return to user space. Others may see what it has done, in
 *           memory that it shared.
 */
#define TRANSLATE_PID_LIST_NS \
	_IOWR(TRANSLATE_PID_IOC_MAGIC, 9, struct translate_pid_list_ns_request)

/*
 * TRANSLATE_PID_GET_CHAIN - all numbers of a pid, with the ids of the namespaces
 *                           in which it has them.
 *
 * An entry's place in the array is the level of its namespace: the first one is
 * the initial namespace's. The chain ends with the last level that the caller may
 * access, so it does not tell how deep the pid lies below. Of the levels before, the
 * entries of those that the caller may not access are all zeros, which no other
 * is. That there are such levels is no error. All of it was true at one moment.
 *
 * Errors are found in this order. When one is found but the last, nothing has
 * been written:
 *   EFAULT  the array, as far as it is used, does not lie in the addresses of
 *           user space.
 *   EINVAL  source is no live id; or TRANSLATE_PID_FROM_PIDFD is set, and source is
 *           not 0.
 *   EPERM   the caller may not access source.
 *   EBADF   with TRANSLATE_PID_FROM_PIDFD, in place of the two above: pid is no
 *           open file descriptor.
 *   EINVAL  likewise: it is no pidfd.
 *   ESRCH   there is no pid in source; or, with TRANSLATE_PID_THREAD_GROUP, no
 *           process or thread has it; or the one of the pidfd was reaped.
 *   EPERM   with TRANSLATE_PID_FROM_PIDFD: the caller may access none of the
 *           namespaces in which the pid has a number.
 *   EFAULT  levels cannot be written, which is tried before any entry is; or an
 *           entry cannot be.
 */
#define TRANSLATE_PID_GET_CHAIN \
	_IOWR(TRANSLATE_PID_IOC_MAGIC, 10, struct translate_pid_chain_request)

/*
 * TRANSLATE_PID_OPEN_PIDFD - a pidfd of a process or thread in a pid namespace.
 *
 * The result of ioctl(2) is the descriptor, close-on-exec, as pidfd_open(2) gives
 * it for the number that the same process or thread has in the caller's own pid
 * namespace; it need not have one there. It is made while the kernel's object
 * behind the number is held: the number cannot be reused between the look and
 * the descriptor. Nothing is written to the structure.
 *
 * With a pidfd the kernel lets its holder do what a number that means nothing
 * to the caller cannot, as far as it may trace the process. So it is given where
 * TRANSLATE_PID_OPEN_NS gives a descriptor of the namespace.
 *
 * As any pidfd, it keeps the pid namespace of its process in memory until it is
 * closed, and so the id of that.
 *
 * The errors are found in this order, those of all commands first:
 *   EOPNOTSUPP  the module cannot make pidfds on this kernel, and
 *           TRANSLATE_PID_FEATURE_PIDFD is not set.
 *   EINVAL  pid is 0 or negative.
 *   EINVAL  by is unknown; or value is out of range for it, is a file
 *           descriptor of another kind, or is no live id.
 *   EBADF   value is no open file descriptor.
 *   ESRCH   no process or thread has the number value, or the one of the
 *           pidfd was reaped, or no pid namespace has the ns_id value.
 *   EPERM   the caller may not access the namespace; or it lies outside of the
 *           caller's own, which needs CAP_SYS_PTRACE as with
 *           TRANSLATE_PID_OPEN_NS.
 *   ESRCH   the namespace has no process or thread pid; a zombie is one until it
 *           is reaped, a number that only a process group or session keeps is
 *           none.
 *   ENOENT  pid is a thread that is not the first one of its process, and
 *           TRANSLATE_PID_PIDFD_THREAD is not set.
 *   EMFILE, ENFILE, ENOMEM  too many open files, or no memory for one more.
 */
#define TRANSLATE_PID_OPEN_PIDFD \
	_IOW(TRANSLATE_PID_IOC_MAGIC, 11, struct translate_pid_pidfd_request)

/*
 * TRANSLATE_PID_WATCH - a descriptor that tells of the lives of pid namespaces.
 *
 * The result of ioctl(2) is a new file descriptor, close-on-exec. read(2) gives
 * records, as many as the buffer has room for and there are; it waits for the
 * first one, and does not with O_NONBLOCK. poll(2), select(2), epoll(7) and io_uring
 * work. Nothing is written to the structure. There are no commands on the
 * descriptor (ENOTTY).
 *
 * A record is given if its opener may access the pid namespace at the time, as it is
 * then: with the init that was born or died, security modules included; without
 * an init (created, destroyed) by CAP_SYS_PTRACE in the user namespace that owns
 * it. So some are told of the births and deaths of inits only. The opener's
 * credentials and pid namespace of the time of the call count, whoever reads. A
 * change of what the opener may access is no event.
 *
 * Records of a namespace come in the order above. When there is no room, further
 * ones are dropped until all that wait have been read, and a
 * TRANSLATE_PID_EVENT_LOST follows those, at the place of the dropped ones.
 *
 * Whoever wants to know all namespaces begins to watch, then lists them, then reads
 * records; lists again after each TRANSLATE_PID_EVENT_LOST; and takes for true
 * what is the furthest of what list and records tell of an id: created, init
 * born, init died, destroyed. What a later list lacks was destroyed if
 * TRANSLATE_PID_GET_ID says EINVAL. Nothing is missed then, but for one thing: a
 * namespace that is being made at the moment of a list may be told of at the birth
 * of its init only.
 *
 * It keeps the module from being unloaded until it is closed, also if it was made
 * through /proc/translate_pid.
 *
 * Errors of read(2) are at struct translate_pid_watch_record.
 *
 *   EOPNOTSUPP  the kernel lacks what the module needs for this, and
 *           TRANSLATE_PID_FEATURE_WATCH is not set.
 *   EINVAL  room is larger than TRANSLATE_PID_WATCH_MOST; or record_size is less
 *           than TRANSLATE_PID_WATCH_RECORD_SIZE_VER0, more than
 *           TRANSLATE_PID_WATCH_RECORD_MOST, or no multiple of 8.
 *   EMFILE  the caller's user has 64 watches already, or the process too many open
 *           files.
 *   ENFILE  all users have 1024 watches, or too many open files.
 *   ENOMEM  no memory for one more, or for the records.
 */
#define TRANSLATE_PID_WATCH \
	_IOW(TRANSLATE_PID_IOC_MAGIC, 12, struct translate_pid_watch_request)

#endif /* _UAPI_LINUX_TRANSLATE_PID_H */
