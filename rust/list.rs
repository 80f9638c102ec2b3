// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! All pids of a namespace, part by part.
//!
//! Each part is looked at in a read section of its own, in which both namespaces are found and
//! access to them is checked anew: between two parts the caller's memory can make the copy wait
//! for ever, and meanwhile the namespaces may die, and access be taken away.

use crate::{
    abstractions::{
        pid_ns::PidNamespace,
        task,
        uapi::{self, ListEntry, ListRequest},
        user::{UserArray, UserStruct},
        walk::{Holder, Met, Stretch},
    },
    ns_id::NsId,
    translate::Translator,
};
use core::mem::offset_of;
use kernel::{prelude::*, sync::rcu};

/// Most entries of a part. One read section looks at one pid more, to know where to go on.
const PART: usize = 64;

/// What a request asks for.
struct Question {
    source: NsId,
    target: NsId,
    processes_only: bool,
    /// Whether the number of the thread group stands in place of the thread's own.
    thread_group: bool,
}

impl Question {
    fn of(request: &ListRequest) -> Self {
        let has = |flag: u32| request.flags & flag != 0;
        Self {
            source: NsId::named(request.source),
            target: NsId::named(request.target),
            processes_only: has(uapi::TRANSLATE_PID_LIST_PROCESSES),
            thread_group: has(uapi::TRANSLATE_PID_THREAD_GROUP),
        }
    }

    /// The entry of a pid; `None` if it is not to be listed.
    fn entry(&self, pid: &Met) -> Option<ListEntry> {
        let is_process = matches!(pid.holder, Holder::Process | Holder::Zombie);
        if self.processes_only && !is_process {
            return None;
        }
        Some(ListEntry {
            pid: pid.number,
            number: if self.thread_group {
                pid.group_in_target
            } else {
                pid.in_target
            },
            thread_group: pid.group_in_target,
            kind: match pid.holder {
                Holder::Process => uapi::TRANSLATE_PID_KIND_PROCESS,
                Holder::Zombie => uapi::TRANSLATE_PID_KIND_ZOMBIE,
                Holder::Thread => uapi::TRANSLATE_PID_KIND_THREAD,
                Holder::Group => uapi::TRANSLATE_PID_KIND_GROUP,
                Holder::Nobody => return None,
            },
        })
    }
}

/// What one read section has found.
struct Part {
    entries: [ListEntry; PART],
    count: usize,
    /// From where on to look next; 0: there is nothing more.
    cursor: u32,
}

impl Part {
    /// Looks at some pids of the source from `cursor` on, for at most `wanted` entries.
    ///
    /// One RCU read section, which takes what a translation does, and does not sleep.
    ///
    /// # Errors
    ///
    /// Those of [`Translator::translate`] but `ESRCH`; then nothing has changed.
    fn look(
        &mut self,
        translator: &Translator,
        own: &PidNamespace,
        question: &Question,
        wanted: usize,
    ) -> Result {
        let guard = rcu::read_lock();
        let (source, target) =
            translator.enter_both(own, question.source, question.target, &guard)?;
        // Debug builds can hold the walk here, with both namespaces in hand.
        task::debug_stall(self.cursor as i32, &guard);
        self.count = 0;
        // One more than is listed: where to go on. How many will not be listed is not known before.
        let most = if question.processes_only {
            PART + 1
        } else {
            wanted.min(PART) + 1
        };
        let stretch = Stretch::<{ PART + 1 }>::new(self.cursor, source, most, &guard);
        self.cursor = 0;
        for (at, pid) in stretch.meet(target).enumerate() {
            if at == PART || self.count == wanted {
                self.cursor = pid.number as u32;
                break;
            }
            if at + 1 == most {
                // In place of those that are not listed there is room for more.
                self.cursor = pid.number as u32 + 1;
            }
            if let Some(entry) = question.entry(&pid) {
                if let Some(place) = self.entries.get_mut(self.count) {
                    *place = entry;
                    self.count += 1;
                }
            }
        }
        Ok(())
    }

    fn entries(&self) -> &[ListEntry] {
        self.entries.get(..self.count).unwrap_or(&[])
    }
}

/// How far a list has come.
#[derive(Clone, Copy)]
struct Progress {
    cursor: u32,
    done: usize,
}

impl Progress {
    /// Tells the caller; may sleep.
    fn tell(self, argument: UserStruct) -> Result {
        argument
            .write_number::<ListRequest>(offset_of!(ListRequest, cursor), self.cursor as i32)?;
        // At most `TRANSLATE_PID_LIST_MOST`.
        argument.write_number::<ListRequest>(offset_of!(ListRequest, done), self.done as i32)
    }
}

/// The command. Sleeps.
///
/// # Errors
///
/// Those of `TRANSLATE_PID_LIST_PIDS` in the uapi header.
// The other commands need none of this stack.
#[inline(never)]
pub(crate) fn list_pids(translator: &Translator, argument: UserStruct) -> Result {
    let request: ListRequest = argument.read()?;
    if request.count > uapi::TRANSLATE_PID_LIST_MOST {
        return Err(EINVAL);
    }
    let array = UserArray::new(request.entries, request.count as usize)?;
    let mut progress = Progress {
        cursor: request.cursor,
        done: 0,
    };
    let result = fill(
        translator,
        &Question::of(&request),
        &array,
        argument,
        &mut progress,
    );
    if result.is_err() && progress.done == 0 {
        return result;
    }
    let told = progress.tell(argument);
    result.and(told)
}

fn fill(
    translator: &Translator,
    question: &Question,
    array: &UserArray<ListEntry>,
    argument: UserStruct,
    progress: &mut Progress,
) -> Result {
    let mut part = Part {
        entries: [ListEntry::default(); PART],
        count: 0,
        cursor: progress.cursor,
    };
    let mut is_first = true;
    loop {
        let wanted = array.count() - progress.done;
        task::with_own_namespace(|own| part.look(translator, own, question, wanted))?;
        if is_first {
            // Whoever cannot be told shall find the array as it was.
            progress.tell(argument)?;
            is_first = false;
        }
        array.write(progress.done, part.entries())?;
        progress.done += part.count;
        progress.cursor = part.cursor;
        if part.cursor == 0 || progress.done == array.count() {
            return Ok(());
        }
        task::between_parts()?;
    }
}
