// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! A pidfd of what has a number in a namespace: a name of a process that is never given to
//! another.

use crate::{
    abstractions::{
        errno,
        pid::Pid,
        pidfd::{HeldPid, PidfdPrepare},
        task,
        uapi::PidfdRequest,
        user::UserStruct,
    },
    access::AccessRule,
    identify::Finder,
};
use kernel::prelude::*;

/// The command. Sleeps. `prepare` is what the kernel lends for it, if it does.
///
/// The new descriptor is the result: nothing can fail once it is installed.
///
/// # Errors
///
/// Those of `TRANSLATE_PID_OPEN_PIDFD` in the uapi header.
// The other commands need none of this stack.
#[inline(never)]
pub(crate) fn open_pidfd(
    prepare: Option<PidfdPrepare>,
    access: &AccessRule,
    finder: &Finder,
    argument: UserStruct,
) -> Result<i32> {
    let request: PidfdRequest = argument.read()?;
    let prepare = prepare.ok_or_else(errno::not_supported)?;
    if request.pid <= 0 {
        return Err(EINVAL);
    }
    // Held from within the read section in which it has the number, until the descriptor holds it.
    let pid = task::with_own_namespace(|own| {
        finder.with_living(own, request.by, request.value, |ns, guard| {
            // A pidfd lets its holder reach into a process as far as ptrace would, which a number
            // that means nothing to it does not.
            access.check_open(own, ns)?;
            task::debug_stall(request.pid, guard);
            let pid = Pid::find(request.pid, ns.peek(), guard).ok_or(ESRCH)?;
            Ok(HeldPid::of(pid))
        })
    })?;
    prepare.open(&pid, request.flags)
}
