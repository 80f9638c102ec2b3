// SPDX-License-Identifier: GPL-2.0-only

//! Keys, chosen by a module parameter or random, and the kernel's SipHash.
//!
//! C headers: [`include/linux/siphash.h`](srctree/include/linux/siphash.h),
//! [`include/linux/random.h`](srctree/include/linux/random.h).

#![allow(unsafe_code, reason = "calls into lib/siphash.c and the random driver")]

use super::ffi;
use crate::ns_id::{RoundFunction, GENERATION, PERMUTATION, ROUNDS};
use kernel::bindings;

/// A secret key of 128 bits.
pub(crate) struct Key(bindings::siphash_key_t);

const SIZE: usize = ffi::TRANSLATE_PID_KEY_SIZE as usize;

impl Key {
    /// The key that the module's parameter has chosen, if it has. `None` the second time: the
    /// parameter is wiped.
    pub(crate) fn chosen() -> Option<Self> {
        let mut bytes = [0; SIZE];
        // SAFETY: The helper writes as many bytes as `bytes` has. Called by the module's init,
        // which runs once, behind the parsing of parameters.
        unsafe { ffi::translate_pid_take_key(bytes.as_mut_ptr()) }.then(|| Self::new(bytes))
    }

    /// The key that these bytes are, the same on every machine.
    pub(crate) fn new(bytes: [u8; SIZE]) -> Self {
        let key = u128::from_le_bytes(bytes);
        Self(bindings::siphash_key_t {
            key: [key as u64, (key >> 64) as u64],
        })
    }

    /// A new random key. The random source is seeded long before a module can be loaded.
    pub(crate) fn random() -> Self {
        let mut key = bindings::siphash_key_t { key: [0; 2] };
        // SAFETY: The pointer and the length are those of `key`.
        unsafe {
            bindings::get_random_bytes((&raw mut key).cast(), size_of_val(&key));
        }
        Self(key)
    }

    /// SipHash-2-4 of both words.
    fn hash(&self, first: u64, second: u64) -> u64 {
        // SAFETY: The key is read during the call.
        unsafe { bindings::siphash_2u64(first, second, &raw const self.0) }
    }
}

/// The round function of ids: SipHash-2-4 under a key for each round, all made of one [`Key`].
///
/// With a key of its own, a round hashes its half alone, which is a third cheaper than to hash
/// the round's number along with it.
pub(crate) struct RoundKeys {
    rounds: [bindings::siphash_key_t; ROUNDS as usize],
    generation: u64,
}

impl From<Key> for RoundKeys {
    fn from(key: Key) -> Self {
        Self {
            rounds: core::array::from_fn(|round| bindings::siphash_key_t {
                key: [key.hash(round as u64, 0), key.hash(round as u64, 1)],
            }),
            generation: key.hash(GENERATION, PERMUTATION),
        }
    }
}

impl RoundFunction for RoundKeys {
    fn value(&self, round: u64, half: u64) -> u64 {
        match self.rounds.get(round as usize) {
            // SAFETY: The key is read during the call.
            Some(key) => unsafe { bindings::siphash_1u32(half as u32, key) },
            None => self.generation,
        }
    }
}
