// SPDX-License-Identifier: GPL-2.0-only
#![deny(unsafe_code)]

//! Tests that run in the kernel, in modules built with `make KUNIT=1`.
//!
//! KUnit runs them when such a module has been loaded; `tests/kunit/run` does all that. They need
//! a kernel with `CONFIG_KUNIT=y` and failslab that fails `GFP_KERNEL`, too.
//!
//! The suites stand beside the code that they test, as its child modules, so that they see its
//! private side: `kunit/table.rs` belongs to `abstractions/ns_table.rs`, `kunit/watch.rs` to
//! `abstractions/watch.rs`, `kunit/registry.rs` to `registry.rs`, `kunit/many.rs` to `many.rs`,
//! `kunit/gaps.rs` to `gaps.rs`. This file lists them all; a test that is missing here is not run.

pub(crate) mod fixture;
mod ids;
mod pids;

use crate::{
    abstractions::{ns_table::kunit as table, watch::kunit as watch},
    gaps::kunit as gaps,
    many::kunit as many,
    registry::kunit as registry,
};

/// A KUnit suite of functions that return a [`kernel::error::Result`].
///
/// KUnit's own `assert!()` would end the thread without running destructors, under RCU or with a
/// bucket locked as it may be; so the tests return, and only the wrapper made here asserts.
macro_rules! suite {
    ($suite:ident: $tests:ident::{ $($test:ident,)+ }) => {
        #[allow(unsafe_code, reason = "this is what the kernel makes of a suite")]
        #[kernel::prelude::kunit_tests($suite)]
        mod $suite {
            $(
                #[test]
                fn $test() -> kernel::error::Result {
                    super::$tests::$test()
                }
            )+
        }
    };
}

suite!(translate_pid_ids: ids::{
    no_id_is_given_twice,
    ids_lead_back,
    zero_is_the_initial_namespace_only,
    another_key_gives_other_ids,
    same_key_gives_same_ids,
});

suite!(translate_pid_table: table::{
    found_by_id,
    many_entries_per_bucket,
    equal_hashes,
    one_entry_per_namespace,
    removal_twice,
    removal_of_the_unknown,
    buckets_are_a_power_of_two,
    every_allocation_fails_once,
    dropped_while_full,
    reader_keeps_what_it_found,
    reader_stands_on_a_removed_entry,
    lookups_beside_changes,
});

suite!(translate_pid_watch: watch::{
    found_until_the_removal,
    one_watch_per_namespace,
    keeps_no_namespace,
    reader_keeps_what_it_found,
    outlives_the_table,
    every_allocation_fails_once,
    watchers_beside_deaths,
});

suite!(translate_pid_registry: registry::{
    initial_namespace,
    namespace_whose_value_is_zero,
    no_id_twice_in_many_lives,
    dying_namespace_is_not_found,
    count_is_not_read_while_there_is_an_init,
    created_without_memory,
    existing_namespaces_are_found_without_entries,
    existing_namespaces_are_adopted,
    same_key_after_a_reload,
    hints_are_of_the_namespace_itself,
});

suite!(translate_pid_many: many::{
    each_number_is_replaced_once,
    namespace_dies_between_two_parts,
    memory_ends_in_a_part,
    caller_that_cannot_be_told,
});

suite!(translate_pid_gaps: gaps::{
    first_in_first_out,
    gap_keeps_its_place,
    gap_is_closed_in_parts,
});

suite!(translate_pid_pids: pids::{
    in_the_initial_namespace,
    in_a_namespace_with_none_or_one,
});
