// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! All numbers of a pid: `TRANSLATE_PID_GET_CHAIN`.
//!
//! The namespaces are looked at in one RCU read section, 33 of them at most, and each but the
//! source, which was named, is asked for access quietly: that the caller may not know one of them
//! changes the answer, and is no refusal. What is copied out afterwards is all that is left of
//! them.

use crate::{
    abstractions::{
        bounded::Bounded,
        descriptor::PidFd,
        pid::{self, Pid},
        pid_ns::{Audit, Peek, PidNamespace},
        task::{self, Living},
        uapi::{self, ChainEntry, ChainRequest},
        user::{UserArray, UserStruct},
    },
    ns_id::NsId,
    translate::{Translator, Whose},
};
use core::mem::{offset_of, MaybeUninit};
use kernel::{prelude::*, sync::rcu};

const MOST: usize = pid::LEVELS;
const _: () = assert!(MOST == uapi::TRANSLATE_PID_CHAIN_MOST as usize);

/// What names the pid.
enum Named {
    Number(i32, NsId),
    Descriptor(PidFd),
}

impl Named {
    /// # Errors
    ///
    /// `EINVAL`: a descriptor has a source, or is no pidfd. `EBADF`: it is not open.
    fn by(request: &ChainRequest) -> Result<Self> {
        if request.flags & uapi::TRANSLATE_PID_FROM_PIDFD == 0 {
            return Ok(Self::Number(request.pid, NsId::named(request.source)));
        }
        if request.source != 0 {
            return Err(EINVAL);
        }
        PidFd::get(request.pid).map(Self::Descriptor)
    }

    /// The pid, and the namespace in which it was named with its id, to which the caller has
    /// access.
    fn find<'g>(
        &'g self,
        translator: &'g Translator,
        own: &PidNamespace,
        guard: &'g rcu::Guard,
    ) -> Result<(Pid<'g>, Option<(Peek<'g>, NsId)>)> {
        match self {
            Self::Number(number, id) => {
                let source = translator.enter(own, *id, guard)?;
                task::debug_stall(*number, guard);
                let pid = Pid::find(*number, source, guard).ok_or(ESRCH)?;
                Ok((pid, Some((source, *id))))
            }
            Self::Descriptor(pidfd) => Ok((pidfd.pid(guard).ok_or(ESRCH)?, None)),
        }
    }
}

/// A pid's numbers, from the initial namespace to the last one that may be told.
struct Chain<'a> {
    entries: Bounded<'a, ChainEntry>,
}

impl Chain<'_> {
    /// One RCU read section; takes what the access checks take.
    ///
    /// # Errors
    ///
    /// Those of `TRANSLATE_PID_GET_CHAIN` in the uapi header, user memory and descriptors apart.
    fn of(&mut self, translator: &Translator, named: &Named, whose: Whose) -> Result {
        task::with_own_namespace(|own| {
            let guard = rcu::read_lock();
            let (pid, source) = named.find(translator, own, &guard)?;
            let pid = whose.pid(pid, &guard).ok_or(ESRCH)?;
            let mut deepest = None;
            let mut levels = 0;
            for (number, ns) in pid.numbers() {
                deepest = Some(ns);
                let id = told_id(translator, own, ns, source, &guard);
                self.entries.push(id.map_or(ChainEntry::default(), |id| ChainEntry {
                    id: id.get(),
                    pid: number,
                    reserved: 0,
                }));
                if id.is_some() {
                    levels = self.entries.len();
                }
            }
            self.entries.truncate(levels);
            if levels > 0 {
                return Ok(());
            }
            // Nothing is told: that is a refusal, and is recorded.
            if let Some(living) = deepest.and_then(|ns| Living::new(ns, &guard)) {
                translator.access.check(own, living)?;
            }
            Err(EPERM)
        })
    }
}

/// The id of a namespace on the chain, if the caller may access it.
fn told_id(
    translator: &Translator,
    own: &PidNamespace,
    ns: Peek<'_>,
    source: Option<(Peek<'_>, NsId)>,
    guard: &rcu::Guard,
) -> Option<NsId> {
    if let Some((source, id)) = source {
        if source.is_also(ns) {
            return Some(id);
        }
    }
    let is_allowed = ns.is(own)
        || Living::new(ns, guard)
            .is_some_and(|living| translator.access.allows(own, living, Audit::Quiet));
    is_allowed.then(|| translator.registry.id_of_peeked(ns, guard))
}

/// The command. Sleeps.
///
/// # Errors
///
/// Those of `TRANSLATE_PID_GET_CHAIN` in the uapi header.
// The other commands need none of this stack.
#[inline(never)]
pub(crate) fn get_chain(translator: &Translator, argument: UserStruct) -> Result {
    let request: ChainRequest = argument.read()?;
    let array = UserArray::new(request.entries, MOST.min(request.count as usize))?;
    let mut room = [const { MaybeUninit::uninit() }; MOST];
    let mut chain = Chain {
        entries: Bounded::new(&mut room),
    };
    chain.of(
        translator,
        &Named::by(&request)?,
        Whose::chosen(request.flags),
    )?;
    let levels = chain.entries.len();
    // Whoever cannot be told how many there are shall find the array as it was.
    argument.write_number::<ChainRequest>(offset_of!(ChainRequest, levels), levels as i32)?;
    chain.entries.truncate(array.count());
    array.write(0, chain.entries.as_slice())
}
