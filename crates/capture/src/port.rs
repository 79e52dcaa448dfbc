//! The port through which those who see traffic from outside tell it; behind it lies the queue to the writer.

use bytes::Bytes;

use super::{CallId, Ending, Head, Message, Started};
use kuberewind_model::Timestamp;

/// Takes what is told from many threads, and never waits: what does not fit is counted and becomes a gap.
pub trait Port: Send + Sync + 'static {
    /// Whether what happens now is to be recorded.
    fn is_on(&self) -> bool;
    /// Switches recording on or off at this place. Switching to what already is does nothing.
    fn switch(&self, on: bool);
    /// The time of the recording.
    fn now(&self) -> Timestamp;
    /// A number for the next call.
    fn next_call(&self) -> CallId;
    /// A call began.
    fn call(&self, started: Started) -> Box<dyn Course>;
    /// Tells something that keeps `bytes` bytes alive.
    fn tell(&self, message: Message, bytes: usize);
    /// Tells what has to arrive whatever the room (the end of something that was told to begin): there are few of these, and they are small.
    fn insist(&self, message: Message);
}

/// The course of one call, told to its end. Dropped before that, it says that the client went away.
pub trait Course: Send + 'static {
    /// The answer's head came; made with the call's number and the time.
    fn head(&mut self, head: &mut dyn FnMut(CallId, Timestamp) -> Head);
    /// A piece of the answer's body came, decoded.
    fn chunk(&mut self, bytes: &Bytes);
    /// A piece came that could not be decoded.
    fn unreadable(&mut self, bytes: &Bytes);
    /// The call is over.
    fn end(&mut self, how: Ending);
}
