//! Writes an existing recording once more, through today's writer, and compares the sizes.

use std::path::Path;
use std::sync::Arc;

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    BodyId, Event, History, KindRef, Lineage, ListKey, NewLogLine, NewOperation, ObjectId, Observation, ObservationKind,
    Observations, Operation, Page, Seq, Sink, Target, Text, Version, VersionId,
};

/// The operations of one read, as a number and as a limit.
const WINDOW: u64 = 1_000;
const LIMIT: usize = 1_000;

/// The size of the result: operations, and the bytes of the bodies of all operations and of distinct bodies.
pub struct Rewritten {
    pub operations: u64,
    pub delivered: u64,
    pub distinct: u64,
}

/// Writes the first session of `from` into `to`: operations with their bodies, details, list items and log lines.
pub fn recompress(from: &Path, to: &Path) -> Rewritten {
    let recording = Recording::open(from, &OpenOptions::default()).unwrap();
    let session = recording.sessions().unwrap().remove(0);
    let lineage = recording.lineage(session.no).unwrap();
    let mut new = NewSession::new("recompressed", session.start, 42);
    new.limits.max_operations = u64::MAX;
    new.first = session.first;
    let mut writer = SessionWriter::begin(to, new).unwrap();
    let mut source =
        Source { recording: &recording, lineage: &lineage, seen: std::collections::HashSet::new(), delivered: 0, distinct: 0 };
    let mut operations = 0;
    let mut from = session.first.0;
    while from <= lineage.last().0 {
        let range = Seq(from)..=Seq(from + WINDOW - 1);
        for operation in recording.operations(&lineage, range.clone(), LIMIT).unwrap() {
            operations += 1;
            for event in source.events(&operation) {
                writer.take(event).unwrap();
            }
        }
        for line in recording.log_lines(&lineage, range, 1_000_000).unwrap() {
            let line = NewLogLine { at: line.at, stream: line.stream, level: line.level, span: None, text: line.text };
            writer.take(Event::Log(line)).unwrap();
        }
        writer.flush().unwrap();
        from += WINDOW;
    }
    writer.finish().unwrap();
    Rewritten { operations, delivered: source.delivered, distinct: source.distinct }
}

struct Source<'a> {
    recording: &'a Recording,
    lineage: &'a Lineage,
    seen: std::collections::HashSet<BodyId>,
    delivered: u64,
    distinct: u64,
}

impl Source<'_> {
    /// The events that make an operation.
    fn events(&mut self, operation: &Operation) -> Vec<Event> {
        let actor = self.actor(operation);
        let kind = operation.kind.and_then(|kind| self.recording.kind(kind).unwrap()).map(|kind| KindRef {
            version: kind.versions.last().cloned().unwrap_or_default(),
            group: kind.group,
            resource: kind.resource,
        });
        let target = Target {
            kind,
            namespace: operation.namespace.clone(),
            name: operation.name.clone(),
            subresource: operation.subresource.clone(),
        };
        let mut events = Vec::new();
        let observations = match (&operation.list, operation.object, operation.version) {
            (Some(list), ..) => {
                for (object, version) in self.recording.list_items(self.lineage, operation.seq, 0, 1_000_000).unwrap() {
                    if let Some(observation) = version.and_then(|version| self.observation(object, version, operation)) {
                        events.push(Event::ListItem { list: ListKey(operation.seq.0), actor: actor.clone(), observation });
                    }
                }
                let (resource_version, selector) = (list.resource_version.clone(), list.selector.clone());
                Observations::List(Page { list: ListKey(operation.seq.0), resource_version, selector, complete: list.complete })
            }
            (None, Some(object), Some(version)) => self
                .observation(object, version, operation)
                .map_or(Observations::Nothing, |observation| Observations::Object(Box::new(observation))),
            _ => Observations::Nothing,
        };
        let detail = self.recording.operation_detail(self.lineage, operation.seq).unwrap();
        let (request, response) = (self.text(operation.request_body), self.response(operation));
        events.push(Event::Operation(Box::new(NewOperation {
            duration: operation.duration,
            started_after: operation.started_after,
            status: operation.status,
            outcome: operation.outcome,
            error: operation.error.clone(),
            request,
            response,
            observations,
            detail: detail.map(|detail| detail.detail).unwrap_or_default(),
            ..NewOperation::done(operation.at, actor, operation.verb, target)
        })));
        events
    }

    fn actor(&self, operation: &Operation) -> Arc<str> {
        let actors = self.recording.actors().unwrap();
        actors.into_iter().find(|actor| actor.id == operation.actor).map(|actor| actor.name).unwrap_or_default()
    }

    fn observation(&mut self, object: ObjectId, version: VersionId, operation: &Operation) -> Option<Observation> {
        let object = self.recording.object(object).unwrap()?;
        let version: Version = self.recording.version(version).unwrap()?;
        let kind = self.recording.kind(object.kind).unwrap()?;
        let api_version = kind.versions.last().cloned().unwrap_or_default();
        Some(Observation {
            observation_kind: if version.gone { ObservationKind::Gone } else { ObservationKind::State },
            kind: KindRef { group: kind.group, version: api_version, resource: kind.resource },
            kind_name: kind.kind,
            api_version: version.api_version,
            namespace: object.key.namespace,
            name: object.key.name,
            uid: object.uid,
            resource_version: version.resource_version,
            generation: version.generation,
            shape: version.shape,
            created: operation.verb == kuberewind_model::Verb::Create,
            body: self.text(version.body),
        })
    }

    /// The response, unless it is the body of the version.
    fn response(&mut self, operation: &Operation) -> Option<Text> {
        let version = operation.version.and_then(|version| self.recording.version(version).unwrap());
        let own = version.and_then(|version| version.body);
        self.text(operation.response_body.filter(|body| own != Some(*body)))
    }

    fn text(&mut self, body: Option<BodyId>) -> Option<Text> {
        let text = self.recording.body(body?).unwrap()?;
        self.delivered += text.len() as u64;
        if self.seen.insert(body?) {
            self.distinct += text.len() as u64;
        }
        Some(Text { bytes: text.as_bytes().to_vec().into(), cut: false })
    }
}
