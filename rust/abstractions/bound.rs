// SPDX-License-Identifier: GPL-2.0-only

//! Files without a name that belong to two pid namespaces: `ioctl(2)` and `poll(2)`.
//!
//! C headers: [`include/linux/anon_inodes.h`](srctree/include/linux/anon_inodes.h),
//! [`include/linux/poll.h`](srctree/include/linux/poll.h).

#![allow(unsafe_code, reason = "fills a struct file_operations")]

use super::{ffi, watch::Watched};
use core::marker::PhantomData;
use kernel::{bindings, error::to_result, prelude::*, types::Opaque};

/// The namespaces of a handle. They may be the same.
pub(crate) struct Pair {
    pub(crate) source: Watched,
    pub(crate) target: Watched,
}

/// What handles do.
pub(crate) trait Operations: Send + Sync + 'static {
    /// `ioctl(2)`, of whichever ABI, in the calling task. A result is not negative.
    fn ioctl(&self, pair: &Pair, command: u32, argument: usize) -> Result<i32>;

    /// Whether `poll(2)` tells of the end, which comes when one of the namespaces dies.
    fn is_over(&self, pair: &Pair) -> bool;
}

/// What the file of a handle owns.
struct Handle<T> {
    pair: Pair,
    operations: T,
}

/// Opens handles.
///
/// # Invariants
///
/// `fops.owner` is this module: a handle keeps it, and whoever lends this value must be a part of
/// what the module drops in the end only.
pub(crate) struct Handles<T: Operations> {
    fops: KBox<Opaque<bindings::file_operations>>,
    _operations: PhantomData<T>,
}

// SAFETY: The operations do not change; `T` is `Send` and `Sync`.
unsafe impl<T: Operations> Send for Handles<T> {}
// SAFETY: As above.
unsafe impl<T: Operations> Sync for Handles<T> {}

impl<T: Operations> Handles<T> {
    /// The error is `ENOMEM`.
    pub(crate) fn new(owner: &'static ThisModule) -> Result<Self> {
        let fops = bindings::file_operations {
            owner: owner.as_ptr(),
            unlocked_ioctl: Some(Self::ioctl),
            // The argument is a number, which is the same for 32-bit callers.
            compat_ioctl: Some(Self::ioctl),
            poll: Some(Self::poll),
            release: Some(Self::release),
            ..pin_init::zeroed()
        };
        // INVARIANT: As just written.
        Ok(Self {
            fops: KBox::new(Opaque::new(fops), GFP_KERNEL)?,
            _operations: PhantomData,
        })
    }

    /// A new close-on-exec descriptor in the calling task, which `name` stands for in
    /// `/proc/<pid>/fd`. Sleeps.
    ///
    /// # Errors
    ///
    /// `EMFILE`, `ENFILE`, `ENOMEM`. `ENOTTY`: the module is being unloaded.
    pub(crate) fn open(&self, name: &'static CStr, pair: Pair, operations: T) -> Result<i32> {
        let handle = KBox::new(Handle { pair, operations }, GFP_KERNEL_ACCOUNT)?;
        let private = KBox::into_raw(handle);
        // SAFETY: `name` is static. The operations stay until the file has been released: it keeps
        // the module, by the type invariant. They are those of a file whose private data is a
        // `Handle<T>`, which passes to it.
        let fd = unsafe {
            ffi::translate_pid_open_handle(name.as_char_ptr(), self.fops.get(), private.cast())
        };
        if let Err(error) = to_result(fd.min(0)) {
            // SAFETY: There is no file, so the handle is still ours, as it came from `into_raw()`.
            drop(unsafe { KBox::from_raw(private) });
            // What the kernel says when it cannot take a reference on the module.
            return Err(if error == ENOENT { ENOTTY } else { error });
        }
        // Somebody may have closed it again by now.
        Ok(fd)
    }

    /// # Safety
    ///
    /// `file` is an open file of a handle of `T`, for as long as `'a`.
    unsafe fn handle<'a>(file: *mut bindings::file) -> &'a Handle<T> {
        // SAFETY: By the contract, the private data is the `Handle<T>` of `open()`, which the file
        // owns until its release.
        unsafe { &*(*file).private_data.cast::<Handle<T>>() }
    }

    /// # Safety
    ///
    /// Called by the VFS only, with an open file of a handle of `T`.
    unsafe extern "C" fn ioctl(
        file: *mut bindings::file,
        command: c_uint,
        argument: c_ulong,
    ) -> c_long {
        // SAFETY: The VFS passes an open file of a handle, and holds it during the call.
        let handle = unsafe { Self::handle(file) };
        let result = handle.operations.ioctl(&handle.pair, command, argument);
        result.unwrap_or_else(|error| error.to_errno()) as c_long
    }

    /// # Safety
    ///
    /// Called by the VFS only, with an open file of a handle of `T`.
    unsafe extern "C" fn poll(
        file: *mut bindings::file,
        table: *mut bindings::poll_table_struct,
    ) -> bindings::__poll_t {
        // SAFETY: The VFS passes an open file of a handle, and holds it during the call.
        let handle = unsafe { Self::handle(file) };
        let Pair { source, target } = &handle.pair;
        // SAFETY: `file` and `table` are those of this call. The file owns both sides until its
        // release, and whoever waits for it leaves the queues before.
        unsafe {
            source.wait(file, table);
            if !target.is(source) {
                target.wait(file, table);
            }
        }
        // Only now: whoever dies from here on wakes up the waiter.
        if handle.operations.is_over(&handle.pair) {
            bindings::POLLHUP
        } else {
            0
        }
    }

    /// # Safety
    ///
    /// Called by the VFS only, once, with a file of a handle of `T` that nobody has any more.
    unsafe extern "C" fn release(_: *mut bindings::inode, file: *mut bindings::file) -> c_int {
        // SAFETY: By the contract, the private data is the `Handle<T>` of `open()`, from
        // `into_raw()`; the file owned it, and no call is inside.
        drop(unsafe { KBox::from_raw((*file).private_data.cast::<Handle<T>>()) });
        0
    }
}
