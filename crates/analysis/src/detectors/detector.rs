//! The trait of detectors.

use super::input::Input;
use crate::findings::Findings;
use crate::tracker::Tracker;

/// A check over the stream.
pub trait Detector: Send {
    /// One input that it is interested in.
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings);

    /// Something is missing from here on: what the tracker no longer knows is to be forgotten.
    fn forget(&mut self, tracker: &Tracker);

    /// What is told of the stream as a whole, up to here; asked as often as somebody looks.
    fn end(&self, _scene: &Tracker, _book: &mut Findings) {}
}
