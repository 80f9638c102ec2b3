// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Translations between a caller's own part of the tree of namespaces and what lies above it: the
//! module parameter `ancestors`.
//!
//! It lets a process translate between its own namespace, or those below that it may access, and
//! any ancestor of its own without access to that ancestor. Outwards everything has a number. From
//! outside, numbers of what has none inside are as unknown as those that nobody has: `ESRCH` for
//! both, so that nothing of the ancestor is told but the numbers of the caller's own processes.
//! Who may access the ancestor in the ordinary way is answered as ever.

use crate::{
    abstractions::{
        pid_ns::{Audit, Peek, PidNamespace},
        task::{self, Living},
    },
    ns_id::NsId,
    translate::{Translator, Whose},
};
use kernel::{prelude::*, sync::rcu};

/// Whether the caller may know of what has a number in the source, but none in the target.
enum Others<'g> {
    /// It may access both namespaces, or all that has a number in the source is its own.
    Known,
    /// Only if it may access the source, which is asked when it matters: a security module may
    /// record a denial.
    Unasked(Living<'g>),
    /// It may not.
    Hidden,
}

/// A translation of which one namespace lies above the caller's own; for one read section.
pub(crate) struct Crossing<'g> {
    source: Peek<'g>,
    target: Peek<'g>,
    others: Others<'g>,
}

impl Crossing<'_> {
    /// The answer about the pid that is `nr` in the source, as [`Whose::number`] gives it to those
    /// who may know.
    ///
    /// One look at the pid decides, so that no number that is given to another process in between
    /// can be told from one that is not.
    pub(crate) fn number(
        &mut self,
        translator: &Translator,
        own: &PidNamespace,
        nr: i32,
        whose: Whose,
        guard: &rcu::Guard,
    ) -> Option<i32> {
        let number = whose.number(nr, self.source, self.target, guard);
        if matches!(number, Some(1..)) {
            return number;
        }
        // Whether the number is in use or not, the same is done from here on.
        if let Others::Unasked(source) = self.others {
            let is_known = translator.access.allows(own, source, Audit::Quiet);
            self.others = if is_known {
                Others::Known
            } else {
                Others::Hidden
            };
        }
        match self.others {
            Others::Known => number,
            Others::Unasked(_) | Others::Hidden => None,
        }
    }
}

impl Translator {
    /// The two namespaces of a translation, one of which at least lies above `own`, the caller's
    /// active one; the parameter `ancestors` is on.
    ///
    /// # Errors
    ///
    /// Those of [`Translator::translate`] but `ESRCH`, in their order; but whether the caller may
    /// have an ancestor as the source is known only when the target is.
    #[inline(never)]
    pub(crate) fn cross<'g>(
        &'g self,
        own: &PidNamespace,
        source: NsId,
        target: NsId,
        guard: &'g rcu::Guard,
    ) -> Result<Crossing<'g>> {
        let access = &self.access;
        let from = self.registry.find(source, guard).ok_or(EINVAL)?;
        let from_outside = access.is_open_ancestor(own, from.peek());
        if !from_outside {
            access.check(own, from)?;
        }
        let to = self.registry.find(target, guard).ok_or(EINVAL)?;
        let outwards = access.is_open_ancestor(own, to.peek()) && from.peek().is_within(own);
        let inwards = from_outside && to.peek().is_within(own);
        if from_outside && !inwards {
            access.check(own, from)?;
        }
        if !outwards {
            access.check(own, to)?;
        }
        Ok(Crossing {
            source: from.peek(),
            target: to.peek(),
            others: if inwards {
                Others::Unasked(from)
            } else {
                Others::Known
            },
        })
    }

    /// One number, by [`Self::cross`] and [`Crossing::number`].
    #[cold]
    #[inline(never)]
    pub(crate) fn cross_once(
        &self,
        own: &PidNamespace,
        nr: i32,
        source: NsId,
        target: NsId,
        whose: Whose,
        guard: &rcu::Guard,
    ) -> Result<Option<i32>> {
        let mut crossing = self.cross(own, source, target, guard)?;
        task::debug_stall(nr, guard);
        Ok(crossing.number(self, own, nr, whose, guard))
    }

    /// Replaces each number by that in the target, 0, or `-ESRCH`, as
    /// [`Translator::answer_many`] does it; whether the caller may access the ancestor is asked
    /// once at most.
    #[cold]
    #[inline(never)]
    pub(crate) fn cross_many(
        &self,
        own: &PidNamespace,
        part: &mut [i32],
        source: NsId,
        target: NsId,
        whose: Whose,
        guard: &rcu::Guard,
    ) -> Result {
        let mut crossing = self.cross(own, source, target, guard)?;
        for number in part {
            task::debug_stall(*number, guard);
            *number = crossing
                .number(self, own, *number, whose, guard)
                .unwrap_or(ESRCH.to_errno());
        }
        Ok(())
    }
}
