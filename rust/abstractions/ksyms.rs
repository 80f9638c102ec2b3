// SPDX-License-Identifier: GPL-2.0-only

//! Functions and variables that the kernel does not export: their addresses, and safe use of them.
//!
//! A use is a method of a type that exists only once the address was found. The addresses are
//! those of what is built in, which never goes away.

#![allow(unsafe_code, reason = "binds static calls to looked-up addresses")]

use super::{
    ffi,
    pid_ns::{self, Audit, Peek, PidNamespace},
    task::Init,
};
use core::ptr::NonNull;
use kernel::{
    error::to_result,
    prelude::*,
    sync::{aref::ARef, rcu},
};

/// The address of a function of the running kernel, and the symbol it was found by.
///
/// # Invariants
///
/// `address` is that of `symbol` in the running kernel, perhaps behind its `ENDBR`.
#[derive(Clone, Copy)]
pub(crate) struct Address {
    symbol: &'static CStr,
    address: usize,
}

impl Address {
    /// Looks `symbol` up. Sleeps.
    ///
    /// # Errors
    ///
    /// `ENOENT`: the kernel has no such function. Others: the kernel does not let kprobes look at
    /// it.
    pub(crate) fn find(symbol: &'static CStr) -> Result<Self> {
        let mut address = 0;
        // SAFETY: `symbol` is a C string; `address` is written during the call only.
        to_result(unsafe {
            ffi::translate_pid_ksym_address(symbol.as_char_ptr(), &raw mut address)
        })?;
        // INVARIANT: As the kernel's symbol table says.
        Ok(Self { symbol, address })
    }

    /// A function of this module, for tests of the hooks.
    pub(super) fn of_own_function(address: usize) -> Self {
        // INVARIANT: Callers pass the address of the named function.
        Self {
            symbol: c"translate_pid_hook_target",
            address,
        }
    }

    pub(crate) fn symbol(&self) -> &'static CStr {
        self.symbol
    }

    pub(super) fn raw(&self) -> usize {
        self.address
    }
}

/// The address of a variable of the running kernel, and the symbol it was found by.
///
/// # Invariants
///
/// `address` is that of `symbol` in the running kernel.
#[derive(Clone, Copy)]
pub(crate) struct Variable {
    symbol: &'static CStr,
    address: usize,
}

impl Variable {
    /// Looks `symbol` up. Sleeps.
    ///
    /// # Errors
    ///
    /// `ENOENT`: the kernel has no such variable, or keeps no names of variables. Others: the
    /// kernel does not let kprobes look at its own lookup.
    pub(crate) fn find(symbol: &'static CStr) -> Result<Self> {
        let mut address = 0;
        // SAFETY: `symbol` is a C string; `address` is written during the call only.
        to_result(unsafe {
            ffi::translate_pid_variable_address(symbol.as_char_ptr(), &raw mut address)
        })?;
        // INVARIANT: As the kernel's symbol table says.
        Ok(Self { symbol, address })
    }
}

/// Permission to call `ptrace_may_access()`.
///
/// # Invariants
///
/// The static call is bound.
#[derive(Clone, Copy)]
pub(crate) struct PtraceMayAccess(());

impl PtraceMayAccess {
    /// Binds the call. Sleeps. `EINVAL` if the address is that of another function.
    pub(crate) fn bind(address: Address) -> Result<Self> {
        if address.symbol() != c"ptrace_may_access" {
            return Err(EINVAL);
        }
        // SAFETY: The address is that of the function whose type the helper asserts.
        unsafe { ffi::translate_pid_bind_ptrace_may_access(address.raw()) };
        // INVARIANT: Bound just now.
        Ok(Self(()))
    }

    /// `ptrace_may_access(init, PTRACE_MODE_READ_FSCREDS)` for the calling task, LSMs included;
    /// quiet with `PTRACE_MODE_NOAUDIT`.
    ///
    /// Takes the init's `alloc_lock`, a `spinlock_t`; does not sleep otherwise.
    pub(crate) fn check(self, init: Init<'_>, audit: Audit) -> bool {
        // SAFETY: `Init` keeps the task's memory until its read section ends.
        unsafe { ffi::translate_pid_ptrace_may_access(init.as_ptr(), audit.is_recorded()) }
    }
}

/// Permission to call `ns_tree_lookup_rcu()`.
///
/// # Invariants
///
/// The static call is bound.
#[derive(Clone, Copy)]
pub(crate) struct NsTreeLookup(());

impl NsTreeLookup {
    /// Binds the call. Sleeps. `EINVAL` if the address is that of another function.
    pub(crate) fn bind(address: Address) -> Result<Self> {
        if address.symbol() != c"ns_tree_lookup_rcu" {
            return Err(EINVAL);
        }
        // SAFETY: The address is that of the function whose type the helper asserts.
        unsafe { ffi::translate_pid_bind_ns_tree_lookup(address.raw()) };
        // INVARIANT: Bound just now.
        Ok(Self(()))
    }

    /// The pid namespace with the kernel's own id `ns_id`, if the kernel's tree has one; its count
    /// may be zero already. Does not sleep, but for the spinlocks of PREEMPT_RT.
    pub(crate) fn find<'g>(self, ns_id: u64, guard: &'g rcu::Guard) -> Option<Peek<'g>> {
        // SAFETY: The helper must be called under RCU, which `guard` is.
        let ns = NonNull::new(unsafe { ffi::translate_pid_pidns_by_ns_id_rcu(ns_id) })?;
        // SAFETY: The helper found `ns` in the kernel's tree within `'g`. The kernel takes a
        // namespace out of the tree, then frees it by `call_rcu()`.
        Some(unsafe { Peek::from_raw(ns, guard) })
    }
}

/// The kernel's list of pid namespaces, sorted by `ns_id`.
///
/// # Invariants
///
/// `tree` is the address of the kernel's `pid_ns_tree`.
#[derive(Clone, Copy)]
pub(crate) struct NsList {
    tree: usize,
}

impl NsList {
    /// `EINVAL` if the address is that of another variable.
    pub(crate) fn new(tree: Variable) -> Result<Self> {
        if tree.symbol != c"pid_ns_tree" {
            return Err(EINVAL);
        }
        // INVARIANT: As `Variable` says; the helper asserts the variable's type.
        Ok(Self { tree: tree.address })
    }

    pub(super) fn address(self) -> usize {
        self.tree
    }

    /// The namespace that follows `ns`. Does not sleep.
    ///
    /// A walk that begins with [`pid_ns::initial`] sees every namespace that exists from its
    /// beginning to its end; of those created or destroyed meanwhile it sees some.
    pub(crate) fn next(self, ns: &PidNamespace) -> Option<ARef<PidNamespace>> {
        // SAFETY: `tree` is `pid_ns_tree` by the type invariant. `ns` is counted, so it stays on
        // that list during the call. The result is counted.
        unsafe { pid_ns::counted(ffi::translate_pid_pidns_next(self.tree, ns.as_ptr())) }.ok()
    }
}
