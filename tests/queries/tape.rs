//! Writes a session event by event and opens it.

use std::ops::ControlFlow;
use std::path::PathBuf;

use bytes::Bytes;
use kuberewind_analysis::findings;
use kuberewind_analysis::settings::Settings;
use kuberewind_file::{Branch, NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::*;
use serde_json::{Value, json};
use tempfile::TempDir;

/// 2026-02-04T10:13:21Z.
pub const START: Timestamp = Timestamp(1_770_200_001_000_000_000);

/// An object by its name. The uid is derived from it.
#[derive(Clone, Copy)]
pub struct Thing {
    pub kind: &'static str,
    pub resource: &'static str,
    pub group: &'static str,
    pub name: &'static str,
    pub uid: &'static str,
}

pub const CHECKOUT: Thing =
    Thing { kind: "Deployment", resource: "deployments", group: "apps", name: "checkout", uid: "u-checkout" };

/// Writes a session.
pub struct Tape {
    folder: TempDir,
    writer: SessionWriter,
    now: Timestamp,
    spans: u64,
}

/// A call or delivery under construction.
pub struct RecordedCall {
    pub operation: NewOperation,
}

impl Tape {
    pub fn new() -> Tape {
        let folder = tempfile::tempdir().unwrap();
        let writer = SessionWriter::begin(&folder.path().join("run.db"), NewSession::new("main", START, 7)).unwrap();
        Tape { folder, writer, now: START, spans: 0 }
    }

    /// Closes this session and starts another that branches off at a moment.
    pub fn branch(self, name: &str, at: Seq) -> Tape {
        let Tape { folder, writer, now, spans } = self;
        writer.finish().unwrap();
        let new = NewSession { branch: Some(Branch { parent: SessionNo(0), at }), ..NewSession::new(name, now, 7) };
        let writer = SessionWriter::begin(&folder.path().join("run.db"), new).unwrap();
        Tape { folder, writer, now, spans }
    }

    /// Delays the next operation.
    pub fn wait(&mut self, milliseconds: u64) -> &mut Tape {
        self.now = self.now.plus(Duration::from_millis(milliseconds));
        self
    }

    /// Records an operation at a given time.
    pub fn record_at(&mut self, now: Timestamp, recorded: RecordedCall) -> Seq {
        self.now = now.minus(Duration::from_millis(100));
        self.record(recorded)
    }

    pub fn event(&mut self, event: Event) {
        self.writer.take(event).unwrap();
    }

    pub fn last(&self) -> Seq {
        self.writer.last()
    }

    /// Records an operation and returns its number.
    pub fn record(&mut self, recorded: RecordedCall) -> Seq {
        self.wait(100);
        let mut operation = recorded.operation;
        operation.at = self.now;
        if operation.started_after == Seq::MAX {
            operation.started_after = self.writer.last();
        }
        self.event(Event::Operation(Box::new(operation)));
        self.writer.last()
    }

    /// An update with the given precondition.
    pub fn update(&mut self, actor: &str, thing: Thing, base: &str, rv: &str, body: Value) -> Seq {
        self.record(call(actor, Verb::Update, thing, rv, body).precondition(base))
    }

    pub fn deliver(&mut self, actor: &str, thing: Thing, rv: &str, body: Value) -> Seq {
        self.record(call(actor, Verb::Modified, thing, rv, body))
    }

    /// Starts a reconcile. `triggers` are numbers of deliveries.
    pub fn begin(&mut self, actor: &str, thing: Thing, triggers: Vec<NewTrigger>) -> SpanKey {
        self.spans += 1;
        let key = SpanKey(self.spans);
        let span = NewSpan {
            key,
            label: format!("R{}", self.spans).into(),
            at: self.now,
            actor: actor.into(),
            kind: Some(thing.kind_ref()),
            kind_name: thing.kind.into(),
            namespace: "shop".into(),
            name: thing.name.into(),
            attempt: 1,
            inferred: None,
            triggers,
        };
        self.event(Event::SpanStarted(span));
        key
    }

    pub fn end(&mut self, span: SpanKey, requeue_after: Option<Duration>) {
        let end = SpanEnd { span, at: self.now, result: SpanResult::Ok, error: "".into(), requeue_after };
        self.event(Event::SpanEnded(end));
    }

    pub fn gap(&mut self, first: Seq, last: Seq) {
        self.event(Event::Gap(NewGap {
            actor: None,
            kind: None,
            namespace: "".into(),
            first,
            last,
            count: 5,
            bytes: 500,
            reason: GapReason::QueueFull,
        }));
    }

    pub fn play(self) -> Played {
        self.writer.finish().unwrap();
        let path: PathBuf = self.folder.path().join("run.db");
        let recording = Recording::open(&path, &OpenOptions::default()).unwrap();
        let newest = recording.sessions().unwrap().last().unwrap().no;
        let lineage = recording.lineage(newest).unwrap();
        Played { recording, lineage, _folder: self.folder }
    }
}

/// A session that is open for queries.
pub struct Played {
    pub recording: Recording,
    pub lineage: Lineage,
    pub _folder: TempDir,
}

impl Played {
    /// Computes findings, which also stores the changed paths of each version.
    pub fn keep_what_changed(&self) {
        let session = self.recording.sessions().unwrap().pop().unwrap();
        let mut go_on = |_| ControlFlow::Continue(());
        findings(&self.recording, &self.recording, (&session, &self.lineage), &Settings::default(), &mut go_on).unwrap();
    }

    /// The incarnations of an object key.
    pub fn ids(&self, thing: Thing) -> Vec<ObjectId> {
        let query = ObjectQuery { kind: thing.kind.into(), namespace: Some("shop".into()), name: Some(thing.name.into()) };
        self.recording.find_objects(&query, 10).unwrap().into_iter().map(|object| object.id).collect()
    }

    pub fn id(&self, thing: Thing) -> ObjectId {
        self.ids(thing)[0]
    }

    pub fn actor(&self, name: &str) -> ActorId {
        self.recording.actors().unwrap().into_iter().find(|actor| &*actor.name == name).unwrap().id
    }
}

impl Thing {
    pub fn kind_ref(self) -> KindRef {
        KindRef { group: self.group.into(), version: "v1".into(), resource: self.resource.into() }
    }

    /// The body as the server returns it.
    pub fn body(self, rv: &str, mut body: Value) -> Value {
        let fields = body.as_object_mut().unwrap();
        fields.insert("kind".into(), self.kind.into());
        let metadata = fields.entry("metadata").or_insert_with(|| json!({})).as_object_mut().unwrap();
        metadata.insert("name".into(), self.name.into());
        metadata.insert("uid".into(), self.uid.into());
        metadata.insert("resourceVersion".into(), rv.into());
        body
    }

    pub fn sight(self, rv: &str, body: Value) -> Observation {
        Observation {
            observation_kind: ObservationKind::State,
            kind: self.kind_ref(),
            kind_name: self.kind.into(),
            api_version: "apps/v1".into(),
            namespace: "shop".into(),
            name: self.name.into(),
            uid: self.uid.into(),
            resource_version: rv.into(),
            generation: None,
            shape: Shape::Full,
            created: false,
            body: Some(text(&self.body(rv, body))),
        }
    }
}

pub fn text(value: &Value) -> Text {
    Text { bytes: Bytes::from(value.to_string()), cut: false }
}

/// A call or watch event with this state.
pub fn call(actor: &str, verb: Verb, thing: Thing, rv: &str, body: Value) -> RecordedCall {
    let mut sight = thing.sight(rv, body);
    sight.created = verb == Verb::Create;
    if verb == Verb::Deleted {
        sight.observation_kind = ObservationKind::Gone;
    }
    let operation = NewOperation {
        duration: Duration::from_millis(5),
        started_after: Seq::MAX,
        status: if verb == Verb::Create { 201 } else { 200 },
        observations: Observations::Object(Box::new(sight)),
        ..NewOperation::done(START, actor, verb, Target::object(thing.kind_ref(), "shop", thing.name))
    };
    RecordedCall { operation }
}

impl RecordedCall {
    pub fn precondition(mut self, base: &str) -> RecordedCall {
        self.operation.detail.precondition = base.into();
        self
    }
    pub fn manager(mut self, manager: &str) -> RecordedCall {
        self.operation.detail.field_manager = manager.into();
        self
    }
    pub fn sends(mut self, body: &Value) -> RecordedCall {
        self.operation.request = Some(text(body));
        self
    }
    pub fn within(mut self, span: SpanKey) -> RecordedCall {
        self.operation.span = Some(span);
        self
    }
    pub fn begun_after(mut self, seq: Seq) -> RecordedCall {
        self.operation.started_after = seq;
        self
    }
    /// The server refused it.
    pub fn refused(mut self, status: u16, reason: &str, error: &str) -> RecordedCall {
        self.operation.observations = Observations::Nothing;
        self.operation.outcome = Outcome::Refused;
        self.operation.status = status;
        self.operation.detail.reason = reason.into();
        self.operation.error = error.into();
        self
    }
    /// The response was lost.
    pub fn lost(mut self) -> RecordedCall {
        self.operation.observations = Observations::Nothing;
        self.operation.outcome = Outcome::MaybeApplied;
        self.operation.status = 0;
        self
    }
}

/// A trigger with a known delivery.
pub fn by(operation: Seq) -> NewTrigger {
    NewTrigger {
        operation: Some(operation),
        uid: "".into(),
        resource_version: "".into(),
        reason: "object updated".into(),
        certainty: Certainty::Exact,
    }
}

/// A trigger of which only the reason is known.
pub fn because(reason: &str) -> NewTrigger {
    NewTrigger { operation: None, reason: reason.into(), certainty: Certainty::Guess, ..by(Seq::START) }
}

pub fn replicas(count: u32) -> Value {
    json!({"spec": {"replicas": count}})
}

/// `managedFields` with one entry for /spec/replicas.
pub fn managed(count: u32, manager: &str, time: &str) -> Value {
    json!({
        "spec": {"replicas": count},
        "metadata": {"managedFields": [{
            "manager": manager, "operation": "Update", "time": time, "fieldsV1": {"f:spec": {"f:replicas": {}}}
        }]}
    })
}
