// SPDX-License-Identifier: GPL-2.0-only

//! Pid namespaces that are watched: their watchers learn that they died, and do not keep them.
//!
//! # Lifetime
//!
//! A watch is linked only by [`Watches::watch`], which borrows a counted namespace, and its owner
//! calls [`Watches::removed`] for each namespace that goes through `__ns_tree_remove()`: as with
//! entries of [`super::ns_table`], the removal comes after the watch was linked, and before the
//! namespace is passed to `call_rcu()`. There the watch is marked as gone. So who finds it not
//! gone within a read section may use the namespace until that ends.
//!
//! All watchers of a namespace share one watch. It has one user more from the removal until the
//! work item has woken up those who wait.
//!
//! # Contexts
//!
//! `watch` and the drop of what it gives: task context that may sleep. `removed`: as an ftrace
//! callback, so it wakes up nobody itself: a wait queue's lock sleeps on PREEMPT_RT. One bucket is
//! locked at a time.

#![allow(unsafe_code, reason = "watches hold raw namespace pointers")]

use super::{
    bit_table::{Buckets, Link, Linked},
    ffi,
    pid_ns::{Peek, PidNamespace},
};
use crate::ns_id::NsId;
use core::ptr::NonNull;
use kernel::{
    bindings,
    error::from_err_ptr,
    prelude::*,
    sync::{
        atomic::{Acquire, Atomic, Relaxed, Release},
        rcu, Arc,
    },
    types::Opaque,
};

#[cfg(translate_pid_kunit)]
#[path = "../kunit/watch.rs"]
pub(crate) mod kunit;

/// One watched namespace.
///
/// # Invariants
///
/// - `ns` is null once the namespace is gone. Until then it points to the namespace, which has not
///   been through `__ns_tree_remove()`.
/// - The watch is linked, in the bucket of `id`, while `ns` is not null and `users` not 0.
/// - `ns` and `users` change only under the lock of that bucket. The watch is freed by who takes
///   `users` to 0.
#[repr(C)]
struct Watch {
    ns: Atomic<*mut bindings::pid_namespace>,
    id: NsId,
    users: Atomic<usize>,
    link: Link<Watch>,
    /// Once it is gone, the one that went before.
    gone_before: Atomic<*mut Watch>,
    rcu: Opaque<bindings::callback_head>,
    waiters: Opaque<bindings::wait_queue_head>,
}

impl Watch {
    /// Whether it watches `ns`, which is compared only; under the lock of the bucket.
    fn is_of(&self, ns: *const bindings::pid_namespace) -> bool {
        core::ptr::eq(self.ns.load(Relaxed), ns)
    }
}

// SAFETY: The fields are atomics, do not change while the watch is shared, or have locks of their
// own.
unsafe impl Sync for Watch {}
// SAFETY: Nothing in a watch belongs to a thread.
unsafe impl Send for Watch {}

// SAFETY: Always the same field.
unsafe impl Linked for Watch {
    fn link(&self) -> &Link<Self> {
        &self.link
    }
}

/// What the watchers and the work item share.
struct Shared {
    buckets: Buckets<Watch>,
    /// A stack of those that are gone and whose waiters are to be woken up: each has a user more.
    gone: Atomic<*mut Watch>,
}

impl Shared {
    /// Takes the watch out, if there is one, and puts it on the stack. `ns` is compared only.
    fn remove(&self, id: NsId, ns: *const bindings::pid_namespace) -> bool {
        let mut bucket = self.buckets.lock(id.get());
        let Some(found) = bucket.find(|watch| watch.is_of(ns)) else {
            return false;
        };
        bucket.unlink(found);
        // SAFETY: Linked until now, so it has users; one more, below, keeps it.
        let watch = unsafe { found.as_ref() };
        watch.users.store(watch.users.load(Relaxed) + 1, Relaxed);
        watch.ns.store(core::ptr::null_mut(), Release);
        drop(bucket);

        let mut last = self.gone.load(Relaxed);
        loop {
            watch.gone_before.store(last, Relaxed);
            match self.gone.cmpxchg(last, found.as_ptr(), Release) {
                Ok(_) => return true,
                Err(now) => last = now,
            }
        }
    }

    /// Gives a use back.
    ///
    /// # Safety
    ///
    /// The use is the caller's, who does not touch the watch any more.
    unsafe fn put(&self, watch: NonNull<Watch>) {
        // SAFETY: Kept by the caller's use until the bucket is unlocked below.
        let this = unsafe { watch.as_ref() };
        let mut bucket = self.buckets.lock(this.id.get());
        let users = this.users.load(Relaxed) - 1;
        this.users.store(users, Relaxed);
        let is_last = users == 0;
        if is_last && !this.ns.load(Relaxed).is_null() {
            bucket.unlink(watch);
        }
        drop(bucket);
        if is_last {
            // SAFETY: Out of its bucket, without users, and only this call took them to 0.
            unsafe { free_by_rcu(watch) };
        }
    }

    /// The work item: wakes up who waits for those that are gone. Sleeps.
    ///
    /// # Safety
    ///
    /// `context` is the [`Shared`] that [`Watches::new`] gave to the work item.
    unsafe extern "C" fn wake_up(context: *mut c_void) {
        // SAFETY: By the contract; it is dropped after the work item, whose drop waits for this.
        let shared = unsafe { &*context.cast::<Self>() };
        let mut at = shared.gone.xchg(core::ptr::null_mut(), Acquire);
        while let Some(watch) = NonNull::new(at) {
            // SAFETY: It was on the stack, whose use passed to us.
            let this = unsafe { watch.as_ref() };
            at = this.gone_before.load(Relaxed);
            // SAFETY: The queue was initialised when the watch was made, and we keep the watch.
            unsafe { ffi::translate_pid_wake_up_hangup(this.waiters.get()) };
            // SAFETY: The stack's use, given back once.
            unsafe { shared.put(watch) };
        }
    }
}

/// Frees a watch after a grace period, as [`Buckets`] wants it. Does not sleep.
///
/// # Safety
///
/// `watch` is from a `KBox`, reachable for nobody else, and handed in once.
unsafe fn free_by_rcu(watch: NonNull<Watch>) {
    /// # Safety
    ///
    /// `head` is the field `rcu` of a [`Watch`] that `free_by_rcu` queued.
    unsafe extern "C" fn free(head: *mut bindings::callback_head) {
        // SAFETY: By the function's contract, `head` lies within a watch.
        let watch = unsafe { kernel::container_of!(Opaque::cast_from(head), Watch, rcu) };
        // SAFETY: Nobody has the watch any more, a `kmalloc` object.
        unsafe { bindings::kfree(watch.cast()) };
    }

    // SAFETY: The field lies within the watch, which is the RCU machinery's from now on.
    unsafe {
        let head = Opaque::cast_into(&raw const (*watch.as_ptr()).rcu);
        bindings::call_rcu(head, Some(free));
    }
}

/// The work item. Its drop sleeps until it neither runs nor will run.
///
/// # Invariants
///
/// `0` was made by `translate_pid_work_create()` and not destroyed.
struct Work(NonNull<ffi::translate_pid_work>);

impl Drop for Work {
    fn drop(&mut self) {
        // SAFETY: By the type invariant, and once.
        unsafe { ffi::translate_pid_work_destroy(self.0.as_ptr()) };
        // What the work freed, and others before, is freed by code of this module.
        // SAFETY: The drop may sleep.
        unsafe { bindings::rcu_barrier() };
    }
}

/// The watched namespaces.
///
/// # Invariants
///
/// `work` calls [`Shared::wake_up`] with `shared`, and is declared, hence dropped, before it.
pub(super) struct Watches {
    work: Work,
    shared: KBox<Shared>,
}

// SAFETY: The work item may be queued and destroyed by any thread; the rest is `Send`.
unsafe impl Send for Watches {}
// SAFETY: As above; the rest is `Sync`.
unsafe impl Sync for Watches {}

impl Watches {
    /// Room for few: a bucket's chain grows with each. Sleeps. The error is `ENOMEM`.
    pub(super) fn new(buckets: usize) -> Result<Self> {
        let shared = KBox::new(
            Shared {
                buckets: Buckets::new(buckets)?,
                gone: Atomic::new(core::ptr::null_mut()),
            },
            GFP_KERNEL,
        )?;
        let context = core::ptr::from_ref::<Shared>(&shared).cast_mut().cast();
        // SAFETY: The context stays until the work item was destroyed (field order).
        let work = unsafe { ffi::translate_pid_work_create(Some(Shared::wake_up), context) };
        // INVARIANT: Made just now, with these.
        Ok(Self {
            work: Work(NonNull::new(from_err_ptr(work)?).ok_or(ENOMEM)?),
            shared,
        })
    }

    /// Watches `ns`, whose id is `id`. Sleeps. The error is `ENOMEM`.
    ///
    /// # Safety
    ///
    /// Until [`Self::give_up`] has returned, [`Self::removed`] is called at the entry of
    /// `__ns_tree_remove()` for each namespace, with the same id.
    pub(super) unsafe fn watch(self: &Arc<Self>, id: NsId, ns: &PidNamespace) -> Result<Watched> {
        let fresh = Self::fresh(id, ns)?;
        let mut bucket = self.shared.buckets.lock(id.get());
        let watch = if let Some(watch) = bucket.find(|watch| watch.is_of(ns.as_ptr())) {
            // SAFETY: It is linked, and the bucket locked.
            let users = &unsafe { watch.as_ref() }.users;
            users.store(users.load(Relaxed) + 1, Relaxed);
            drop(bucket);
            drop(fresh);
            watch
        } else {
            let watch = NonNull::from(KBox::leak(fresh));
            // SAFETY: The watch is new and in no chain, the bucket is that of its id. It is freed
            // a grace period after `put` or `remove` has unlinked it.
            // INVARIANT (`Watch`): `ns` is counted during this call, so it has not been through
            // `__ns_tree_remove()`; when it is, `removed` locks the bucket after us.
            unsafe { bucket.link(watch) };
            drop(bucket);
            watch
        };
        // INVARIANT: Counted just now, or the one user that a new watch has.
        Ok(Watched {
            watch,
            watches: self.clone(),
        })
    }

    /// A watch with one user, charged to the caller, who can have as many as descriptors.
    fn fresh(id: NsId, ns: &PidNamespace) -> Result<KBox<Watch>> {
        let watch = KBox::new(
            Watch {
                ns: Atomic::new(ns.as_ptr()),
                id,
                users: Atomic::new(1),
                link: Link::new(),
                gone_before: Atomic::new(core::ptr::null_mut()),
                rcu: Opaque::uninit(),
                waiters: Opaque::uninit(),
            },
            GFP_KERNEL_ACCOUNT,
        )?;
        // SAFETY: The queue lies in the box, which does not move, and nobody has it yet.
        unsafe { ffi::translate_pid_wait_queue_init(watch.waiters.get()) };
        Ok(watch)
    }

    /// Marks the watch of `ns`, whose id is `id`, as gone, and has those woken up who wait for
    /// that. `ns` is compared only. Does not sleep, see the module's documentation.
    pub(super) fn removed(&self, id: NsId, ns: *const bindings::pid_namespace) {
        if self.shared.remove(id, ns) {
            // SAFETY: By the type invariant; any context will do.
            unsafe { ffi::translate_pid_work_queue(self.work.0.as_ptr()) };
        }
    }

    /// Marks all as gone: from now on nobody sees namespaces die. No more may be watched.
    pub(super) fn give_up(&self) {
        for bucket in 0..self.shared.buckets.len() as u64 {
            while let Some((id, ns)) = self.first_in(bucket) {
                self.removed(id, ns);
            }
        }
    }

    fn first_in(&self, bucket: u64) -> Option<(NsId, *const bindings::pid_namespace)> {
        let guard = rcu::read_lock();
        let first = self.shared.buckets.entries(bucket, &guard).next()?;
        Some((first.id, first.ns.load(Relaxed).cast_const()))
    }
}

/// A watcher's use of a watch. It keeps nothing of the namespace.
///
/// # Invariants
///
/// One of the users of `watch`, which is one of `watches`, is this value.
pub(crate) struct Watched {
    watch: NonNull<Watch>,
    watches: Arc<Watches>,
}

// SAFETY: A watch may be used and given back by any thread.
unsafe impl Send for Watched {}
// SAFETY: As above.
unsafe impl Sync for Watched {}

impl Watched {
    fn watch(&self) -> &Watch {
        // SAFETY: Kept by the use that this value is, by the type invariant.
        unsafe { self.watch.as_ref() }
    }

    /// The namespace, for as long as the read section lasts; `None` once it is gone. Its count may
    /// be zero.
    ///
    /// Writes nothing.
    pub(crate) fn peek<'g>(&'g self, guard: &'g rcu::Guard) -> Option<Peek<'g>> {
        // Of what the namespace holds, the handle knows already: its maker has seen it counted.
        // So no order is needed, and an inlined load does, which `Atomic` has not.
        // SAFETY: The field is a word of the watch, read at once as by `READ_ONCE()`.
        let ns = unsafe { self.watch().ns.as_ptr().read_volatile() };
        let ns = NonNull::new(ns)?;
        // SAFETY: By the invariant of `Watch`, it had not been through `__ns_tree_remove()` within
        // `'g`. The kernel frees it by `call_rcu()` after that.
        Some(unsafe { Peek::from_raw(ns, guard) })
    }

    /// Whether both are watchers of the same namespace.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.watch == other.watch
    }

    /// Puts the caller of `poll(2)` on the queue of those who are woken up when the namespace is
    /// gone. Whether it is must be asked after that. Sleeps.
    ///
    /// # Safety
    ///
    /// `file` and `table` are those that the file's `poll` was called with, and the file owns this
    /// value until it is released.
    pub(super) unsafe fn wait(
        &self,
        file: *mut bindings::file,
        table: *mut bindings::poll_table_struct,
    ) {
        // SAFETY: The queue was initialised when the watch was made. By the contract it stays for
        // as long as somebody waits there: `select()` and the like hold the file, and `epoll`
        // leaves the queue before the file is released.
        unsafe { ffi::translate_pid_wait(file, self.watch().waiters.get(), table) };
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // SAFETY: By the type invariant; this value is not used any more.
        unsafe { self.watches.shared.put(self.watch) };
    }
}
