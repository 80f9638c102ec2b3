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

    pub(crate) fn nanoseconds(self) -> u64 {
        self.0.get()
    }
}

/// The boot clock as some task reads it: its time namespace may have moved it.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    ahead: i64,
}

impl Clock {
    /// That of the calling task, which is in a system call.
    pub(crate) fn of_caller() -> Self {
        // SAFETY: Reads an offset of `current`'s time namespace, which its `nsproxy` keeps: a task
        // in a system call has one.
        let ahead = unsafe { ffi::translate_pid_boot_offset_of_caller() };
        Self { ahead }
    }

    /// What it shows when `boot_time` nanoseconds have passed since the boot; 1 if it had not begun.
    pub(crate) fn show(self, boot_time: u64) -> u64 {
        boot_time
            .checked_add_signed(self.ahead)
            .map_or(1, |shown| shown.max(1))
    }
}
