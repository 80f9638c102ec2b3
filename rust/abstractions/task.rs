// SPDX-License-Identifier: GPL-2.0-only

//! The init process of a pid namespace, and the calling task's own namespace.

#![allow(unsafe_code, reason = "task pointers under RCU")]

use super::{
    ffi,
    pid_ns::{Audit, Peek, PidNamespace},
};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{bindings, prelude::*, sync::rcu};

/// The init process (child reaper) of a namespace, a zombie included.
///
/// # Invariants
///
/// `task` is a thread group leader's `struct task_struct`, freed only after `'g`: the last put of
/// a task is deferred by RCU.
#[derive(Clone, Copy)]
pub(crate) struct Init<'g> {
    task: NonNull<bindings::task_struct>,
    _guard: PhantomData<&'g rcu::Guard>,
}

impl<'g> Init<'g> {
    /// The init of `ns`; `None` if it was reaped, or if fork has not attached it yet.
    pub(crate) fn of(ns: Peek<'g>, _guard: &'g rcu::Guard) -> Option<Self> {
        // SAFETY: `ns` is allocated until `'g` ends, and the guard is the read section that
        // `pid_task()` wants.
        let task = NonNull::new(unsafe { ffi::translate_pid_pidns_init(ns.as_ptr()) })?;
        // INVARIANT: Found attached to pid 1 within the read section.
        Some(Self {
            task,
            _guard: PhantomData,
        })
    }

    /// One that is kept by a reference, reaped or not.
    ///
    /// # Safety
    ///
    /// `task` is the leader of a thread group, and `_keeper` owns a reference on it.
    pub(super) unsafe fn kept_by<K>(task: NonNull<bindings::task_struct>, _keeper: &'g K) -> Self {
        // INVARIANT: The reference stays for `'g`, with or without a read section.
        Self {
            task,
            _guard: PhantomData,
        }
    }

    /// Whether one of its threads has not begun to exit. Once none is left, there never is again.
    pub(crate) fn has_live_threads(self) -> bool {
        // SAFETY: `task` is not freed by the type invariant.
        unsafe { ffi::translate_pid_has_live_threads(self.as_ptr()) }
    }

    pub(super) fn as_ptr(self) -> *mut bindings::task_struct {
        self.task.as_ptr()
    }
}

/// A living namespace found under RCU, and its init if it has one.
///
/// # Invariants
///
/// The count of `ns` was above zero at a moment within `'g`.
#[derive(Clone, Copy)]
pub(crate) struct Living<'g> {
    ns: Peek<'g>,
    init: Option<Init<'g>>,
}

impl<'g> Living<'g> {
    /// `None` if the count of `ns` is zero; then it is for ever.
    ///
    /// Looks at the count, in a line that every fork in `ns` writes, only if there is no init.
    pub(crate) fn new(ns: Peek<'g>, guard: &'g rcu::Guard) -> Option<Self> {
        let init = Init::of(ns, guard);
        // INVARIANT: Fork gives a `struct pid` a reference on the namespace it is made for before
        // a task is attached to it. That with the number 1 in `ns` is made for `ns`, or for one
        // below, whose reference on its parent leads up to `ns`. It drops its reference in
        // `delayed_put_pid()`, an RCU callback that is queued after the task was detached. So an
        // init that was found attached means that the count stays above zero until `'g` ends.
        (init.is_some() || ns.is_counted()).then_some(Self { ns, init })
    }

    /// One that somebody counts for at least as long as `'g`.
    pub(crate) fn of(ns: &'g PidNamespace, guard: &'g rcu::Guard) -> Self {
        let ns = Peek::of(ns);
        // INVARIANT: Counted by whoever lent it.
        Self {
            ns,
            init: Init::of(ns, guard),
        }
    }

    /// The namespace.
    pub(crate) fn peek(self) -> Peek<'g> {
        self.ns
    }

    /// Its init; `None` if that was reaped, or if fork has not attached it yet.
    pub(crate) fn init(self) -> Option<Init<'g>> {
        self.init
    }
}

/// A place where debug builds can hold a read section, on the order of their tests.
#[inline(always)]
pub(crate) fn debug_stall(_pid: i32, _guard: &rcu::Guard) {
    #[cfg(translate_pid_debug)]
    // SAFETY: Spins in task context with preemption enabled.
    unsafe {
        ffi::translate_pid_debug_lookup(_pid)
    };
}

/// Lets others run between two parts of long work. Sleeps.
///
/// # Errors
///
/// `EINTR`: a signal that ends the calling task waits for it.
pub(crate) fn between_parts() -> Result {
    // SAFETY: Called in task context that may sleep; there is no requirement but that.
    unsafe { ffi::translate_pid_cond_resched() };
    // SAFETY: Reads flags of `current`.
    if unsafe { ffi::translate_pid_is_dying() } {
        return Err(EINTR);
    }
    Ok(())
}

/// Lets others run between two parts of long work, of which nobody is ended by a signal. Sleeps.
pub(crate) fn give_way() {
    // SAFETY: Called in task context that may sleep; there is no requirement but that.
    unsafe { ffi::translate_pid_cond_resched() };
}

/// Whether the calling task holds the capability in its own user namespace. Does not sleep.
pub(crate) fn capable(capability: u32, audit: Audit) -> bool {
    // SAFETY: `current`'s credentials, and through them its user namespace, are its own.
    unsafe { ffi::translate_pid_capable(capability as c_int, audit.is_recorded()) }
}

/// The calling task's active pid namespace, for the duration of `f`.
///
/// # Errors
///
/// `ESRCH`: the caller is past `exit()` and has no namespace any more.
pub(crate) fn with_own_namespace<R>(f: impl FnOnce(&PidNamespace) -> Result<R>) -> Result<R> {
    // SAFETY: `current` is a valid task; its active namespace is kept by its own `struct pid`,
    // which it has until it is reaped, and a task that is in here is not.
    let ns = unsafe { bindings::task_active_pid_ns(bindings::get_current()) };
    let ns = NonNull::new(ns).ok_or(ESRCH)?;
    // SAFETY: As above, counted for the duration of the call.
    f(unsafe { PidNamespace::from_ptr(ns.as_ptr()) })
}
