// SPDX-License-Identifier: GPL-2.0-only

//! `struct pid` under RCU.
//!
//! C header: [`include/linux/pid.h`](srctree/include/linux/pid.h).

#![allow(unsafe_code, reason = "pid pointers under RCU")]

use super::{ffi, pid_ns::Peek};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{bindings, sync::rcu};

/// At how many levels a pid can have a number.
pub(crate) const LEVELS: usize = ffi::TRANSLATE_PID_LEVELS as usize;

/// A `struct pid` found in a namespace, or kept by a descriptor.
///
/// # Invariants
///
/// `pid` is freed only after `'g`: the kernel frees a `struct pid` by RCU after it has left the
/// idr it was found in, or somebody counts it for as long. With its memory it drops its reference
/// on its namespace, and that on its parent: all in which it has a number live until `'g` ends.
#[derive(Clone, Copy)]
pub(crate) struct Pid<'g> {
    pid: NonNull<bindings::pid>,
    _guard: PhantomData<&'g rcu::Guard>,
}

impl<'g> Pid<'g> {
    /// The pid with the number `nr` in `ns`; `None` for numbers that no pid has.
    pub(crate) fn find(nr: i32, ns: Peek<'g>, _guard: &'g rcu::Guard) -> Option<Self> {
        if nr <= 0 {
            return None;
        }
        // SAFETY: `ns` is allocated until `'g` ends; its idr is read under RCU.
        let pid = NonNull::new(unsafe { ffi::translate_pid_find(nr, ns.as_ptr()) })?;
        // INVARIANT: Found within the read section.
        Some(Self {
            pid,
            _guard: PhantomData,
        })
    }

    pub(super) fn as_ptr(self) -> *mut bindings::pid {
        self.pid.as_ptr()
    }

    /// Whether [`Self::find`] finds what the kernel's own function finds.
    #[cfg(translate_pid_kunit)]
    pub(crate) fn is_found_as_by_the_kernel(nr: i32, ns: Peek<'g>, guard: &'g rcu::Guard) -> bool {
        // SAFETY: As in `find`.
        let theirs = NonNull::new(unsafe { bindings::find_pid_ns(nr, ns.as_ptr()) });
        Self::find(nr, ns, guard).map(|pid| pid.pid) == theirs
    }

    /// # Safety
    ///
    /// Somebody counts `pid` for as long as `'g`.
    pub(super) unsafe fn from_raw(pid: NonNull<bindings::pid>, _guard: &'g rcu::Guard) -> Self {
        // INVARIANT: By the function's contract.
        Self {
            pid,
            _guard: PhantomData,
        }
    }

    /// Whether a process or thread has this pid, be it a zombie.
    pub(crate) fn has_task(self) -> bool {
        // SAFETY: `pid` is allocated by the type invariant.
        unsafe { ffi::translate_pid_has_task(self.pid.as_ptr()) }
    }

    /// The pid of the thread group of the task that has this one; `None` if none has.
    pub(crate) fn thread_group(self, _guard: &'g rcu::Guard) -> Option<Self> {
        // SAFETY: `pid` is allocated by the type invariant. The task, and the pid that it or its
        // group has attached, are freed by RCU after they were detached.
        let group = unsafe { ffi::translate_pid_group_of_pid(self.pid.as_ptr()) };
        // INVARIANT: Found attached within the read section, so it leaves the idr later.
        Some(Self {
            pid: NonNull::new(group)?,
            _guard: PhantomData,
        })
    }

    /// Its numbers from the initial namespace inwards, each with its namespace, which lives:
    /// [`LEVELS`] at most.
    pub(crate) fn numbers(self) -> impl Iterator<Item = (i32, Peek<'g>)> {
        // SAFETY: `pid` is allocated by the type invariant.
        let deepest = unsafe { ffi::translate_pid_level(self.pid.as_ptr()) };
        (0..=deepest).map_while(move |level| {
            let mut number = 0;
            // SAFETY: As above; it has a number at each level up to its own.
            let ns =
                unsafe { ffi::translate_pid_at_level(self.pid.as_ptr(), level, &raw mut number) };
            // SAFETY: By the type invariant, the namespace lives until `'g` ends.
            Some((number, unsafe { Peek::counted_for(NonNull::new(ns)?) }))
        })
    }

    /// The number of this pid in `ns`, or 0 if it has none there.
    pub(crate) fn number_in(self, ns: Peek<'_>) -> i32 {
        // SAFETY: `pid` is allocated by the type invariant and `ns` by that of `Peek`.
        unsafe { bindings::pid_nr_ns(self.pid.as_ptr(), ns.as_ptr()) }
    }
}

/// The number in `target` of the pid that is `nr` in `source`, 0 if it has none there; `None` for
/// numbers that no pid has. What [`Pid::find`] and [`Pid::number_in`] say, in one step.
pub(crate) fn number_of(
    nr: i32,
    source: Peek<'_>,
    target: Peek<'_>,
    _guard: &rcu::Guard,
) -> Option<i32> {
    if nr <= 0 {
        return None;
    }
    // SAFETY: Both namespaces are allocated until their read section ends; the idr of `source`, and
    // the pid found in it, are read within that of the guard.
    let number = unsafe { ffi::translate_pid_number_of(nr, source.as_ptr(), target.as_ptr()) };
    (number >= 0).then_some(number)
}

/// The same about the thread group of the task that has the pid; `None` also if no task has it, but a
/// process group or a session only.
pub(crate) fn thread_group_of(
    nr: i32,
    source: Peek<'_>,
    target: Peek<'_>,
    _guard: &rcu::Guard,
) -> Option<i32> {
    if nr <= 0 {
        return None;
    }
    // SAFETY: As in `number_of`; the task, and the pid that it or its group has attached, are freed
    // by RCU after they were detached.
    let number =
        unsafe { ffi::translate_pid_thread_group_of(nr, source.as_ptr(), target.as_ptr()) };
    (number >= 0).then_some(number)
}
