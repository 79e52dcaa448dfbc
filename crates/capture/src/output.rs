//! Counts the events that a sink takes and refuses. The sink itself records a gap for what it refuses.

use kuberewind_model::{Error, Event, Result, Seq, Sink, TextCleaner};

pub(super) struct Output {
    sink: Box<dyn Sink>,
    first: Seq,
    refused: u64,
    last_error: Option<Error>,
}

impl Output {
    pub(super) fn new(sink: Box<dyn Sink>) -> Output {
        Output { first: sink.last(), sink, refused: 0, last_error: None }
    }

    /// The number of the last operation.
    pub(super) fn last(&self) -> Seq {
        self.sink.last()
    }

    /// How many operations this session has recorded.
    pub(super) fn operations(&self) -> u64 {
        self.sink.last().0.saturating_sub(self.first.0)
    }

    /// How many events the sink has refused.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    /// Returns the last error, once.
    pub(super) fn take_error(&mut self) -> Option<Error> {
        self.last_error.take()
    }

    /// Passes an event to the sink. Returns false if the sink fails, or drops an operation beyond the session's limit.
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

    pub(super) fn flush(&mut self) {
        if let Err(error) = self.sink.flush() {
            self.last_error = Some(error);
        }
    }

    /// True if events wait for another flush.
    pub(super) fn waits(&self) -> bool {
        self.sink.waits()
    }

    pub(super) fn stored_bodies(&self) -> i64 {
        self.sink.stored_bodies()
    }

    pub(super) fn clean_stored(&mut self, cleaner: &dyn TextCleaner, bodies_below: i64) -> Result<()> {
        self.sink.clean_stored(cleaner, bodies_below)
    }

    pub(super) fn close(self) -> Result<()> {
        self.sink.close()
    }
}
