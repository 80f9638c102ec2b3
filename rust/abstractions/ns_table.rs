// SPDX-License-Identifier: GPL-2.0-only

//! A table that attaches an id to each living pid namespace, found by id and by namespace.
//!
//! The table owns the hook at `__ns_tree_remove()`: without it an entry could outlive its
//! namespace, so there is no table without the hook.
//!
//! # Lifetime of what a reader finds
//!
//! ```text
//!   last put_pid_ns()                              count 0, no new reference possible
//!     destroy_pid_namespace_work()                 workqueue
//!       __ns_tree_remove()  -> our hook            entry unlinked: the id names nothing any more
//!       call_rcu(delayed_free_pidns)               queued after the hook, so it runs after every
//!                                                  read section that could have found the entry
//! ```
//!
//! An entry is linked only by [`NamespaceTable::insert`], which borrows a counted namespace: the
//! count is above zero until the entry is in place, so the hook for this namespace comes later.
//!
//! # Contexts
//!
//! Lookups: any context under RCU. `insert` and the hook: task context, preemptible or not, never
//! interrupts. Lock order: bucket by namespace, then bucket by id.

#![allow(unsafe_code, reason = "entries hold raw namespace pointers")]

use super::{
    bit_table::{Buckets, Link, Linked},
    ffi,
    hook::Hook,
    ksyms::Address,
    pid_ns::{address_hash, Peek, PidNamespace},
};
use core::ptr::NonNull;
use kernel::{
    bindings,
    prelude::*,
    sync::{
        atomic::{Atomic, Relaxed},
        rcu,
    },
    types::Opaque,
};

#[cfg(translate_pid_kunit)]
#[path = "../kunit/table.rs"]
pub(crate) mod kunit;

const BY_NS: u32 = ffi::TRANSLATE_PID_INDEX_BY_NS;
const BY_ID: u32 = ffi::TRANSLATE_PID_INDEX_BY_ID;

/// One namespace's entry.
///
/// # Invariants
///
/// While the entry is linked, `ns` points to a pid namespace that has not been through
/// `__ns_tree_remove()`.
#[repr(C)]
struct Entry {
    by_ns: Link<Entry>,
    by_id: Link<Entry>,
    ns: *mut bindings::pid_namespace,
    id: u64,
    rcu: Opaque<bindings::callback_head>,
}

// SAFETY: The links are atomics, the rest does not change while the entry is shared.
unsafe impl Sync for Entry {}
// SAFETY: Nothing in an entry belongs to a thread.
unsafe impl Send for Entry {}

// SAFETY: Always the same field.
unsafe impl Linked<BY_NS> for Entry {
    fn link(&self) -> &Link<Self> {
        &self.by_ns
    }
}

// SAFETY: Always the same field.
unsafe impl Linked<BY_ID> for Entry {
    fn link(&self) -> &Link<Self> {
        &self.by_id
    }
}

/// Memory for an entry, allocated before any bucket is locked.
///
/// # Invariants
///
/// Points to memory from the kernel's `kmalloc` family, large enough for an [`Entry`] and owned
/// by this value.
pub(crate) struct Vacant(NonNull<Entry>);

impl Vacant {
    /// Allocates; sleeps. The error is `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        let memory = KBox::<Entry>::new_uninit(GFP_KERNEL)?;
        // INVARIANT: A `KBox` is `kmalloc` memory; its ownership passes on.
        Ok(Self(
            NonNull::new(KBox::into_raw(memory).cast()).ok_or(ENOMEM)?,
        ))
    }

    /// Allocates without sleeping or taking a sleeping lock; `None` if there is no memory at hand.
    pub(crate) fn new_atomic() -> Option<Self> {
        // SAFETY: The helper may be called from any task context.
        let memory = unsafe { ffi::translate_pid_alloc_atomic(size_of::<Entry>()) };
        // INVARIANT: The helper's memory is of the `kmalloc` family, or null.
        NonNull::new(memory.cast()).map(Self)
    }

    fn fill(self, ns: &PidNamespace, id: u64) -> NonNull<Entry> {
        let entry = self.0;
        core::mem::forget(self);
        // SAFETY: By the type invariant the memory is ours and large enough.
        unsafe {
            entry.write(Entry {
                by_ns: Link::new(),
                by_id: Link::new(),
                ns: ns.as_ptr(),
                id,
                rcu: Opaque::uninit(),
            })
        };
        entry
    }
}

impl Drop for Vacant {
    fn drop(&mut self) {
        // Not by `kfree()` here: with PREEMPT_RT that is not for every context, `call_rcu()` is.
        // SAFETY: By the type invariant this is unshared memory, large enough for an entry.
        unsafe { free_by_rcu(self.0) };
    }
}

/// What became of [`NamespaceTable::insert`].
#[must_use]
pub(crate) enum Inserted {
    /// The namespace has the id from now on.
    Yes,
    /// The namespace already had the id given here.
    AlreadyHas(u64),
    /// Another namespace has this id. The memory comes back.
    IdTaken(Vacant),
}

struct Indexes {
    by_ns: Buckets<Entry, BY_NS>,
    by_id: Buckets<Entry, BY_ID>,
    entries: Atomic<u64>,
}

impl Indexes {
    /// The handler of `__ns_tree_remove(ns, tree)`.
    ///
    /// Runs in the workqueue that destroys namespaces of any kind, before the namespace's memory
    /// is passed to `call_rcu()`.
    ///
    /// # Safety
    ///
    /// Called by the hook that [`NamespaceTable::new`] registers, at the entry of that function.
    unsafe extern "C" fn on_ns_tree_remove(context: *mut c_void, ns_common: usize) {
        // SAFETY: `NamespaceTable::new` registered the hook with a pointer to its boxed indexes,
        // which are dropped after the hook, and the hook's drop waits for this callback.
        let indexes = unsafe { &*context.cast::<Indexes>() };
        // SAFETY: The hooked function's first argument is a live `struct ns_common`.
        let ns = unsafe { ffi::translate_pid_pidns_of_ns_common(ns_common) };
        if !ns.is_null() {
            indexes.remove(ns);
        }
    }

    fn remove(&self, ns: *mut bindings::pid_namespace) {
        let mut by_ns = self.by_ns.lock(address_hash(ns));
        let Some(entry) = by_ns.find(|e| core::ptr::eq(e.ns, ns)) else {
            return;
        };
        // SAFETY: Linked entries are live; this one cannot be unlinked by others while the lock
        // of its bucket by namespace is held.
        let id = unsafe { entry.as_ref() }.id;
        let mut by_id = self.by_id.lock(id);
        by_id.unlink(entry);
        by_ns.unlink(entry);
        drop(by_id);
        drop(by_ns);
        self.entries.fetch_sub(1, Relaxed);
        #[cfg(translate_pid_debug)]
        // SAFETY: Increments a counter.
        unsafe {
            ffi::translate_pid_debug_removed()
        };

        // SAFETY: The entry is out of both indexes and only this call unlinked it, so nobody else
        // queues it.
        unsafe { free_by_rcu(entry) };
    }
}

/// Frees an entry after a grace period: readers may stand on it until then. Does not sleep.
///
/// # Safety
///
/// `entry` is `kmalloc` memory, reachable for no new reader, and handed in once.
unsafe fn free_by_rcu(entry: NonNull<Entry>) {
    /// # Safety
    ///
    /// `head` is the field `rcu` of an [`Entry`] that `free_by_rcu` queued.
    unsafe extern "C" fn free(head: *mut bindings::callback_head) {
        // SAFETY: By the function's contract, `head` lies within an entry.
        let entry = unsafe { kernel::container_of!(Opaque::cast_from(head), Entry, rcu) };
        // SAFETY: The grace period is over: no reader stands on the entry, a `kmalloc` object.
        unsafe { bindings::kfree(entry.cast()) };
        #[cfg(translate_pid_debug)]
        // SAFETY: Increments a counter.
        unsafe {
            ffi::translate_pid_debug_freed()
        };
    }

    // SAFETY: The field lies within the entry, which is the RCU machinery's from now on.
    unsafe {
        let head = Opaque::cast_into(&raw const (*entry.as_ptr()).rcu);
        bindings::call_rcu(head, Some(free));
    }
}

impl Drop for Indexes {
    fn drop(&mut self) {
        // Entries are in both indexes; the second one gives them up without freeing them again.
        self.by_id.drain(|_| ());
        self.by_ns.drain(|entry| {
            // SAFETY: `&mut self` says that no lookup borrows the table any more, and lookups hand
            // out nothing that outlives such a borrow. The entry is `kmalloc` memory and comes
            // here once.
            unsafe { bindings::kfree(entry.as_ptr().cast()) }
        });
        // Callbacks of entries that were removed earlier run code of this module.
        rcu_barrier();
    }
}

/// Waits for all queued RCU callbacks. Sleeps.
fn rcu_barrier() {
    // SAFETY: Called in task context that may sleep: the module's init or exit.
    unsafe { bindings::rcu_barrier() };
}

/// The table. See the module's documentation.
///
/// # Invariants
///
/// `remove_hook` is registered at `__ns_tree_remove()` with `indexes` as its context. It is
/// declared, hence dropped, before `indexes`.
pub(crate) struct NamespaceTable {
    _remove_hook: Hook,
    indexes: KBox<Indexes>,
}

impl NamespaceTable {
    /// A table of at least `buckets` buckets per index. Sleeps.
    ///
    /// # Errors
    ///
    /// `EINVAL`: `ns_tree_remove` is not the address of `__ns_tree_remove()`, or too many buckets.
    /// `ENOMEM`. Those of [`Hook::new`].
    pub(crate) fn new(ns_tree_remove: Address, buckets: usize) -> Result<Self> {
        if ns_tree_remove.symbol() != c"__ns_tree_remove" {
            return Err(EINVAL);
        }
        let indexes = KBox::new(
            Indexes {
                by_ns: Buckets::new(buckets)?,
                by_id: Buckets::new(buckets)?,
                entries: Atomic::new(0),
            },
            GFP_KERNEL,
        )?;
        let context = core::ptr::from_ref::<Indexes>(&indexes).cast_mut().cast();
        // SAFETY: The context outlives the hook (field order, below) and `Indexes` is `Sync`. The
        // handler only spins on bit locks and calls `call_rcu()`, which any context allows.
        let hook = unsafe { Hook::new(ns_tree_remove, Indexes::on_ns_tree_remove, context) };
        // INVARIANT: As just registered.
        Ok(Self {
            _remove_hook: hook?,
            indexes,
        })
    }

    /// The namespace with the id, if one is alive. Takes no lock and writes nothing.
    pub(crate) fn find<'g>(&'g self, id: u64, guard: &'g rcu::Guard) -> Option<Peek<'g>> {
        let entry = self.indexes.by_id.entries(id, guard).find(|e| e.id == id)?;
        // SAFETY: The entry was linked within `'g`, so by its invariant the namespace had not been
        // through `__ns_tree_remove()` then. The kernel frees it by `call_rcu()` after that.
        Some(unsafe { Peek::from_raw(NonNull::new(entry.ns)?, guard) })
    }

    /// The id of a namespace, if it has one. Takes no lock and writes nothing.
    pub(crate) fn id_of(&self, ns: &PidNamespace, guard: &rcu::Guard) -> Option<u64> {
        let ns = ns.as_ptr();
        self.indexes
            .by_ns
            .entries(address_hash(ns), guard)
            .find(|e| core::ptr::eq(e.ns, ns))
            .map(|e| e.id)
    }

    /// Gives `ns` the id `id`, unless it has one already or the id is another namespace's.
    ///
    /// Does not sleep and does not allocate.
    pub(crate) fn insert(&self, vacant: Vacant, ns: &PidNamespace, id: u64) -> Inserted {
        let indexes = &*self.indexes;
        let mut by_ns = indexes.by_ns.lock(address_hash(ns.as_ptr()));
        if let Some(entry) = by_ns.find(|e| core::ptr::eq(e.ns, ns.as_ptr())) {
            // SAFETY: Linked and locked, hence live.
            return Inserted::AlreadyHas(unsafe { entry.as_ref() }.id);
        }
        let mut by_id = indexes.by_id.lock(id);
        if by_id.find(|e| e.id == id).is_some() {
            return Inserted::IdTaken(vacant);
        }
        let entry = vacant.fill(ns, id);
        // SAFETY: The entry is new and in no chain, the buckets are those of its keys. It is freed
        // by `remove`, which unlinks it and waits for a grace period, or by the table's drop.
        // INVARIANT (`Entry`): `ns` is counted during this call, so `__ns_tree_remove()` comes
        // later, and its hook, registered by the type invariant, finds the entry.
        unsafe {
            // By id first: whoever is told the id can look it up.
            by_id.link(entry);
            by_ns.link(entry);
        }
        indexes.entries.fetch_add(1, Relaxed);
        Inserted::Yes
    }

    /// The number of namespaces that have an id now.
    pub(crate) fn len(&self) -> u64 {
        self.indexes.entries.load(Relaxed)
    }

    /// The number of buckets of each index.
    pub(crate) fn buckets(&self) -> usize {
        self.indexes.by_id.len()
    }
}
