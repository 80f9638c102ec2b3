// SPDX-License-Identifier: GPL-2.0-only

//! `struct pid` that is held, and pidfds of it.
//!
//! C header: [`include/linux/pid.h`](srctree/include/linux/pid.h).

#![allow(unsafe_code, reason = "owns references on struct pid")]

use super::{ffi, ksyms::Address, pid::Pid};
use core::ptr::NonNull;
use kernel::{bindings, error::to_result, prelude::*};

/// A pid whose number may be given to another by now, but never its memory.
///
/// # Invariants
///
/// This value owns a reference on `pid`.
pub(crate) struct HeldPid {
    pid: NonNull<bindings::pid>,
}

impl HeldPid {
    /// Takes a reference, within the read section in which the pid was found.
    pub(crate) fn of(pid: Pid<'_>) -> Self {
        // SAFETY: `pid` was found in a namespace's idr within its read section, which has not
        // ended. What the idr itself stood for is dropped by `delayed_put_pid()`, an RCU callback
        // that is queued after the pid has left it, so the count is not zero. Not null.
        let pid = unsafe { NonNull::new_unchecked(ffi::translate_pid_hold(pid.as_ptr())) };
        // INVARIANT: Taken just now.
        Self { pid }
    }
}

impl Drop for HeldPid {
    fn drop(&mut self) {
        // SAFETY: The reference is this value's own, by the type invariant, and goes with it.
        unsafe { ffi::translate_pid_put(self.pid.as_ptr()) };
    }
}

/// Permission to call `pidfd_prepare()`.
///
/// # Invariants
///
/// The static call is bound.
#[derive(Clone, Copy)]
pub(crate) struct PidfdPrepare(());

impl PidfdPrepare {
    /// Binds the call. Sleeps. `EINVAL` if the address is that of another function.
    pub(crate) fn bind(address: Address) -> Result<Self> {
        if address.symbol() != c"pidfd_prepare" {
            return Err(EINVAL);
        }
        // SAFETY: The address is that of the function whose type the helper asserts.
        unsafe { ffi::translate_pid_bind_pidfd_prepare(address.raw()) };
        // INVARIANT: Bound just now.
        Ok(Self(()))
    }

    /// Opens a pidfd in the calling task, close-on-exec, with the flags of `pidfd_open(2)`. Sleeps.
    ///
    /// # Errors
    ///
    /// `ESRCH`: no task has the pid, or none any more. `ENOENT`: it is not that of a process, and
    /// `PIDFD_THREAD` is not among the flags. `EMFILE`, `ENFILE`, `ENOMEM`.
    pub(crate) fn open(self, pid: &HeldPid, flags: u32) -> Result<i32> {
        // SAFETY: The static call is bound by the type invariant; `pid` owns a reference, which
        // it keeps during the call.
        let fd = unsafe { ffi::translate_pid_open_pidfd(pid.pid.as_ptr(), flags) };
        to_result(fd.min(0))?;
        // Somebody may have closed it again by now.
        Ok(fd)
    }
}
