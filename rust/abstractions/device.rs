// SPDX-License-Identifier: GPL-2.0-only

//! A character device with ioctls, for everybody.
//!
//! C headers: [`include/linux/miscdevice.h`](srctree/include/linux/miscdevice.h),
//! [`include/linux/fs.h`](srctree/include/linux/fs.h).
//!
//! The kernel's own `MiscDevice` cannot set the node's mode, has no `poll`, and before 7.3 leaves
//! `fops.owner` empty, which lets the module go while a descriptor is open.
//!
//! Does not support: state per open file, read, write, mmap.

#![allow(unsafe_code, reason = "fills a struct file_operations")]

use core::marker::PhantomPinned;
use kernel::{
    bindings,
    error::to_result,
    prelude::*,
    sync::{Arc, ArcBorrow},
    types::Opaque,
};

/// What the device does.
pub(crate) trait Operations: Send + Sync + 'static {
    /// `ioctl(2)`, in the calling task; may sleep. The address is user space's, unchecked. A result
    /// is not negative.
    fn ioctl(&self, command: u32, address: usize) -> Result<i32>;

    /// The events of `poll(2)` that are ready now.
    fn poll(&self) -> u32;
}

/// What `ioctl(2)` returns: a result, or a negative errno.
pub(super) fn returned(result: Result<i32>) -> c_long {
    result.unwrap_or_else(|error| error.to_errno()) as c_long
}

/// A registered device of mode 0666. Dropping it removes the node; that happens at unload only,
/// when the module's count says that no descriptor is open.
///
/// # Invariants
///
/// `misc` is registered, its operations are `fops`, and `fops.owner` is this module: an open
/// descriptor keeps the module, hence this value.
#[pin_data(PinnedDrop)]
pub(crate) struct Device<T: Operations> {
    #[pin]
    misc: Opaque<bindings::miscdevice>,
    #[pin]
    fops: Opaque<bindings::file_operations>,
    operations: Arc<T>,
    #[pin]
    _pin: PhantomPinned,
}

// SAFETY: A device may be deregistered from any thread; `T` is `Send` and `Sync`.
unsafe impl<T: Operations> Send for Device<T> {}
// SAFETY: A shared device offers no operation.
unsafe impl<T: Operations> Sync for Device<T> {}

impl<T: Operations> Device<T> {
    /// Registers `/dev/<name>`. Sleeps.
    ///
    /// # Errors
    ///
    /// Those of `misc_register()`: `EBUSY` if there is no minor left, `EEXIST` if the name is
    /// taken, `ENOMEM`.
    pub(crate) fn new(
        name: &'static CStr,
        owner: &'static ThisModule,
        operations: Arc<T>,
    ) -> impl PinInit<Self, Error> {
        try_pin_init!(&this in Self {
            operations,
            fops: Opaque::new(Self::file_operations(owner)),
            misc <- Opaque::try_ffi_init(move |slot: *mut bindings::miscdevice| {
                let this = this.as_ptr();
                // SAFETY: `slot` is the field to be initialised; `fops` and `operations` have been
                // initialised before it and stay in place, for the value is pinned.
                unsafe {
                    slot.write(bindings::miscdevice {
                        minor: bindings::MISC_DYNAMIC_MINOR as c_int,
                        name: name.as_char_ptr(),
                        mode: 0o666,
                        fops: Opaque::cast_into(&raw const (*this).fops),
                        ..pin_init::zeroed()
                    })
                };
                // SAFETY: `slot` is filled in; it is deregistered before it is freed.
                to_result(unsafe { bindings::misc_register(slot) })
            }),
            _pin: PhantomPinned,
        })
    }

    fn file_operations(owner: &'static ThisModule) -> bindings::file_operations {
        bindings::file_operations {
            owner: owner.as_ptr(),
            unlocked_ioctl: Some(Self::ioctl),
            // The structures have the same layout for 32-bit callers; only the pointer differs.
            compat_ioctl: bindings::compat_ptr_ioctl,
            poll: Some(Self::poll),
            open: Some(Self::open),
            llseek: Some(bindings::noop_llseek),
            ..pin_init::zeroed()
        }
    }

    /// # Safety
    ///
    /// `file` is an open file of this device, with `private_data` as [`Self::open`] left it.
    unsafe fn operations<'a>(file: *mut bindings::file) -> ArcBorrow<'a, T> {
        // SAFETY: By the contract, the pointer is that of `operations`, which the module keeps as
        // long as `file`, whose `fops.owner` is the module, is open.
        unsafe { ArcBorrow::from_raw((*file).private_data.cast()) }
    }

    /// # Safety
    ///
    /// Called by `misc_open()` only, for a node of a registered [`Device<T>`].
    unsafe extern "C" fn open(_: *mut bindings::inode, file: *mut bindings::file) -> c_int {
        // SAFETY: `misc_open()` has put the miscdevice into `private_data`; it is the field `misc`
        // of a `Device<T>`, for only those have this function as their `open`.
        unsafe {
            let misc = Opaque::cast_from((*file).private_data.cast::<bindings::miscdevice>());
            let device = kernel::container_of!(misc, Self, misc);
            (*file).private_data = Arc::as_ptr(&(*device).operations).cast_mut().cast();
        }
        0
    }

    /// # Safety
    ///
    /// Called by the VFS only, with an open file of a [`Device<T>`].
    unsafe extern "C" fn ioctl(
        file: *mut bindings::file,
        command: c_uint,
        argument: c_ulong,
    ) -> c_long {
        // SAFETY: The VFS passes an open file of this device.
        returned(unsafe { Self::operations(file) }.ioctl(command, argument))
    }

    /// # Safety
    ///
    /// Called by the VFS only, with an open file of a [`Device<T>`].
    unsafe extern "C" fn poll(
        file: *mut bindings::file,
        _: *mut bindings::poll_table_struct,
    ) -> bindings::__poll_t {
        // SAFETY: The VFS passes an open file of this device.
        unsafe { Self::operations(file) }.poll()
    }
}

#[pinned_drop]
impl<T: Operations> PinnedDrop for Device<T> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: Registered by the type invariant; not deregistered before.
        unsafe { bindings::misc_deregister(self.misc.get()) };
    }
}
