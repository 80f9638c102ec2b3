// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! `translate_pid(pid, source, target)`: the contract, once for every interface.
//!
//! The steps, their order and the results are those of the 2018 patch, but for the access rule
//! ([`crate::access`]).

use crate::{
    abstractions::{
        descriptor::PidFd,
        pid::{self, Pid},
        pid_ns::{Peek, PidNamespace},
        task::{self, Living},
        uapi,
    },
    access::{AccessRule, Refusal},
    ns_id::NsId,
    registry::Registry,
};
use kernel::{prelude::*, sync::rcu, sync::Arc};

/// Translates pids and checks access.
pub(crate) struct Translator {
    pub(crate) registry: Arc<Registry>,
    pub(crate) access: AccessRule,
}

/// Whose number is asked for.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    /// That of the pid itself, be it a thread's, a process group's or a session's.
    Own,
    /// That of the thread group of the task that has the pid.
    ThreadGroup,
}

impl Whose {
    /// What the flags of a request choose.
    pub(crate) fn chosen(flags: u32) -> Self {
        if flags & uapi::TRANSLATE_PID_THREAD_GROUP == 0 {
            Self::Own
        } else {
            Self::ThreadGroup
        }
    }

    /// The answer about the pid that is `nr` in `source`: its number in `target`, or that of its
    /// thread group, 0 if there is none; `None` if there is no such pid, or no task that has it.
    pub(crate) fn number(
        self,
        nr: i32,
        source: Peek<'_>,
        target: Peek<'_>,
        guard: &rcu::Guard,
    ) -> Option<i32> {
        match self {
            Self::Own => pid::number_of(nr, source, target, guard),
            Self::ThreadGroup => pid::thread_group_of(nr, source, target, guard),
        }
    }

    /// The pid whose number is asked for when `pid` was named; `None` if no task has that.
    pub(crate) fn pid<'g>(self, pid: Pid<'g>, guard: &'g rcu::Guard) -> Option<Pid<'g>> {
        match self {
            Self::Own => Some(pid),
            Self::ThreadGroup => pid.thread_group(guard),
        }
    }
}

impl Translator {
    /// The number in `target` of the pid that is `pid` in `source`, or of its thread group; 0 if
    /// it has none there.
    ///
    /// One RCU read section; takes no lock but the `alloc_lock` of the inits whose access is
    /// checked, allocates nothing and does not sleep.
    ///
    /// # Errors
    ///
    /// In this order: `EINVAL`, `source` is no live id; `EPERM`, no access to it; `EINVAL` and
    /// `EPERM` for `target`; `ESRCH`, no such pid in `source`, or no task that has it.
    pub(crate) fn translate(
        &self,
        pid: i32,
        source: NsId,
        target: NsId,
        whose: Whose,
    ) -> Result<i32> {
        task::with_own_namespace(|own| {
            let guard = rcu::read_lock();
            let number = match self.enter_to_translate(own, source, target, &guard) {
                Ok((source, target)) => {
                    // Debug builds can hold a lookup here, with both namespaces in hand.
                    task::debug_stall(pid, &guard);
                    whose.number(pid, source, target, &guard)
                }
                Err(Refusal::Failed(error)) => return Err(error),
                Err(Refusal::Ancestor) => {
                    self.cross_once(own, pid, source, target, whose, &guard)?
                }
            };
            number.ok_or(ESRCH)
        })
    }

    /// The number in `target` of the process or thread of a pidfd, or of its thread group; 0 if it
    /// has none there. As [`Self::translate`]; the caller need not be able to see the process.
    ///
    /// # Errors
    ///
    /// In this order: `EBADF`, not open; `EINVAL`, no pidfd; `EINVAL`, `target` is no live id;
    /// `EPERM`, no access to it; `ESRCH`, the process or thread was reaped.
    // Its room on the stack is not that of other translations.
    #[inline(never)]
    pub(crate) fn translate_pidfd(&self, fd: i32, target: NsId, whose: Whose) -> Result<i32> {
        let pidfd = PidFd::get(fd)?;
        task::with_own_namespace(|own| {
            let guard = rcu::read_lock();
            let target = self.enter(own, target, &guard)?;
            task::debug_stall(fd, &guard);
            let pid = pidfd.pid(&guard).and_then(|pid| whose.pid(pid, &guard));
            Ok(pid.ok_or(ESRCH)?.number_in(target))
        })
    }

    /// The living namespaces with these ids, if the caller, whose active namespace is `own`, may
    /// access both.
    pub(crate) fn enter_both<'g>(
        &'g self,
        own: &PidNamespace,
        source: NsId,
        target: NsId,
        guard: &'g rcu::Guard,
    ) -> Result<(Peek<'g>, Peek<'g>)> {
        self.enter_pair(source, target, |id| self.enter(own, id, guard))
    }

    /// The same for a translation, which the parameter `ancestors` may allow in another way.
    #[inline(always)]
    pub(crate) fn enter_to_translate<'g>(
        &'g self,
        own: &PidNamespace,
        source: NsId,
        target: NsId,
        guard: &'g rcu::Guard,
    ) -> Result<(Peek<'g>, Peek<'g>), Refusal> {
        self.enter_pair(source, target, |id| {
            self.enter_if(own, id, guard, |living| self.access.admit(own, living))
        })
    }

    #[inline(always)]
    fn enter_pair<'g, E>(
        &'g self,
        source: NsId,
        target: NsId,
        enter: impl Fn(NsId) -> Result<Peek<'g>, E>,
    ) -> Result<(Peek<'g>, Peek<'g>), E> {
        let entered = enter(source)?;
        if source == target {
            return Ok((entered, entered));
        }
        Ok((entered, enter(target)?))
    }

    /// The living namespace with the id, if the caller may access it.
    pub(crate) fn enter<'g>(
        &'g self,
        own: &PidNamespace,
        id: NsId,
        guard: &'g rcu::Guard,
    ) -> Result<Peek<'g>> {
        self.enter_if(own, id, guard, |living| self.access.check(own, living))
    }

    /// The same, with the caller's own always, and others if `admit` says so.
    #[inline(always)]
    fn enter_if<'g, E: From<Error>>(
        &'g self,
        own: &PidNamespace,
        id: NsId,
        guard: &'g rcu::Guard,
        admit: impl FnOnce(Living<'g>) -> Result<(), E>,
    ) -> Result<Peek<'g>, E> {
        let ns = self.registry.peek(id, guard).ok_or(EINVAL)?;
        // The caller is in it, so it lives, and the caller may always access it.
        if ns.is(own) {
            return Ok(ns);
        }
        let living = Living::new(ns, guard).ok_or(EINVAL)?;
        admit(living)?;
        Ok(ns)
    }
}
