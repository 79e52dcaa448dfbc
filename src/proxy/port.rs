//! The port through which the proxy tells what it sees; behind it lies the queue to the writer.

use crate::capture::message::Message;

/// Takes messages from many threads and never waits: what does not fit is counted and becomes a gap.
pub trait Port: Send + Sync + 'static {
    /// Tells one thing.
    fn tell(&self, message: Message);
    /// Switches recording on or off at this place. Switching to what already is does nothing.
    fn switch(&self, on: bool);
    /// Whether recording is on.
    fn is_on(&self) -> bool;
}
