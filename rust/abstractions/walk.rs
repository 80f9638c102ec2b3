// SPDX-License-Identifier: GPL-2.0-only

//! Walking along the pids of a namespace, and what they are.
//!
//! C header: [`include/linux/pid.h`](srctree/include/linux/pid.h).

#![allow(unsafe_code, reason = "pid pointers under RCU")]

use super::{ffi, pid_ns::Peek};
use core::{marker::PhantomData, mem::MaybeUninit};
use kernel::{bindings, sync::rcu};

/// What has a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Nothing: fork is not done with it, or it was reaped a moment ago.
    Nobody,
    /// A process of which a thread lives.
    Process,
    /// Another thread of a process than the one that has the number of the process.
    Thread,
    /// A process that has exited and is not reaped.
    Zombie,
    /// A process group or session only.
    Group,
}

/// A pid that was met.
pub(crate) struct Met {
    pub(crate) holder: Holder,
    /// Its number in the namespace along whose pids the walk goes.
    pub(crate) number: i32,
    /// Its number in the target; 0 if it has none there.
    pub(crate) in_target: i32,
    /// That of its thread group; 0 also if it is that of no task.
    pub(crate) group_in_target: i32,
}

/// Up to `N` pids, one after the other in a namespace.
///
/// # Invariants
///
/// The first `count` of `pids` are initialised: pids that have a number in `source`, and are freed
/// only after `'g`, by RCU, after they have left its idr.
pub(crate) struct Stretch<'g, const N: usize> {
    source: Peek<'g>,
    pids: [MaybeUninit<*mut bindings::pid>; N],
    count: usize,
    _guard: PhantomData<&'g rcu::Guard>,
}

impl<'g, const N: usize> Stretch<'g, N> {
    /// The first pids of `source`, `most` at most, whose numbers there are not below `from`.
    ///
    /// None is left out that has its number for the whole of the read section.
    pub(crate) fn new(from: u32, source: Peek<'g>, most: usize, _guard: &'g rcu::Guard) -> Self {
        let mut pids = [const { MaybeUninit::uninit() }; N];
        // SAFETY: `source` is allocated until `'g` ends, and its idr is read under RCU. The helper
        // writes to the first `N` places at most.
        let count = unsafe {
            ffi::translate_pid_collect(
                from,
                source.as_ptr(),
                pids.as_mut_ptr().cast(),
                most.min(N) as u32,
            )
        };
        // INVARIANT: So many were written, all found in the idr within the read section.
        Self {
            source,
            pids,
            count: count as usize,
            _guard: PhantomData,
        }
    }

    /// What each of them is, and its number in `target`.
    pub(crate) fn meet(&self, target: Peek<'g>) -> impl Iterator<Item = Met> + '_ {
        self.pids.iter().take(self.count).map(move |pid| {
            let mut description = ffi::translate_pid_description {
                holder: ffi::TRANSLATE_PID_HOLDER_NONE,
                in_source: 0,
                in_target: 0,
                group_in_target: 0,
            };
            // SAFETY: The pid is initialised and allocated, and has a number in `source`, by the
            // type invariant; the namespaces are allocated by that of `Peek`. `'g` is the read
            // section that the helper wants.
            unsafe {
                ffi::translate_pid_describe(
                    pid.assume_init(),
                    self.source.as_ptr(),
                    target.as_ptr(),
                    &raw mut description,
                )
            };
            Met {
                holder: match description.holder {
                    ffi::TRANSLATE_PID_HOLDER_PROCESS => Holder::Process,
                    ffi::TRANSLATE_PID_HOLDER_ZOMBIE => Holder::Zombie,
                    ffi::TRANSLATE_PID_HOLDER_THREAD => Holder::Thread,
                    ffi::TRANSLATE_PID_HOLDER_GROUP => Holder::Group,
                    _ => Holder::Nobody,
                },
                number: description.in_source,
                in_target: description.in_target,
                group_in_target: description.group_in_target,
            }
        })
    }
}
