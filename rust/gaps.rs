// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! A queue with room for so many, in which it is marked where more came.
//!
//! When there is no room, what comes is dropped and counted, and so is all that comes after it,
//! until the queue has been emptied and the gap been seen: so the gap has one place, behind what
//! waits and before what comes later.
//!
//! Does not support: growing.

use kernel::{alloc::Flags, prelude::*};

#[cfg(translate_pid_kunit)]
#[path = "kunit/gaps.rs"]
pub(crate) mod kunit;

/// A gap: where something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// How many, at most; at least one.
    pub(crate) lost: u64,
    /// When the first of them came, as the caller told.
    pub(crate) since: u64,
}

/// What comes next.
pub(crate) enum Next<T> {
    Item(T),
    Gap(Gap),
}

/// The queue.
///
/// The `len` places from `first` on hold what waits, around the end of `places`.
pub(crate) struct Gaps<T> {
    places: KVVec<Option<T>>,
    first: usize,
    len: usize,
    gap: Option<Gap>,
}

impl<T> Gaps<T> {
    /// An empty one, with room for `room`, one at least. Sleeps. The error is `ENOMEM`.
    pub(crate) fn new(room: usize, flags: Flags) -> Result<Self> {
        let mut places = KVVec::with_capacity(room, flags)?;
        for _ in 0..room {
            places.push(None, flags)?;
        }
        Ok(Self {
            places,
            first: 0,
            len: 0,
            gap: None,
        })
    }

    /// Whether nothing waits, and nothing is missing.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0 && self.gap.is_none()
    }

    /// How many wait, without the gap behind them.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Where the `nth` that waits is, if the queue were full.
    fn place(&self, nth: usize) -> usize {
        let at = self.first + nth;
        if at < self.places.len() {
            at
        } else {
            at - self.places.len()
        }
    }

    /// Puts `item`, which came at `time`, behind the others; or, if there is no room, counts it and
    /// gives it back.
    pub(crate) fn push(&mut self, item: T, time: u64) -> Result<(), T> {
        if self.gap.is_some() || self.len == self.places.len() {
            self.lose(1, time);
            return Err(item);
        }
        let at = self.place(self.len);
        match self.places.get_mut(at) {
            Some(place) => *place = Some(item),
            None => return Err(item),
        }
        self.len += 1;
        Ok(())
    }

    /// Counts `lost` that are missing behind what waits, the first of which came at `since`.
    pub(crate) fn lose(&mut self, lost: u64, since: u64) {
        let gap = self.gap.get_or_insert(Gap { lost: 0, since });
        gap.lost = gap.lost.saturating_add(lost);
    }

    /// The `nth` that waits.
    pub(crate) fn get(&self, nth: usize) -> Option<&T> {
        if nth >= self.len {
            return None;
        }
        self.places.get(self.place(nth))?.as_ref()
    }

    /// What is missing behind all that waits.
    pub(crate) fn gap(&self) -> Option<Gap> {
        self.gap
    }

    /// Takes the first one out, if one waits.
    pub(crate) fn pop(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        let at = self.first;
        self.first = self.place(1);
        self.len -= 1;
        self.places.get_mut(at)?.take()
    }

    /// The gap was seen up to `lost`; what was lost since stays one.
    pub(crate) fn close_gap(&mut self, lost: u64) {
        self.gap = self.gap.and_then(|gap| {
            let lost = gap.lost.saturating_sub(lost);
            (lost > 0).then_some(Gap { lost, ..gap })
        });
    }

    /// Takes what comes next: the first one, or the gap if none waits.
    pub(crate) fn next(&mut self) -> Option<Next<T>> {
        if let Some(item) = self.pop() {
            return Some(Next::Item(item));
        }
        self.gap.take().map(Next::Gap)
    }
}
