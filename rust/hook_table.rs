// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! What the module needs of the kernel beyond its exported symbols, in one table.
//!
//! Each row says what is lost without the function. A missing required one refuses the load, a
//! missing optional one costs a feature; either is said in one log line. Want of memory says nothing
//! about the kernel and refuses the load in any case.

use crate::abstractions::{errno, hook, ksyms::Address, proc_link};
use kernel::prelude::*;

/// A function of the kernel that is hooked or called by address.
struct Row {
    symbol: &'static CStr,
    required: bool,
    lost_without: &'static str,
}

const NO_LINK: &str = "there is no /proc/<pid>/ns/pidns_id";
const NO_SYSCALL: &str = "there is no system call";

const NS_TREE_ADD: usize = 0;
const NS_TREE_REMOVE: usize = 1;
const PTRACE_MAY_ACCESS: usize = 2;
const NS_TREE_LOOKUP: usize = 3;
const DIR_LOOKUP: usize = 4;
const DIR_READDIR: usize = 5;
const GET_NAME: usize = 6;
const INSTANTIATE: usize = 7;
const FILL_CACHE: usize = 8;
const NI_X64: usize = 9;
const NI_IA32: usize = 10;

const ROWS: [Row; 11] = [
    Row {
        symbol: c"__ns_tree_add_raw",
        required: true,
        lost_without: "new pid namespaces would go unnoticed",
    },
    Row {
        symbol: c"__ns_tree_remove",
        required: true,
        lost_without: "ids would outlive their pid namespaces",
    },
    Row {
        symbol: c"ptrace_may_access",
        required: true,
        lost_without: "access to pid namespaces could not be checked",
    },
    Row {
        symbol: c"ns_tree_lookup_rcu",
        required: false,
        lost_without: "pid namespaces cannot be named by the kernel's ns_id",
    },
    Row {
        symbol: c"proc_ns_dir_lookup",
        required: false,
        lost_without: NO_LINK,
    },
    Row {
        symbol: c"proc_ns_dir_readdir",
        required: false,
        lost_without: NO_LINK,
    },
    Row {
        symbol: c"ns_get_name",
        required: false,
        lost_without: NO_LINK,
    },
    Row {
        symbol: c"proc_ns_instantiate",
        required: false,
        lost_without: NO_LINK,
    },
    Row {
        symbol: c"proc_fill_cache",
        required: false,
        lost_without: NO_LINK,
    },
    Row {
        symbol: c"__x64_sys_ni_syscall",
        required: false,
        lost_without: NO_SYSCALL,
    },
    Row {
        symbol: c"__ia32_sys_ni_syscall",
        required: false,
        lost_without: NO_SYSCALL,
    },
];

/// The functions that were found.
pub(crate) struct Symbols {
    pub(crate) ns_tree_add: Address,
    pub(crate) ns_tree_remove: Address,
    pub(crate) ptrace_may_access: Address,
    pub(crate) ns_tree_lookup: Option<Address>,
    pub(crate) proc_link: Option<proc_link::Symbols>,
    /// Where unassigned system call numbers go: from 64-bit code, from 32-bit code.
    pub(crate) ni_syscall: Option<[Address; 2]>,
}

/// Finds what the table lists and proves that ftrace works. Sleeps.
///
/// # Errors
///
/// `EOPNOTSUPP`: a required function is missing, or ftrace is not there for us. The log says which
/// and what to do. `ENOMEM`.
pub(crate) fn resolve() -> Result<Symbols> {
    prove_ftrace()?;

    let found = ROWS.each_ref().map(find);
    if found
        .iter()
        .any(|address| address.as_ref().err() == Some(&ENOMEM))
    {
        return Err(ENOMEM);
    }
    let required = |row: usize| found[row].map_err(|_| errno::not_supported());
    let optional = |row: usize| found[row].ok();
    Ok(Symbols {
        ns_tree_add: required(NS_TREE_ADD)?,
        ns_tree_remove: required(NS_TREE_REMOVE)?,
        ptrace_may_access: required(PTRACE_MAY_ACCESS)?,
        ns_tree_lookup: optional(NS_TREE_LOOKUP),
        proc_link: all([
            optional(DIR_LOOKUP),
            optional(DIR_READDIR),
            optional(GET_NAME),
            optional(INSTANTIATE),
            optional(FILL_CACHE),
        ]),
        ni_syscall: all([optional(NI_X64), optional(NI_IA32)]),
    })
}

/// All of a group, or none.
fn all<const N: usize>(group: [Option<Address>; N]) -> Option<[Address; N]> {
    let first = group[0]?;
    let mut found = [first; N];
    for (place, address) in found.iter_mut().zip(group) {
        *place = address?;
    }
    Some(found)
}

fn find(row: &Row) -> Result<Address> {
    let symbol = row.symbol.to_str().unwrap_or("?");
    Address::find(row.symbol).inspect_err(|&e| {
        if e == ENOMEM {
            pr_err!("there is no memory to look {symbol} up; not loading\n");
        } else if row.required {
            pr_err!(
                "this kernel has no usable function {symbol} ({e:?}), without which {}; not loading\n",
                row.lost_without
            );
        } else {
            pr_notice!(
                "this kernel has no usable function {symbol} ({e:?}): {}\n",
                row.lost_without
            );
        }
    })
}

fn prove_ftrace() -> Result {
    hook::prove_alive().map_err(|e| {
        if e == EBUSY {
            pr_err!("ftrace is switched off: set kernel.ftrace_enabled=1 and load again\n");
        } else if e == EIO {
            pr_err!("ftrace accepts hooks but does not call them back; not loading\n");
        } else {
            pr_err!("ftrace refuses to hook a function of the module's own ({e:?}); not loading\n");
        }
        if e == ENOMEM {
            e
        } else {
            errno::not_supported()
        }
    })
}
