// SPDX-License-Identifier: GPL-2.0-only

//! Files without a name that are read: `read(2)` and `poll(2)`, waiting included.
//!
//! C headers: [`include/linux/anon_inodes.h`](srctree/include/linux/anon_inodes.h),
//! [`include/linux/uio.h`](srctree/include/linux/uio.h),
//! [`include/linux/wait.h`](srctree/include/linux/wait.h).

#![allow(unsafe_code, reason = "fills a struct file_operations")]

use super::{ffi, uapi::Element};
use core::marker::PhantomData;
use kernel::{
    bindings,
    error::to_result,
    prelude::*,
    sync::atomic::{Acquire, Atomic, Release},
    types::Opaque,
};

/// Who waits for something to read, and whether there is something.
///
/// # Invariants
///
/// The wait queue is initialised.
#[pin_data]
pub(crate) struct Readers {
    #[pin]
    queue: Opaque<bindings::wait_queue_head>,
    ready: Atomic<i32>,
}

// SAFETY: The queue has a lock of its own, the rest is an atomic.
unsafe impl Send for Readers {}
// SAFETY: As above.
unsafe impl Sync for Readers {}

impl Readers {
    pub(crate) fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            // INVARIANT: Initialised here, in its place.
            queue <- Opaque::ffi_init(|slot| {
                // SAFETY: The slot is the field, which is not shared yet and does not move.
                unsafe { ffi::translate_pid_wait_queue_init(slot) }
            }),
            ready: Atomic::new(0),
        })
    }

    /// Whether there is something to read.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Acquire) != 0
    }

    /// Says whether there is something to read, and wakes up who waits for it. Sleeps on
    /// PREEMPT_RT. Calls must not overlap.
    pub(crate) fn set_ready(&self, ready: bool) {
        // Released before the queue is looked at, under its lock: who joins it later sees it.
        self.ready.store(ready.into(), Release);
        if ready {
            // SAFETY: Initialised, by the type invariant.
            unsafe { ffi::translate_pid_wake_up_readers(self.queue.get()) };
        }
    }

    /// Waits until there is something to read. Sleeps.
    ///
    /// # Errors
    ///
    /// `ERESTARTSYS`: a signal has come.
    pub(crate) fn wait(&self) -> Result {
        // SAFETY: The queue is initialised; the word is read only, and both stay while they are
        // borrowed.
        to_result(unsafe {
            ffi::translate_pid_wait_until(self.queue.get(), self.ready.as_ptr().cast_const())
        })
    }
}

/// Where a `read(2)` puts what it gives.
///
/// # Invariants
///
/// `0` is the `struct iov_iter` of a call of `read_iter`, for as long as `'a`.
pub(crate) struct Destination<'a>(*mut bindings::iov_iter, PhantomData<&'a mut ()>);

impl Destination<'_> {
    /// For how many bytes there is room.
    pub(crate) fn room(&self) -> usize {
        // SAFETY: By the type invariant.
        unsafe { ffi::translate_pid_iter_room(self.0.cast()) as usize }
    }

    /// Writes the bytes of `batch`. Returns how many elements were written as a whole: all, unless
    /// the memory cannot be written. Sleeps.
    pub(crate) fn write(&mut self, batch: &Batch) -> usize {
        let bytes = batch.count * batch.size;
        // SAFETY: The helper reads so many bytes of the batch, all initialised, and checks what it
        // writes to, as any that comes from user space.
        let written = unsafe {
            ffi::translate_pid_bytes_to_iter(
                batch.bytes.as_ptr().cast(),
                bytes as c_ulong,
                self.0.cast(),
            )
        };
        written as usize / batch.size
    }
}

/// The largest size of an element in a batch.
pub(crate) const BATCH_BYTES: usize = 1024;

/// Some elements, each of the size that the reader wants: cut off, or filled up with zeros.
///
/// # Invariants
///
/// `size` is not 0, and `count` times `size` is at most [`BATCH_BYTES`].
pub(crate) struct Batch {
    bytes: [u8; BATCH_BYTES],
    size: usize,
    count: usize,
}

impl Batch {
    /// An empty one. `EINVAL`: `size` is 0, or there is no room for one.
    pub(crate) fn new(size: usize) -> Result<Self> {
        if size == 0 || size > BATCH_BYTES {
            return Err(EINVAL);
        }
        // INVARIANT: As just checked.
        Ok(Self {
            bytes: [0; BATCH_BYTES],
            size,
            count: 0,
        })
    }

    /// For how many elements there is room in all.
    pub(crate) fn most(&self) -> usize {
        BATCH_BYTES / self.size
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Takes all elements out.
    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    /// Puts an element behind the others; false if there is no room.
    pub(crate) fn push<T: Element>(&mut self, element: &T) -> bool {
        // SAFETY: An `Element` is made of initialised bytes only.
        let from = unsafe {
            core::slice::from_raw_parts(
                core::ptr::from_ref(element).cast::<u8>(),
                size_of::<T>().min(self.size),
            )
        };
        let at = self.count * self.size;
        let Some(place) = self.bytes.get_mut(at..at + self.size) else {
            return false;
        };
        let (known, rest) = place.split_at_mut(from.len());
        known.copy_from_slice(from);
        rest.fill(0);
        self.count += 1;
        true
    }
}

/// What such files do. The file owns the value, and drops it when nobody has the file any more.
pub(crate) trait Operations: Send + Sync + 'static {
    /// `read(2)`, in the calling task; may sleep. The bytes that were written.
    fn read(&self, to: &mut Destination<'_>, nonblocking: bool) -> Result<usize>;

    /// Who waits. It is told whether there is something to read.
    fn readers(&self) -> &Readers;
}

/// Opens such files.
///
/// # Invariants
///
/// `fops.owner` is this module: a file keeps it, and whoever lends this value must be a part of
/// what the module drops in the end only.
pub(crate) struct Streams<T: Operations> {
    fops: KBox<Opaque<bindings::file_operations>>,
    _operations: PhantomData<T>,
}

// SAFETY: The operations do not change; `T` is `Send` and `Sync`.
unsafe impl<T: Operations> Send for Streams<T> {}
// SAFETY: As above.
unsafe impl<T: Operations> Sync for Streams<T> {}

impl<T: Operations> Streams<T> {
    /// The error is `ENOMEM`.
    pub(crate) fn new(owner: &'static ThisModule) -> Result<Self> {
        let fops = bindings::file_operations {
            owner: owner.as_ptr(),
            read_iter: Some(Self::read_iter),
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
    pub(crate) fn open(
        &self,
        name: &'static CStr,
        operations: T,
        nonblocking: bool,
    ) -> Result<i32> {
        let private = KBox::into_raw(KBox::new(operations, GFP_KERNEL_ACCOUNT)?);
        // SAFETY: `name` is static. The operations stay until the file has been released: it keeps
        // the module, by the type invariant. They are those of a file whose private data is a `T`,
        // which passes to it.
        let fd = unsafe {
            ffi::translate_pid_open_stream(
                name.as_char_ptr(),
                self.fops.get(),
                private.cast(),
                nonblocking,
            )
        };
        if let Err(error) = to_result(fd.min(0)) {
            // SAFETY: There is no file, so the value is still ours, as it came from `into_raw()`.
            drop(unsafe { KBox::from_raw(private) });
            // What the kernel says when it cannot take a reference on the module.
            return Err(if error == ENOENT { ENOTTY } else { error });
        }
        // Somebody may have closed it again by now.
        Ok(fd)
    }

    /// # Safety
    ///
    /// `file` is an open file of `T`, for as long as `'a`.
    unsafe fn operations<'a>(file: *mut bindings::file) -> &'a T {
        // SAFETY: By the contract, the private data is the `T` of `open()`, which the file owns
        // until its release.
        unsafe { &*(*file).private_data.cast::<T>() }
    }

    /// # Safety
    ///
    /// Called by the VFS only, with a call on an open file of `T`.
    unsafe extern "C" fn read_iter(
        call: *mut bindings::kiocb,
        to: *mut bindings::iov_iter,
    ) -> isize {
        // SAFETY: The VFS passes a call on an open file of `T`, and holds that during the call.
        let (operations, nonblocking) = unsafe {
            (
                Self::operations((*call).ki_filp),
                ffi::translate_pid_is_nonblocking(call.cast_const().cast()),
            )
        };
        // INVARIANT: The iterator is that of this call.
        let mut to = Destination(to, PhantomData);
        match operations.read(&mut to, nonblocking) {
            Ok(bytes) => bytes as isize,
            Err(error) => error.to_errno() as isize,
        }
    }

    /// # Safety
    ///
    /// Called by the VFS only, with an open file of `T`.
    unsafe extern "C" fn poll(
        file: *mut bindings::file,
        table: *mut bindings::poll_table_struct,
    ) -> bindings::__poll_t {
        // SAFETY: The VFS passes an open file of `T`, and holds it during the call.
        let readers = unsafe { Self::operations(file) }.readers();
        // SAFETY: `file` and `table` are those of this call. The queue is initialised, and the file
        // owns it until its release: `select()` and the like hold the file, and `epoll` leaves the
        // queue before the file is released.
        unsafe { ffi::translate_pid_wait(file, readers.queue.get(), table) };
        // Only now: who says that there is something from here on wakes up the waiter.
        if readers.is_ready() {
            bindings::POLLIN | bindings::POLLRDNORM
        } else {
            0
        }
    }

    /// # Safety
    ///
    /// Called by the VFS only, once, with a file of `T` that nobody has any more.
    unsafe extern "C" fn release(_: *mut bindings::inode, file: *mut bindings::file) -> c_int {
        // SAFETY: By the contract, the private data is the `T` of `open()`, from `into_raw()`; the
        // file owned it, and no call is inside.
        drop(unsafe { KBox::from_raw((*file).private_data.cast::<T>()) });
        0
    }
}
