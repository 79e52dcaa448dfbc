//! Counts the traffic of one run.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub struct Counters {
    /// Forwarded calls.
    pub calls: AtomicU64,
    /// Forwarded calls that are not recorded: discovery, OpenAPI, health, metrics.
    pub overhead: AtomicU64,
    /// Requests without the token, which are refused and not forwarded.
    pub unauthorized: AtomicU64,
    /// Calls without a response from the API server.
    pub unanswered: AtomicU64,
    /// Upgraded connections.
    pub upgrades: AtomicU64,
}

impl Counters {
    /// Increments a counter and returns its old value.
    pub fn increment(counter: &AtomicU64) -> u64 {
        counter.fetch_add(1, Ordering::Relaxed)
    }

    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}
