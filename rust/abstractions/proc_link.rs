// SPDX-License-Identifier: GPL-2.0-only

//! The link `/proc/<pid>/ns/pidns_id`: its text is the id of the process's pid namespace.
//!
//! The file system's side is in `rust/callbacks/proc_link.c`; this file gives it the ids.

#![allow(unsafe_code, reason = "passes a context pointer through C")]

use super::{ffi, ksyms::Address, pid_ns::PidNamespace};
use kernel::{
    bindings,
    error::to_result,
    prelude::*,
    sync::{Arc, ArcBorrow},
};

/// Gives the id that a link shows.
pub(crate) trait LinkText: Send + Sync + 'static {
    /// The id of `ns`. Runs in the reading task.
    fn id(&self, ns: &PidNamespace) -> u64;
}

/// The functions of procfs that the link needs.
pub(crate) struct Symbols {
    /// `proc_ns_dir_lookup()`.
    pub(crate) dir_lookup: Address,
    /// `proc_ns_dir_readdir()`.
    pub(crate) dir_readdir: Address,
    /// `ns_get_name()`.
    pub(crate) get_name: Address,
    /// `proc_ns_instantiate()`.
    pub(crate) instantiate: Address,
    /// `proc_fill_cache()`.
    pub(crate) fill_cache: Address,
}

/// The link, in every procfs. Dropping it sleeps until no reader is inside, and removes it from
/// all directories, cached ones included.
///
/// # Invariants
///
/// The link is enabled, with the pointer of `_context` as its context. There is one such value at
/// a time: the module's.
pub(crate) struct ProcLink<T: LinkText> {
    _context: Arc<T>,
}

impl<T: LinkText> ProcLink<T> {
    /// Enables the link, `listed` among the others of its directory or found by its name only.
    /// Sleeps. To be called by the module's init only, once.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP`: procfs is not built as the module knows it. `EBUSY`: another user of ftrace
    /// redirects one of the functions already. `EAGAIN`: a BPF trampoline on one is in use all
    /// the time. `EINVAL`: one of them cannot be traced. `ENFILE`: too many files are open to list
    /// a directory. `ENOMEM`.
    pub(crate) fn new(symbols: Symbols, listed: bool, context: Arc<T>) -> Result<Self> {
        let symbols = ffi::translate_pid_link_symbols {
            dir_lookup: symbols.dir_lookup.raw(),
            dir_readdir: symbols.dir_readdir.raw(),
            get_name: symbols.get_name.raw(),
            instantiate: symbols.instantiate.raw(),
            fill_cache: symbols.fill_cache.raw(),
        };
        let raw = Arc::as_ptr(&context).cast_mut().cast();
        // SAFETY: The addresses are those of the functions named. The context outlives the link:
        // it is dropped after `drop` has disabled it.
        to_result(unsafe {
            ffi::translate_pid_link_enable(&raw const symbols, listed, Some(Self::id_of), raw)
        })?;
        // INVARIANT: Enabled just now.
        Ok(Self { _context: context })
    }

    /// # Safety
    ///
    /// Called by `rust/callbacks/proc_link.c` only, with the context given to it and a counted namespace.
    unsafe extern "C" fn id_of(context: *mut c_void, ns: *mut bindings::pid_namespace) -> u64 {
        // SAFETY: The pointer of an `Arc<T>` that outlives the link, by the type invariant.
        let context = unsafe { ArcBorrow::<T>::from_raw(context.cast()) };
        // SAFETY: Counted by the caller during this call.
        context.id(unsafe { PidNamespace::from_ptr(ns) })
    }
}

impl<T: LinkText> Drop for ProcLink<T> {
    fn drop(&mut self) {
        // SAFETY: Enabled by the type invariant, and not disabled before.
        unsafe { ffi::translate_pid_link_disable() };
    }
}
