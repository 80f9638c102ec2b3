// SPDX-License-Identifier: GPL-2.0-only

//! `struct pid` under RCU.
//!
//! C header: [`include/linux/pid.h`](srctree/include/linux/pid.h).

#![allow(unsafe_code, reason = "pid pointers under RCU")]

use super::{ffi, pid_ns::Peek};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{bindings, sync::rcu};

/// A `struct pid` found in a namespace.
///
/// # Invariants
///
/// `pid` is freed only after `'g`: the kernel frees a `struct pid` by RCU after it has left the
/// idr it was found in.
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
        let pid = NonNull::new(unsafe { bindings::find_pid_ns(nr, ns.as_ptr()) })?;
        // INVARIANT: Found within the read section.
        Some(Self {
            pid,
            _guard: PhantomData,
        })
    }

    /// The pid of the thread group (the process) of the task that has this pid; `None` if no task
    /// has it, but a process group or a session only.
    pub(crate) fn thread_group(self, _guard: &'g rcu::Guard) -> Option<Self> {
        // SAFETY: `pid` is allocated by the type invariant, and the guard is the read section that
        // the helper wants.
        let pid = NonNull::new(unsafe { ffi::translate_pid_thread_group(self.pid.as_ptr()) })?;
        // INVARIANT: A task had it attached within the read section; it leaves the idr, and is
        // freed by RCU, only after it was detached.
        Some(Self {
            pid,
            _guard: PhantomData,
        })
    }

    /// The number of this pid in `ns`, or 0 if it has none there.
    pub(crate) fn number_in(self, ns: Peek<'_>) -> i32 {
        // SAFETY: `pid` is allocated by the type invariant and `ns` by that of `Peek`.
        unsafe { bindings::pid_nr_ns(self.pid.as_ptr(), ns.as_ptr()) }
    }
}
