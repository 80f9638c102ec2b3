// SPDX-License-Identifier: GPL-2.0-only
#![forbid(unsafe_code)]

//! `/proc/pidns_id`: the id of the reader's own pid namespace, in decimal; and the text of
//! `/proc/<pid>/ns/pidns_id`.

use crate::{
    abstractions::{pid_ns::PidNamespace, proc::Show, proc_link::LinkText, task},
    registry::Registry,
};
use kernel::{prelude::*, seq_file::SeqFile, seq_print};

impl Show for Registry {
    fn show(&self, m: &SeqFile) -> Result {
        let id = task::with_own_namespace(|own| Ok(self.id_of(own)))?;
        seq_print!(m, "{}\n", id.get());
        Ok(())
    }
}

impl LinkText for Registry {
    fn id(&self, ns: &PidNamespace) -> u64 {
        // procfs has checked access to the process.
        self.id_of(ns).get()
    }
}
