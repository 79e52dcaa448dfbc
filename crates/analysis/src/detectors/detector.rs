//! The trait of detectors.

use super::input::Input;
use crate::findings::Findings;
use crate::tracker::Tracker;

/// A detector over the stream.
pub trait Detector: Send {
    /// Handles an input that matches the detector's interest.
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings);

    /// Drops state after a gap: everything that the tracker no longer knows.
    fn forget(&mut self, tracker: &Tracker);

    /// Reports findings about the stream as a whole so far. May be called repeatedly.
    fn end(&self, _tracker: &Tracker, _findings: &mut Findings) {}
}
