// SPDX-License-Identifier: GPL-2.0-only

//! The only home of `unsafe`, of `kernel::bindings` and of `extern "C"`.
//!
//! ```text
//!   translate_pid_main  device  system_call  proc_files  hook_table   interfaces, load, unload
//!            |             |          |            |
//!            v             v          v            v
//!   translate  many  bound  list  chain  identify  access  registry ...  policy, no unsafe code
//!            |             |          |            |
//!            v             v          v            v
//!   abstractions/*  -------------------------------->  ns_id, gaps      proofs; plain data
//!            |
//!            v
//!   rust/helpers/*.c, rust/callbacks/*.c, kernel::bindings              the kernel
//! ```
//!
//! An arrow that skips `abstractions` is forbidden; `scripts/check-layering` refuses it. `ns_id` is
//! plain arithmetic that everybody may use: an invariant of [`ns_table`] depends on it. So is `gaps`,
//! a queue.
//!
//! What each file guarantees:
//!
//! - [`bit_table`]: a reader under RCU sees each entry linked for the whole of its walk.
//! - [`ns_table`]: a pid namespace found by id stays allocated until the end of the read section.
//! - [`watch`]: a watched pid namespace is used only until the read section ends in which it was
//!   not gone yet.
//! - [`bounded`]: only values that were put there are seen.
//! - [`bound`]: what a file of it owns stays until nobody is inside.
//! - [`pid_ns`]: a counted namespace (`&PidNamespace`) and one that is only peeked at under RCU
//!   ([`pid_ns::Peek`]) are different types.
//! - [`pid`]: a `struct pid` found under RCU does not outlive the read section.
//! - [`pidfd`]: a `struct pid` that is held is not freed before it is dropped.
//! - [`descriptor`]: what the calling task has open stays so while a command uses it.
//! - [`task`]: access checks take the init process under the same read section.
//! - [`hook`]: once a hook is dropped, its callback neither runs nor will run.
//! - [`create_hook`]: it is registered only while the removal of namespaces is followed.
//! - [`lives`]: what is told of a namespace's life keeps what its access is judged by, and once nobody
//!   follows, nobody tells any more.
//! - [`credentials`]: whoever acts under others' credentials has its own back afterwards.
//! - [`stream`]: as [`bound`]; who waits for something to read is woken up.
//! - [`work`]: once a work item is dropped, it neither runs nor will run.
//! - [`ksyms`]: an unexported function is called only after its address was found.
//! - [`parameters`]: what is read does not change.
//! - [`device`], [`proc`], [`proc_link`], [`syscall`]: once dropped, no caller is inside and none will enter.
//! - `kunit`: pid namespaces that tests make live and die as the kernel's own do.
//! - [`user`]: user memory is only copied, never dereferenced.
//! - [`walk`]: a pid that has a number for the whole of a read section is met on the way.
//! - [`ns_walk`]: a namespace that is on the kernel's list for the whole of a read section is met
//!   on the way.
//! - [`clock`]: it can be read in an ftrace callback.

#![allow(unsafe_code, reason = "each file states the invariants it upholds")]

pub(crate) mod bit_table;
pub(crate) mod bound;
pub(crate) mod bounded;
pub(crate) mod clock;
pub(crate) mod create_hook;
pub(crate) mod credentials;
pub(crate) mod descriptor;
pub(crate) mod device;
pub(crate) mod entropy;
pub(crate) mod errno;
mod ffi;
pub(crate) mod hook;
pub(crate) mod ksyms;
#[cfg(translate_pid_kunit)]
pub(crate) mod kunit;
pub(crate) mod lives;
pub(crate) mod ns_table;
pub(crate) mod ns_walk;
pub(crate) mod parameters;
pub(crate) mod pid;
pub(crate) mod pid_ns;
pub(crate) mod pidfd;
pub(crate) mod proc;
pub(crate) mod proc_link;
pub(crate) mod stream;
pub(crate) mod syscall;
pub(crate) mod task;
pub(crate) mod uapi;
pub(crate) mod user;
pub(crate) mod walk;
pub(crate) mod watch;
pub(crate) mod work;
