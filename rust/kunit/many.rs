// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Many pids at once: what is replaced and told when something ends the work between its parts.

use super::*;
use crate::{
    abstractions::{
        create_hook::OnCreate,
        entropy::Key,
        ksyms::{Address, PtraceMayAccess},
        kunit::TestNs,
        lives::Lives,
    },
    access::AccessRule,
    kunit::fixture::{check, ns_tree_lookup, ns_tree_remove},
    registry::Registry,
};
use kernel::sync::Arc;

/// A number that nothing has, and one that the first process has.
const NOBODY: i32 = -7;
const FIRST: i32 = 1;
/// Three parts, the last of which is not full.
const COUNT: usize = 2 * PART + 44;

fn translator() -> Result<Translator> {
    let registry = Registry::new(
        ns_tree_remove()?,
        ns_tree_lookup()?,
        Key::new([5; 16]),
        64,
        Lives::new()?,
    )?;
    Ok(Translator {
        registry: Arc::new(registry, GFP_KERNEL)?,
        access: AccessRule::new(
            PtraceMayAccess::bind(Address::find(c"ptrace_may_access")?)?,
            false,
        ),
    })
}

/// Numbers in the kernel's own memory, of which so many can be read, written, and told about.
struct Kept<F: FnMut(usize)> {
    numbers: KVec<i32>,
    readable: usize,
    writable: usize,
    tellable: bool,
    /// Is told of each part, before it is read, where it begins.
    before: F,
    /// What was told last.
    told: Option<usize>,
}

impl<F: FnMut(usize)> Kept<F> {
    /// The numbers that are found at even places, and at odd ones.
    fn new(count: usize, even: i32, odd: i32, before: F) -> Result<Self> {
        let mut numbers = KVec::with_capacity(count, GFP_KERNEL)?;
        for at in 0..count {
            numbers.push(if at % 2 == 0 { even } else { odd }, GFP_KERNEL)?;
        }
        Ok(Self {
            numbers,
            readable: count,
            writable: count,
            tellable: true,
            before,
            told: None,
        })
    }

    /// Whether the first `done` are `even` and `odd`, and all others as they were.
    fn has_changed(&self, done: usize, even: i32, odd: i32, was: i32) -> bool {
        self.numbers.iter().enumerate().all(|(at, number)| {
            let expected = match at {
                at if at >= done => was,
                at if at % 2 == 0 => even,
                _ => odd,
            };
            *number == expected
        })
    }
}

impl<F: FnMut(usize)> Numbers for Kept<F> {
    fn count(&self) -> usize {
        self.numbers.len()
    }

    fn read<'a>(
        &mut self,
        at: usize,
        len: usize,
        room: &'a mut Room<PART>,
    ) -> Result<&'a mut [i32]> {
        (self.before)(at);
        if at + len > self.readable {
            return Err(EFAULT);
        }
        room.copy_of(&self.numbers[at..at + len])
    }

    fn write(&mut self, at: usize, part: &[i32]) -> usize {
        let end = self.writable.min(at + part.len());
        let count = end.saturating_sub(at);
        self.numbers[at..at + count].copy_from_slice(&part[..count]);
        count
    }

    fn tell(&mut self, done: usize) -> Result {
        if !self.tellable {
            return Err(EFAULT);
        }
        self.told = Some(done);
        Ok(())
    }
}

fn in_initial<F: FnMut(usize)>(translator: &Translator, numbers: &mut Kept<F>) -> Result {
    translator.translate_many(numbers, NsId::INITIAL, NsId::INITIAL, Whose::Own)
}

pub(crate) fn each_number_is_replaced_once() -> Result {
    let translator = translator()?;
    let nobody = ESRCH.to_errno();
    for count in [0, 1, PART - 1, PART, PART + 1, COUNT] {
        let (mut parts, mut end) = (0, 0);
        let mut numbers = Kept::new(count, FIRST, NOBODY, |at| {
            parts += 1;
            end = at;
        })?;
        in_initial(&translator, &mut numbers)?;
        check!(numbers.told == Some(count), "{count}: another is told");
        check!(
            numbers.has_changed(count, FIRST, nobody, NOBODY),
            "{count}: a wrong answer"
        );
        let wanted = count.div_ceil(PART).max(1);
        check!(parts == wanted, "{count}: {parts} parts");
        check!(
            end == (wanted - 1) * PART,
            "{count}: the last from {end} on"
        );
    }
    Ok(())
}

pub(crate) fn namespace_dies_between_two_parts() -> Result {
    let translator = translator()?;
    let nobody = ESRCH.to_errno();
    for dies_as_source in [true, false] {
        let ns = TestNs::new()?;
        translator.registry.created(&ns);
        let id = translator.registry.id_of(&ns);
        let (source, target) = if dies_as_source {
            (id, NsId::INITIAL)
        } else {
            (NsId::INITIAL, id)
        };
        let mut dying = Some(ns);
        let mut numbers = Kept::new(COUNT, NOBODY, NOBODY, |at| {
            if at == 2 * PART {
                drop(dying.take());
            }
        })?;
        let result = translator.translate_many(&mut numbers, source, target, Whose::Own);
        check!(result == Err(EINVAL), "it gives {result:?}");
        check!(numbers.told == Some(2 * PART), "another is told");
        check!(
            numbers.has_changed(2 * PART, nobody, nobody, NOBODY),
            "others have changed"
        );
    }
    Ok(())
}

pub(crate) fn memory_ends_in_a_part() -> Result {
    let translator = translator()?;
    let nobody = ESRCH.to_errno();
    for writable in [0, 1, PART - 1, PART, PART + 1, COUNT - 1] {
        let mut numbers = Kept::new(COUNT, NOBODY, NOBODY, |_| ())?;
        numbers.writable = writable;
        let result = in_initial(&translator, &mut numbers);
        check!(result == Err(EFAULT), "{writable}: it gives {result:?}");
        check!(
            numbers.told == Some(writable),
            "{writable}: another is told"
        );
        check!(
            numbers.has_changed(writable, nobody, nobody, NOBODY),
            "{writable}: others have changed"
        );
    }
    for (readable, done) in [(0, None), (PART, Some(PART)), (COUNT - 1, Some(2 * PART))] {
        let mut numbers = Kept::new(COUNT, NOBODY, NOBODY, |_| ())?;
        numbers.readable = readable;
        let result = in_initial(&translator, &mut numbers);
        check!(result == Err(EFAULT), "{readable}: it gives {result:?}");
        check!(numbers.told == done, "{readable}: another is told");
        check!(
            numbers.has_changed(done.unwrap_or(0), nobody, nobody, NOBODY),
            "{readable}: others have changed"
        );
    }
    Ok(())
}

pub(crate) fn caller_that_cannot_be_told() -> Result {
    let translator = translator()?;
    let mut numbers = Kept::new(COUNT, NOBODY, NOBODY, |_| ())?;
    numbers.tellable = false;
    let result = in_initial(&translator, &mut numbers);
    check!(result == Err(EFAULT), "it gives {result:?}");
    check!(
        numbers.has_changed(0, NOBODY, NOBODY, NOBODY),
        "some have changed"
    );
    Ok(())
}
