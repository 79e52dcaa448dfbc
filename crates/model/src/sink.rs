//! The port into which a recording is written.

use super::{Event, Result, Seq};

/// Stands before a sink: looks at events, or changes them, and hands them on.
pub trait SinkStage<S: Sink>: Send + Sized {
    /// An event on its way.
    ///
    /// # Errors
    /// What the sink says.
    fn pass(&mut self, event: Event, sink: &mut S) -> Result<()>;

    /// Operations that were passed and not handed on yet. They will be, in their order, without anything new: at the second flush
    /// from now at the latest.
    fn waiting(&self) -> u64 {
        0
    }

    /// Whether anything waits.
    fn waits(&self) -> bool {
        false
    }

    /// Hands on what has waited long enough, before the sink makes visible what it took.
    ///
    /// # Errors
    /// What the sink says.
    fn flush(&mut self, _sink: &mut S) -> Result<()> {
        Ok(())
    }

    /// What is still to be told before the session ends.
    ///
    /// # Errors
    /// What the sink says.
    fn end(&mut self, _sink: &mut S) -> Result<()> {
        Ok(())
    }

    /// Takes its place before a sink.
    fn before(self, sink: S) -> WithStage<Self, S> {
        WithStage { first: self, sink }
    }
}

/// A sink that is reached through what stands before it.
#[derive(Debug)]
pub struct WithStage<P, S> {
    first: P,
    sink: S,
}

impl<P: SinkStage<S>, S: Sink> WithStage<P, S> {
    /// What stands before the sink.
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
        let handed_on = self.first.flush(&mut self.sink);
        self.sink.flush().and(handed_on)
    }

    fn waits(&self) -> bool {
        self.first.waits() || self.sink.waits()
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        let end = self.first.end(&mut self.sink);
        Box::new(self.sink).close().and(end)
    }
}

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

    /// Whether something that was taken waits for another flush.
    fn waits(&self) -> bool {
        false
    }

    /// Ends the session cleanly. A sink that is dropped without it has ended uncleanly.
    ///
    /// # Errors
    /// When the recording cannot be written.
    fn close(mut self: Box<Self>) -> Result<()> {
        self.flush()
    }
}
