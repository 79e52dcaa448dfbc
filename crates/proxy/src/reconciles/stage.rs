//! The stage that gives each call its reconcile.

use std::collections::HashMap;
use std::sync::Arc;

use super::actor_name::with_process;
use super::delay_queue::DelayQueue;
use super::inference::Inference;
use super::log_match::{LogMatch, object_of};
use super::logged_reconciles::LoggedReconciles;
use super::span_source::SpanSource;
use kuberewind_model::k8s::actor_name::{is_tool, process_of};
use kuberewind_model::{
    Event, NewLogLine, NewOperation, NewSpan, Observations, Result, Sink, SinkStage, SpanEnd, SpanKey, Verb, WithStage,
};

/// Gives each call its reconcile and forwards all events.
#[derive(Default)]
pub struct ReconcileStage {
    logged: LoggedReconciles,
    inference: Inference,
    /// The key of a reconcile in the log → its key in the file, if it was inferred first.
    written_as: HashMap<SpanKey, SpanKey>,
    queue: DelayQueue,
}

pub type WithReconciles<S> = WithStage<ReconcileStage, S>;

impl ReconcileStage {
    /// Expects the program with this actor name to be an operator, except tools such as `kubectl`: they list as operators do, but a
    /// person's next call is no reconcile.
    #[must_use]
    pub fn expecting(program: &str) -> ReconcileStage {
        let mut stage = ReconcileStage::default();
        stage.inference.expected = (!is_tool(program)).then(|| program.into());
        stage
    }

    /// Sets the program of a reconcile and its triggers. The log's reader has one name for all programs with one output, and
    /// no events are delivered under that name. Returns false if the name is right already.
    fn set_program(&self, span: &mut NewSpan, program: &Arc<str>) -> bool {
        let process = process_of(&span.actor);
        if *process == **program || self.inference.has_calls(process) {
            return false;
        }
        let triggers = self.inference.triggers(span, program);
        if !triggers.is_empty() {
            span.triggers = triggers;
        }
        span.actor = with_process(&span.actor, program);
        true
    }

    fn operation(&mut self, mut operation: Box<NewOperation>, sink: &mut impl Sink) -> Result<()> {
        let seq = sink.last().next();
        for ended in self.inference.end_quiet(operation.at) {
            sink.take(ended)?;
        }
        if operation.verb.is_watch_event() {
            self.inference.delivered(seq, &operation);
        }
        self.inference.page(seq, &operation);
        if !operation.verb.is_watch_event() && operation.span.is_none() && !matches!(operation.verb, Verb::Watch | Verb::Connect)
        {
            let owner = self.inference.owner_of(&operation);
            if let Some((span, actor)) =
                self.logged.span_of(&operation, owner.as_ref(), |process| self.inference.has_calls(process))
            {
                self.inference.called(&operation);
                operation.span = Some(span);
                name_after(&mut operation, &actor);
            } else {
                let (events, span) = self.inference.add_call(&operation);
                events.into_iter().try_for_each(|event| sink.take(event))?;
                operation.span = span;
                let by_manager = || self.inference.controller_of(&operation);
                let actor = span.and_then(|span| self.inference.actor_of(span)).cloned().or_else(by_manager);
                if let Some(actor) = actor {
                    name_after(&mut operation, &actor);
                }
            }
        }
        sink.take(Event::Operation(operation))
    }

    fn span_started(&mut self, mut span: NewSpan, sink: &mut impl Sink) -> Result<()> {
        let log_key = span.key;
        let receiver = || self.inference.only_receiver(&object_of(&span));
        let program = self.logged.program_of(log_key).cloned().or_else(receiver);
        if let Some(program) = &program {
            self.set_program(&mut span, program);
        }
        match self.inference.logged(&span, program.as_ref()) {
            LogMatch::New => {}
            LogMatch::Previous(ended) => sink.take(*ended)?,
            LogMatch::Same(key, caller) => {
                self.written_as.insert(span.key, key);
                self.logged.set_program(span.key, &process_of(&caller).into());
                // The calls name the controller, and the log may have another name for it.
                span.actor = if caller.contains('/') { caller } else { with_process(&span.actor, &caller) };
                span.key = key;
            }
        }
        self.logged.written(log_key, span.key, &span.actor);
        sink.take(Event::SpanStarted(span))
    }

    fn span_ended(&mut self, mut end: SpanEnd, sink: &mut impl Sink) -> Result<()> {
        let source = SpanSource::of(end.span);
        self.logged.closed(end.span);
        end.span = self.written_as.remove(&end.span).unwrap_or(end.span);
        if source != SpanSource::Whole {
            end.at = self.inference.ended(end.span, end.at);
        }
        sink.take(Event::SpanEnded(end))
    }

    fn log(&mut self, mut line: NewLogLine, sink: &mut impl Sink) -> Result<()> {
        for ended in self.inference.end_quiet(line.at) {
            sink.take(ended)?;
        }
        if let Some(controller) = kuberewind_logs::controller_of(&line.text) {
            self.inference.controller(&controller.name, &controller.group, &controller.kind);
        }
        if let Some(span) = &mut line.span {
            *span = self.written_as.get(span).copied().unwrap_or(*span);
            self.inference.mentioned(*span, line.at);
        }
        sink.take(Event::Log(line))
    }
}

impl ReconcileStage {
    /// Updates the log's state from an event.
    fn observe_log(&mut self, event: &Event) {
        match event {
            Event::Operation(operation) => self.logged.caller(&operation.actor),
            Event::SpanStarted(span) if SpanSource::of(span.key) == SpanSource::Whole => self.logged.started(span),
            Event::SpanEnded(end) => self.logged.ended(end),
            Event::Log(NewLogLine { span: Some(span), at, text, .. }) => self.logged.mentioned(*span, *at, text),
            _ => {}
        }
    }

    fn process(&mut self, event: Event, sink: &mut impl Sink) -> Result<()> {
        match event {
            Event::Operation(operation) => self.operation(operation, sink)?,
            Event::SpanStarted(span) => self.span_started(span, sink)?,
            Event::SpanEnded(end) => self.span_ended(end, sink)?,
            Event::Log(line) => self.log(line, sink)?,
            Event::ListItem { list, actor, observation } => {
                self.inference.listed(list, &observation);
                sink.take(Event::ListItem { list, actor, observation })?;
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
        for (mut span, program) in self.logged.take_identified() {
            if self.set_program(&mut span, &program) {
                self.inference.consume_deliveries(&span, Some(&program));
                sink.take(Event::SpanStarted(span))?;
            }
        }
        Ok(())
    }

    /// Processes the queued events that `next` returns. An error of the sink does not stop the others.
    fn process_queue(&mut self, next: fn(&mut DelayQueue) -> Option<Event>, sink: &mut impl Sink) -> Result<()> {
        let mut result = Ok(());
        while let Some(event) = next(&mut self.queue) {
            result = result.and(self.process(event, sink));
        }
        result
    }
}

/// Names the call of a process after the controller whose reconcile made it. The items of a list have the process's name.
fn name_after(call: &mut NewOperation, actor: &Arc<str>) {
    let has_items = matches!(call.observations, Observations::List(_) | Observations::Removed(_)) || call.watch.is_some();
    if !has_items && !call.actor.contains('/') && process_of(actor) == &*call.actor {
        call.actor = actor.clone();
    }
}

impl<S: Sink> SinkStage<S> for ReconcileStage {
    fn pass(&mut self, event: Event, sink: &mut S) -> Result<()> {
        self.observe_log(&event);
        if !self.logged.is_shared() {
            return self.process(event, sink);
        }
        self.queue.push(event);
        self.process_queue(DelayQueue::pop_excess, sink)
    }

    fn waiting(&self) -> u64 {
        self.queue.operations()
    }

    fn waits(&self) -> bool {
        !self.queue.is_empty()
    }

    fn flush(&mut self, sink: &mut S) -> Result<()> {
        let result = self.process_queue(DelayQueue::pop_due, sink);
        self.queue.end_flush();
        result
    }

    /// Ends the open reconciles.
    fn end(&mut self, sink: &mut S) -> Result<()> {
        let result = self.process_queue(DelayQueue::pop, sink);
        self.inference.end().into_iter().try_for_each(|ended| sink.take(ended)).and(result)
    }
}
