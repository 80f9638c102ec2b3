// SPDX-License-Identifier: GPL-2.0-only

//! Pid namespaces: what `kernel::pid_namespace` lacks.
//!
//! C headers: [`include/linux/pid_namespace.h`](srctree/include/linux/pid_namespace.h),
//! [`include/linux/ns_common.h`](srctree/include/linux/ns_common.h).
//!
//! A namespace appears in two forms. `&PidNamespace` and `ARef<PidNamespace>` stand for one whose
//! reference count somebody holds above zero. [`Peek`] stands for one found under RCU: its memory
//! is there until the read section ends, but its count may already be zero, so the only way from
//! a `Peek` to a counted reference is [`Peek::get`].

#![allow(unsafe_code, reason = "wraps struct pid_namespace")]

use super::{errno, ffi};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{
    bindings, error::from_err_ptr, error::to_result, prelude::*, sync::aref::ARef, sync::rcu,
};

pub(crate) use kernel::pid_namespace::PidNamespace;

/// Whether security modules may write a record when they refuse.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audit {
    /// A refusal is the caller's answer.
    Recorded,
    /// A refusal changes the answer, or leaves it to another question; nobody is refused anything.
    Quiet,
}

impl Audit {
    pub(super) fn is_recorded(self) -> bool {
        self == Self::Recorded
    }
}

/// A pid namespace whose memory is kept by an RCU read section only.
///
/// # Invariants
///
/// `ns` points to a pid namespace that is not freed before the read section `'g` ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peek<'g> {
    ns: NonNull<bindings::pid_namespace>,
    _guard: PhantomData<&'g rcu::Guard>,
}

impl<'g> Peek<'g> {
    /// # Safety
    ///
    /// `ns` was reachable for RCU readers within the read section `'g`, and is freed only after a
    /// grace period has passed since it became unreachable.
    pub(super) unsafe fn from_raw(ns: NonNull<bindings::pid_namespace>, _: &'g rcu::Guard) -> Self {
        // INVARIANT: By the function's contract, the free cannot come before `'g` ends.
        Self {
            ns,
            _guard: PhantomData,
        }
    }

    /// Peeks at a namespace that somebody counts for at least as long as `'g`.
    pub(crate) fn of(ns: &'g PidNamespace) -> Self {
        // INVARIANT: The count keeps `ns` for `'g`, with or without the read section.
        Self {
            // SAFETY: A reference is never null.
            ns: unsafe { NonNull::new_unchecked(ns.as_ptr()) },
            _guard: PhantomData,
        }
    }

    /// # Safety
    ///
    /// Somebody counts `ns` for as long as `'g`.
    pub(super) unsafe fn counted_for(ns: NonNull<bindings::pid_namespace>) -> Self {
        // INVARIANT: By the function's contract.
        Self {
            ns,
            _guard: PhantomData,
        }
    }

    pub(super) fn as_ptr(self) -> *mut bindings::pid_namespace {
        self.ns.as_ptr()
    }

    /// The kernel's own sequential id.
    pub(crate) fn ns_id(self) -> u64 {
        // SAFETY: `ns` is allocated by the type invariant; `ns_id` is written before
        // `__ns_tree_add_raw()` is called, and does not change.
        unsafe { ffi::translate_pid_pidns_ns_id(self.as_ptr()) }
    }

    /// Whether both are the same namespace.
    pub(crate) fn is_also(self, other: Peek<'_>) -> bool {
        self.ns == other.ns
    }

    /// A counted reference, or `None` if the namespace's count is already zero.
    pub(crate) fn get(self) -> Option<ARef<PidNamespace>> {
        // SAFETY: `ns` is allocated by the type invariant; the helper takes a reference only if
        // the count is above zero.
        if !unsafe { ffi::translate_pid_pidns_get_unless_zero(self.as_ptr()) } {
            return None;
        }
        // SAFETY: The reference that was just taken passes to the `ARef`; `PidNamespace` is a
        // transparent wrapper of `struct pid_namespace`.
        Some(unsafe { ARef::from_raw(self.ns.cast()) })
    }

    /// Whether the count is above zero. Once it is not, it never is again.
    pub(crate) fn is_counted(self) -> bool {
        // SAFETY: `ns` is allocated by the type invariant.
        unsafe { ffi::translate_pid_pidns_is_counted(self.as_ptr()) }
    }

    /// Whether both are the same namespace.
    pub(crate) fn is(self, other: &PidNamespace) -> bool {
        core::ptr::eq(self.as_ptr(), other.as_ptr())
    }

    /// How many ancestors it has.
    pub(crate) fn level(self) -> u32 {
        // SAFETY: `ns` is allocated by the type invariant; `level` is written before a namespace
        // is published, and does not change.
        unsafe { (*self.as_ptr()).level }
    }

    /// The namespace in which it was created; the initial one has none.
    pub(crate) fn parent(self) -> Option<Self> {
        // SAFETY: `ns` is allocated by the type invariant; `parent` is written before a namespace
        // is published, and does not change.
        let parent = NonNull::new(unsafe { (*self.as_ptr()).parent })?;
        // INVARIANT: A namespace holds a reference on its parent until after its own removal, so
        // the parent is freed by an RCU callback that is queued later still.
        Some(Self {
            ns: parent,
            _guard: PhantomData,
        })
    }

    /// Whether this namespace is `ancestor` or lies below it.
    pub(crate) fn is_within(self, ancestor: &PidNamespace) -> bool {
        self.is_at_or_below(Peek::of(ancestor))
    }

    /// Whether this namespace is an ancestor of `descendant`, which is not one of its own.
    pub(crate) fn is_above(self, descendant: &PidNamespace) -> bool {
        !self.is(descendant) && Peek::of(descendant).is_at_or_below(self)
    }

    fn is_at_or_below(self, ancestor: Peek<'_>) -> bool {
        // SAFETY: `ancestor` is allocated by the type invariant; `level` does not change.
        let level = unsafe { (*ancestor.as_ptr()).level };
        let mut at = self.as_ptr();
        // SAFETY: `at` is allocated until `'g` ends: at first by the type invariant, then because
        // a namespace holds a reference on its parent until after its own removal, so the parent
        // is freed by an RCU callback that is queued later still. `level` and `parent` do not
        // change; only the initial namespace, at level 0, has no parent.
        while unsafe { (*at).level } > level {
            // SAFETY: As above; the level is not 0.
            at = unsafe { (*at).parent };
        }
        core::ptr::eq(at, ancestor.as_ptr())
    }

    /// `ns_capable()` in the user namespace that owns this pid namespace, or
    /// `ns_capable_noaudit()`. Does not sleep.
    pub(crate) fn owner_capable(self, capability: u32, audit: Audit) -> bool {
        // SAFETY: `ns` is allocated by the type invariant, and drops its user namespace together
        // with its memory.
        unsafe {
            ffi::translate_pid_pidns_capable(
                self.as_ptr(),
                capability as c_int,
                audit.is_recorded(),
            )
        }
    }
}

/// The initial pid namespace; it lives for ever.
pub(crate) fn initial() -> &'static PidNamespace {
    // SAFETY: `init_pid_ns` is static and its count never falls to zero.
    unsafe { PidNamespace::from_ptr(&raw const bindings::init_pid_ns) }
}

/// The kernel's own sequential id of `ns`.
pub(crate) fn ns_id(ns: &PidNamespace) -> u64 {
    // SAFETY: `ns` is counted; `ns_id` is written before `__ns_tree_add_raw()` is called, and does
    // not change.
    unsafe { ffi::translate_pid_pidns_ns_id(ns.as_ptr()) }
}

/// How many ancestors `ns` has: 0 for the initial namespace, 32 at most.
pub(crate) fn level(ns: &PidNamespace) -> u32 {
    // SAFETY: `ns` is counted; `level` is written before a namespace is published.
    unsafe { (*ns.as_ptr()).level }
}

/// The namespace in which `ns` was created; the initial one has none.
pub(crate) fn parent(ns: &PidNamespace) -> Option<&PidNamespace> {
    // SAFETY: `ns` is counted; `parent` is written before a namespace is published.
    let parent = unsafe { (*ns.as_ptr()).parent };
    // SAFETY: A namespace holds a reference on its parent until its own count has fallen to zero,
    // which it does not while `ns` is borrowed.
    (!parent.is_null()).then(|| unsafe { PidNamespace::from_ptr(parent) })
}

/// Whether the kernel shows `ns` to user space: a process, a descriptor or a mount of nsfs keeps it
/// so. A mounted procfs alone keeps the memory only.
///
/// It may become inactive at any time, as with the kernel's own check for file handles of nsfs.
pub(crate) fn is_active(ns: &PidNamespace) -> bool {
    // SAFETY: `ns` is counted during the call.
    unsafe { ffi::translate_pid_pidns_is_active(ns.as_ptr()) }
}

/// Opens a namespace file descriptor for `ns`, close-on-exec, in the calling task. Sleeps.
///
/// # Errors
///
/// `ESTALE`: the namespace is not active. `EMFILE`, `ENFILE`, `ENOMEM`.
pub(crate) fn open(ns: &PidNamespace) -> Result<i32> {
    if !is_active(ns) {
        return Err(errno::stale());
    }
    // SAFETY: `ns` is counted during the call.
    let fd = unsafe { ffi::translate_pid_pidns_open(ns.as_ptr()) };
    to_result(fd.min(0))?;
    Ok(fd)
}

/// # Safety
///
/// `ns` is a pid namespace of which the caller owns a reference, or an error pointer.
pub(super) unsafe fn counted(ns: *mut bindings::pid_namespace) -> Result<ARef<PidNamespace>> {
    let ns = NonNull::new(from_err_ptr(ns)?).ok_or(ESRCH)?;
    // SAFETY: The caller's reference passes to the `ARef`.
    Ok(unsafe { ARef::from_raw(ns.cast()) })
}

/// The active namespace of the process or thread `pid`, a number in the caller's namespace.
///
/// # Errors
///
/// `ESRCH`: there is none.
pub(crate) fn of_pid(pid: i32) -> Result<ARef<PidNamespace>> {
    // SAFETY: The helper's result is counted or an error pointer.
    unsafe { counted(ffi::translate_pid_pidns_of_pid(pid)) }
}

/// The active namespace of the process or thread behind a pidfd.
///
/// # Errors
///
/// `EBADF`: not open. `EINVAL`: no pidfd. `ESRCH`: the process or thread was reaped.
pub(crate) fn of_pidfd(fd: i32) -> Result<ARef<PidNamespace>> {
    // SAFETY: The helper's result is counted or an error pointer.
    unsafe { counted(ffi::translate_pid_pidns_of_pidfd(fd)) }
}

/// The namespace behind a namespace file descriptor.
///
/// # Errors
///
/// `EBADF`: not open. `EINVAL`: no pid namespace.
pub(crate) fn of_nsfd(fd: i32) -> Result<ARef<PidNamespace>> {
    // SAFETY: The helper's result is counted or an error pointer.
    unsafe { counted(ffi::translate_pid_pidns_of_nsfd(fd)) }
}

/// The namespace whose pids a procfs shows, of which the calling task has a descriptor.
///
/// # Errors
///
/// `EBADF`: not open. `EINVAL`: not in a procfs.
pub(crate) fn of_procfs(fd: i32) -> Result<ARef<PidNamespace>> {
    // SAFETY: The helper's result is counted or an error pointer.
    unsafe { counted(ffi::translate_pid_pidns_of_procfs(fd)) }
}
