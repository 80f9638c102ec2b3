// SPDX-License-Identifier: GPL-2.0-only

//! Walking along the kernel's list of pid namespaces, and what they are.
//!
//! C header: [`include/linux/nstree.h`](srctree/include/linux/nstree.h).

#![allow(unsafe_code, reason = "namespace pointers under RCU")]

use super::{ffi, ksyms::NsList, pid_ns::Peek};
use core::{marker::PhantomData, mem::MaybeUninit, ptr::NonNull};
use kernel::{bindings, sync::rcu};

/// What is told of a namespace without asking who its init is.
pub(crate) struct Facts {
    pub(crate) inode: u32,
    /// The user who owns it, as a number in the calling task's user namespace.
    pub(crate) owner: u32,
    /// How many pids it has.
    pub(crate) pids: u32,
    /// Whether fork may still give pids there. If not, it never may again.
    pub(crate) takes_pids: bool,
    /// Whether the kernel shows it to user space.
    pub(crate) is_active: bool,
}

impl Facts {
    /// Looks at the namespace, after what was read of it before, and before what is read next.
    pub(crate) fn of(ns: Peek<'_>) -> Self {
        let mut description = ffi::translate_pid_ns_description {
            inode: 0,
            owner: 0,
            pids: 0,
            takes_pids: false,
            active: false,
        };
        // SAFETY: The namespace is allocated by the invariant of `Peek`, and its user namespace,
        // which it drops with its memory.
        unsafe { ffi::translate_pid_pidns_describe(ns.as_ptr(), &raw mut description) };
        Self {
            inode: description.inode,
            owner: description.owner,
            pids: description.pids,
            takes_pids: description.takes_pids,
            is_active: description.active,
        }
    }
}

/// Up to `N` pid namespaces, one after the other.
///
/// # Invariants
///
/// The first `count` of `found` are initialised: namespaces that were on the kernel's list within
/// `'g`, from which they go before they are freed by RCU.
pub(crate) struct Namespaces<'g, const N: usize> {
    found: [MaybeUninit<*mut bindings::pid_namespace>; N],
    count: usize,
    is_end: bool,
    guard: &'g rcu::Guard,
    _found: PhantomData<Peek<'g>>,
}

impl<'g, const N: usize> Namespaces<'g, N> {
    /// Namespaces whose `ns_id` is above `after`, the next ones in ascending order; their counts
    /// may be zero already. There may be none here though others follow: see [`Self::is_end`].
    ///
    /// None is left out that is on the list for the whole of the read section. Takes no lock, and
    /// looks at a number of namespaces that is bounded by `N` and the helper.
    pub(crate) fn new(list: NsList, after: u64, guard: &'g rcu::Guard) -> Self {
        let mut found = [const { MaybeUninit::uninit() }; N];
        let mut is_end = false;
        // SAFETY: The address is that of the kernel's `pid_ns_tree` by the invariant of `NsList`;
        // its tree and its list are read under RCU. The helper writes to the first `N` places at
        // most.
        let count = unsafe {
            ffi::translate_pid_pidns_collect(
                list.address(),
                after,
                found.as_mut_ptr().cast(),
                N as u32,
                &raw mut is_end,
            )
        };
        // INVARIANT: So many were written, all found on the list within the read section.
        Self {
            found,
            count: count as usize,
            is_end,
            guard,
            _found: PhantomData,
        }
    }

    /// Whether no namespace follows those that were found.
    pub(crate) fn is_end(&self) -> bool {
        self.is_end
    }

    /// Those that were found.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Peek<'g>> + '_ {
        let found = self.found.get(..self.count).unwrap_or(&[]);
        found.iter().map(|ns| {
            // SAFETY: Initialised by the type invariant, and never null: it is found by its list
            // entry. The kernel takes a namespace from the list, then frees it by `call_rcu()`.
            unsafe { Peek::from_raw(NonNull::new_unchecked(ns.assume_init()), self.guard) }
        })
    }
}
