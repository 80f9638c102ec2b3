// SPDX-License-Identifier: GPL-2.0-only

//! Structures in user memory that grow at their end, as `copy_struct_from_user()` knows them.

#![allow(unsafe_code, reason = "copies bytes into and out of uapi structures")]

use super::{ffi, uapi::Extensible};
use kernel::{error::to_result, prelude::*};

/// A structure at an address that user space gave, of the size that user space claims.
///
/// Its operations fault pages in: they may sleep, and each sees what is in memory at its own
/// time. They may be called in the task's own system call only.
#[derive(Clone, Copy)]
pub(crate) struct UserStruct {
    address: usize,
    size: usize,
}

impl UserStruct {
    pub(crate) fn new(address: usize, size: usize) -> Self {
        Self { address, size }
    }

    fn check_size<T: Extensible>(&self) -> Result {
        if self.size < T::SIZE_VER0 {
            return Err(EINVAL);
        }
        Ok(())
    }

    /// Reads the structure once. What the caller does not know of it counts as zero.
    ///
    /// # Errors
    ///
    /// `EINVAL`: shorter than its first version, or a field that must be zero is not. `E2BIG`:
    /// longer than `T`, and the rest is not zero. `EFAULT`.
    pub(crate) fn read<T: Extensible>(&self) -> Result<T> {
        self.check_size::<T>()?;
        let mut value = T::default();
        // SAFETY: The helper writes at most `size_of::<T>()` bytes to `value`, for which every
        // byte pattern is valid by `Extensible`.
        to_result(unsafe {
            ffi::translate_pid_struct_from_user(
                (&raw mut value).cast(),
                size_of::<T>(),
                self.address,
                self.size,
            )
        })?;
        if !value.reserved_is_zero() {
            return Err(EINVAL);
        }
        Ok(value)
    }

    /// Writes the structure; a longer one is filled up with zeros, a shorter one gets what fits.
    ///
    /// # Errors
    ///
    /// `EINVAL`: shorter than its first version. `EFAULT`.
    pub(crate) fn write<T: Extensible>(&self, value: &T) -> Result {
        self.check_size::<T>()?;
        // SAFETY: The helper reads at most `size_of::<T>()` bytes of `value`, all initialised by
        // `Extensible`.
        to_result(unsafe {
            ffi::translate_pid_struct_to_user(
                self.address,
                self.size,
                core::ptr::from_ref(value).cast(),
                size_of::<T>(),
            )
        })
    }
    /// Writes one number, at `offset` bytes into a `T` that [`Self::read`] has read: all that a
    /// command answers. What is behind `T` in a longer structure was read as zeros, and stays so.
    ///
    /// # Errors
    ///
    /// `EINVAL`: there is no such number in the first version of `T`. `EFAULT`.
    pub(crate) fn write_number<T: Extensible>(&self, offset: usize, number: i32) -> Result {
        self.check_size::<T>()?;
        if offset > T::SIZE_VER0 - size_of::<i32>() {
            return Err(EINVAL);
        }
        let address = self.address.wrapping_add(offset);
        // SAFETY: The helper checks the address as any that comes from user space.
        to_result(unsafe { ffi::translate_pid_s32_to_user(address, number) })
    }
}
