// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Ids of pid namespaces.
//!
//! Ids are the values of a secret permutation of the 64-bit numbers, taken in the order of a
//! counter. A permutation never gives a value twice, so an id that was kept long after its
//! namespace died names nothing, never another namespace. Random draws would only make that
//! unlikely.
//!
//! The permutation is a Feistel network over two halves of 32 bits whose round function is keyed.
//! Without the key, the next id cannot be told from the earlier ones: four rounds of a
//! pseudo-random function make a pseudo-random permutation (Luby and Rackoff), and each round
//! more lifts the number of ids after which it might be told from a random one. An id is made
//! once per namespace, so the rounds cost nothing that matters.
//!
//! This file does not use the kernel: `make hosttest` tests it on the build machine.

/// Rounds of the Feistel network.
const ROUNDS: u64 = 8;

/// The id of a pid namespace; 0 is the initial one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NsId(u64);

impl NsId {
    /// The initial pid namespace.
    pub(crate) const INITIAL: Self = Self(0);

    /// The id that a caller names. Whether a namespace has it is the registry's to say.
    pub(crate) const fn named(value: u64) -> Self {
        Self(value)
    }

    /// The number as the interface shows it.
    pub(crate) const fn get(self) -> u64 {
        self.0
    }

    pub(crate) const fn is_initial(self) -> bool {
        self.0 == Self::INITIAL.0
    }
}

/// The id number `n`; `None` for the one `n` whose value is 0, the initial namespace's id.
///
/// `round_function(round, half)` is a secret pseudo-random function.
pub(crate) fn nth(n: u64, round_function: impl Fn(u64, u64) -> u64) -> Option<NsId> {
    match permute(n, round_function) {
        0 => None,
        id => Some(NsId(id)),
    }
}

/// A permutation of the 64-bit numbers, whatever the round function: each round can be undone.
fn permute(n: u64, round_function: impl Fn(u64, u64) -> u64) -> u64 {
    let (mut left, mut right) = ((n >> 32) as u32, n as u32);
    for round in 0..ROUNDS {
        let mixed = left ^ round_function(round, u64::from(right)) as u32;
        (left, right) = (right, mixed);
    }
    (u64::from(left) << 32) | u64::from(right)
}

/// Buckets of an index that holds `namespaces` entries well: two entries per bucket at most on
/// average, a power of two, never so many that they could not be allocated.
pub(crate) const fn buckets_for(namespaces: u32) -> usize {
    /// 2^22 words of 8 bytes, 32 MiB per index: enough for the kernel's own limit of namespaces.
    const MOST: usize = 1 << 22;
    const LEAST: usize = 64;

    let wanted = (namespaces as usize / 2).next_power_of_two();
    if wanted < LEAST {
        LEAST
    } else if wanted > MOST {
        MOST
    } else {
        wanted
    }
}
