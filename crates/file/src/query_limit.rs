//! The limit of the time that a reader spends in SQLite without a pause.
//!
//! A damaged file can hold a tree of pages without end, so any query may run for ever. The limit is for a stretch of queries: it starts
//! again when the reader has done something else for a moment.

use std::time::{Duration, Instant};

use rusqlite::Connection;

/// SQLite calls the handler after so many steps of its machine: about ten times in a millisecond.
const STEPS: i32 = 10_000;
/// A pause between two calls of the handler that ends a stretch.
const PAUSE: Duration = Duration::from_millis(200);
/// The limit of a stretch for a small file, and the bytes of a file that add a second each.
const SMALL_FILE: Duration = Duration::from_secs(20);
const BYTES_A_SECOND: u64 = 1 << 20;

/// Returns the limit for a file of this size.
pub(crate) fn for_bytes(bytes: u64) -> Duration {
    SMALL_FILE + Duration::from_secs(bytes / BYTES_A_SECOND)
}

/// Interrupts the queries of a connection that run longer than `limit` without a pause.
pub(crate) fn set(db: &mut Connection, limit: Duration) -> rusqlite::Result<()> {
    let (mut begun, mut last) = (Instant::now(), Instant::now());
    db.progress_handler(
        STEPS,
        Some(move || {
            let now = Instant::now();
            if now.duration_since(last) > PAUSE {
                begun = now;
            }
            last = now;
            now.duration_since(begun) > limit
        }),
    )
}
