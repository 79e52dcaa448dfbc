//! Simulated time.

use kuberewind_model::{Clock, Duration, Timestamp};

/// Tokio's paused clock: it stops while a task can run, and jumps to the next timer when all tasks wait.
#[derive(Debug)]
pub(super) struct SimulatedClock {
    start: Timestamp,
    origin: tokio::time::Instant,
}

impl SimulatedClock {
    /// Starts at `start`. Must be called on the runtime whose clock it reads.
    pub(super) fn new(start: Timestamp) -> SimulatedClock {
        SimulatedClock { start, origin: tokio::time::Instant::now() }
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.start.plus(Duration::from_std(self.origin.elapsed()))
    }
}
