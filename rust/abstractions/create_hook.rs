// SPDX-License-Identifier: GPL-2.0-only

//! The hook at the creation of pid namespaces.

#![allow(unsafe_code, reason = "passes a context pointer through ftrace")]

use super::{ffi, hook::Hook, ksyms::Address, ns_table::NamespaceTable, pid_ns::PidNamespace};
use kernel::{
    prelude::*,
    sync::{Arc, ArcBorrow},
};

/// Reacts to the creation of pid namespaces.
pub(crate) trait OnCreate: Send + Sync + 'static {
    /// `ns` is complete but not yet visible to others. May not sleep: see the
    /// documentation of [`super::hook`].
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
