//! Files that are wrong on purpose: valid ones of the formats that are read, changed at random by the thousand. Each is
//! read or refused; none makes the program panic or take memory that its own length does not account for.
//!
//! A binary of its own, since it counts what the allocator is asked for, by all threads. Tests take turns.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unsafe_code, reason = "an allocator cannot be written without")]

mod allocator;
mod beginnings;
mod change;
mod data;
mod lists;
mod model_files;
mod pictures;
mod text;

use std::sync::{Mutex, PoisonError};

use proptest::test_runner::{Config, TestCaseError, TestRunner};

use allocator::taken;
use change::{changed, changes};

/// One test at a time, so that what one takes is not counted as another's.
static TURN: Mutex<()> = Mutex::new(());

/// Reads `count` changed forms of each of `valid` by `read`, which tells whether it took the file: it must take the valid
/// ones. Each may take memory as its bytes allow: `per_byte` for each, and what every reader needs.
fn survives(count: u32, per_byte: usize, valid: &[Vec<u8>], read: impl Fn(&[u8]) -> bool) {
    const ALWAYS: usize = 4 << 20;
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for file in valid {
        assert!(read(file), "the valid file is refused");
        let config = Config { cases: count, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
        let result = TestRunner::new(config).run(&changes(), |changes| {
            let file = changed(file, &changes);
            let bytes = taken(|| _ = read(&file));
            let allowed = (ALWAYS + per_byte * file.len()) as i64;
            match bytes <= allowed {
                true => Ok(()),
                false => Err(TestCaseError::fail(format!("{bytes} bytes for a file of {}", file.len()))),
            }
        });
        result.unwrap_or_else(|error| panic!("{error}"));
    }
}
