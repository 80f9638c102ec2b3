// SPDX-License-Identifier: GPL-2.0-only

//! Callbacks at the entry of kernel functions, through ftrace.
//!
//! C header: [`include/linux/ftrace.h`](srctree/include/linux/ftrace.h).
//!
//! A handler runs in the traced function's caller, preemptible or not, so it must neither sleep
//! nor take a lock that sleeps on PREEMPT_RT, and it must not hold a lock past its return.

#![allow(unsafe_code, reason = "passes function and context pointers to ftrace")]

use super::{ffi, ksyms::Address, ns_table::NamespaceTable, pid_ns::PidNamespace};
use core::ptr::NonNull;
use kernel::{
    error::from_err_ptr,
    prelude::*,
    sync::{
        atomic::{Atomic, Relaxed},
        Arc, ArcBorrow,
    },
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
/// Those of [`Hook::new`]; `EIO` if the hook was accepted but did not fire.
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

/// Reacts to the creation of pid namespaces.
pub(crate) trait OnCreate: Send + Sync + 'static {
    /// `ns` is complete but not yet visible to others. May not sleep: see the module's
    /// documentation.
    fn created(&self, ns: &PidNamespace);
}

/// The hook at `__ns_tree_add_raw()`: calls [`OnCreate::created`] for each new pid namespace.
///
/// Declared, hence dropped, before what it refers to.
pub(crate) struct CreateHook<T: OnCreate> {
    _hook: Hook,
    _context: Arc<T>,
}

impl<T: OnCreate> CreateHook<T> {
    /// Registers the hook. Sleeps.
    ///
    /// `_table` is evidence that removal is being followed already: a namespace that `created`
    /// puts into the table must not be able to die unseen.
    ///
    /// # Errors
    ///
    /// `EINVAL`: `ns_tree_add_raw` is not the address of `__ns_tree_add_raw()`. Those of
    /// [`Hook::new`].
    pub(crate) fn new(
        ns_tree_add_raw: Address,
        context: Arc<T>,
        _table: &NamespaceTable,
    ) -> Result<Self> {
        if ns_tree_add_raw.symbol() != c"__ns_tree_add_raw" {
            return Err(EINVAL);
        }
        let raw = Arc::as_ptr(&context).cast_mut().cast();
        // SAFETY: `_context` keeps `T`, which is `Sync`, until the hook is dropped; `created` may
        // not sleep by its documentation.
        let hook = unsafe { Hook::new(ns_tree_add_raw, Self::on_ns_tree_add, raw) }?;
        Ok(Self {
            _hook: hook,
            _context: context,
        })
    }

    /// The handler of `__ns_tree_add_raw(ns, tree)`, in the task that creates a namespace.
    ///
    /// # Safety
    ///
    /// Called by the hook that [`Self::new`] registers, at the entry of that function.
    unsafe extern "C" fn on_ns_tree_add(context: *mut c_void, ns_common: usize) {
        // SAFETY: The first argument of the hooked function is a live `struct ns_common`.
        let ns = unsafe { ffi::translate_pid_pidns_of_ns_common(ns_common) };
        if ns.is_null() {
            return;
        }
        // SAFETY: The creator owns the namespace's first reference during the call.
        let ns = unsafe { PidNamespace::from_ptr(ns) };
        // SAFETY: `new` passed the pointer of an `Arc<T>` that outlives the hook.
        unsafe { ArcBorrow::<T>::from_raw(context.cast()) }.created(ns);
    }
}
