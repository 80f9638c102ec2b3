// SPDX-License-Identifier: GPL-2.0-only

//! Structures in user memory that grow at their end, as `copy_struct_from_user()` knows them; and
//! arrays that they point to.

#![allow(unsafe_code, reason = "copies bytes into and out of uapi structures")]

use super::{
    ffi,
    uapi::{Element, Extensible},
};
use core::{marker::PhantomData, mem::MaybeUninit};
use kernel::{error::to_result, prelude::*};

/// The kernel's own `to_result()`, without a call where there is nothing to say.
#[inline(always)]
fn succeeded(result: c_int) -> Result {
    if result == 0 {
        return Ok(());
    }
    to_result(result)
}

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
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: The helper writes at most `size_of::<T>()` bytes to `value`, whose alignment is
        // that of its 64-bit fields, which the assertion below demands.
        succeeded(unsafe {
            ffi::translate_pid_struct_from_user(
                value.as_mut_ptr().cast(),
                size_of::<T>(),
                self.address,
                self.size,
            )
        })?;
        const { assert!(align_of::<T>() == align_of::<u64>()) };
        // SAFETY: A helper that succeeds has written all bytes, and any are valid by `Extensible`.
        let value = unsafe { value.assume_init() };
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
        succeeded(unsafe { ffi::translate_pid_s32_to_user(address, number) })
    }
}

/// Room for `N` numbers that need not be filled before: on the stack, that would cost more than what
/// most callers put there.
pub(crate) struct Room<const N: usize>([MaybeUninit<i32>; N]);

impl<const N: usize> Room<N> {
    pub(crate) const fn new() -> Self {
        Self([const { MaybeUninit::uninit() }; N])
    }

    /// Lets `fill` write the first `len` numbers, at most `N`, to the address it is given.
    ///
    /// # Safety
    ///
    /// `fill` writes all of them if it succeeds.
    unsafe fn fill_with(
        &mut self,
        len: usize,
        fill: impl FnOnce(*mut i32) -> Result,
    ) -> Result<&mut [i32]> {
        let room = self.0.get_mut(..len).ok_or(EFAULT)?;
        fill(room.as_mut_ptr().cast())?;
        // SAFETY: By the function's contract, these have been written; what is written is an `i32`
        // whatever the bytes are.
        Ok(unsafe { core::slice::from_raw_parts_mut(room.as_mut_ptr().cast(), len) })
    }

    /// Takes a copy of `numbers`, of which there are at most `N`, for tests.
    #[cfg(translate_pid_kunit)]
    pub(crate) fn copy_of(&mut self, numbers: &[i32]) -> Result<&mut [i32]> {
        // SAFETY: As many numbers are written as there are, within the room, which is no part of
        // `numbers`.
        unsafe {
            self.fill_with(numbers.len(), |to| {
                to.copy_from_nonoverlapping(numbers.as_ptr(), numbers.len());
                Ok(())
            })
        }
    }
}

/// An array of numbers at an address that user space gave.
///
/// Its operations fault pages in: they may sleep, and each sees what is in memory at its own
/// time. They may be called in the task's own system call only.
///
/// # Invariants
///
/// If there is a number at all, `address` and all that is up to `count` numbers behind it are
/// addresses of user space.
#[derive(Clone, Copy)]
pub(crate) struct UserNumbers {
    address: usize,
    count: usize,
}

impl UserNumbers {
    /// An array of `count` numbers; nothing is read or written yet.
    ///
    /// # Errors
    ///
    /// `EFAULT`: it does not end within the addresses that user space can have.
    pub(crate) fn new(address: u64, count: usize) -> Result<Self> {
        let address = usize::try_from(address).map_err(|_| EFAULT)?;
        let size = count.checked_mul(size_of::<i32>()).ok_or(EFAULT)?;
        // SAFETY: Compares numbers.
        if size > 0 && !unsafe { ffi::translate_pid_is_user_range(address, size) } {
            return Err(EFAULT);
        }
        // INVARIANT: As just checked.
        Ok(Self { address, count })
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The address of the number `at`, if the array has `len` numbers from there on.
    fn address_of(&self, at: usize, len: usize) -> Option<usize> {
        if at.checked_add(len)? > self.count {
            return None;
        }
        self.address.checked_add(at.checked_mul(size_of::<i32>())?)
    }

    /// Reads the `len` numbers from `at` on.
    ///
    /// # Errors
    ///
    /// `EFAULT`: one of them cannot be read, or lies behind the array; or there is not the room.
    pub(crate) fn read<'a, const N: usize>(
        &self,
        at: usize,
        len: usize,
        room: &'a mut Room<N>,
    ) -> Result<&'a mut [i32]> {
        if len == 0 {
            return Ok(&mut []);
        }
        let address = self.address_of(at, len).ok_or(EFAULT)?;
        // SAFETY: The helper writes `len` numbers, or says that it has not.
        unsafe {
            room.fill_with(len, |to| {
                to_result(ffi::translate_pid_numbers_from_user(
                    to, address, len as u32,
                ))
            })
        }
    }

    /// Writes the numbers from `at` on. Returns how many, which are the first of `part`: all, if
    /// they can be written and lie within the array.
    pub(crate) fn write(&self, at: usize, part: &[i32]) -> usize {
        let Some(address) = self.address_of(at, part.len()) else {
            return 0;
        };
        // SAFETY: The helper reads at most as many numbers of `part` as it has.
        let written = unsafe {
            ffi::translate_pid_numbers_to_user(address, part.as_ptr(), part.len() as u32)
        };
        written as usize
    }
}

/// An array of `count` elements, larger ones than numbers, at an address that user space gave; it
/// is only written.
///
/// Its operations are like those of [`UserNumbers`].
///
/// # Invariants
///
/// As for [`UserNumbers`], of elements.
pub(crate) struct UserArray<T: Element> {
    address: usize,
    count: usize,
    _elements: PhantomData<T>,
}

impl<T: Element> UserArray<T> {
    /// An array of `count` elements; nothing is written yet.
    ///
    /// # Errors
    ///
    /// `EFAULT`: it does not end within the addresses that user space can have.
    pub(crate) fn new(address: u64, count: usize) -> Result<Self> {
        let address = usize::try_from(address).map_err(|_| EFAULT)?;
        let size = count.checked_mul(size_of::<T>()).ok_or(EFAULT)?;
        // SAFETY: Compares numbers.
        if size > 0 && !unsafe { ffi::translate_pid_is_user_range(address, size) } {
            return Err(EFAULT);
        }
        // INVARIANT: As just checked.
        Ok(Self {
            address,
            count,
            _elements: PhantomData,
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Writes the elements from `at` on.
    ///
    /// # Errors
    ///
    /// `EFAULT`: one of them cannot be written, others may have been; or they do not lie within the
    /// array.
    pub(crate) fn write(&self, at: usize, part: &[T]) -> Result {
        if part.is_empty() {
            return Ok(());
        }
        if at.checked_add(part.len()).ok_or(EFAULT)? > self.count {
            return Err(EFAULT);
        }
        // By the type invariant, nothing overflows.
        let address = self.address.wrapping_add(at.wrapping_mul(size_of::<T>()));
        // SAFETY: The helper reads the bytes of `part`, all initialised by `Element`.
        to_result(unsafe {
            ffi::translate_pid_bytes_to_user(address, part.as_ptr().cast(), size_of_val(part))
        })
    }
}
