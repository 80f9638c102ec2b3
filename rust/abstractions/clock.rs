// SPDX-License-Identifier: GPL-2.0-only

//! The boot clock, which goes on while the machine is suspended.
//!
//! C headers: [`include/linux/timekeeping.h`](srctree/include/linux/timekeeping.h),
//! [`include/linux/time_namespace.h`](srctree/include/linux/time_namespace.h).

#![allow(unsafe_code, reason = "calls functions of the kernel")]

use super::ffi;
use core::num::NonZeroU64;

/// A moment since the boot, in nanoseconds.
#[derive(Clone, Copy)]
pub(crate) struct BootTime(NonZeroU64);

impl BootTime {
    /// `None` in the first nanosecond.
    ///
    /// Takes no lock and does not sleep: it may be called from an ftrace callback.
    pub(crate) fn now() -> Option<Self> {
        // SAFETY: The helper reads the clock, in any context but NMIs.
        NonZeroU64::new(unsafe { ffi::translate_pid_boot_time() }).map(Self)
    }

    /// On the clock that the calling task reads, which its time namespace may have moved; 1 if
    /// that had not begun.
    pub(crate) fn as_the_caller_sees_it(self) -> u64 {
        // SAFETY: Reads an offset of `current`'s time namespace, which its `nsproxy` keeps: a task
        // in a system call has one.
        unsafe { ffi::translate_pid_boot_time_of_caller(self.0.get()) }
    }
}
