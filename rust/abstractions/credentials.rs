// SPDX-License-Identifier: GPL-2.0-only

//! Credentials that are kept, and acting under them.
//!
//! C header: [`include/linux/cred.h`](srctree/include/linux/cred.h).

#![allow(unsafe_code, reason = "wraps struct cred")]

use super::ffi;
use core::ptr::NonNull;
use kernel::types::NotThreadSafe;

/// The credentials that a task had. They do not change.
///
/// # Invariants
///
/// One reference on `0` belongs to this value.
pub(crate) struct Credentials(NonNull<ffi::cred>);

// SAFETY: Credentials may be read and given back by any thread.
unsafe impl Send for Credentials {}
// SAFETY: They do not change, but for their count, an atomic.
unsafe impl Sync for Credentials {}

impl Credentials {
    /// Those of the calling task.
    pub(crate) fn of_caller() -> Self {
        // SAFETY: `current` has credentials, which the helper counts.
        let credentials = unsafe { ffi::translate_pid_get_cred() };
        // SAFETY: A task is never without.
        // INVARIANT: The helper's reference passes to this value.
        Self(unsafe { NonNull::new_unchecked(credentials.cast_mut()) })
    }

    /// The kernel's number of their real user.
    pub(crate) fn user(&self) -> u32 {
        // SAFETY: Kept by the reference, by the type invariant.
        unsafe { ffi::translate_pid_cred_user(self.0.as_ptr()) }
    }

    /// The calling task acts under these credentials while `f` runs. Security modules are asked
    /// about them, too.
    pub(crate) fn act<R>(&self, f: impl FnOnce() -> R) -> R {
        let _acting = Acting::under(self);
        f()
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        // SAFETY: The reference is this value's, by the type invariant.
        unsafe { ffi::translate_pid_put_cred(self.0.as_ptr()) };
    }
}

/// The calling task acts under other credentials until this is dropped.
///
/// # Invariants
///
/// `before` are those under which it acted before, which its own state keeps.
struct Acting<'a> {
    before: *const ffi::cred,
    _credentials: &'a Credentials,
    _not_send: NotThreadSafe,
}

impl<'a> Acting<'a> {
    fn under(credentials: &'a Credentials) -> Self {
        // SAFETY: The credentials are borrowed until the drop of this value, which reverts them.
        let before = unsafe { ffi::translate_pid_override_cred(credentials.0.as_ptr()) };
        // INVARIANT: As the helper returned them.
        Self {
            before,
            _credentials: credentials,
            _not_send: NotThreadSafe,
        }
    }
}

impl Drop for Acting<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant; this runs in the same task, for the type is not `Send`,
        // and such values are dropped in the reverse order of their making: `act` nests.
        unsafe { ffi::translate_pid_revert_cred(self.before) };
    }
}
