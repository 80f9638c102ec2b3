// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! The sequence of ids with the kernel's SipHash; `tests/host` tests its shape more thoroughly.

use super::fixture::{are_distinct, check};
use crate::{
    abstractions::entropy::Key,
    ns_id::{self, NsId},
};
use kernel::prelude::*;

const MANY: u64 = 100_000;

fn nth(key: &Key, n: u64) -> Option<NsId> {
    ns_id::nth(n, |round, half| key.hash(round, half))
}

/// The number that the permutation under `key` maps to 0: its rounds, undone.
pub(crate) fn number_of_zero(key: &Key) -> u64 {
    let (mut left, mut right) = (0u32, 0u32);
    for round in (0..8).rev() {
        let mixed = right;
        right = left;
        left = mixed ^ key.hash(round, u64::from(right)) as u32;
    }
    (u64::from(left) << 32) | u64::from(right)
}

pub(super) fn no_id_is_given_twice() -> Result {
    let key = Key::random();
    let mut ids = KVVec::with_capacity(MANY as usize, GFP_KERNEL)?;
    for n in 0..MANY {
        if let Some(id) = nth(&key, n) {
            check!(
                !id.is_initial(),
                "number {n} has the initial namespace's id"
            );
            ids.push(id.get(), GFP_KERNEL)?;
        }
    }
    check!(
        ids.len() as u64 >= MANY - 1,
        "{} of {MANY} numbers have an id",
        ids.len()
    );
    check!(are_distinct(&mut ids), "an id comes twice");
    Ok(())
}

pub(super) fn zero_is_no_id() -> Result {
    for _ in 0..100 {
        let key = Key::random();
        let zero = number_of_zero(&key);
        check!(nth(&key, zero).is_none(), "number {zero} has an id");
        check!(
            nth(&key, zero.wrapping_sub(1)).is_some(),
            "the number before has none"
        );
        check!(
            nth(&key, zero.wrapping_add(1)).is_some(),
            "the number behind has none"
        );
    }
    Ok(())
}

pub(super) fn another_key_gives_other_ids() -> Result {
    let (one, other) = (Key::random(), Key::random());
    let mut ids = KVec::with_capacity(2000, GFP_KERNEL)?;
    for id in (0..1000)
        .flat_map(|n| [nth(&one, n), nth(&other, n)])
        .flatten()
    {
        ids.push(id.get(), GFP_KERNEL)?;
    }
    // By chance once in 2^44 runs.
    check!(are_distinct(&mut ids), "two keys give the same id");
    Ok(())
}
