// SPDX-License-Identifier: GPL-2.0-only

//! Descriptors that the calling task has open, for the duration of a command.

#![allow(unsafe_code, reason = "the pid behind a file")]

use super::{ffi, pid::Pid};
use core::ptr::NonNull;
use kernel::{bindings, error::to_result, prelude::*, sync::rcu, types::NotThreadSafe};

/// A pidfd of the calling task. No other task is given it, and the task does not return to user
/// space with it: so its file is there, counted if the task shares its files with another.
///
/// # Invariants
///
/// `file` came from `fdget()` and was not given back. Its inode keeps `pid`.
pub(crate) struct PidFd {
    file: usize,
    pid: NonNull<bindings::pid>,
    _not_send: NotThreadSafe,
}

impl PidFd {
    /// # Errors
    ///
    /// `EBADF`: not open. `EINVAL`: no pidfd.
    pub(crate) fn get(fd: i32) -> Result<Self> {
        let mut pidfd = ffi::translate_pid_pidfd {
            file: 0,
            pid: core::ptr::null_mut(),
        };
        // SAFETY: The helper fills in what it is given.
        to_result(unsafe { ffi::translate_pid_pidfd_get(fd, &raw mut pidfd) })?;
        // INVARIANT: The helper has succeeded.
        Ok(Self {
            file: pidfd.file,
            pid: NonNull::new(pidfd.pid).ok_or(EINVAL)?,
            _not_send: NotThreadSafe,
        })
    }

    /// The pid of its process or thread; `None` if that was reaped.
    pub(crate) fn pid<'g>(&'g self, guard: &'g rcu::Guard) -> Option<Pid<'g>> {
        // SAFETY: `self`, which is borrowed for `'g`, keeps the file, and that the pid.
        let pid = unsafe { Pid::from_raw(self.pid, guard) };
        pid.has_task().then_some(pid)
    }
}

impl Drop for PidFd {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, the calling task has it, and gives it back once.
        unsafe { ffi::translate_pid_pidfd_put(self.file) };
    }
}
