// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! Handles that are bound to two pid namespaces, and translate between them without another
//! check, in both directions.
//!
//! A handle keeps neither namespace alive. It answers `ESTALE` from the last put of one on, for
//! ever, as ids then answer `EINVAL` ([`Registry::find`](crate::registry::Registry::find)).

use crate::{
    abstractions::{
        bound::{Handles, Operations, Pair},
        errno,
        pid_ns::{Audit, Peek, PidNamespace},
        task::{self, Living},
        uapi,
        watch::Watched,
    },
    ns_id::NsId,
    translate::{Translator, Whose},
};
use kernel::{
    prelude::*,
    sync::{aref::ARef, rcu, Arc},
};

/// Makes handles.
pub(crate) struct Binder {
    pub(crate) translator: Arc<Translator>,
    pub(crate) handles: Handles<Bound>,
}

impl Binder {
    /// A new descriptor of a handle between two namespaces, for the calling task. Sleeps.
    ///
    /// # Errors
    ///
    /// In this order: `EINVAL`, `source` is no live id; `EPERM`, the caller may not be given a
    /// descriptor of it; both for `target`; those of [`Handles::open`].
    pub(crate) fn bind(&self, source: NsId, target: NsId, bound: Bound) -> Result<i32> {
        let (source, target, outside) =
            task::with_own_namespace(|own| self.enter_both(own, source, target))?;
        let bound = Bound { outside, ..bound };
        // Counted until here, so that neither dies unseen before it is watched.
        let registry = &self.translator.registry;
        let pair = Pair {
            source: registry.watch(&source)?,
            target: registry.watch(&target)?,
        };
        drop((source, target));
        self.handles.open(c"[translate_pid]", pair, bound)
    }

    /// The living namespaces with the ids, if the caller may be given descriptors of them: a handle
    /// translates for whoever holds it, as those do. Or, if the parameter `ancestors` is on, of one
    /// in its own part of the tree, and the other lies above that, outside of what it knows.
    fn enter_both(&self, own: &PidNamespace, source: NsId, target: NsId) -> Result<Entered> {
        let Translator { registry, access } = &*self.translator;
        let guard = rcu::read_lock();
        let first = registry.find(source, &guard).ok_or(EINVAL)?;
        let from_outside = access.is_open_ancestor(own, first.peek());
        if !from_outside {
            access.check_open(own, first)?;
        }
        let second = registry.find(target, &guard).ok_or(EINVAL)?;
        let to_outside = access.is_open_ancestor(own, second.peek());
        let may_open = |ns| access.allows_open(own, ns, Audit::Quiet);
        let mut outside = None;
        if from_outside && !second.peek().is_within(own) {
            access.check_open(own, first)?;
        } else if from_outside && !may_open(first) {
            outside = Some(End::Source);
        }
        if !(to_outside && first.peek().is_within(own)) {
            if source != target {
                access.check_open(own, second)?;
            }
        } else if !may_open(second) {
            outside = Some(End::Target);
        }
        let counted = |ns: Living<'_>| ns.peek().get().ok_or(EINVAL);
        Ok((counted(first)?, counted(second)?, outside))
    }
}

/// Both namespaces of a handle to be made, and which of them lies outside of what its maker knows.
type Entered = (ARef<PidNamespace>, ARef<PidNamespace>, Option<End>);

/// An end of a handle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Source,
    Target,
}

/// What a handle answers.
#[derive(Clone, Copy)]
pub(crate) struct Bound {
    /// Chosen when the handle is made.
    pub(crate) whose: Whose,
    /// The end that lies above all that the maker may access, by the parameter `ancestors`: of what
    /// has a number there, and none at the other end, the handle tells nothing.
    pub(crate) outside: Option<End>,
}

impl Bound {
    /// The number in `to` of what is `pid` in `from`, which is the namespace of `end`; 0 if it has
    /// none there.
    ///
    /// One RCU read section; takes no lock, allocates nothing, does not sleep, and writes nothing
    /// that others read.
    ///
    /// # Errors
    ///
    /// `ESTALE`, one of the namespaces has died; `ESRCH`, no such pid in `from`.
    #[inline(always)]
    fn translate(self, pid: i32, end: End, from: &Watched, to: &Watched) -> Result<i32> {
        let guard = rcu::read_lock();
        let (Some(from), Some(to)) = (from.peek(&guard), to.peek(&guard)) else {
            return Err(errno::stale());
        };
        task::debug_stall(pid, &guard);
        match self.number_of(pid, from, to, &guard) {
            // A pid holds a reference on its namespace until a grace period after it could be
            // found last, and through it on those above: both namespaces are alive. That of a
            // thread group is in the namespaces of its threads' pids.
            Some(number @ 1..) => Ok(number),
            _ if is_dead(from, &guard) || is_dead(to, &guard) => Err(errno::stale()),
            _ if self.outside == Some(end) => Err(ESRCH),
            number => number.ok_or(ESRCH),
        }
    }

    /// The number that is asked for.
    #[inline(always)]
    fn number_of(self, pid: i32, from: Peek<'_>, to: Peek<'_>, guard: &rcu::Guard) -> Option<i32> {
        self.whose.number(pid, from, to, guard)
    }
}

/// Whether the last reference on a namespace was put.
fn is_dead(ns: Peek<'_>, guard: &rcu::Guard) -> bool {
    Living::new(ns, guard).is_none()
}

impl Operations for Bound {
    fn ioctl(&self, pair: &Pair, command: u32, argument: usize) -> Result<i32> {
        // A pid is an int: what is beyond it in the register is nobody's.
        let pid = argument as i32;
        let Pair { source, target } = pair;
        let (end, from, to) = match command {
            uapi::TRANSLATE_PID_BOUND_TO_TARGET => (End::Source, source, target),
            uapi::TRANSLATE_PID_BOUND_TO_SOURCE => (End::Target, target, source),
            _ => return Err(ENOTTY),
        };
        self.translate(pid, end, from, to)
    }

    fn is_over(&self, pair: &Pair) -> bool {
        let guard = rcu::read_lock();
        [&pair.source, &pair.target]
            .into_iter()
            .any(|side| side.peek(&guard).is_none_or(|ns| is_dead(ns, &guard)))
    }
}
