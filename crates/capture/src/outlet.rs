//! The way to the sink, and the count of what it refused. (That a gap stands for it is the sink's business: it knows best
//! what of an open transaction was lost.)

use kuberewind_model::{Error, Event, Result, Seq, Sink};

/// Hands events to a sink.
pub(super) struct Outlet {
    sink: Box<dyn Sink>,
    first: Seq,
    refused: u64,
    last_error: Option<Error>,
}

impl Outlet {
    pub(super) fn new(sink: Box<dyn Sink>) -> Outlet {
        Outlet { first: sink.last(), sink, refused: 0, last_error: None }
    }

    /// The number of the last operation.
    pub(super) fn last(&self) -> Seq {
        self.sink.last()
    }

    /// How many operations were taken.
    pub(super) fn operations(&self) -> u64 {
        self.sink.last().0.saturating_sub(self.first.0)
    }

    /// How many events the sink refused.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    /// The last failure, once.
    pub(super) fn take_error(&mut self) -> Option<Error> {
        self.last_error.take()
    }

    /// Hands one event on. Says whether it was taken; an operation beyond the session's limit is not.
    pub(super) fn emit(&mut self, event: Event) -> bool {
        let operation = matches!(event, Event::Operation(_));
        let before = self.sink.last();
        match self.sink.take(event) {
            Ok(()) => !operation || self.sink.last() > before,
            Err(error) => {
                self.refused = self.refused.saturating_add(1);
                self.last_error = Some(error);
                false
            }
        }
    }

    /// Makes what was taken visible.
    pub(super) fn flush(&mut self) {
        if let Err(error) = self.sink.flush() {
            self.last_error = Some(error);
        }
    }

    /// Whether something waits for another flush.
    pub(super) fn waits(&self) -> bool {
        self.sink.waits()
    }

    /// Ends the session.
    pub(super) fn close(self) -> Result<()> {
        self.sink.close()
    }
}
