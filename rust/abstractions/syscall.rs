// SPDX-License-Identifier: GPL-2.0-only

//! The system call `translate_pid(pid, source, target)` on x86-64, x32 and i386.
//!
//! Registers and ABIs are decoded in `rust/callbacks/syscall.c`; `rust/helpers/syscall_numbers.c`
//! knows which numbers are free.

#![allow(unsafe_code, reason = "passes a context pointer through C")]

use super::{ffi, ksyms::Address};
use kernel::{
    error::{from_result, to_result},
    prelude::*,
    sync::{Arc, ArcBorrow},
};

/// What the system call does.
pub(crate) trait Call: Send + Sync + 'static {
    /// In the calling task. Must not sleep, but for the spinlocks of PREEMPT_RT: unloading waits
    /// for callers by Tasks RCU.
    fn call(&self, pid: i32, source: u64, target: u64) -> Result<i32>;
}

/// Where the kernel sends unassigned system call numbers.
pub(crate) struct Symbols {
    /// `__x64_sys_ni_syscall()`, from 64-bit code.
    pub(crate) ni_x64: Address,
    /// `__ia32_sys_ni_syscall()`, from 32-bit code.
    pub(crate) ni_ia32: Address,
}

/// A number per ABI; -1 switches the call off there.
#[derive(Clone, Copy)]
pub(crate) struct Numbers {
    pub(crate) x86_64: i32,
    pub(crate) x32: i32,
    pub(crate) i386: i32,
}

impl Numbers {
    pub(crate) const OFF: Self = Self {
        x86_64: -1,
        x32: -1,
        i386: -1,
    };

    fn by_abi(self) -> [i32; ffi::TRANSLATE_PID_ABIS as usize] {
        let mut numbers = [-1; ffi::TRANSLATE_PID_ABIS as usize];
        numbers[ffi::TRANSLATE_PID_ABI_X86_64 as usize] = self.x86_64;
        numbers[ffi::TRANSLATE_PID_ABI_X32 as usize] = self.x32;
        numbers[ffi::TRANSLATE_PID_ABI_I386 as usize] = self.i386;
        numbers
    }

    /// Without those of ABIs that the running kernel lacks or has switched off, as x32 is by
    /// default: nobody could use them. Sleeps.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, of `register_kprobe()`: what the kernel has switched on could not be looked up.
    pub(crate) fn usable(self) -> Result<Self> {
        let if_on = |abi, number| {
            // SAFETY: May be called wherever it may sleep. It reads what the kernel sets at boot, and
            // looks up where; kprobes and static calls have locks of their own.
            let on = unsafe { ffi::translate_pid_syscall_abi_is_on(abi) };
            if on < 0 {
                return Err(Error::from_errno(on));
            }
            Ok(if on == 0 { -1 } else { number })
        };
        Ok(Self {
            x86_64: if_on(ffi::TRANSLATE_PID_ABI_X86_64, self.x86_64)?,
            x32: if_on(ffi::TRANSLATE_PID_ABI_X32, self.x32)?,
            i386: if_on(ffi::TRANSLATE_PID_ABI_I386, self.i386)?,
        })
    }

    /// Whether the call is switched off everywhere.
    pub(crate) fn all_off(self) -> bool {
        self.by_abi().iter().all(|&number| number == -1)
    }

    /// The first number that is not free in the running kernel's table, if there is one.
    pub(crate) fn first_taken(self) -> Option<i32> {
        (0..ffi::TRANSLATE_PID_ABIS)
            .zip(self.by_abi())
            .find(|&(abi, number)| number != -1 && !is_hole(abi, number))
            .map(|(_, number)| number)
    }
}

/// Whether the running kernel has no system call of this number.
fn is_hole(abi: u32, number: i32) -> bool {
    // SAFETY: Reads constant tables.
    unsafe { ffi::translate_pid_syscall_is_hole(abi, number) }
}

/// The system call. Dropping it sleeps until no caller is inside; callers get `ENOSYS` again.
///
/// # Invariants
///
/// The call is enabled, with the pointer of `_context` as its context. There is one such value at
/// a time: the module's.
pub(crate) struct SystemCall<T: Call> {
    _context: Arc<T>,
}

impl<T: Call> SystemCall<T> {
    /// Enables the call. Sleeps. To be called by the module's init only, once.
    ///
    /// # Errors
    ///
    /// `EINVAL`: a number is assigned, or the function cannot be traced. `EBUSY`: another user of
    /// ftrace redirects it already. `EAGAIN`: a BPF trampoline on it is in use all the time.
    /// `ENOMEM`.
    pub(crate) fn new(symbols: Symbols, numbers: Numbers, context: Arc<T>) -> Result<Self> {
        if numbers.first_taken().is_some() {
            return Err(EINVAL);
        }
        let by_abi = numbers.by_abi();
        let raw = Arc::as_ptr(&context).cast_mut().cast();
        // SAFETY: The addresses are those of the functions named, `by_abi` has an element per ABI.
        // The context outlives the call: it is dropped after `drop` has disabled it.
        to_result(unsafe {
            ffi::translate_pid_syscall_enable(
                symbols.ni_x64.raw(),
                symbols.ni_ia32.raw(),
                by_abi.as_ptr(),
                Some(Self::called),
                raw,
            )
        })?;
        // INVARIANT: Enabled just now.
        Ok(Self { _context: context })
    }

    /// # Safety
    ///
    /// Called by `rust/callbacks/syscall.c` only, with the context given to it.
    unsafe extern "C" fn called(
        context: *mut c_void,
        pid: c_int,
        source: u64,
        target: u64,
    ) -> c_long {
        from_result(|| {
            // SAFETY: The pointer of an `Arc<T>` that outlives the call, by the type invariant.
            let context = unsafe { ArcBorrow::<T>::from_raw(context.cast()) };
            Ok(context.call(pid, source, target)? as c_long)
        })
    }
}

impl<T: Call> Drop for SystemCall<T> {
    fn drop(&mut self) {
        // SAFETY: Enabled by the type invariant, and not disabled before.
        unsafe { ffi::translate_pid_syscall_disable() };
    }
}
