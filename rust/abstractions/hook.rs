// SPDX-License-Identifier: GPL-2.0-only

//! Callbacks at the entry of kernel functions, through ftrace.
//!
//! C header: [`include/linux/ftrace.h`](srctree/include/linux/ftrace.h).
//!
//! A handler runs in the traced function's caller, preemptible or not, so it must neither sleep
//! nor take a lock that sleeps on PREEMPT_RT, and it must not hold a lock past its return.

#![allow(unsafe_code, reason = "passes function and context pointers to ftrace")]

use super::{ffi, ksyms::Address};
use core::ptr::NonNull;
use kernel::{
    error::from_err_ptr,
    prelude::*,
    sync::atomic::{Atomic, Relaxed},
};

/// What ftrace calls: the context given at registration and the function's first argument.
pub(super) type Handler = unsafe extern "C" fn(context: *mut c_void, first_argument: usize);

/// A registered callback. Dropping it sleeps until no callback runs and none will start.
///
/// # Invariants
///
/// `0` is a hook that `translate_pid_hook_register()` returned and that was not unregistered.
pub(super) struct Hook(NonNull<ffi::translate_pid_hook>);

// SAFETY: A hook may be unregistered from any thread.
unsafe impl Send for Hook {}
// SAFETY: A shared hook offers no operation.
unsafe impl Sync for Hook {}

impl Hook {
    /// Calls `handler` at each entry of the function at `address`. Sleeps.
    ///
    /// # Errors
    ///
    /// `EINVAL`: the function cannot be traced. `EBUSY`: ftrace is switched off. `ENOMEM`.
    /// `ENODEV`: ftrace has shut itself down.
    ///
    /// # Safety
    ///
    /// `context` fits `handler`, stays valid until the hook has been dropped and may be used from
    /// any thread. The handler abides by the rules in the module's documentation.
    pub(super) unsafe fn new(
        address: Address,
        handler: Handler,
        context: *mut c_void,
    ) -> Result<Self> {
        // SAFETY: By the function's contract; the helper checks the address itself.
        let hook =
            unsafe { ffi::translate_pid_hook_register(address.raw(), Some(handler), context) };
        // INVARIANT: Registered, unless it is an error pointer.
        Ok(Self(NonNull::new(from_err_ptr(hook)?).ok_or(EINVAL)?))
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        // SAFETY: Registered and not yet unregistered, by the type invariant.
        unsafe { ffi::translate_pid_hook_unregister(self.0.as_ptr()) };
    }
}

/// Proves that ftrace calls back: hooks a function of this module and calls it. Sleeps.
///
/// # Errors
///
/// Those of [`Hook::new`], of which `EINVAL` says that ftrace does not know the function, though it
/// is built to be traced; `EIO` if the hook was accepted but did not fire.
pub(crate) fn prove_alive() -> Result {
    const ARGUMENT: usize = 0x7e57;

    /// # Safety
    ///
    /// `context` points to an `Atomic<usize>`.
    unsafe extern "C" fn seen(context: *mut c_void, first_argument: usize) {
        // SAFETY: The context is `last` below, which outlives the hook.
        unsafe { &*context.cast::<Atomic<usize>>() }.store(first_argument, Relaxed);
    }

    let last = Atomic::<usize>::new(0);
    let context = core::ptr::from_ref(&last).cast_mut().cast();
    // SAFETY: Takes the address of a function.
    let target = Address::of_own_function(unsafe { ffi::translate_pid_hook_target_address() });
    // SAFETY: `last` outlives the hook, declared after it, and the handler only stores an integer.
    let hook = unsafe { Hook::new(target, seen, context) }?;
    // SAFETY: The function does nothing.
    unsafe { ffi::translate_pid_hook_target(ARGUMENT) };
    drop(hook);

    if last.load(Relaxed) == ARGUMENT {
        Ok(())
    } else {
        Err(EIO)
    }
}
