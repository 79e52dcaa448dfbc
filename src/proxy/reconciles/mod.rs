//! Which reconcile a call belongs to: by the child's log where that tells, else inferred from the traffic.
//!
//! A sink between capture and the file. On the wire nothing names a reconcile, and a line of the log may reach the recorder a little after the
//! calls it announces; so calls are given their reconcile here, at the moment when their result is known.

mod infer;
mod keys;
mod logged;
mod things;
mod told;

use std::collections::HashMap;

pub use keys::Account;

use crate::model::{Event, NewLogLine, NewOperation, NewSpan, Result, Seq, Sink, SpanEnd, SpanKey, Verb};
use infer::Inference;
use logged::Logged;
use told::Becomes;

/// Gives calls their reconcile, and hands everything on.
pub struct Reconciles<S> {
    sink: S,
    logged: Logged,
    inference: Inference,
    /// The log's number of a reconcile → the one under which it was written when it was only inferred.
    same: HashMap<SpanKey, SpanKey>,
}

impl<S: Sink> Reconciles<S> {
    /// Before `sink`.
    pub fn before(sink: S) -> Reconciles<S> {
        Reconciles { sink, logged: Logged::default(), inference: Inference::default(), same: HashMap::new() }
    }

    /// The recorded program, by the name of its calls, is taken for an operator.
    #[must_use]
    pub fn expecting(mut self, program: &str) -> Reconciles<S> {
        // kubectl lists as operators do, and what a person does next with it is no reconcile.
        self.inference.expected = (program != "kubectl").then(|| program.into());
        self
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
            operation.span = self.logged.span_of(&operation, |process| self.inference.knows(process));
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

    fn span_started(&mut self, mut span: NewSpan) -> Result<()> {
        let account = Account::of(span.key);
        match self.inference.told(&span) {
            Becomes::New => {}
            Becomes::Over(ended) => self.sink.take(*ended)?,
            Becomes::Same(key) => {
                self.same.insert(span.key, key);
                span.key = key;
            }
        }
        if account == Account::Whole {
            self.logged.started(&span);
        }
        self.sink.take(Event::SpanStarted(span))
    }

    fn span_ended(&mut self, mut end: SpanEnd) -> Result<()> {
        let account = Account::of(end.span);
        end.span = self.same.remove(&end.span).unwrap_or(end.span);
        if account == Account::Whole {
            self.logged.ended(&end);
        } else {
            end.at = self.inference.over(end.span, end.at);
        }
        self.sink.take(Event::SpanEnded(end))
    }

    fn log(&mut self, mut line: NewLogLine) -> Result<()> {
        for ended in self.inference.quiet(line.at) {
            self.sink.take(ended)?;
        }
        if let Some(span) = &mut line.span {
            *span = self.same.get(span).copied().unwrap_or(*span);
            self.inference.spoken_of(*span, line.at);
            self.logged.spoken_of(*span, line.at);
        }
        self.sink.take(Event::Log(line))
    }
}

impl<S: Sink> Sink for Reconciles<S> {
    fn take(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Operation(operation) => self.operation(operation),
            Event::SpanStarted(span) => self.span_started(span),
            Event::SpanEnded(end) => self.span_ended(end),
            Event::Log(line) => self.log(line),
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
