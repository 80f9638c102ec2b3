// SPDX-License-Identifier: GPL-2.0-only

//! A few values in a row, on the stack: room for them is not paid for before they are there.

#![allow(unsafe_code, reason = "looks at the initialised part of an array")]

use core::mem::MaybeUninit;

/// As many values as there are places.
///
/// # Invariants
///
/// `len` is at most the number of places, and the first `len` of them are initialised.
pub(crate) struct Bounded<'a, T: Copy> {
    places: &'a mut [MaybeUninit<T>],
    len: usize,
}

impl<'a, T: Copy> Bounded<'a, T> {
    /// None yet, in an array that stays where it is: to move it would be to copy it.
    pub(crate) fn new(places: &'a mut [MaybeUninit<T>]) -> Self {
        // INVARIANT: None needs to be initialised.
        Self { places, len: 0 }
    }

    /// Puts a value behind the others; if there is no room, nothing.
    #[inline(always)]
    pub(crate) fn push(&mut self, value: T) {
        if let Some(place) = self.places.get_mut(self.len) {
            place.write(value);
            // INVARIANT: There was a place, and it is initialised now.
            self.len += 1;
        }
    }

    /// Takes out all but the first `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        // INVARIANT: No more than before. A `Copy` type has no drop.
        self.len = self.len.min(len);
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        // SAFETY: By the type invariant, so many places are there and initialised; they are
        // borrowed as long as `self`.
        unsafe { core::slice::from_raw_parts(self.places.as_ptr().cast(), self.len) }
    }
}
