//! Which reconcile a call belongs to: by the child's log where that tells, else inferred from the traffic.
//!
//! A sink between capture and the file. On the wire nothing names a reconcile, and a line of the log may reach the recorder a little after the
//! calls it announces; so calls are given their reconcile here, at the moment when their result is known.

mod infer;
mod logged;

use crate::model::{Event, NewOperation, Result, Seq, Sink, Verb};
use infer::Inference;
use logged::Logged;

/// Gives calls their reconcile, and hands everything on.
pub struct Reconciles<S> {
    sink: S,
    logged: Logged,
    inference: Inference,
}

impl<S: Sink> Reconciles<S> {
    /// Before `sink`.
    pub fn before(sink: S) -> Reconciles<S> {
        Reconciles { sink, logged: Logged::default(), inference: Inference::default() }
    }

    fn operation(&mut self, mut operation: Box<NewOperation>) -> Result<()> {
        let seq = self.sink.last().next();
        for ended in self.inference.quiet(operation.at) {
            self.sink.take(ended)?;
        }
        if operation.verb.is_watch_event() {
            self.inference.delivered(seq, &operation);
        }
        self.inference.page(seq, &operation);
        if !operation.verb.is_watch_event() && operation.span.is_none() && !matches!(operation.verb, Verb::Watch | Verb::Connect)
        {
            operation.span = self.logged.span_of(&operation);
            if operation.span.is_none() {
                let (began, span) = self.inference.called(&operation);
                if let Some(began) = began {
                    self.sink.take(began)?;
                }
                operation.span = span;
            }
        }
        self.sink.take(Event::Operation(operation))
    }
}

impl<S: Sink> Sink for Reconciles<S> {
    fn take(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Operation(operation) => self.operation(operation),
            Event::SpanStarted(span) => {
                // The log knows better from here on.
                if let Some(ended) = self.inference.give_way(&span) {
                    self.sink.take(ended)?;
                }
                self.logged.started(&span);
                self.sink.take(Event::SpanStarted(span))
            }
            Event::SpanEnded(end) => {
                self.logged.ended(&end);
                self.sink.take(Event::SpanEnded(end))
            }
            Event::ListItem { list, actor, sight } => {
                self.inference.listed(list, &sight);
                self.sink.take(Event::ListItem { list, actor, sight })
            }
            Event::WatchOpened(watch) => {
                self.inference.watches(&watch.actor);
                self.sink.take(Event::WatchOpened(watch))
            }
            Event::Restarted { actor } => {
                self.inference.forget(&actor);
                self.sink.take(Event::Restarted { actor })
            }
            other => self.sink.take(other),
        }
    }

    fn last(&self) -> Seq {
        self.sink.last()
    }

    fn flush(&mut self) -> Result<()> {
        self.sink.flush()
    }

    /// Ends what is still open before the session ends.
    fn close(mut self: Box<Self>) -> Result<()> {
        for ended in self.inference.end() {
            self.sink.take(ended)?;
        }
        Box::new(self.sink).close()
    }
}
