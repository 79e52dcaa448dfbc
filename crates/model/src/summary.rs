//! Counts over ranges of the timeline, for minimaps.

/// Counts of operations in a range of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Density {
    /// Gets and lists.
    pub reads: u64,
    /// Calls that request a change.
    pub writes: u64,
    pub watch_events: u64,
    /// Failed calls and ERROR events. Also counted above.
    pub errors: u64,
    /// First operations of reconciles. Also counted above.
    pub reconciles: u64,
}

impl Density {
    #[must_use]
    pub fn total(self) -> u64 {
        self.reads + self.writes + self.watch_events
    }

    pub fn add(&mut self, other: Density) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.watch_events += other.watch_events;
        self.errors += other.errors;
        self.reconciles += other.reconciles;
    }
}
