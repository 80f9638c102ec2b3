// SPDX-License-Identifier: GPL-2.0-only

//! Prints how many processes the procfs crate can tell the namespaces of, what it says of the
//! others, and the names of its own process's.

use procfs::{
    process::{all_processes, Process},
    ProcError, ProcResult,
};

fn main() -> ProcResult<()> {
    let (mut read, mut failed) = (0, 0);
    for process in all_processes()? {
        match process.and_then(|process| process.namespaces()) {
            Ok(_) => read += 1,
            // It has ended since it was listed.
            Err(ProcError::NotFound(_)) => {}
            Err(error) => {
                failed += 1;
                println!("error: {error}");
            }
        }
    }
    match (read, failed) {
        (1.., 0) => println!("reads: every process"),
        (0, 1..) => println!("reads: no process"),
        _ => println!("reads: {read}, fails for {failed}"),
    }
    let namespaces = Process::myself()?.namespaces()?.0;
    let mut names: Vec<_> = namespaces
        .keys()
        .map(|name| name.to_string_lossy())
        .collect();
    names.sort();
    println!("names: {}", names.join(" "));
    Ok(())
}
