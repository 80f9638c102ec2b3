// SPDX-License-Identifier: GPL-2.0-only

//! A work item that may run for long.

#![allow(unsafe_code, reason = "passes a context pointer to the workqueue")]

use super::ffi;
use core::ptr::NonNull;
use kernel::{
    error::from_err_ptr,
    prelude::*,
    sync::{Arc, ArcBorrow},
};

/// What a work item does.
pub(crate) trait Run: Send + Sync + 'static {
    /// Runs in the kernel's workqueue, never twice at a time. May sleep.
    fn run(&self);
}

/// The work item. Its drop sleeps until it neither runs nor will run; nobody queues it any more
/// then.
///
/// # Invariants
///
/// `item` was made by `translate_pid_work_create()` with `context`, and not destroyed.
pub(crate) struct WorkItem<T: Run> {
    item: NonNull<ffi::translate_pid_work>,
    context: Arc<T>,
}

// SAFETY: The work item may be queued, flushed and destroyed by any thread; `T` is `Send` and
// `Sync`.
unsafe impl<T: Run> Send for WorkItem<T> {}
// SAFETY: As above.
unsafe impl<T: Run> Sync for WorkItem<T> {}

impl<T: Run> WorkItem<T> {
    /// Sleeps. The error is `ENOMEM`.
    pub(crate) fn new(context: Arc<T>) -> Result<Self> {
        let raw = Arc::as_ptr(&context).cast_mut().cast();
        // SAFETY: `context` keeps `T` until the work item was destroyed, in `drop`.
        let item = unsafe { ffi::translate_pid_work_create(Some(Self::call), raw) };
        // INVARIANT: Made just now, with this.
        Ok(Self {
            item: NonNull::new(from_err_ptr(item)?).ok_or(ENOMEM)?,
            context,
        })
    }

    /// What it runs with.
    pub(crate) fn context(&self) -> &Arc<T> {
        &self.context
    }

    /// Waits for the run that is under way or queued, if there is one. Sleeps.
    pub(crate) fn flush(&self) {
        // SAFETY: By the type invariant.
        unsafe { ffi::translate_pid_work_flush(self.item.as_ptr()) };
    }

    pub(super) fn as_ptr(&self) -> *mut ffi::translate_pid_work {
        self.item.as_ptr()
    }

    /// # Safety
    ///
    /// `context` is the `T` that [`Self::new`] gave to the work item.
    unsafe extern "C" fn call(context: *mut c_void) {
        // SAFETY: By the contract; the `Arc` is dropped after the work item, whose drop waits for
        // this.
        unsafe { ArcBorrow::<T>::from_raw(context.cast()) }.run();
    }
}

impl<T: Run> Drop for WorkItem<T> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, and once.
        unsafe { ffi::translate_pid_work_destroy(self.item.as_ptr()) };
    }
}
