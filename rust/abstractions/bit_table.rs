// SPDX-License-Identifier: GPL-2.0-only

//! Hash buckets whose lock is bit 0 of their head pointer, read under RCU.
//!
//! C header: [`include/linux/list_bl.h`](srctree/include/linux/list_bl.h), whose idea this is: one
//! word per bucket for the head and its lock. A chain is singly linked; removal walks it, because
//! chains are short. Readers take no lock and write nothing.
//!
//! Does not support: growing, iteration over all buckets while others use them, more than one
//! bucket locked at a time by the same task.
//!
//! # Contexts
//!
//! [`Buckets::lock`] spins with preemption disabled, on PREEMPT_RT too, so it may be called from
//! an ftrace callback; never from interrupt context. Nothing else is locked inside.

#![allow(unsafe_code, reason = "raw links between entries")]

use super::ffi;
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{
    prelude::*,
    sync::{
        atomic::{Acquire, Atomic, Relaxed, Release},
        rcu,
    },
    types::NotThreadSafe,
};

const LOCK_BIT: usize = 1;

/// The link of an entry in its bucket.
///
/// # Invariants
///
/// `next` is null or points to an entry that stays allocated as long as a reader can reach it
/// through this link: see [`LockedBucket::link`].
pub(crate) struct Link<E> {
    next: Atomic<*mut E>,
}

impl<E> Link<E> {
    pub(crate) const fn new() -> Self {
        // INVARIANT: The pointer is null.
        Self {
            next: Atomic::new(core::ptr::null_mut()),
        }
    }
}

/// An entry that embeds a [`Link`].
///
/// # Safety
///
/// `link` returns the same field of `self` each time.
pub(crate) unsafe trait Linked: Sized {
    /// The entry's link.
    fn link(&self) -> &Link<Self>;
}

/// The buckets of a table.
///
/// # Invariants
///
/// - The number of buckets is a power of two.
/// - Without its lock bit, each head is null or points to an entry that was linked by
///   [`LockedBucket::link`] and not unlinked since.
pub(crate) struct Buckets<E> {
    heads: KVVec<Atomic<usize>>,
    _entries: PhantomData<*mut E>,
}

// SAFETY: The heads are atomics; entries are reached through them from any thread, and are handed
// out as `&E` only, for which `E: Sync` suffices.
unsafe impl<E: Sync + Send> Sync for Buckets<E> {}
// SAFETY: As above; nothing in a bucket belongs to a thread.
unsafe impl<E: Sync + Send> Send for Buckets<E> {}

impl<E: Linked> Buckets<E> {
    /// Allocates at least `count` empty buckets. Sleeps.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EINVAL` if the next power of two does not fit.
    pub(crate) fn new(count: usize) -> Result<Self> {
        // Bit 0 of a pointer to an entry must be free for the lock.
        build_assert!(core::mem::align_of::<E>() > LOCK_BIT);

        let count = count.checked_next_power_of_two().ok_or(EINVAL)?;
        let mut heads = KVVec::with_capacity(count, GFP_KERNEL)?;
        for _ in 0..count {
            heads.push(Atomic::new(0), GFP_KERNEL)?;
        }
        // INVARIANT: `count` is a power of two and all heads are null.
        Ok(Self {
            heads,
            _entries: PhantomData,
        })
    }

    /// The number of buckets.
    pub(crate) fn len(&self) -> usize {
        self.heads.len()
    }

    fn head(&self, hash: u64) -> &Atomic<usize> {
        // The mask keeps the index below the number of buckets, a power of two.
        &self.heads[hash as usize & (self.heads.len() - 1)]
    }

    /// The entries of the bucket of `hash`, newest first.
    pub(crate) fn entries<'g>(&'g self, hash: u64, _guard: &'g rcu::Guard) -> Chain<'g, E> {
        // `Acquire` pairs with the `Release` in `LockedBucket::link`: the entry's fields are seen.
        let first = self.head(hash).load(Acquire) & !LOCK_BIT;
        Chain {
            at: first as *mut E,
            _guard: PhantomData,
        }
    }

    /// Locks the bucket of `hash`. Spins; until the guard is dropped, preemption is disabled.
    pub(crate) fn lock(&self, hash: u64) -> LockedBucket<'_, E> {
        let head = self.head(hash);
        // SAFETY: `head` is a live word of this table, used as a bit lock by nobody else.
        unsafe { ffi::translate_pid_bucket_lock(head.as_ptr()) };
        LockedBucket {
            head,
            _entries: PhantomData,
            _not_send: NotThreadSafe,
        }
    }

    /// Takes all entries out, one by one. Needs no lock and no RCU: nobody else has the table.
    pub(crate) fn drain(&mut self, mut each: impl FnMut(NonNull<E>)) {
        for head in self.heads.iter_mut() {
            let mut at = (core::mem::replace(head.get_mut(), 0) & !LOCK_BIT) as *mut E;
            while let Some(entry) = NonNull::new(at) {
                // SAFETY: By the invariants of `Link` and `Self`, `entry` is a linked, live entry;
                // `&mut self` excludes readers. The next pointer is read before `each` may free it.
                at = unsafe { entry.as_ref() }.link().next.load(Relaxed);
                each(entry);
            }
        }
    }
}

/// Iterator over a bucket's entries under RCU.
pub(crate) struct Chain<'g, E> {
    at: *mut E,
    _guard: PhantomData<&'g rcu::Guard>,
}

impl<'g, E: Linked + 'g> Iterator for Chain<'g, E> {
    type Item = &'g E;

    fn next(&mut self) -> Option<&'g E> {
        // SAFETY: `at` is null or came from a head or a link within the read section `'g`. Whoever
        // unlinks an entry frees it only after a grace period (contract of `LockedBucket::link`),
        // which cannot end before `'g` does.
        let entry = unsafe { self.at.as_ref() }?;
        self.at = entry.link().next.load(Acquire);
        Some(entry)
    }
}

/// A bucket whose lock is held; dropping it unlocks. Only this type links and unlinks.
///
/// # Invariants
///
/// The lock bit of `head` is set and belongs to this value.
#[must_use = "the bucket unlocks immediately when the guard is unused"]
pub(crate) struct LockedBucket<'a, E> {
    head: &'a Atomic<usize>,
    _entries: PhantomData<*mut E>,
    _not_send: NotThreadSafe,
}

impl<E: Linked> LockedBucket<'_, E> {
    fn first(&self) -> *mut E {
        (self.head.load(Relaxed) & !LOCK_BIT) as *mut E
    }

    fn set_first(&self, first: *mut E) {
        // INVARIANT: The lock bit stays set. `Release` publishes the entry's fields to readers.
        self.head.store(first as usize | LOCK_BIT, Release);
    }

    /// The first entry for which `matches` holds.
    pub(crate) fn find(&self, matches: impl Fn(&E) -> bool) -> Option<NonNull<E>> {
        let mut at = self.first();
        while let Some(entry) = NonNull::new(at) {
            // SAFETY: Linked entries are live, and none is unlinked while `self` holds the lock.
            let e = unsafe { entry.as_ref() };
            if matches(e) {
                return Some(entry);
            }
            at = e.link().next.load(Relaxed);
        }
        None
    }

    /// Links `entry` in front.
    ///
    /// # Safety
    ///
    /// `entry` is a live entry that is in no chain and belongs in this bucket. It
    /// stays allocated, and is borrowed only as shared, until it has been unlinked and an RCU
    /// grace period has passed since, or until [`Buckets::drain`] has returned it.
    pub(crate) unsafe fn link(&mut self, entry: NonNull<E>) {
        // SAFETY: `entry` is live by the function's contract.
        let link = unsafe { entry.as_ref() }.link();
        // INVARIANT: The old first entry is linked, so it is live as long as it is reachable.
        link.next.store(self.first(), Relaxed);
        self.set_first(entry.as_ptr());
    }

    /// Unlinks `entry`; readers that already reached it still find their way to the rest.
    ///
    /// Returns whether it was in this bucket.
    pub(crate) fn unlink(&mut self, entry: NonNull<E>) -> bool {
        let mut previous: Option<&Link<E>> = None;
        let mut at = self.first();
        while let Some(here) = NonNull::new(at) {
            // SAFETY: Linked entries are live, and none is unlinked while `self` holds the lock.
            let link = unsafe { here.as_ref() }.link();
            let next = link.next.load(Relaxed);
            if here == entry {
                match previous {
                    // INVARIANT: `next` is linked, so it is live as long as it is reachable. The
                    // unlinked entry keeps its own `next` for the readers that stand on it.
                    Some(link) => link.next.store(next, Release),
                    None => self.set_first(next),
                }
                return true;
            }
            previous = Some(link);
            at = next;
        }
        false
    }
}

impl<E> Drop for LockedBucket<'_, E> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant this value holds the lock bit of `head`, a live word.
        unsafe { ffi::translate_pid_bucket_unlock(self.head.as_ptr()) };
    }
}
