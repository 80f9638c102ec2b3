// SPDX-License-Identifier: GPL-2.0-only

//! Tests of those files of the module that do not use the kernel, on the build machine.

#![cfg(test)]
#![allow(dead_code, reason = "the tests use a part of what the module does")]

#[path = "../../../rust/ns_id.rs"]
mod ns_id;

mod ids {
    use super::ns_id::{Ids, NsId, RoundFunction};
    use std::{
        collections::{HashMap, HashSet},
        hash::{DefaultHasher, Hash, Hasher},
    };

    /// The kernel's `ns_id` of the initial pid namespace, `PID_NS_INIT_ID`.
    const INITIAL: u64 = 4;

    /// A keyed round function; the module uses the kernel's SipHash in its place.
    #[derive(Clone, Copy)]
    struct Keyed(u64);

    impl RoundFunction for Keyed {
        fn value(&self, round: u64, half: u64) -> u64 {
            let mut hasher = DefaultHasher::new();
            (self.0, round, half).hash(&mut hasher);
            hasher.finish()
        }
    }

    /// Round functions without a key, good for nothing.
    #[derive(Clone, Copy)]
    struct Bad(fn(u64, u64) -> u64);

    impl RoundFunction for Bad {
        fn value(&self, round: u64, half: u64) -> u64 {
            (self.0)(round, half)
        }
    }

    const BAD: [Bad; 3] = [
        Bad(|_, _| 0),
        Bad(|_, half| half),
        Bad(|round, half| round * half),
    ];

    fn keyed(key: u64) -> Ids<Keyed> {
        Ids::new(Keyed(key), INITIAL)
    }

    /// The permutation, written down a second time.
    fn permuted<const HALF_BITS: u32>(f: &impl RoundFunction, n: u64) -> u64 {
        let half = (1 << HALF_BITS) - 1;
        (0..6).fold(n, |n, round| {
            let (left, right) = (n >> HALF_BITS, n & half);
            (right << HALF_BITS) | (left ^ (f.value(round, right) & half))
        })
    }

    /// All that is claimed of the map, for each number as the initial namespace's and for each
    /// number as another's.
    fn check_all<const HALF_BITS: u32>(f: impl RoundFunction + Copy) {
        let count = 1u64 << (2 * HALF_BITS);
        for initial in 0..count {
            let ids = Ids::<_, HALF_BITS>::new(f, initial);
            let unused = permuted::<HALF_BITS>(&f, initial);
            let mut seen = vec![false; count as usize];
            for n in 0..count {
                let id = ids.id(n);
                let expected = match permuted::<HALF_BITS>(&f, n) {
                    _ if n == initial => 0,
                    0 => unused,
                    value => value,
                };
                assert_eq!(id.get(), expected);
                assert_eq!(id.is_initial(), n == initial);
                assert!(!std::mem::replace(&mut seen[expected as usize], true));
                assert_eq!(ids.ns_id(id), n);
            }
            assert!(seen.iter().all(|&seen| seen));
        }
    }

    #[test]
    fn narrow_ids_are_one_to_one_and_lead_back() {
        for key in 0..100 {
            check_all::<1>(Keyed(key));
            check_all::<2>(Keyed(key));
            check_all::<3>(Keyed(key));
        }
        for key in 0..5 {
            check_all::<4>(Keyed(key));
        }
    }

    #[test]
    fn narrow_ids_are_so_even_with_a_bad_round_function() {
        // What makes them one-to-one is the shape of the network, not the quality of the hash.
        for f in BAD {
            check_all::<1>(f);
            check_all::<2>(f);
            check_all::<3>(f);
            check_all::<4>(f);
        }
    }

    #[test]
    fn no_id_is_given_twice() {
        for key in 0..4 {
            let ids = keyed(key);
            let values: HashSet<u64> = (0..200_000).map(|n| ids.id(n).get()).collect();
            assert_eq!(values.len(), 200_000);
        }
        for f in BAD {
            let ids = Ids::<_>::new(f, INITIAL);
            let values: HashSet<u64> = (0..100_000)
                .chain(u64::MAX - 100_000..=u64::MAX)
                .map(|n| ids.id(n).get())
                .collect();
            assert_eq!(values.len(), 200_001);
        }
    }

    #[test]
    fn ids_lead_back_to_their_namespaces() {
        for key in 0..4 {
            let ids = keyed(key);
            for n in (0..100_000).chain(u64::MAX - 100_000..=u64::MAX) {
                assert_eq!(ids.ns_id(ids.id(n)), n);
                assert_eq!(ids.id(ids.ns_id(NsId::named(n))), NsId::named(n));
            }
        }
    }

    #[test]
    fn zero_is_the_initial_namespace_only() {
        assert!(NsId::INITIAL.is_initial());
        assert!(NsId::named(0).is_initial());
        assert!(!NsId::named(1).is_initial());
        for key in 0..100 {
            let ids = keyed(key);
            assert_eq!(ids.id(INITIAL), NsId::INITIAL);
            assert_eq!(ids.ns_id(NsId::INITIAL), INITIAL);
            assert!((0..1000).all(|n| ids.id(n).is_initial() == (n == INITIAL)));
            // The value that is left is that of the number whose own would be 0.
            let left = NsId::named(permuted::<32>(&Keyed(key), INITIAL));
            let replaced = ids.ns_id(left);
            assert_eq!(ids.id(replaced), left);
            assert_eq!(permuted::<32>(&Keyed(key), replaced), 0);
        }
    }

    #[test]
    fn the_same_key_gives_the_same_ids_in_every_version() {
        // An upgrade that gives others would make those that programs have kept worthless. If they
        // must change, PERMUTATION rises, so that the generation tells.
        let f = Bad(|round, half| half.wrapping_mul(0x9E37_79B9) ^ (half >> 7) ^ (round << 13));
        let ids = Ids::<_>::new(f, INITIAL);
        let values = [1, 2, 4_242, 1 << 40].map(|n| ids.id(n).get());
        assert_eq!(
            values,
            [
                0x2BA0_EC63_62A2_6E93,
                0x9AE1_7AC1_50EA_30B4,
                0xE86E_5714_A383_FFCA,
                0x4143_94A0_946E_4FA7
            ]
        );
        assert_eq!(ids.generation(), f.value(u64::MAX, 1));
    }

    #[test]
    fn another_key_gives_other_ids() {
        let (a, b) = (keyed(1), keyed(2));
        assert!((INITIAL + 1..1000).all(|n| a.id(n) != b.id(n)));
    }

    #[test]
    fn generation_changes_with_the_key_only() {
        let generations: HashSet<u64> = (0..1000).map(|key| keyed(key).generation()).collect();
        assert_eq!(generations.len(), 1000);
        assert!((0..1000).all(|key| generations.contains(&keyed(key).generation())));
        // 0 is no generation.
        assert_ne!(Ids::<_>::new(BAD[0], INITIAL).generation(), 0);
    }

    #[test]
    fn generation_asks_what_no_id_asks() {
        // The rounds of ids leave it alone, so neither tells anything of the other.
        let f = Bad(|round, _| if round > 5 { 5 } else { 0 });
        let ids = Ids::<_>::new(f, INITIAL);
        assert_eq!(ids.generation(), 5);
        let plain = Ids::<_>::new(BAD[0], INITIAL);
        assert!((0..1000).all(|n| ids.id(n) == plain.id(n)));
    }

    #[test]
    fn neighbours_differ_in_half_of_their_bits() {
        // Ids are used as bucket numbers as they are, and must not show the kernel's number. The
        // mean of 10,000 draws from 64 fair bits lies within 32 +- 0.2 but for one case in 10^6.
        let ids = keyed(3);
        let flipped: u32 = (0..10_000)
            .map(|n| (ids.id(n).get() ^ ids.id(n + 1).get()).count_ones())
            .sum();
        let mean = f64::from(flipped) / 10_000.0;
        assert!((mean - 32.0).abs() < 0.2, "{mean} of 64 bits");
    }

    #[test]
    fn ids_spread_over_the_buckets() {
        let ids = keyed(5);
        let mut buckets: HashMap<u64, u32> = HashMap::new();
        for n in 0..65_536 {
            *buckets.entry(ids.id(n).get() & 0x7fff).or_default() += 1;
        }
        // Two per bucket on average; a Poisson variable of mean 2 exceeds 14 with p < 10^-8.
        assert!(buckets.values().all(|&length| length <= 14));
    }
}

mod table_size {
    use super::ns_id::buckets_for;

    #[test]
    fn is_a_power_of_two_with_two_entries_per_bucket_at_most() {
        for namespaces in [0, 1, 2, 3, 1000, 65_536, 100_000, 4_194_304] {
            let buckets = buckets_for(namespaces);
            assert!(buckets.is_power_of_two());
            assert!(buckets * 2 >= namespaces as usize);
        }
        assert_eq!(buckets_for(100_000), 65_536);
    }

    #[test]
    fn is_bounded() {
        assert_eq!(buckets_for(0), 64);
        assert_eq!(buckets_for(u32::MAX), 1 << 22);
    }
}
