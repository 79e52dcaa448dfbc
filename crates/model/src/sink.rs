//! The port for writing a recording.

use super::{Event, Result, Seq};

/// A stage in front of a sink that inspects, changes or delays events.
pub trait SinkStage<S: Sink>: Send + Sized {
    /// Handles one event and passes events on to `sink`.
    ///
    /// # Errors
    /// Errors of the sink.
    fn pass(&mut self, event: Event, sink: &mut S) -> Result<()>;

    /// The number of operations that the stage holds back. It passes them on in order, at the second flush from now at the
    /// latest.
    fn waiting(&self) -> u64 {
        0
    }

    /// True if the stage holds anything back.
    fn waits(&self) -> bool {
        false
    }

    /// Passes on events that were held back long enough, before the sink is flushed.
    ///
    /// # Errors
    /// Errors of the sink.
    fn flush(&mut self, _sink: &mut S) -> Result<()> {
        Ok(())
    }

    /// Passes on all remaining events before the session ends.
    ///
    /// # Errors
    /// Errors of the sink.
    fn end(&mut self, _sink: &mut S) -> Result<()> {
        Ok(())
    }

    /// Cleans what earlier sinks of the session have stored. See [`Sink::clean_stored`].
    ///
    /// # Errors
    /// What they stored cannot be read or written.
    fn clean_earlier(&mut self, _cleaner: &dyn TextCleaner) -> Result<()> {
        Ok(())
    }

    /// Puts this stage in front of a sink.
    fn before(self, sink: S) -> WithStage<Self, S> {
        WithStage { first: self, sink }
    }
}

/// A sink with a stage in front of it.
#[derive(Debug)]
pub struct WithStage<P, S> {
    first: P,
    sink: S,
}

impl<P: SinkStage<S>, S: Sink> WithStage<P, S> {
    pub fn first(&mut self) -> &mut P {
        &mut self.first
    }
}

impl<P: SinkStage<S>, S: Sink> Sink for WithStage<P, S> {
    fn take(&mut self, event: Event) -> Result<()> {
        self.first.pass(event, &mut self.sink)
    }

    fn last(&self) -> Seq {
        Seq(self.sink.last().0.saturating_add(self.first.waiting()))
    }

    fn flush(&mut self) -> Result<()> {
        let flushed = self.first.flush(&mut self.sink);
        self.sink.flush().and(flushed)
    }

    fn waits(&self) -> bool {
        self.first.waits() || self.sink.waits()
    }

    fn stored_bodies(&self) -> i64 {
        self.sink.stored_bodies()
    }

    fn clean_stored(&mut self, cleaner: &dyn TextCleaner, bodies_below: i64) -> Result<()> {
        self.first.flush(&mut self.sink)?;
        let earlier = self.first.clean_earlier(cleaner);
        self.sink.clean_stored(cleaner, bodies_below).and(earlier)
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        let end = self.first.end(&mut self.sink);
        Box::new(self.sink).close().and(end)
    }
}

/// Replaces secrets in texts that are stored.
pub trait TextCleaner {
    /// The cleaned text; `None` if there is nothing to clean.
    fn text(&self, text: &str) -> Option<String>;

    /// The same for a body, which is compact JSON and stays so.
    fn body(&self, text: &str) -> Option<String>;
}

/// Consumes events in order. The writer of the file implements it.
pub trait Sink: Send {
    /// Consumes one event. An operation gets the number `last().next()`.
    ///
    /// # Errors
    /// The recording cannot be written. The caller continues and records the loss as a gap.
    fn take(&mut self, event: Event) -> Result<()>;

    /// The number of the last operation.
    fn last(&self) -> Seq;

    /// Commits, so that readers see all events so far. Called when the queue is empty, and at least every 50 ms otherwise.
    ///
    /// # Errors
    /// The recording cannot be written.
    fn flush(&mut self) -> Result<()>;

    /// True if an event needs another flush.
    fn waits(&self) -> bool {
        false
    }

    /// An id that is above those of all bodies that are stored already.
    fn stored_bodies(&self) -> i64 {
        0
    }

    /// Cleans the texts, and the bodies with lower ids, that are stored already. Called before the session ends, if secrets became known late. A sink that
    /// stores nothing has nothing to clean.
    ///
    /// # Errors
    /// The recording cannot be read or written.
    fn clean_stored(&mut self, _cleaner: &dyn TextCleaner, _bodies_below: i64) -> Result<()> {
        Ok(())
    }

    /// Closes the session. A sink that is dropped without a close leaves a crashed session.
    ///
    /// # Errors
    /// The recording cannot be written.
    fn close(mut self: Box<Self>) -> Result<()> {
        self.flush()
    }
}
