// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! The init process of a pid namespace: what the 2020 `NS_GET_INIT_PID` patch answers.

use crate::{
    abstractions::{
        pid::Pid,
        pid_ns::{Peek, PidNamespace},
        task::Living,
    },
    access::AccessRule,
};
use kernel::{prelude::*, sync::rcu, uapi::CAP_SYS_ADMIN};

/// The number of the init of `living` in the caller's namespace `own`; 0 if it is not visible there.
///
/// Does not sleep.
///
/// # Errors
///
/// `EPERM`: neither the caller's own namespace nor one over which it has `CAP_SYS_ADMIN` or which
/// it may access. `ESRCH`: there is no init; none was born yet, or it was reaped.
pub(crate) fn init_pid(
    access: &AccessRule,
    own: &PidNamespace,
    living: Living<'_>,
    guard: &rcu::Guard,
) -> Result<i32> {
    let ns = living.peek();
    // The capability comes first: AppArmor and SELinux record each access that they deny, and who
    // comes by the capability, as lxcfs, is refused nothing.
    if !access.has_capability(own, ns, CAP_SYS_ADMIN) {
        access.check(own, living)?;
    }
    // The number 1 alone may be a pid that fork has not attached to a task yet.
    living.init().ok_or(ESRCH)?;
    let init = Pid::find(1, ns, guard).ok_or(ESRCH)?;
    Ok(init.number_in(Peek::of(own)))
}
