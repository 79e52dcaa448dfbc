//! Which reconcile a call belongs to: by the child's log where that tells, else inferred from the traffic.
//!
//! Stands between capture and the file. On the wire nothing names a reconcile, and a line of the log may reach the recorder a little after the
//! calls it announces; so calls are given their reconcile here, at the moment when their result is known.

mod infer;
mod keys;
mod logged;
mod programs;
mod things;
mod told;
mod waiting;

use std::collections::HashMap;
use std::sync::Arc;

pub use keys::Account;

use infer::Inference;
use kuberewind_model::{Event, NewLogLine, NewOperation, NewSpan, Result, Sink, SinkStage, SpanEnd, SpanKey, Verb, WithStage};
use logged::Logged;
use told::Becomes;
use waiting::Waiting;

/// Gives calls their reconcile, and hands everything on.
#[derive(Default)]
pub struct Joining {
    logged: Logged,
    inference: Inference,
    /// The log's number of a reconcile → the one under which it was written when it was only inferred.
    same: HashMap<SpanKey, SpanKey>,
    waiting: Waiting,
}

/// A sink that receives each call with its reconcile.
pub type Reconciles<S> = WithStage<Joining, S>;

impl Joining {
    /// Expects the program with this actor name to be an operator, except `kubectl`: it lists as operators do, but what a
    /// person does next with it is no reconcile.
    #[must_use]
    pub fn expecting(program: &str) -> Joining {
        let mut joining = Joining::default();
        joining.inference.expected = (program != "kubectl").then(|| program.into());
        joining
    }

    /// Gives a reconcile the name of the program that runs it, and what made it run: the log's reader has one name for all that print to
    /// one place, and nothing is delivered to that. Says whether it had another.
    fn name(&self, span: &mut NewSpan, program: &Arc<str>) -> bool {
        let process = told::process_of(&span.actor);
        if *process == **program || self.inference.knows(process) {
            return false;
        }
        let triggers = self.inference.triggers(span, program);
        if !triggers.is_empty() {
            span.triggers = triggers;
        }
        span.actor = of_program(&span.actor, program);
        true
    }

    fn operation(&mut self, mut operation: Box<NewOperation>, sink: &mut impl Sink) -> Result<()> {
        let seq = sink.last().next();
        for ended in self.inference.quiet(operation.at) {
            sink.take(ended)?;
        }
        if operation.verb.is_watch_event() {
            self.inference.delivered(seq, &operation);
        }
        self.inference.page(seq, &operation);
        if !operation.verb.is_watch_event() && operation.span.is_none() && !matches!(operation.verb, Verb::Watch | Verb::Connect)
        {
            operation.span = self.logged.span_of(&operation, |process| self.inference.knows(process));
            if operation.span.is_none() {
                let (told, span) = self.inference.called(&operation);
                told.into_iter().try_for_each(|event| sink.take(event))?;
                operation.span = span;
            }
        }
        sink.take(Event::Operation(operation))
    }

    fn span_started(&mut self, mut span: NewSpan, sink: &mut impl Sink) -> Result<()> {
        let told = span.key;
        let program = self.logged.program_of(told).cloned();
        if let Some(program) = &program {
            self.name(&mut span, program);
        }
        match self.inference.told(&span, program.as_ref()) {
            Becomes::New => {}
            Becomes::Over(ended) => sink.take(*ended)?,
            Becomes::Same(key, caller) => {
                self.same.insert(span.key, key);
                self.logged.is_run_by(span.key, &caller);
                span.key = key;
            }
        }
        self.logged.written(told, span.key, &span.actor);
        sink.take(Event::SpanStarted(span))
    }

    fn span_ended(&mut self, mut end: SpanEnd, sink: &mut impl Sink) -> Result<()> {
        let account = Account::of(end.span);
        self.logged.closed(end.span);
        end.span = self.same.remove(&end.span).unwrap_or(end.span);
        if account != Account::Whole {
            end.at = self.inference.over(end.span, end.at);
        }
        sink.take(Event::SpanEnded(end))
    }

    fn log(&mut self, mut line: NewLogLine, sink: &mut impl Sink) -> Result<()> {
        for ended in self.inference.quiet(line.at) {
            sink.take(ended)?;
        }
        if let Some(span) = &mut line.span {
            *span = self.same.get(span).copied().unwrap_or(*span);
            self.inference.spoken_of(*span, line.at);
        }
        sink.take(Event::Log(line))
    }
}

impl Joining {
    /// Takes note of what the log says.
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Operation(operation) => self.logged.calls(&operation.actor),
            Event::SpanStarted(span) if Account::of(span.key) == Account::Whole => self.logged.started(span),
            Event::SpanEnded(end) => self.logged.ended(end),
            Event::Log(NewLogLine { span: Some(span), at, text, .. }) => self.logged.spoken_of(*span, *at, text),
            _ => {}
        }
    }

    fn tell(&mut self, event: Event, sink: &mut impl Sink) -> Result<()> {
        match event {
            Event::Operation(operation) => self.operation(operation, sink)?,
            Event::SpanStarted(span) => self.span_started(span, sink)?,
            Event::SpanEnded(end) => self.span_ended(end, sink)?,
            Event::Log(line) => self.log(line, sink)?,
            Event::ListItem { list, actor, observation: sight } => {
                self.inference.listed(list, &sight);
                sink.take(Event::ListItem { list, actor, observation: sight })?;
            }
            Event::WatchOpened(watch) => {
                self.inference.watches(&watch.actor);
                sink.take(Event::WatchOpened(watch))?;
            }
            Event::Restarted { actor } => {
                self.inference.forget(&actor);
                sink.take(Event::Restarted { actor })?;
            }
            other => sink.take(other)?,
        }
        for (mut span, program) in self.logged.shown() {
            if self.name(&mut span, &program) {
                self.inference.explain(&span, Some(&program));
                sink.take(Event::SpanStarted(span))?;
            }
        }
        Ok(())
    }

    /// Tells of what waits the events that are to be told now. What the sink refuses keeps nothing else from being told.
    fn tell_waiting(&mut self, next: fn(&mut Waiting) -> Option<Event>, sink: &mut impl Sink) -> Result<()> {
        let mut told = Ok(());
        while let Some(event) = next(&mut self.waiting) {
            told = told.and(self.tell(event, sink));
        }
        told
    }
}

/// `sh/web` of the program `manager`: `manager/web`.
fn of_program(actor: &str, program: &Arc<str>) -> Arc<str> {
    match actor.split_once('/') {
        Some((_, controller)) => format!("{program}/{controller}").into(),
        None => program.clone(),
    }
}

impl<S: Sink> SinkStage<S> for Joining {
    fn pass(&mut self, event: Event, sink: &mut S) -> Result<()> {
        self.hear(&event);
        if !self.logged.is_shared() {
            return self.tell(event, sink);
        }
        self.waiting.add(event);
        self.tell_waiting(Waiting::beyond, sink)
    }

    fn waiting(&self) -> u64 {
        self.waiting.operations()
    }

    fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn flush(&mut self, sink: &mut S) -> Result<()> {
        let told = self.tell_waiting(Waiting::due, sink);
        self.waiting.flushed();
        told
    }

    /// Ends what is still open.
    fn end(&mut self, sink: &mut S) -> Result<()> {
        let told = self.tell_waiting(Waiting::first, sink);
        self.inference.end().into_iter().try_for_each(|ended| sink.take(ended)).and(told)
    }
}
