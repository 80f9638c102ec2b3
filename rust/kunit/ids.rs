// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Ids with the kernel's SipHash; `tests/host` tests their shape more thoroughly.

use super::fixture::{are_distinct, check};
use crate::{
    abstractions::entropy::{Key, RoundKeys},
    ns_id::{Ids, NsId},
};
use kernel::prelude::*;

const MANY: u64 = 100_000;
const INITIAL: u64 = 4;

fn ids(key: Key) -> Ids<RoundKeys> {
    Ids::new(key.into(), INITIAL)
}

pub(super) fn no_id_is_given_twice() -> Result {
    let ids = ids(Key::random());
    let mut all = KVVec::with_capacity(MANY as usize, GFP_KERNEL)?;
    for ns_id in 0..MANY {
        all.push(ids.id(ns_id).get(), GFP_KERNEL)?;
    }
    check!(are_distinct(&mut all), "an id comes twice");
    Ok(())
}

pub(super) fn ids_lead_back() -> Result {
    let ids = ids(Key::random());
    for ns_id in (0..1000).flat_map(|n| [n, u64::MAX - n]) {
        let back = ids.ns_id(ids.id(ns_id));
        check!(back == ns_id, "the id of {ns_id} leads to {back}");
        let there = ids.id(ids.ns_id(NsId::named(ns_id)));
        check!(
            there.get() == ns_id,
            "id {ns_id} is that of a namespace with {}",
            there.get()
        );
    }
    Ok(())
}

pub(super) fn zero_is_the_initial_namespace_only() -> Result {
    for _ in 0..100 {
        let ids = ids(Key::random());
        check!(
            ids.id(INITIAL).is_initial(),
            "the initial one's id is not 0"
        );
        check!(
            ids.ns_id(NsId::INITIAL) == INITIAL,
            "0 leads to another namespace"
        );
        for ns_id in (0..100).filter(|&ns_id| ns_id != INITIAL) {
            check!(!ids.id(ns_id).is_initial(), "{ns_id} has the id 0");
        }
    }
    Ok(())
}

pub(super) fn another_key_gives_other_ids() -> Result {
    let (one, other) = (ids(Key::random()), ids(Key::random()));
    let mut all = KVec::with_capacity(2000, GFP_KERNEL)?;
    for id in (INITIAL + 1..INITIAL + 1001).flat_map(|n| [one.id(n), other.id(n)]) {
        all.push(id.get(), GFP_KERNEL)?;
    }
    // By chance once in 2^44 runs.
    check!(are_distinct(&mut all), "two keys give the same id");
    check!(
        one.generation() != other.generation(),
        "two keys have one generation"
    );
    Ok(())
}

/// What a program has kept must be right after an upgrade of the module, and of the kernel. If these
/// ids must change, `PERMUTATION` rises, and the generation with it.
pub(super) fn same_key_gives_same_ids() -> Result {
    let ids = ids(Key::new(core::array::from_fn(|i| i as u8)));
    for (ns_id, known) in [
        (9, 0x2d64_e6c5_cc0d_e40f),
        (4_242, 0x1ce6_8ca2_dc4c_1f58),
        (1 << 40, 0x0318_0c99_296a_0f91),
    ] {
        let id = ids.id(ns_id).get();
        check!(id == known, "{ns_id} has the id {id} instead of {known}");
    }
    let generation = ids.generation();
    check!(
        generation == 0xafa0_9aba_30b1_d128,
        "the generation is {generation}"
    );
    Ok(())
}
