// SPDX-License-Identifier: GPL-2.0-only

//! Files directly below `/proc`: those whose contents a function prints, and those that take ioctls.

#![allow(unsafe_code, reason = "passes a context pointer through seq_file")]

use super::{
    device::{self, Operations},
    ffi,
};
use core::ptr::NonNull;
use kernel::{
    bindings,
    error::from_result,
    prelude::*,
    seq_file::SeqFile,
    sync::{Arc, ArcBorrow},
};

/// The contents of a file.
pub(crate) trait Show: Send + Sync + 'static {
    /// Prints the whole contents. Runs in the reading task and may sleep.
    fn show(&self, m: &SeqFile) -> Result;
}

/// A file of mode 0444. Dropping it removes the file and sleeps until nobody is inside; reads
/// and ioctls of descriptors that are still open fail from then on.
///
/// # Invariants
///
/// `file` is registered, with the pointer of `context` as its data.
pub(crate) struct File<T: Send + Sync + 'static> {
    file: NonNull<ffi::translate_pid_proc_file>,
    context: Arc<T>,
}

// SAFETY: A file may be removed from any thread; the context is `Send` and `Sync`.
unsafe impl<T: Send + Sync> Send for File<T> {}
// SAFETY: A shared file offers no operation.
unsafe impl<T: Send + Sync> Sync for File<T> {}

impl<T: Show> File<T> {
    /// Creates `/proc/<name>`. Sleeps. The error is `ENOMEM`; also if the name is taken.
    pub(crate) fn new(name: &'static CStr, context: Arc<T>) -> Result<Self> {
        let raw = Arc::as_ptr(&context).cast_mut().cast();
        // SAFETY: `name` is static. The context outlives the file: it is dropped after it.
        let file =
            unsafe { ffi::translate_pid_proc_create(name.as_char_ptr(), Some(Self::show), raw) };
        // INVARIANT: Registered just now.
        Ok(Self {
            file: NonNull::new(file).ok_or(ENOMEM)?,
            context,
        })
    }

    /// # Safety
    ///
    /// Called by `seq_read()` and `seq_lseek()`, for a file that [`Self::new`] created.
    unsafe extern "C" fn show(m: *mut bindings::seq_file, _: *mut c_void) -> c_int {
        from_result(|| {
            // SAFETY: `single_open()` stored the data pointer that `new` gave to procfs, and
            // procfs waits for readers before the file's drop ends.
            let context = unsafe { ArcBorrow::<T>::from_raw((*m).private.cast()) };
            // SAFETY: `seq_read()` and `seq_lseek()` pass the file's own `seq_file`, locked for this call.
            context.show(unsafe { SeqFile::from_raw(m) })?;
            Ok(0)
        })
    }
}

impl<T: Operations> File<T> {
    /// Creates `/proc/<name>`, which takes the device's ioctls. Sleeps. The error is `ENOMEM`;
    /// also if the name is taken.
    pub(crate) fn new_commands(name: &'static CStr, context: Arc<T>) -> Result<Self> {
        let raw = Arc::as_ptr(&context).cast_mut().cast();
        // SAFETY: `name` is static. The context outlives the file: it is dropped after it.
        let file = unsafe {
            ffi::translate_pid_proc_create_commands(name.as_char_ptr(), Some(Self::ioctl), raw)
        };
        // INVARIANT: Registered just now.
        Ok(Self {
            file: NonNull::new(file).ok_or(ENOMEM)?,
            context,
        })
    }

    /// # Safety
    ///
    /// Called by `translate_pid_proc_ioctl()`, with the context that [`Self::new_commands`] gave.
    unsafe extern "C" fn ioctl(context: *mut c_void, command: c_uint, address: c_ulong) -> c_long {
        // SAFETY: By the contract, the pointer is that of the file's context. procfs waits for
        // those who are inside an ioctl before the file's drop ends.
        let context = unsafe { ArcBorrow::<T>::from_raw(context.cast()) };
        device::returned(context.ioctl(command, address))
    }
}

impl<T: Send + Sync> Drop for File<T> {
    fn drop(&mut self) {
        // SAFETY: Registered by the type invariant; not removed before.
        unsafe { ffi::translate_pid_proc_remove(self.file.as_ptr()) };
        // The context, a field, is dropped after this.
        let _ = &self.context;
    }
}
