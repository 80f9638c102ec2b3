// SPDX-License-Identifier: GPL-2.0-only

//! Keys from the kernel's random source, and the kernel's SipHash.
//!
//! C headers: [`include/linux/siphash.h`](srctree/include/linux/siphash.h),
//! [`include/linux/random.h`](srctree/include/linux/random.h).

#![allow(unsafe_code, reason = "calls into lib/siphash.c and the random driver")]

use kernel::bindings;

/// A secret SipHash key.
pub(crate) struct Key(bindings::siphash_key_t);

impl Key {
    /// A new random key. The random source is seeded long before a module can be loaded.
    pub(crate) fn random() -> Self {
        let mut key = bindings::siphash_key_t { key: [0; 2] };
        // SAFETY: The pointer and the length are those of `key`.
        unsafe {
            bindings::get_random_bytes((&raw mut key).cast(), size_of_val(&key));
        }
        Self(key)
    }

    /// SipHash-2-4 of two words under this key.
    pub(crate) fn hash(&self, a: u64, b: u64) -> u64 {
        // SAFETY: The key is read during the call.
        unsafe { bindings::siphash_2u64(a, b, &raw const self.0) }
    }
}

/// Spreads the bits of an address over 64 bits, as `hash_64()` does.
pub(super) fn spread(value: u64) -> u64 {
    // The golden ratio of `include/linux/hash.h`; the product's high bits are the mixed ones.
    value.wrapping_mul(0x61C8_8646_80B5_83EB).swap_bytes()
}
