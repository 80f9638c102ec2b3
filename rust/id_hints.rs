// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Ids that were made lately, for who goes from namespaces to ids.
//!
//! To make an id takes as long as a whole translation. A hint is what was made last for a namespace
//! whose number led to the same place: it may be that of another one, so whoever takes it looks
//! whether the table has this namespace under it. A place is one word, so that no two halves can
//! come of different hints, and nothing need be locked, or forgotten when a namespace dies.
//!
//! A place is written when it does not help: not again and again while the same namespaces are
//! asked about, unless two of them share it.

use crate::ns_id::NsId;
use kernel::{
    prelude::*,
    sync::atomic::{Atomic, Relaxed},
};

/// A power of two: 8 KiB.
const PLACES: usize = 1024;

/// The hints.
pub(crate) struct IdHints {
    places: KVec<Atomic<u64>>,
}

impl IdHints {
    /// None yet. Sleeps. The error is `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        let mut places = KVec::with_capacity(PLACES, GFP_KERNEL)?;
        for _ in 0..PLACES {
            places.push(Atomic::new(NsId::INITIAL.get()), GFP_KERNEL)?;
        }
        Ok(Self { places })
    }

    /// The id of the namespace with this `ns_id`: the hint, if `is_it` says so of it; else what
    /// `make` makes, which is the next hint.
    pub(crate) fn id(
        &self,
        ns_id: u64,
        is_it: impl FnOnce(NsId) -> bool,
        make: impl FnOnce() -> NsId,
    ) -> NsId {
        // The kernel numbers namespaces of all kinds one after the other: neighbours do not share
        // a place.
        let place = &self.places[ns_id as usize & (PLACES - 1)];
        let hint = NsId::named(place.load(Relaxed));
        if is_it(hint) {
            return hint;
        }
        let id = make();
        if id != hint {
            place.store(id.get(), Relaxed);
        }
        id
    }
}
