//! What passed, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of one run.
#[derive(Debug, Default)]
pub struct Counters {
    /// Calls passed on.
    pub calls: AtomicU64,
    /// Of these, calls that are counted and not stored: discovery, OpenAPI, health, metrics.
    pub overhead: AtomicU64,
    /// Requests without the token: refused, nothing passed on.
    pub strangers: AtomicU64,
    /// Calls that the API server did not answer.
    pub unanswered: AtomicU64,
    /// Connections that left HTTP.
    pub upgrades: AtomicU64,
}

impl Counters {
    /// Counts one more; says how many there were before.
    pub fn count(counter: &AtomicU64) -> u64 {
        counter.fetch_add(1, Ordering::Relaxed)
    }

    /// How many.
    pub fn of(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}
