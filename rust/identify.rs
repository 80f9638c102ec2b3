// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! From what a caller has in hand (a pid, a descriptor, an id) to a pid namespace.

use crate::{
    abstractions::{
        pid_ns::{self, Peek, PidNamespace},
        task::Living,
        uapi,
    },
    ns_id::NsId,
    registry::Registry,
};
use core::ops::Deref;
use kernel::{
    prelude::*,
    sync::{aref::ARef, rcu, Arc},
};

/// A namespace that a caller named; nothing says yet that the caller may access it.
pub(crate) enum Named<'a> {
    Own(&'a PidNamespace),
    Other(ARef<PidNamespace>),
}

impl Deref for Named<'_> {
    type Target = PidNamespace;

    fn deref(&self) -> &PidNamespace {
        match self {
            Self::Own(ns) => ns,
            Self::Other(ns) => ns,
        }
    }
}

/// Finds the namespaces that callers name.
pub(crate) struct Finder {
    pub(crate) registry: Arc<Registry>,
}

impl Finder {
    /// The namespace that `by` and `value` (see the uapi header) name for a caller in `own`.
    ///
    /// # Errors
    ///
    /// Those of `TRANSLATE_PID_GET_ID` in the uapi header, `EPERM` apart.
    pub(crate) fn find<'a>(&self, own: &'a PidNamespace, by: u32, value: u64) -> Result<Named<'a>> {
        let ns = match by {
            uapi::TRANSLATE_PID_BY_SELF if value == 0 => return Ok(Named::Own(own)),
            uapi::TRANSLATE_PID_BY_PID => pid_ns::of_pid(int(value)?)?,
            uapi::TRANSLATE_PID_BY_PIDFD => pid_ns::of_pidfd(int(value)?)?,
            uapi::TRANSLATE_PID_BY_NSFD => pid_ns::of_nsfd(int(value)?)?,
            uapi::TRANSLATE_PID_BY_PROCFS => pid_ns::of_procfs(int(value)?)?,
            uapi::TRANSLATE_PID_BY_NS_ID => {
                let guard = rcu::read_lock();
                self.registry
                    .find_by_ns_id(value, &guard)
                    .and_then(Peek::get)
                    .filter(|ns| pid_ns::is_active(ns))
                    .ok_or(ESRCH)?
            }
            uapi::TRANSLATE_PID_BY_ID => {
                let guard = rcu::read_lock();
                self.registry
                    .find(NsId::named(value), &guard)
                    .and_then(|ns| ns.peek().get())
                    .ok_or(EINVAL)?
            }
            _ => return Err(EINVAL),
        };
        Ok(Named::Other(ns))
    }

    /// Calls `f`, which must not sleep, with what [`Self::find`] finds, in a read section.
    ///
    /// What an id names needs no reference for that: the count of a namespace is in a line that
    /// each fork inside writes.
    pub(crate) fn with_living<R>(
        &self,
        own: &PidNamespace,
        by: u32,
        value: u64,
        f: impl FnOnce(Living<'_>, &rcu::Guard) -> Result<R>,
    ) -> Result<R> {
        if by == uapi::TRANSLATE_PID_BY_ID {
            let guard = rcu::read_lock();
            let ns = self.registry.find(NsId::named(value), &guard);
            return f(ns.ok_or(EINVAL)?, &guard);
        }
        let ns = self.find(own, by, value)?;
        let guard = rcu::read_lock();
        f(Living::of(&ns, &guard), &guard)
    }
}

/// A pid or a descriptor: nothing beyond 31 bits aliases one.
fn int(value: u64) -> Result<i32> {
    i32::try_from(value).map_err(|_| EINVAL)
}
