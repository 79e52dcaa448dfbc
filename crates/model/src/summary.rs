//! Counts over ranges of the timeline: what minimaps draw.

/// Counts of operations in one part of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Density {
    /// Gets and lists.
    pub reads: u64,
    /// Calls that ask for a change.
    pub writes: u64,
    /// Watch events.
    pub watch_events: u64,
    /// Failed calls and ERROR events (counted above as well).
    pub errors: u64,
    /// The first operations of reconciles (counted above as well).
    pub reconciles: u64,
}

impl Density {
    /// All operations.
    #[must_use]
    pub fn total(self) -> u64 {
        self.reads + self.writes + self.watch_events
    }

    /// Adds what another part holds.
    pub fn add(&mut self, other: Density) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.watch_events += other.watch_events;
        self.errors += other.errors;
        self.reconciles += other.reconciles;
    }
}
