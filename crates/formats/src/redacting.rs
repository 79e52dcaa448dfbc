//! Redacts the events of an importer that makes them itself, as the recorder redacts its own.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use kuberewind_capture::clean_texts;
use kuberewind_model::json::scan::{Scan, compact};
use kuberewind_model::redact::{BodyInfo, Redactor};
use kuberewind_model::{Event, KindRef, NewOperation, Observation, Observations, Result, Seq, Sink, SpanEnd, Text, TextCleaner};

/// A sink that redacts what it passes on, and cleans what is stored when it closes. Several sessions of one file share a redactor.
pub(super) struct Redacting<S: Sink> {
    redactor: Arc<Mutex<Redactor>>,
    sink: S,
}

impl<S: Sink> Redacting<S> {
    pub(super) fn new(redactor: Arc<Mutex<Redactor>>, sink: S) -> Redacting<S> {
        Redacting { redactor, sink }
    }
}

impl<S: Sink> Sink for Redacting<S> {
    fn take(&mut self, mut event: Event) -> Result<()> {
        let mut redactor = self.redactor.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut event {
            Event::Operation(operation) => operation_of(&mut redactor, operation),
            Event::ListItem { observation, .. } => observation_of(&mut redactor, observation),
            Event::SpanEnded(SpanEnd { error, .. }) => *error = redactor.text(error).into(),
            Event::Log(line) => line.text = redactor.line(line.stream as usize, &line.text).into(),
            _ => {}
        }
        clean_texts(&redactor, &mut event);
        drop(redactor);
        self.sink.take(event)
    }

    fn last(&self) -> Seq {
        self.sink.last()
    }

    fn flush(&mut self) -> Result<()> {
        self.sink.flush()
    }

    fn stored_bodies(&self) -> i64 {
        self.sink.stored_bodies()
    }

    fn clean_stored(&mut self, cleaner: &dyn TextCleaner, bodies_below: i64) -> Result<()> {
        self.sink.clean_stored(cleaner, bodies_below)
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        let redactor = self.redactor.lock().unwrap_or_else(PoisonError::into_inner);
        if redactor.seen() > 0 {
            self.sink.clean_stored(&*redactor, i64::MAX)?;
        }
        drop(redactor);
        Box::new(self.sink).close()
    }
}

fn operation_of(redactor: &mut Redactor, operation: &mut NewOperation) {
    let target = &operation.target;
    let kind = target.kind.clone();
    let info = info(kind.as_ref(), &target.namespace, &target.name);
    operation.error = redactor.message(&info, &operation.error, true).into();
    operation.request.iter_mut().chain(&mut operation.response).for_each(|text| body(redactor, &info, text));
    if let Observations::Object(observation) = &mut operation.observations {
        observation_of(redactor, observation);
    }
}

fn observation_of(redactor: &mut Redactor, observation: &mut Observation) {
    let Observation { kind, kind_name, namespace, name, body: text, .. } = observation;
    let info = BodyInfo { kind: kind_name, ..info(Some(kind), namespace, name) };
    text.iter_mut().for_each(|text| body(redactor, &info, text));
}

fn info<'a>(kind: Option<&'a KindRef>, namespace: &'a str, name: &'a str) -> BodyInfo<'a> {
    let (group, resource) = kind.map_or(("", ""), |kind| (&*kind.group, &*kind.resource));
    BodyInfo { group, resource, namespace, name, ..BodyInfo::default() }
}

/// Redacts JSON as JSON, and anything else as a text.
fn body(redactor: &mut Redactor, info: &BodyInfo<'_>, text: &mut Text) {
    let mut scan = Scan::new(&text.bytes);
    let json = scan.skip().and_then(|_| scan.end()).is_ok();
    text.bytes = if json {
        let before = Bytes::from(compact(&text.bytes));
        let cleaned = redactor.json(info, before.clone()).text;
        // A body without secrets keeps its spaces.
        if cleaned == before { text.bytes.clone() } else { cleaned }
    } else if redactor.has_rules(info) {
        redactor.unreadable("not readable", info, &text.bytes, text.bytes.len() as u64).text
    } else {
        Bytes::from(redactor.text(&String::from_utf8_lossy(&text.bytes)).into_owned())
    };
}
