// SPDX-License-Identifier: GPL-2.0-only

//! Tests of those files of the module that do not use the kernel, on the build machine.

#![cfg(test)]
#![allow(dead_code, reason = "the tests use a part of what the module does")]

#[path = "../../../rust/ns_id.rs"]
mod ns_id;

mod ids {
    use super::ns_id::{nth, NsId};
    use std::{
        collections::{HashMap, HashSet},
        hash::{DefaultHasher, Hash, Hasher},
    };

    /// A keyed round function; the module uses the kernel's SipHash in its place.
    fn keyed(key: u64) -> impl Fn(u64, u64) -> u64 {
        move |round, half| {
            let mut hasher = DefaultHasher::new();
            (key, round, half).hash(&mut hasher);
            hasher.finish()
        }
    }

    #[test]
    fn no_id_is_given_twice() {
        for key in 0..4 {
            let ids: HashSet<u64> = (0..200_000)
                .filter_map(|n| nth(n, keyed(key)))
                .map(NsId::get)
                .collect();
            assert_eq!(ids.len(), 200_000);
        }
    }

    #[test]
    fn no_id_is_given_twice_even_with_a_bad_round_function() {
        // What makes the sequence free of repetitions is its shape, not the quality of the hash.
        for round_function in [|_, _| 0, |_, half| half, |round, half| round * half] {
            let ids: HashSet<Option<u64>> = (0..100_000)
                .chain(u64::MAX - 100_000..=u64::MAX)
                .map(|n| nth(n, round_function).map(NsId::get))
                .collect();
            assert_eq!(ids.len(), 200_001);
        }
    }

    #[test]
    fn zero_is_the_initial_namespace_only() {
        // With this round function the network maps 0 to 0.
        assert_eq!(nth(0, |_, _| 0), None);
        assert!(nth(1, |_, _| 0).is_some());
        assert!(NsId::INITIAL.is_initial());
        assert!(NsId::named(0).is_initial());
        assert!(!NsId::named(1).is_initial());
        for n in 0..100_000 {
            assert!(nth(n, keyed(7)).is_none_or(|id| id.get() != 0));
        }
    }

    #[test]
    fn another_key_gives_another_sequence() {
        let sequence = |key| -> Vec<_> {
            (0..1000)
                .map(|n| nth(n, keyed(key)).map(NsId::get))
                .collect()
        };
        let (a, b) = (sequence(1), sequence(2));
        assert!(a.iter().zip(&b).all(|(a, b)| a != b));
    }

    #[test]
    fn neighbours_differ_in_half_of_their_bits() {
        // Ids are used as bucket numbers as they are, and must not show the counter. The mean of
        // 10,000 draws from 64 fair bits lies within 32 +- 0.2 but for one case in 10^6.
        let flipped: u32 = (0..10_000)
            .map(|n| {
                let id = |n| nth(n, keyed(3)).unwrap().get();
                (id(n) ^ id(n + 1)).count_ones()
            })
            .sum();
        let mean = f64::from(flipped) / 10_000.0;
        assert!((mean - 32.0).abs() < 0.2, "{mean} of 64 bits");
    }

    #[test]
    fn ids_spread_over_the_buckets() {
        let mut buckets: HashMap<u64, u32> = HashMap::new();
        for n in 0..65_536 {
            *buckets
                .entry(nth(n, keyed(5)).unwrap().get() & 0x7fff)
                .or_default() += 1;
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
