// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! All pid namespaces that the caller may access, part by part.
//!
//! The kernel's own list of them is sorted by `ns_id`, a number that only rises and is never given
//! twice. So a place in it is a number, which stays a place when what had the number is gone: no
//! part holds anything that the next one begins with, and between two parts the caller's memory
//! can make the copy wait for ever.
//!
//! What is left out must not be told, its existence included. So the cursor that a caller gets is
//! the number of the last namespace that was listed, which the entry says as well, and not how far
//! the walk has come; and a walk goes on over those that are left out until the array is full.

use crate::{
    abstractions::{
        bounded::Bounded,
        clock::Clock,
        ksyms::NsList,
        ns_walk::{Facts, Namespaces},
        pid::Pid,
        pid_ns::{Audit, Peek, PidNamespace},
        task::{self, Init, Living},
        uapi::{self, ListNsRequest, NsEntry},
        user::{UserArray, UserStruct},
    },
    ns_id::NsId,
    translate::Translator,
};
use core::mem::MaybeUninit;
use kernel::{
    prelude::*,
    sync::{rcu, Arc},
};

/// Most namespaces that one read section looks at, each with an access check, and one more for
/// its parent.
const PART: usize = 16;

/// Lists namespaces.
pub(crate) struct NsLister {
    pub(crate) translator: Arc<Translator>,
    pub(crate) namespaces: NsList,
}

/// What is ahead of a part.
enum Ahead {
    /// Nothing.
    End,
    /// The namespaces behind this `ns_id`, which was looked at.
    After(u64),
    /// Others, for which the caller has no room.
    NoRoom,
}

/// What one read section has found.
type Part<'a> = Bounded<'a, NsEntry>;

/// The parent of the namespace that was looked at last: mostly that of the next one, too.
struct LastParent<'g> {
    parent: Option<Peek<'g>>,
    /// Its id, if the caller may access it.
    id: Option<NsId>,
}

impl NsLister {
    /// The command. Sleeps.
    ///
    /// # Errors
    ///
    /// Those of `TRANSLATE_PID_LIST_NS` in the uapi header.
    // The other commands need none of this stack.
    #[inline(never)]
    pub(crate) fn list(&self, argument: UserStruct) -> Result {
        let mut request: ListNsRequest = argument.read()?;
        if request.count > uapi::TRANSLATE_PID_LIST_NS_MOST {
            return Err(EINVAL);
        }
        let array = UserArray::new(request.entries, request.count as usize)?;
        request.done = 0;
        let result = self.fill(&array, argument, &mut request);
        if result.is_err() && request.done == 0 {
            return result;
        }
        let told = argument.write(&request);
        result.and(told)
    }

    /// Fills the array; `request` says how far that has come, whatever the result.
    fn fill(
        &self,
        array: &UserArray<NsEntry>,
        argument: UserStruct,
        request: &mut ListNsRequest,
    ) -> Result {
        let mut room = [const { MaybeUninit::uninit() }; PART];
        let mut part = Part::new(&mut room);
        let mut after = request.cursor;
        let mut is_first = true;
        loop {
            let done = request.done as usize;
            let wanted = array.count() - done;
            let ahead =
                task::with_own_namespace(|own| Ok(self.look(&mut part, own, after, wanted)))?;
            if is_first {
                // Whoever cannot be told shall find the array as it was.
                argument.write(request)?;
                is_first = false;
            }
            array.write(done, part.as_slice())?;
            if let Some(last) = part.as_slice().last() {
                // At most `TRANSLATE_PID_LIST_NS_MOST`.
                request.done += part.len() as u32;
                request.cursor = last.ns_id;
            }
            match ahead {
                Ahead::After(ns_id) => after = ns_id,
                Ahead::NoRoom => return Ok(()),
                Ahead::End => {
                    request.cursor = 0;
                    return Ok(());
                }
            }
            task::between_parts()?;
        }
    }

    /// Looks at some namespaces behind the number `after`, for at most `wanted` entries.
    ///
    /// One RCU read section, which does not sleep. It takes what a translation takes, one after
    /// the other for all at which it looks, and for their parents.
    fn look(&self, part: &mut Part<'_>, own: &PidNamespace, after: u64, wanted: usize) -> Ahead {
        let guard = rcu::read_lock();
        let found = Namespaces::<PART>::new(self.namespaces, after, &guard);
        // Debug builds can hold the walk here, with the namespaces in hand.
        task::debug_stall(after as i32, &guard);
        part.truncate(0);
        let mut last = LastParent {
            parent: None,
            id: None,
        };
        let mut after = after;
        let mut left = found.iter().len();
        for ns in found.iter() {
            left -= 1;
            if let Some(ns) = self.listed(own, ns, &guard) {
                if wanted == 0 {
                    return Ahead::NoRoom;
                }
                part.push(self.entry(own, ns, &mut last, &guard));
                if part.len() == wanted && (left > 0 || !found.is_end()) {
                    return Ahead::NoRoom;
                }
            }
            after = ns.ns_id();
        }
        if found.is_end() {
            Ahead::End
        } else {
            Ahead::After(after)
        }
    }

    /// The namespace, if it lives and the caller, whose active one is `own`, may access it.
    ///
    /// That the others are left out is no refusal.
    fn listed<'g>(
        &self,
        own: &PidNamespace,
        ns: Peek<'g>,
        guard: &'g rcu::Guard,
    ) -> Option<Living<'g>> {
        let access = &self.translator.access;
        Living::new(ns, guard).filter(|ns| access.allows(own, *ns, Audit::Quiet))
    }

    fn entry<'g>(
        &self,
        own: &PidNamespace,
        living: Living<'g>,
        last: &mut LastParent<'g>,
        guard: &'g rcu::Guard,
    ) -> NsEntry {
        let ns = living.peek();
        let (id, created) = self.translator.registry.identify(ns, guard);
        let facts = Facts::of(ns);
        let (state, has_init) = state(living, facts.takes_pids, guard);
        let parent = self.parent(own, ns, last, guard);
        let flag = |is_set, flag: u32| if is_set { flag } else { 0 };
        NsEntry {
            id: id.get(),
            parent: parent.unwrap_or(NsId::INITIAL).get(),
            ns_id: ns.ns_id(),
            created: created.map_or(0, |time| Clock::of_caller().show(time.nanoseconds())),
            inode: facts.inode,
            level: ns.level(),
            owner: facts.owner,
            pids: facts.pids,
            init_pid: if has_init {
                Pid::find(1, ns, guard).map_or(0, |init| init.number_in(Peek::of(own)))
            } else {
                0
            },
            state,
            flags: flag(parent.is_some(), uapi::TRANSLATE_PID_NS_PARENT_KNOWN)
                | flag(!facts.is_active, uapi::TRANSLATE_PID_NS_INACTIVE),
            reserved: 0,
        }
    }

    /// The id of the parent of `ns`, if the caller may access that, too.
    fn parent<'g>(
        &self,
        own: &PidNamespace,
        ns: Peek<'g>,
        last: &mut LastParent<'g>,
        guard: &'g rcu::Guard,
    ) -> Option<NsId> {
        let parent = ns.parent()?;
        if last.parent != Some(parent) {
            let listed = self.listed(own, parent, guard);
            *last = LastParent {
                parent: Some(parent),
                id: listed.map(|_| self.translator.registry.identify(parent, guard).0),
            };
        }
        last.id
    }
}

/// The `TRANSLATE_PID_NS_*` of a namespace, and whether it has an init.
///
/// It is what the namespace was at some moment within the read section. A namespace takes pids
/// before it has an init, and from some moment in the exit of that on no more; the init goes
/// later. `takes_pids` was looked at after the init of `ns`. That moment comes a little after the
/// death of the init's last thread was told to those who watch, so what is listed as alive
/// has its death still to be told.
fn state(ns: Living<'_>, takes_pids: bool, guard: &rcu::Guard) -> (u32, bool) {
    match (ns.init(), takes_pids) {
        (Some(init), true) if init.has_live_threads() => (uapi::TRANSLATE_PID_NS_ALIVE, true),
        (Some(_), _) => (uapi::TRANSLATE_PID_NS_ENDING, true),
        (None, true) => (uapi::TRANSLATE_PID_NS_UNBORN, false),
        // It may have got an init after the first look.
        (None, false) if Init::of(ns.peek(), guard).is_some() => {
            (uapi::TRANSLATE_PID_NS_ENDING, true)
        }
        (None, false) => (uapi::TRANSLATE_PID_NS_GONE, false),
    }
}
