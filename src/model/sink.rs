//! The port into which a recording is written.

use super::{Event, Result, Seq};

/// Takes events in order. The store's writer is one; tests have others.
pub trait Sink: Send {
    /// Takes one event; an operation gets the number `last().next()`.
    ///
    /// # Errors
    /// When the recording cannot be written. The caller goes on: what was lost becomes a gap.
    fn take(&mut self, event: Event) -> Result<()>;

    /// The number of the last operation taken.
    fn last(&self) -> Seq;

    /// Makes what was taken visible to readers (ends the transaction). Called when the queue runs dry, and at least
    /// every 50 ms while it does not.
    ///
    /// # Errors
    /// When the recording cannot be written.
    fn flush(&mut self) -> Result<()>;

    /// Ends the session cleanly. A sink that is dropped without it has ended uncleanly.
    ///
    /// # Errors
    /// When the recording cannot be written.
    fn close(mut self: Box<Self>) -> Result<()> {
        self.flush()
    }
}
