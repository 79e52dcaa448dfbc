//! The port through which the proxy and the importers report traffic; the queue to the writer is behind it.

use bytes::Bytes;

use super::message::{CallId, Ending, Head, Message, Started};
use kuberewind_model::Timestamp;

/// Takes messages from many threads and never blocks. What does not fit is counted and becomes a gap.
pub trait Port: Send + Sync + 'static {
    /// True while recording is enabled.
    fn is_on(&self) -> bool;
    /// Enables or disables recording from here on. Without effect if it is so already.
    fn switch(&self, on: bool);
    /// The time on the session's clock.
    fn now(&self) -> Timestamp;
    /// An unused call number.
    fn next_call(&self) -> CallId;
    /// Reports that a call has begun.
    fn call(&self, started: Started) -> Box<dyn CallRecorder>;
    /// Sends a message that keeps `bytes` bytes in memory.
    fn send(&self, message: Message, bytes: usize);
    /// Sends a message even if the queue is full: the end of something whose beginning was sent. Such messages are few and small.
    fn send_always(&self, message: Message);
}

/// Records the response of one call. Dropped before [`CallRecorder::end`], it records that the client went away.
pub trait CallRecorder: Send + 'static {
    /// Records the response's head, which is built from the call's number and the time.
    fn head(&mut self, head: &mut dyn FnMut(CallId, Timestamp) -> Head);
    /// Records a decoded chunk of the response's body.
    fn chunk(&mut self, bytes: &Bytes);
    /// Records that a chunk could not be decoded.
    fn unreadable(&mut self, bytes: &Bytes);
    /// Records the end of the call.
    fn end(&mut self, how: Ending);
}
