// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Many pids at once: `TRANSLATE_PID_TRANSLATE_MANY`.
//!
//! The array is worked on in parts. A part is copied in, translated in one RCU read section, and
//! copied out again, so that neither the stack nor a read section grows with the caller's number,
//! and nothing is allocated by it. The caller's memory can make a copy wait for as long as it
//! likes, and the caller may lose its access meanwhile, or a namespace its life: so each part
//! begins with finding both namespaces, and asking for access to them, anew.

use crate::{
    abstractions::{
        task,
        uapi::{self, ManyRequest},
        user::{Room, UserNumbers, UserStruct},
    },
    access::Refusal,
    ns_id::NsId,
    translate::{Translator, Whose},
};
use core::mem::offset_of;
use kernel::{prelude::*, sync::rcu};

#[cfg(translate_pid_kunit)]
#[path = "kunit/many.rs"]
pub(crate) mod kunit;

/// How many numbers are on the stack, and are translated in one read section.
const PART: usize = 128;

/// The numbers to be replaced, where the caller has them.
trait Numbers {
    fn count(&self) -> usize;

    /// Reads the `len` ones from `at` on; may sleep.
    fn read<'a>(
        &mut self,
        at: usize,
        len: usize,
        room: &'a mut Room<PART>,
    ) -> Result<&'a mut [i32]>;

    /// Replaces those from `at` on; may sleep. Returns how many were, which are the first ones;
    /// fewer than `part` has if the next one cannot be.
    fn write(&mut self, at: usize, part: &[i32]) -> usize;

    /// Tells the caller how many have been replaced; may sleep.
    fn tell(&mut self, done: usize) -> Result;
}

/// Those of a request.
struct Array {
    request: UserStruct,
    numbers: UserNumbers,
}

impl Numbers for Array {
    fn count(&self) -> usize {
        self.numbers.count()
    }

    fn read<'a>(
        &mut self,
        at: usize,
        len: usize,
        room: &'a mut Room<PART>,
    ) -> Result<&'a mut [i32]> {
        self.numbers.read(at, len, room)
    }

    fn write(&mut self, at: usize, part: &[i32]) -> usize {
        self.numbers.write(at, part)
    }

    fn tell(&mut self, done: usize) -> Result {
        // At most `TRANSLATE_PID_MANY_MOST`.
        self.request
            .write_number::<ManyRequest>(offset_of!(ManyRequest, done), done as i32)
    }
}

impl Translator {
    /// The command. Sleeps.
    ///
    /// # Errors
    ///
    /// Those of `TRANSLATE_PID_TRANSLATE_MANY` in the uapi header.
    pub(crate) fn answer_many(&self, argument: UserStruct) -> Result {
        let request: ManyRequest = argument.read()?;
        if request.count > uapi::TRANSLATE_PID_MANY_MOST {
            return Err(EINVAL);
        }
        let mut array = Array {
            request: argument,
            numbers: UserNumbers::new(request.pids, request.count as usize)?,
        };
        self.translate_many(
            &mut array,
            NsId::named(request.source),
            NsId::named(request.target),
            Whose::chosen(request.flags),
        )
    }

    /// Replaces all numbers, and tells how many were replaced, whatever the result: but if none
    /// was, a failure leaves what was told before.
    fn translate_many(
        &self,
        numbers: &mut impl Numbers,
        source: NsId,
        target: NsId,
        whose: Whose,
    ) -> Result {
        let mut done = 0;
        let result = self.replace(numbers, &mut done, source, target, whose);
        if result.is_err() && done == 0 {
            return result;
        }
        let told = numbers.tell(done);
        result.and(told)
    }

    fn replace(
        &self,
        numbers: &mut impl Numbers,
        done: &mut usize,
        source: NsId,
        target: NsId,
        whose: Whose,
    ) -> Result {
        let mut room = Room::new();
        loop {
            let len = PART.min(numbers.count() - *done);
            let part = numbers.read(*done, len, &mut room)?;
            self.translate_part(part, source, target, whose)?;
            if *done == 0 {
                // Whoever cannot be told shall find all numbers as they were.
                numbers.tell(0)?;
            }
            let written = numbers.write(*done, part);
            *done += written;
            if written < part.len() {
                return Err(EFAULT);
            }
            if *done == numbers.count() {
                return Ok(());
            }
            task::between_parts()?;
        }
    }

    /// Replaces each number by that in `target`, 0, or `-ESRCH`, in one RCU read section, which
    /// takes what [`Self::translate`] takes.
    ///
    /// # Errors
    ///
    /// Those of [`Self::translate`] but `ESRCH`; then none is replaced.
    fn translate_part(&self, part: &mut [i32], source: NsId, target: NsId, whose: Whose) -> Result {
        task::with_own_namespace(|own| {
            let guard = rcu::read_lock();
            let (source, target) = match self.enter_to_translate(own, source, target, &guard) {
                Ok(entered) => entered,
                Err(Refusal::Failed(error)) => return Err(error),
                Err(Refusal::Ancestor) => {
                    return self.cross_many(own, part, source, target, whose, &guard)
                }
            };
            for number in part {
                // Debug builds can hold a lookup here.
                task::debug_stall(*number, &guard);
                *number = whose
                    .number(*number, source, target, &guard)
                    .unwrap_or(ESRCH.to_errno());
            }
            Ok(())
        })
    }
}
