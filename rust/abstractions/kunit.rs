// SPDX-License-Identifier: GPL-2.0-only

//! What the in-kernel tests (`rust/kunit.rs`) need of the kernel, in safe forms.
//!
//! Only in builds with `make KUNIT=1`.

#![allow(unsafe_code, reason = "makes pid namespaces and threads for tests")]

use super::{ffi, pid_ns::PidNamespace};
use core::{ops::Deref, ptr::NonNull};
use kernel::{
    bindings,
    error::to_result,
    prelude::*,
    sync::atomic::{Atomic, Relaxed},
};

/// The next test namespace's `ns_id`, far from those that the kernel counts up.
static NEXT_NS_ID: Atomic<u64> = Atomic::new(1 << 62);

/// A counted pid namespace without processes, which the kernel's users cannot find. Its drop is
/// what the kernel does with others after the last put.
///
/// # Invariants
///
/// `0` went through `__ns_tree_add_raw()` and not through `__ns_tree_remove()`, and its count is
/// above zero.
pub(crate) struct TestNs(NonNull<bindings::pid_namespace>);

// SAFETY: A namespace may be used and destroyed by any thread.
unsafe impl Send for TestNs {}
// SAFETY: As above; shared, it is a `PidNamespace`, which is `Sync`.
unsafe impl Sync for TestNs {}

impl TestNs {
    /// Makes one; all hooks at the creation of namespaces see it. Sleeps.
    ///
    /// # Errors
    ///
    /// `ENOMEM`. Those of `register_kprobe()` if the kernel has no `__ns_tree_add_raw()`.
    pub(crate) fn new() -> Result<Self> {
        Self::with_ns_id(NEXT_NS_ID.fetch_add(1, Relaxed))
    }

    /// Makes one with an `ns_id` that no other has. Sleeps. Errors as above.
    pub(crate) fn with_ns_id(ns_id: u64) -> Result<Self> {
        // SAFETY: The helper has no requirement but that it may sleep.
        to_result(unsafe { ffi::translate_pid_kunit_find_add() })?;
        // SAFETY: As above.
        let ns = unsafe { ffi::translate_pid_kunit_ns_new(ns_id) };
        // INVARIANT: As the helper makes it.
        Ok(Self(NonNull::new(ns).ok_or(ENOMEM)?))
    }

    /// Gives it the calling process as its init. Sleeps. The error is `ENOMEM`.
    ///
    /// Unlike an init of the kernel's, this one's pid does not count the namespace.
    pub(crate) fn attach_init(&self) -> Result {
        // SAFETY: Counted by the type invariant.
        to_result(unsafe { ffi::translate_pid_kunit_ns_attach_init(self.0.as_ptr()) })
    }

    /// Drops the only reference. The namespace stays where it is, as in the time until the
    /// kernel's workqueue gets to it.
    pub(crate) fn last_put(self) -> DyingNs {
        let ns = self.0;
        core::mem::forget(self);
        // SAFETY: By the type invariant it is alive; nobody borrows it, for it was moved here.
        unsafe { ffi::translate_pid_kunit_ns_last_put(ns.as_ptr()) };
        // INVARIANT: The count was one.
        DyingNs(ns)
    }

    /// Its address, for tests of what is found by address.
    pub(crate) fn address(&self) -> *mut bindings::pid_namespace {
        self.0.as_ptr()
    }
}

impl Deref for TestNs {
    type Target = PidNamespace;

    fn deref(&self) -> &PidNamespace {
        // SAFETY: Counted for as long as `self` is there, by the type invariant.
        unsafe { PidNamespace::from_ptr(self.0.as_ptr()) }
    }
}

impl Drop for TestNs {
    fn drop(&mut self) {
        // SAFETY: By the type invariant; nobody borrows `self` any more.
        unsafe {
            ffi::translate_pid_kunit_ns_last_put(self.0.as_ptr());
            ffi::translate_pid_kunit_ns_destroy(self.0.as_ptr());
        }
    }
}

/// A pid namespace after its last put. Its drop removes it and frees it after a grace period.
///
/// # Invariants
///
/// As [`TestNs`], but its count is zero.
pub(crate) struct DyingNs(NonNull<bindings::pid_namespace>);

impl DyingNs {
    /// Takes the init away that [`TestNs::attach_init`] gave.
    pub(crate) fn detach_init(&self) {
        // SAFETY: By the type invariant it was not destroyed yet.
        unsafe { ffi::translate_pid_kunit_ns_detach_init(self.0.as_ptr()) };
    }
}

impl Drop for DyingNs {
    fn drop(&mut self) {
        // SAFETY: By the type invariant it was not destroyed yet.
        unsafe { ffi::translate_pid_kunit_ns_destroy(self.0.as_ptr()) };
    }
}

/// How many test namespaces have been freed, each after its grace period.
pub(crate) fn namespaces_freed() -> u64 {
    // SAFETY: Reads a counter.
    unsafe { ffi::translate_pid_kunit_ns_freed() }
}

/// Runs `other` in a second kernel thread while `here` runs in this one; returns when both have
/// ended. Sleeps. The error is `ENOMEM`.
pub(crate) fn beside<F: FnOnce() + Send, R>(other: F, here: impl FnOnce() -> R) -> Result<R> {
    /// # Safety
    ///
    /// `job` points to an `Option<F>` that nobody else uses.
    unsafe extern "C" fn run<F: FnOnce()>(job: *mut c_void) {
        // SAFETY: By the function's contract.
        if let Some(other) = unsafe { &mut *job.cast::<Option<F>>() }.take() {
            other();
        }
    }

    let mut job = Some(other);
    // SAFETY: `job` is not touched here until the thread has been joined, below, and `F` is
    // `Send`. There is no unwinding in the kernel that could skip the join.
    let thread =
        unsafe { ffi::translate_pid_kunit_thread_start(Some(run::<F>), (&raw mut job).cast()) };
    if thread.is_null() {
        return Err(ENOMEM);
    }
    let result = here();
    // SAFETY: Started just now and joined once.
    unsafe { ffi::translate_pid_kunit_thread_join(thread) };
    Ok(result)
}

/// Runs `work` so that the `nth` allocation it makes in this task fails, counted from 1. Returns
/// its result and whether there was such an allocation.
pub(crate) fn failing_allocation<R>(nth: u32, work: impl FnOnce() -> R) -> (R, bool) {
    // SAFETY: Sets a number of the current task.
    unsafe { ffi::translate_pid_kunit_fail_nth(nth) };
    let result = work();
    // SAFETY: As above.
    let left = unsafe { ffi::translate_pid_kunit_fail_nth(0) };
    (result, left == 0)
}
