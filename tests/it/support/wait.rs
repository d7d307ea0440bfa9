//! Waiting for what a test expects, with one generous limit for all.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long anything expected may take on a loaded machine. Only a test that fails takes this long.
pub const LIMIT: Duration = Duration::from_mins(1);

/// The pause between two looks at something that announces no change, such as a file or another process.
pub const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Returns once `condition` holds. Panics with what `state` says if it never does.
#[track_caller]
pub fn until(condition: impl Fn() -> bool, state: impl Fn() -> String) {
    let end = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < end, "not within {LIMIT:?}: {}", state());
        thread::park_timeout(LOOK_AGAIN);
    }
}
