// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! What the module needs of the kernel beyond its exported symbols, in one table.
//!
//! Each row says what is lost without the function or the variable. A missing required one refuses
//! the load, a missing optional one costs a feature; either is said in one log line. Having no
//! memory for the lookup says nothing about the kernel and refuses the load in any case.

use crate::abstractions::{
    errno, hook,
    ksyms::{Address, Variable},
    lives, proc_link, syscall,
};
use kernel::prelude::*;

const NO_LINK: &str = "there is no /proc/<pid>/ns/pidns_id";
const NO_SYSCALL: &str = "there is no system call";
const NO_WATCH: &str = "nobody is told of the lives of pid namespaces";
const NO_PIDFD: &str = "TRANSLATE_PID_OPEN_PIDFD is not supported";

/// Declares the table. A row is a name for what is found, its symbol, and what is lost without it.
macro_rules! table {
    (
        required { $($needed:ident: $needed_symbol:literal, $needed_for:expr;)+ }
        required_variables { $($variable:ident: $variable_symbol:literal, $variable_for:expr;)+ }
        optional { $($wanted:ident: $wanted_symbol:literal, $wanted_for:expr;)+ }
    ) => {
        /// The address that each row's symbol has, under the row's name.
        struct Found {
            $($needed: Address,)+
            $($variable: Variable,)+
            $($wanted: Option<Address>,)+
        }

        impl Found {
            /// Looks all rows up, so that the log names all that is missing.
            fn look_up() -> Result<Self> {
                $(let $needed = find_required($needed_symbol, $needed_for);)+
                $(let $variable = find_required_variable($variable_symbol, $variable_for);)+
                $(let $wanted = find_optional($wanted_symbol, $wanted_for);)+
                if [$($needed.err(),)+ $($variable.err(),)+ $($wanted.err(),)+].contains(&Some(ENOMEM)) {
                    return Err(ENOMEM);
                }
                Ok(Self {
                    $($needed: $needed.map_err(|_| errno::not_supported())?,)+
                    $($variable: $variable.map_err(|_| errno::not_supported())?,)+
                    $($wanted: $wanted.ok(),)+
                })
            }
        }
    };
}

table! {
    required {
        ns_tree_add: c"__ns_tree_add_raw", "new pid namespaces would go unnoticed";
        ns_tree_remove: c"__ns_tree_remove", "ids would outlive their pid namespaces";
        ptrace_may_access: c"ptrace_may_access", "access to pid namespaces could not be checked";
        ns_tree_lookup: c"ns_tree_lookup_rcu", "pid namespaces without an entry in the table could not be found";
    }
    required_variables {
        ns_list: c"pid_ns_tree", "pid namespaces that exist already could not be listed";
    }
    optional {
        dir_lookup: c"proc_ns_dir_lookup", NO_LINK;
        dir_readdir: c"proc_ns_dir_readdir", NO_LINK;
        get_name: c"ns_get_name", NO_LINK;
        instantiate: c"proc_ns_instantiate", NO_LINK;
        fill_cache: c"proc_fill_cache", NO_LINK;
        ni_x64: c"__x64_sys_ni_syscall", NO_SYSCALL;
        ni_ia32: c"__ia32_sys_ni_syscall", NO_SYSCALL;
        pidfd_prepare: c"pidfd_prepare", NO_PIDFD;
        zap: c"zap_pid_ns_processes", NO_WATCH;
    }
}

impl Found {
    /// All that the link needs, or nothing.
    fn proc_link(&self) -> Option<proc_link::Symbols> {
        Some(proc_link::Symbols {
            dir_lookup: self.dir_lookup?,
            dir_readdir: self.dir_readdir?,
            get_name: self.get_name?,
            instantiate: self.instantiate?,
            fill_cache: self.fill_cache?,
        })
    }

    /// All that the system call needs, or nothing.
    fn syscall(&self) -> Option<syscall::Symbols> {
        Some(syscall::Symbols {
            ni_x64: self.ni_x64?,
            ni_ia32: self.ni_ia32?,
        })
    }
}

/// What was found, by what it is for.
pub(crate) struct Symbols {
    pub(crate) ns_tree_add: Address,
    pub(crate) ns_tree_remove: Address,
    pub(crate) ptrace_may_access: Address,
    pub(crate) ns_tree_lookup: Address,
    pub(crate) ns_list: Variable,
    /// What runs when an init dies.
    pub(crate) zap: Option<Address>,
    pub(crate) proc_link: Option<proc_link::Symbols>,
    pub(crate) syscall: Option<syscall::Symbols>,
    pub(crate) pidfd_prepare: Option<Address>,
}

/// Finds what the table lists and proves that ftrace works. Sleeps.
///
/// # Errors
///
/// `EOPNOTSUPP`: a required row's symbol is missing, or ftrace is not there for us. The log says which
/// and what to do. `ENOMEM`.
pub(crate) fn resolve() -> Result<Symbols> {
    prove_ftrace()?;

    let found = Found::look_up()?;
    Ok(Symbols {
        ns_tree_add: found.ns_tree_add,
        ns_tree_remove: found.ns_tree_remove,
        ptrace_may_access: found.ptrace_may_access,
        ns_tree_lookup: found.ns_tree_lookup,
        ns_list: found.ns_list,
        proc_link: found.proc_link(),
        syscall: found.syscall(),
        pidfd_prepare: found.pidfd_prepare,
        zap: found.zap.filter(|_| follows_births()),
    })
}

/// Whether the kernel has what tells of births.
fn follows_births() -> bool {
    let can = lives::births_can_be_followed();
    if !can {
        pr_notice!("this kernel has no tracepoint sched_process_fork: {NO_WATCH}\n");
    }
    can
}

fn find_required(symbol: &'static CStr, lost_without: &str) -> Result<Address> {
    let found = say_no_memory(symbol, Address::find(symbol));
    say_refused("function", symbol, lost_without, found)
}

fn find_required_variable(symbol: &'static CStr, lost_without: &str) -> Result<Variable> {
    let found = say_no_memory(symbol, Variable::find(symbol));
    say_refused("variable", symbol, lost_without, found)
}

fn say_refused<T>(kind: &str, symbol: &CStr, lost_without: &str, found: Result<T>) -> Result<T> {
    found.inspect_err(|&e| {
        if e != ENOMEM {
            let symbol = printable(symbol);
            pr_err!("this kernel has no usable {kind} {symbol} ({e:?}), without which {lost_without}; not loading\n");
        }
    })
}

fn find_optional(symbol: &'static CStr, lost_without: &str) -> Result<Address> {
    say_no_memory(symbol, Address::find(symbol)).inspect_err(|&e| {
        if e != ENOMEM {
            let symbol = printable(symbol);
            pr_notice!("this kernel has no usable function {symbol} ({e:?}): {lost_without}\n");
        }
    })
}

fn say_no_memory<T>(symbol: &CStr, found: Result<T>) -> Result<T> {
    found.inspect_err(|&e| {
        if e == ENOMEM {
            let symbol = printable(symbol);
            pr_err!("there is no memory to look {symbol} up; not loading\n");
        }
    })
}

fn printable(symbol: &CStr) -> &str {
    symbol.to_str().unwrap_or("?")
}

fn prove_ftrace() -> Result {
    hook::prove_alive().map_err(|e| {
        if e == EBUSY {
            pr_err!("ftrace is switched off: set kernel.ftrace_enabled=1 and load again\n");
        } else if e == EIO {
            pr_err!("ftrace accepts hooks but does not call them back; not loading\n");
        } else if e == EINVAL {
            // The module loader goes on when it had none: `ftrace_module_init()`.
            pr_err!(
                "ftrace had no memory to list the module's functions, load again; not loading\n"
            );
        } else {
            pr_err!("ftrace refuses to hook a function of the module's own ({e:?}); not loading\n");
        }
        match e {
            ENOMEM | EINVAL => ENOMEM,
            _ => errno::not_supported(),
        }
    })
}
