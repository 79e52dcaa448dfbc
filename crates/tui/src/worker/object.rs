//! The object of an operation: its state and its changes.

use serde_json::Value;

use crate::doc::{Doc, Tone};
use crate::protocol::{DiffBase, DocRequest};
use crate::view::DocKind;
use kuberewind_analysis::queries::refusal::is_refused_write;
use kuberewind_model::json::parse::parse;
use kuberewind_model::{Object, Operation, Outcome, Perspective, Presence, Result, Version};
use kuberewind_render::diff::{Noise, is_noise_field};
use kuberewind_render::document::Document;
use kuberewind_render::highlight;
use kuberewind_render::yaml;
use kuberewind_text::{counted, grouped};

use super::Worker;

/// The most listed items of a list.
const MAX_ITEMS: usize = 500;

impl Worker {
    pub(super) fn doc(&mut self, request: &DocRequest) -> Result<Doc> {
        let (kind, at) = (request.kind, request.at);
        match kind {
            DocKind::Sessions => return self.sessions(at, request.order),
            DocKind::Logs => return self.logs(at, request.noise),
            _ => {}
        }
        let Some(operation) = self.operation(at)? else {
            let mut doc = Doc::new(at, "before the first operation");
            doc.say(Tone::Muted, "no actor has received an object yet: every object is unknown");
            return Ok(doc);
        };
        match kind {
            DocKind::Why => return self.why(&operation),
            DocKind::Raw => return self.raw(&operation),
            _ => {}
        }
        let object = operation.object.map_or(Ok(None), |object| self.recording.source().object(object))?;
        match object {
            Some(object) if kind == DocKind::Diff && request.base == DiffBase::Previous && is_refused_write(&operation) => {
                self.refusal(&operation, &object, request.noise)
            }
            Some(object) => self.object_doc(request, &operation, &object),
            None => self.call_doc(&operation),
        }
    }

    /// The document for an operation without a single object: a list, or a request outside the resource paths.
    fn call_doc(&mut self, operation: &Operation) -> Result<Doc> {
        let mut doc = Doc::new(operation.seq, self.operation_line(operation)?);
        if !operation.error.is_empty() {
            doc.say(Tone::Bad, operation.error.to_string());
        }
        let Some(list) = &operation.list else {
            doc.say(Tone::Muted, "this operation has no single object");
            return Ok(doc);
        };
        let scope = if operation.namespace.is_empty() { "all namespaces" } else { &operation.namespace };
        doc.about = items(list.items);
        doc.say(Tone::Plain, format!("in {scope}: {}, {} new to this actor", items(list.items), list.changed));
        if !list.selector.is_empty() {
            doc.say(Tone::Plain, format!("selector {}", list.selector));
        }
        doc.say(
            Tone::Plain,
            if list.complete { "complete: an object that is not listed does not exist" } else { "one page of several" },
        );
        doc.say(Tone::Plain, "");
        let source = self.recording.source();
        for (object, version) in source.list_items(self.recording.lineage(), operation.seq, 0, MAX_ITEMS)? {
            let name = source.object(object)?.map_or_else(String::new, |object| object.to_string());
            let version = version.map_or(Ok(None), |version| source.version(version))?;
            let state = version.map_or_else(|| "left the view".to_owned(), |version| format!("rv {}", version.resource_version));
            doc.say(Tone::Plain, format!("{name}  {state}"));
        }
        Ok(doc)
    }

    fn object_doc(&mut self, request: &DocRequest, operation: &Operation, object: &Object) -> Result<Doc> {
        let mut doc = Doc::new(operation.seq, object.to_string());
        let shown = operation.version.map_or(Ok(None), |version| self.recording.source().version(version))?;
        let version = match shown {
            Some(version) => Some(version),
            None => {
                outcome(&mut doc, operation);
                self.as_the_world_knew(&mut doc, operation, object)?
            }
        };
        let Some(version) = version else { return Ok(doc) };
        let is_unchanged = request.base == DiffBase::Previous && operation.changed_nothing(&version);
        let is_earlier = operation.version.is_some() && version.first_observed != operation.seq;
        if is_earlier && request.kind == DocKind::Diff && !is_unchanged {
            doc.say(Tone::Muted, format!("first observed in {}", version.first_observed));
        }
        match request.kind {
            DocKind::State => self.state(&mut doc, &version, request.noise)?,
            _ if is_unchanged => self.unchanged(&mut doc, &version, request.noise)?,
            _ => self.changes(&mut doc, operation, &version, request)?,
        }
        Ok(doc)
    }

    /// For an operation that shows no version: the last known state of the object.
    pub(super) fn as_the_world_knew(&self, doc: &mut Doc, operation: &Operation, object: &Object) -> Result<Option<Version>> {
        let object_at =
            self.recording.source().object_at(self.recording.lineage(), operation.seq, Perspective::World, object.id)?;
        match (object_at.presence, object_at.observed_at) {
            (Presence::Present, Some(at)) => doc.say(Tone::Muted, format!("shows no version; the object as of {at}")),
            (Presence::Present, None) => doc.say(Tone::Muted, "shows no version; the object as it was known then"),
            (Presence::Absent, _) => doc.say(Tone::Notice, "absent: known not to exist"),
            (Presence::Unknown, _) => {
                doc.say(Tone::Notice, "unknown: no actor has received it, or the events since then are lost");
            }
        }
        Ok(object_at.version.or(object_at.before))
    }

    pub(super) fn state(&mut self, doc: &mut Doc, version: &Version, noise: Noise) -> Result<()> {
        doc.about = about(version);
        if version.gone {
            doc.say(Tone::Notice, "gone: this is the last known state");
        }
        let last = if version.gone && version.body.is_none() {
            self.recording.source().previous_version(self.recording.lineage(), version.id)?
        } else {
            None
        };
        let Some(value) = self.value(doc, last.as_ref().unwrap_or(version))? else { return Ok(()) };
        let mut document = yaml::render(&value);
        highlight::colour(&mut document, &mut self.colours);
        for line in &mut document.lines {
            line.closed = noise == Noise::Hidden && line.fold > 0 && is_noise_field(&line.path);
        }
        left_out(doc, &document);
        doc.tree(document.lines);
        Ok(())
    }

    /// The body as a tree. If there is none, appends the reason.
    pub(super) fn value(&self, doc: &mut Doc, version: &Version) -> Result<Option<Value>> {
        if version.shape != kuberewind_model::Shape::Full {
            doc.say(Tone::Notice, format!("known incompletely: {}", version.shape.as_str()));
        }
        let body = version.body.map_or(Ok(None), |body| self.recording.source().body(body))?;
        let Some(body) = body else {
            doc.say(Tone::Notice, "its content was not recorded");
            return Ok(None);
        };
        match parse(&body) {
            Ok(value) => Ok(Some(value)),
            Err(unreadable) => {
                doc.say(Tone::Bad, unreadable.to_string());
                Ok(None)
            }
        }
    }
}

/// The outcome of an operation that shows no version.
fn outcome(doc: &mut Doc, operation: &Operation) {
    match operation.outcome {
        Outcome::Refused => doc.say(Tone::Bad, format!("refused with {}: {}", operation.status, operation.error)),
        Outcome::MaybeApplied => doc.say(Tone::Bad, "the answer was lost: maybe applied, until the object is seen again"),
        Outcome::Lost => doc.say(Tone::Bad, "the answer was lost"),
        Outcome::DryRun => doc.say(Tone::Notice, "a dry run: nothing was to be changed"),
        Outcome::Done => {}
    }
}

fn items(count: u64) -> String {
    counted(count, "item")
}

pub(super) fn about(version: &Version) -> String {
    if version.resource_version.is_empty() {
        format!("as of {}", version.first_observed)
    } else {
        format!("rv {}", version.resource_version)
    }
}

fn len(lines: usize) -> u64 {
    u64::try_from(lines).unwrap_or(u64::MAX)
}

pub(super) fn left_out(doc: &mut Doc, document: &Document) {
    doc.left_out += document.left_out;
    if document.left_out > 0 {
        doc.say(Tone::Notice, format!("{} further lines are not shown", grouped(len(document.left_out))));
    }
}
