// SPDX-License-Identifier: GPL-2.0-only

//! A table of living pid namespaces, found by id.
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
//! The hook finds the entry by the id, which it makes anew of the namespace's `ns_id`. It must
//! come to the same bucket as `insert` did, or the entry would outlive its namespace. So the table
//! owns the ids, of a concrete type whose id of an `ns_id` is plain arithmetic over a key that
//! nobody changes: no implementation of a trait that is chosen elsewhere can lead it astray.
//!
//! # Contexts
//!
//! Lookups: any context under RCU. `insert` and the hook: task context, preemptible or not, never
//! interrupts. One bucket is locked at a time.

#![allow(unsafe_code, reason = "entries hold raw namespace pointers")]

use super::{
    bit_table::{Buckets, Link, Linked},
    clock::BootTime,
    entropy::{Key, RoundKeys},
    ffi,
    hook::Hook,
    ksyms::Address,
    lives::Lives,
    pid_ns::{self, Peek, PidNamespace},
    watch::{Watched, Watches},
};
use crate::ns_id::{Ids, NsId};
use core::ptr::NonNull;
use kernel::{
    bindings,
    prelude::*,
    sync::{
        atomic::{Atomic, Relaxed},
        rcu, Arc,
    },
    types::Opaque,
};

#[cfg(translate_pid_kunit)]
#[path = "../kunit/table.rs"]
pub(crate) mod kunit;

/// One namespace's entry.
///
/// # Invariants
///
/// While the entry is linked, `ns` points to a pid namespace that has not been through
/// `__ns_tree_remove()`, `id` is what the table's [`Ids`] make of its `ns_id`, and the bucket is
/// that of `id`.
#[repr(C)]
struct Entry {
    link: Link<Entry>,
    ns: *mut bindings::pid_namespace,
    id: NsId,
    /// When `ns` was created, if that was seen.
    created: Option<BootTime>,
    rcu: Opaque<bindings::callback_head>,
}

// SAFETY: The links are atomics, the rest does not change while the entry is shared.
unsafe impl Sync for Entry {}
// SAFETY: Nothing in an entry belongs to a thread.
unsafe impl Send for Entry {}

// SAFETY: Always the same field.
unsafe impl Linked for Entry {
    fn link(&self) -> &Link<Self> {
        &self.link
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
        let memory = unsafe { ffi::translate_pid_alloc_entry() };
        const {
            assert!(size_of::<Entry>() == ffi::TRANSLATE_PID_ENTRY_SIZE as usize);
        }
        // INVARIANT: The helper's memory is of the `kmalloc` family, or null.
        NonNull::new(memory.cast()).map(Self)
    }

    fn fill(self, ns: &PidNamespace, id: NsId, created: Option<BootTime>) -> NonNull<Entry> {
        let entry = self.0;
        core::mem::forget(self);
        // SAFETY: By the type invariant the memory is ours and large enough.
        unsafe {
            entry.write(Entry {
                link: Link::new(),
                ns: ns.as_ptr(),
                id,
                created,
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

/// What the hook and the table share.
struct Index {
    /// Concrete and never changed, see the module's documentation.
    ids: Ids<RoundKeys>,
    buckets: Buckets<Entry>,
    entries: Atomic<u64>,
    watches: Arc<Watches>,
    lives: Arc<Lives>,
}

impl Index {
    /// The handler of `__ns_tree_remove(ns, tree)`.
    ///
    /// Runs for namespaces of any kind, in whatever context destroys them (pid namespaces: the
    /// workqueue), before the namespace's memory is passed to `call_rcu()`.
    ///
    /// # Safety
    ///
    /// Called by the hook that [`NamespaceTable::new`] registers, at the entry of that function.
    unsafe extern "C" fn on_ns_tree_remove(context: *mut c_void, ns_common: usize) {
        // SAFETY: `NamespaceTable::new` registered the hook with a pointer to its boxed index,
        // which is dropped after the hook, and the hook's drop waits for this callback.
        let index = unsafe { &*context.cast::<Index>() };
        // SAFETY: The hooked function's first argument is a live `struct ns_common`.
        let ns = unsafe { ffi::translate_pid_pidns_of_ns_common(ns_common) };
        if ns.is_null() {
            return;
        }
        // SAFETY: The namespace is live until the hooked function returns. Its `ns_id` is that
        // which `insert` read: it is written before `__ns_tree_add_raw()` is called, and does not
        // change.
        let ns_id = unsafe { ffi::translate_pid_pidns_ns_id(ns) };
        let id = index.ids.id(ns_id);
        index.remove(id, ns);
        index.watches.removed(id, ns);
        // SAFETY: As above, the namespace is being removed.
        unsafe { index.lives.removed(ns) };
    }

    /// Unlinks the entry of `ns`, whose id is `id`. `ns` is compared only.
    fn remove(&self, id: NsId, ns: *const bindings::pid_namespace) {
        let mut bucket = self.buckets.lock(id.get());
        let Some(entry) = bucket.find(|e| core::ptr::eq(e.ns, ns)) else {
            return;
        };
        bucket.unlink(entry);
        drop(bucket);
        // Before the number of entries: a test that sees that fall knows what was removed.
        #[cfg(translate_pid_debug)]
        // SAFETY: Increments a counter.
        unsafe {
            ffi::translate_pid_debug_removed()
        };
        self.entries.fetch_sub(1, Relaxed);

        // SAFETY: The entry is out of its bucket and only this call unlinked it, so nobody else
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

impl Drop for Index {
    fn drop(&mut self) {
        self.buckets.drain(|entry| {
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
/// `remove_hook` is registered at `__ns_tree_remove()` with `index` as its context. It is declared,
/// hence dropped, before `index`.
pub(crate) struct NamespaceTable {
    _remove_hook: Hook,
    index: KBox<Index>,
}

impl NamespaceTable {
    /// A table of at least `buckets` buckets, with the ids that `key` gives, which tells `lives` of
    /// removals. Sleeps.
    ///
    /// # Errors
    ///
    /// `EINVAL`: `ns_tree_remove` is not the address of `__ns_tree_remove()`, or too many buckets.
    /// `ENOMEM`. Those of [`Hook::new`].
    pub(crate) fn new(
        ns_tree_remove: Address,
        key: Key,
        buckets: usize,
        lives: Arc<Lives>,
    ) -> Result<Self> {
        if ns_tree_remove.symbol() != c"__ns_tree_remove" {
            return Err(EINVAL);
        }
        let index = KBox::new(
            Index {
                ids: Ids::new(key.into(), pid_ns::ns_id(pid_ns::initial())),
                buckets: Buckets::new(buckets)?,
                entries: Atomic::new(0),
                // Few namespaces are watched, and only who begins or ends that walks along chains.
                watches: Arc::new(Watches::new(buckets.div_ceil(16))?, GFP_KERNEL)?,
                lives,
            },
            GFP_KERNEL,
        )?;
        let context = core::ptr::from_ref::<Index>(&index).cast_mut().cast();
        // SAFETY: The context outlives the hook (field order, below) and `Index` is `Sync`. The
        // handler only computes, spins on bit locks, and calls `call_rcu()` and `queue_work()`, which
        // any context allows.
        let hook = unsafe { Hook::new(ns_tree_remove, Index::on_ns_tree_remove, context) };
        // INVARIANT: As just registered.
        Ok(Self {
            _remove_hook: hook?,
            index,
        })
    }

    /// The ids of namespaces, whether they are in the table or not.
    pub(crate) fn ids(&self) -> &Ids<RoundKeys> {
        &self.index.ids
    }

    /// The namespace with the id, if it has an entry. Takes no lock and writes nothing.
    pub(crate) fn find<'g>(&'g self, id: NsId, guard: &'g rcu::Guard) -> Option<Peek<'g>> {
        let mut bucket = self.index.buckets.entries(id.get(), guard);
        let entry = bucket.find(|e| e.id == id)?;
        // SAFETY: The entry was linked within `'g`, so by its invariant the namespace had not been
        // through `__ns_tree_remove()` then. The kernel frees it by `call_rcu()` after that.
        Some(unsafe { Peek::from_raw(NonNull::new(entry.ns)?, guard) })
    }

    /// When the namespace with the id was created, if it has an entry and that was seen. Takes no
    /// lock and writes nothing.
    pub(crate) fn created(&self, id: NsId, guard: &rcu::Guard) -> Option<BootTime> {
        let mut bucket = self.index.buckets.entries(id.get(), guard);
        bucket.find(|e| e.id == id)?.created
    }

    /// Gives `ns` an entry, unless it has one already. `created`: when it was, if that is known.
    ///
    /// Does not sleep and does not allocate.
    pub(crate) fn insert(&self, vacant: Vacant, ns: &PidNamespace, created: Option<BootTime>) {
        let index = &*self.index;
        let id = index.ids.id(pid_ns::ns_id(ns));
        let mut bucket = index.buckets.lock(id.get());
        if bucket.find(|e| core::ptr::eq(e.ns, ns.as_ptr())).is_some() {
            return;
        }
        let entry = vacant.fill(ns, id, created);
        // SAFETY: The entry is new and in no chain, the bucket is that of its id. It is freed by
        // `remove`, which unlinks it and waits for a grace period, or by the table's drop.
        // INVARIANT (`Entry`): `ns` is counted during this call, so `__ns_tree_remove()` comes
        // later. Its hook, registered by the type invariant, computes the same id of the same
        // `ns_id`, so it locks the bucket after us and finds the entry there.
        unsafe { bucket.link(entry) };
        drop(bucket);
        index.entries.fetch_add(1, Relaxed);
    }

    /// Watches `ns`: until it dies, [`Watched::peek`] finds it without a lookup. Sleeps. The error
    /// is `ENOMEM`.
    pub(crate) fn watch(&self, ns: &PidNamespace) -> Result<Watched> {
        let id = self.index.ids.id(pid_ns::ns_id(ns));
        // SAFETY: The hook, registered by the type invariant until `drop` has given the watches up,
        // calls `removed`, with an id that it computes of the same `ns_id`.
        unsafe { self.index.watches.watch(id, ns) }
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> u64 {
        self.index.entries.load(Relaxed)
    }

    /// The number of buckets.
    pub(crate) fn buckets(&self) -> usize {
        self.index.buckets.len()
    }
}

impl Drop for NamespaceTable {
    fn drop(&mut self) {
        // While the hook is still there; after it namespaces die unseen.
        self.index.watches.give_up();
    }
}
