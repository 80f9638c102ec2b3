// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Ids of pid namespaces.
//!
//! The kernel numbers its namespaces: `ns_id`, which it never gives to two of them until it is
//! booted again. An id is the value of a secret permutation at that number. A permutation never
//! has a value twice, so an id that was kept long after its namespace died names nothing, never
//! another namespace; and whoever has the key knows the id of a namespace, and the namespace of
//! an id, without any table. The same key gives the same ids again.
//!
//! The permutation is a Feistel network over two halves whose round function is keyed. That its
//! input is known and sequential tells nothing about its values: four rounds of a pseudo-random
//! function make a permutation that cannot be told from a random one by whoever chooses the
//! inputs, and the values to be undone as well (Luby and Rackoff). That holds for about the square
//! root of all halves, 2^16 ids; with six rounds, each with a key of its own, for about as many ids
//! as there are halves, 2^32 (Patarin), more than a kernel makes. Further rounds would add nothing
//! but time to each creation of a namespace.
//!
//! This file does not use the kernel: `make hosttest` tests it on the build machine.

/// Rounds of the Feistel network.
pub(crate) const ROUNDS: u64 = 6;

/// Stands in the place of a round's number where the generation is made: no round has it.
pub(crate) const GENERATION: u64 = u64::MAX;

/// Which permutation a key chooses: it rises with each change of the rounds, or of how their keys
/// are made. The generation is made of it too, for ids change then though the key is the same.
pub(crate) const PERMUTATION: u64 = 1;

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

/// A secret pseudo-random function of a round and a half, which its key chooses.
///
/// The same value gives the same results for ever.
pub(crate) trait RoundFunction {
    /// `half` is below 2^32.
    fn value(&self, round: u64, half: u64) -> u64;
}

/// The ids of all pid namespaces under one key: a one-to-one map between the kernel's `ns_id` and
/// ids, in which the initial namespace has the id 0.
///
/// The permutation knows nothing of that. So the initial namespace has 0 whatever its value is,
/// and the `ns_id` whose value is 0 has the value that this leaves unused.
///
/// `HALF_BITS` is half the width of a number. Narrow ones are for tests, which look at all of them.
pub(crate) struct Ids<F, const HALF_BITS: u32 = 32> {
    round_function: F,
    /// The `ns_id` of the initial namespace, and the value of the permutation there.
    initial: u64,
    unused: u64,
}

impl<F: RoundFunction, const HALF_BITS: u32> Ids<F, HALF_BITS> {
    const HALF: u64 = {
        assert!(HALF_BITS >= 1 && HALF_BITS <= 32);
        (1 << HALF_BITS) - 1
    };

    /// `initial` is the `ns_id` of the initial namespace.
    pub(crate) fn new(round_function: F, initial: u64) -> Self {
        let mut ids = Self {
            round_function,
            initial,
            unused: 0,
        };
        ids.unused = ids.permute(initial);
        ids
    }

    /// The id of the namespace with this `ns_id`.
    pub(crate) fn id(&self, ns_id: u64) -> NsId {
        if ns_id == self.initial {
            return NsId::INITIAL;
        }
        match self.permute(ns_id) {
            0 => NsId(self.unused),
            value => NsId(value),
        }
    }

    /// The `ns_id` of the namespace with this id, be there such a namespace or not.
    pub(crate) fn ns_id(&self, id: NsId) -> u64 {
        match id.get() {
            0 => self.initial,
            value if value == self.unused => self.undo(0),
            value => self.undo(value),
        }
    }

    /// A number that stands for the key and the permutation, and so for all ids: the same while they are the same,
    /// another when they are others. Never 0.
    ///
    /// It tells nothing of the ids, for no round asks the round function the same.
    pub(crate) fn generation(&self) -> u64 {
        self.round_function.value(GENERATION, PERMUTATION).max(1)
    }

    /// A permutation, whatever the round function: each round can be undone.
    fn permute(&self, n: u64) -> u64 {
        let (mut left, mut right) = Self::halves(n);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.mix(round, right));
        }
        (left << HALF_BITS) | right
    }

    /// The number at which the permutation has this value.
    fn undo(&self, value: u64) -> u64 {
        let (mut left, mut right) = Self::halves(value);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.mix(round, left), left);
        }
        (left << HALF_BITS) | right
    }

    fn halves(n: u64) -> (u64, u64) {
        ((n >> HALF_BITS) & Self::HALF, n & Self::HALF)
    }

    fn mix(&self, round: u64, half: u64) -> u64 {
        self.round_function.value(round, half) & Self::HALF
    }
}

/// Buckets of a table that holds `namespaces` entries well: two entries per bucket at most on
/// average, a power of two, never so many that they could not be allocated.
pub(crate) const fn buckets_for(namespaces: u32) -> usize {
    /// 2^22 words of 8 bytes, 32 MiB: enough for the kernel's own limit of namespaces.
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
