//! Builds a session from the calls of actors, as seen by a small API server, and records it as events.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use kuberewind_analysis::Analysis;
use kuberewind_analysis::finding::{Finding, Severity};
use kuberewind_analysis::run;
use kuberewind_analysis::settings::Settings;
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Certainty, Detail, Duration, Event, GapReason, History, KindRef, ListKey, NewGap, NewOperation, NewSpan, NewTrigger,
    NewWatch, Observation, ObservationKind, Observations, Outcome, Page, Seq, SessionNo, Shape, Sink, SpanEnd, SpanKey,
    SpanResult, Target, Text, Timestamp, Verb, WatchKey,
};
use serde_json::{Value, json};

pub(crate) const START: Timestamp = Timestamp(1_770_200_000_000_000_000);

struct Stored {
    uid: String,
    rv: u64,
    generation: i64,
    body: Value,
}

struct Watch {
    actor: String,
    resource: String,
    key: WatchKey,
}

/// A session under construction.
pub(crate) struct Story {
    pub(crate) events: Vec<Event>,
    now: Timestamp,
    last: u64,
    rv: u64,
    uids: u64,
    keys: u64,
    objects: BTreeMap<(String, String), Stored>,
    watches: Vec<Watch>,
    /// Deliveries not made yet: index of the watch, verb, object, state.
    pending: Vec<(usize, Verb, (String, String), Observation)>,
    spans: BTreeMap<String, SpanKey>,
    /// False for audit level Metadata.
    pub(crate) bodies: bool,
}

pub(crate) fn kind(resource: &str) -> (KindRef, &'static str) {
    let (group, version, kind) = match resource {
        "deployments" => ("apps", "v1", "Deployment"),
        "replicasets" => ("apps", "v1", "ReplicaSet"),
        "configmaps" => ("", "v1", "ConfigMap"),
        "pods" => ("", "v1", "Pod"),
        "jobs" => ("batch", "v1", "Job"),
        "services" => ("", "v1", "Service"),
        "secrets" => ("", "v1", "Secret"),
        "statefulsets" => ("apps", "v1", "StatefulSet"),
        "leases" => ("coordination.k8s.io", "v1", "Lease"),
        _ => ("ops.example.com", "v1", "Backup"),
    };
    (KindRef { group: group.into(), version: version.into(), resource: resource.into() }, kind)
}

impl Story {
    pub(crate) fn new() -> Story {
        Story {
            events: Vec::new(),
            now: START,
            last: 0,
            rv: 1_000,
            uids: 0,
            keys: 0,
            objects: BTreeMap::new(),
            watches: Vec::new(),
            pending: Vec::new(),
            spans: BTreeMap::new(),
            bodies: true,
        }
    }

    /// Advances the time.
    pub(crate) fn after(&mut self, millis: u64) -> &mut Story {
        self.now = self.now.plus(Duration::from_millis(millis));
        self
    }

    pub(crate) fn now(&self) -> String {
        self.now.rfc3339(3)
    }

    fn operation(&mut self, actor: &str, verb: Verb, resource: &str, name: &str, shown: Observations) -> NewOperation {
        self.after(2);
        let began = self.last;
        self.last += 1;
        NewOperation {
            duration: if verb.is_watch_event() { Duration(0) } else { Duration::from_millis(2) },
            started_after: Seq(began),
            observations: shown,
            span: self.spans.get(actor).copied(),
            detail: Detail { uri: format!("/{resource}/{name}").into(), ..Detail::default() },
            ..NewOperation::done(self.now, actor, verb, Target::object(kind(resource).0, "shop", name))
        }
    }

    fn push(&mut self, operation: NewOperation) -> u64 {
        self.events.push(Event::Operation(Box::new(operation)));
        self.last
    }

    fn sight(&self, resource: &str, name: &str, says: ObservationKind, created: bool) -> Observation {
        let (reference, kind_name) = kind(resource);
        let stored = &self.objects[&(resource.to_owned(), name.to_owned())];
        let mut body = stored.body.clone();
        body["apiVersion"] = json!(if reference.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", reference.group) });
        body["kind"] = json!(kind_name);
        body["metadata"]["name"] = json!(name);
        body["metadata"]["namespace"] = json!("shop");
        body["metadata"]["uid"] = json!(stored.uid);
        body["metadata"]["resourceVersion"] = json!(stored.rv.to_string());
        body["metadata"]["generation"] = json!(stored.generation);
        Observation {
            observation_kind: says,
            kind: reference,
            kind_name: kind_name.into(),
            api_version: "v1".into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: stored.uid.as_str().into(),
            resource_version: stored.rv.to_string().into(),
            generation: Some(stored.generation),
            shape: if self.bodies { Shape::Full } else { Shape::Unknown },
            created,
            body: self.bodies.then(|| text(&body)),
        }
    }

    fn news(&mut self, resource: &str, name: &str, verb: Verb) {
        let says = if verb == Verb::Deleted { ObservationKind::Gone } else { ObservationKind::State };
        let sight = self.sight(resource, name, says, false);
        for place in 0..self.watches.len() {
            if self.watches[place].resource == resource {
                self.pending.push((place, verb, (resource.to_owned(), name.to_owned()), sight.clone()));
            }
        }
    }

    /// An actor lists a resource and watches it from then on.
    pub(crate) fn watch(&mut self, actor: &str, resource: &str) -> &mut Story {
        self.list(actor, resource);
        self.keys += 1;
        let key = WatchKey(self.keys);
        self.events.push(Event::WatchOpened(NewWatch {
            key,
            actor: actor.into(),
            kind: kind(resource).0,
            namespace: "".into(),
            selector: "".into(),
            from_resource_version: self.rv.to_string().into(),
            initial_events: false,
        }));
        let mut opened = self.operation(actor, Verb::Watch, resource, "", Observations::Nothing);
        opened.watch = Some(key);
        self.push(opened);
        self.watches.push(Watch { actor: actor.to_owned(), resource: resource.to_owned(), key });
        self
    }

    /// An actor lists a resource.
    pub(crate) fn list(&mut self, actor: &str, resource: &str) -> u64 {
        let names: Vec<String> = self.objects.keys().filter(|(of, _)| of == resource).map(|(_, name)| name.clone()).collect();
        let sights: Vec<Observation> =
            names.iter().map(|name| self.sight(resource, name, ObservationKind::State, false)).collect();
        self.keys += 1;
        let list = ListKey(self.keys);
        self.events.extend(sights.into_iter().map(|sight| Event::ListItem { list, actor: actor.into(), observation: sight }));
        let page = Page { list, resource_version: self.rv.to_string().into(), selector: "".into(), complete: true };
        let operation = self.operation(actor, Verb::List, resource, "", Observations::List(page));
        self.push(operation)
    }

    /// All watches deliver their pending events.
    pub(crate) fn deliver(&mut self) -> &mut Story {
        self.deliver_to(|_| true)
    }

    /// The watches of some actors deliver their pending events. Those of others lag.
    pub(crate) fn deliver_to(&mut self, whose: impl Fn(&str) -> bool) -> &mut Story {
        for (place, verb, (resource, name), sight) in std::mem::take(&mut self.pending) {
            if !whose(&self.watches[place].actor) {
                self.pending.push((place, verb, (resource, name), sight));
                continue;
            }
            let actor = self.watches[place].actor.clone();
            let mut operation = self.operation(&actor, verb, &resource, &name, Observations::Object(Box::new(sight)));
            operation.watch = Some(self.watches[place].key);
            operation.span = None;
            self.push(operation);
        }
        self
    }

    pub(crate) fn create(&mut self, actor: &str, resource: &str, name: &str, body: Value) -> u64 {
        (self.rv, self.uids) = (self.rv + 1, self.uids + 1);
        let uid = format!("00000000-0000-4000-8000-{:012}", self.uids);
        let request = body.clone();
        self.objects.insert((resource.to_owned(), name.to_owned()), Stored { uid, rv: self.rv, generation: 1, body });
        let sight = self.sight(resource, name, ObservationKind::State, true);
        let mut operation = self.operation(actor, Verb::Create, resource, name, Observations::Object(Box::new(sight)));
        operation.request = self.bodies.then(|| text(&request));
        operation.status = 201;
        self.news(resource, name, Verb::Added);
        self.push(operation)
    }

    /// A write that results in `after`, sent as `request`, with the precondition `base` ('' for none).
    pub(crate) fn write(
        &mut self,
        actor: &str,
        verb: Verb,
        at: (&str, &str),
        request: Option<Value>,
        after: Value,
        base: &str,
    ) -> u64 {
        let (resource, name) = at;
        let stored = self.objects.get_mut(&(resource.to_owned(), name.to_owned())).expect("written objects exist");
        self.rv += 1;
        let wanted = |body: &Value| (body["spec"].clone(), body["data"].clone());
        stored.generation += i64::from(wanted(&stored.body) != wanted(&after));
        (stored.rv, stored.body) = (self.rv, after);
        let sight = self.sight(resource, name, ObservationKind::State, false);
        let mut operation = self.operation(actor, verb, resource, name, Observations::Object(Box::new(sight)));
        operation.request = request.filter(|_| self.bodies).map(|request| text(&request));
        operation.detail.precondition = base.into();
        self.news(resource, name, Verb::Modified);
        self.push(operation)
    }

    /// A PUT based on the latest version.
    pub(crate) fn put(&mut self, actor: &str, resource: &str, name: &str, after: Value) -> u64 {
        let base = self.rv_of(resource, name);
        self.write(actor, Verb::Update, (resource, name), Some(after.clone()), after, &base)
    }

    /// A merge patch without precondition.
    pub(crate) fn patch(&mut self, actor: &str, resource: &str, name: &str, patch: Value) -> u64 {
        let mut after = self.objects[&(resource.to_owned(), name.to_owned())].body.clone();
        merge(&mut after, &patch);
        self.write(actor, Verb::Patch, (resource, name), Some(patch), after, "")
    }

    /// A merge patch by an unrecorded writer.
    pub(crate) fn unrecorded_patch(&mut self, resource: &str, name: &str, patch: Value) {
        self.patch("", resource, name, patch);
        self.events.pop();
        self.last -= 1;
    }

    pub(crate) fn rv_of(&self, resource: &str, name: &str) -> String {
        self.objects[&(resource.to_owned(), name.to_owned())].rv.to_string()
    }

    /// A call that observes an object without changing it: a get or a no-op write.
    pub(crate) fn shows(&mut self, actor: &str, verb: Verb, resource: &str, name: &str, request: Option<Value>) -> u64 {
        let sight = self.sight(resource, name, ObservationKind::State, false);
        let mut operation = self.operation(actor, verb, resource, name, Observations::Object(Box::new(sight)));
        operation.request = request.map(|request| text(&request));
        self.push(operation)
    }

    pub(crate) fn get(&mut self, actor: &str, resource: &str, name: &str) -> u64 {
        self.shows(actor, Verb::Get, resource, name, None)
    }

    pub(crate) fn delete(&mut self, actor: &str, resource: &str, name: &str) -> u64 {
        self.rv += 1;
        self.objects.get_mut(&(resource.to_owned(), name.to_owned())).expect("deleted objects exist").rv = self.rv;
        let sight = self.sight(resource, name, ObservationKind::Gone, false);
        let operation = self.operation(actor, Verb::Delete, resource, name, Observations::Object(Box::new(sight)));
        self.news(resource, name, Verb::Deleted);
        self.objects.remove(&(resource.to_owned(), name.to_owned()));
        self.push(operation)
    }

    /// A refused call.
    pub(crate) fn refuse(&mut self, actor: &str, verb: Verb, at: (&str, &str), refusal: (u16, &str), base: &str) -> u64 {
        let mut operation = self.operation(actor, verb, at.0, at.1, Observations::Nothing);
        (operation.status, operation.outcome) = (refusal.0, Outcome::Refused);
        operation.error = format!("refused: {}", refusal.1).into();
        (operation.detail.reason, operation.detail.precondition) = (refusal.1.into(), base.into());
        self.push(operation)
    }

    /// A refused call with the server's words.
    pub(crate) fn refuse_saying(&mut self, actor: &str, verb: Verb, at: (&str, &str), status: u16, words: &str) -> u64 {
        self.refuse(actor, verb, at, (status, if status == 409 { "Conflict" } else { "Forbidden" }), "");
        if let Some(Event::Operation(operation)) = self.events.last_mut() {
            operation.error = words.into();
        }
        self.last
    }

    /// A read of a missing object.
    pub(crate) fn not_found(&mut self, actor: &str, resource: &str, name: &str) -> u64 {
        self.refuse(actor, Verb::Get, (resource, name), (404, "NotFound"), "");
        if let Some(Event::Operation(operation)) = self.events.last_mut() {
            operation.error = format!("{resource} {name:?} not found").into();
        }
        self.last
    }

    /// A status write of a kubelet or another controller that leaves the rest as it is.
    pub(crate) fn status(&mut self, actor: &str, resource: &str, name: &str, status: Value) -> u64 {
        self.patch(actor, resource, name, json!({"status": status}))
    }

    /// The uid of an object.
    pub(crate) fn uid_of(&self, resource: &str, name: &str) -> String {
        self.objects[&(resource.to_owned(), name.to_owned())].uid.clone()
    }

    /// Marks an object as being deleted: it has finalizers.
    pub(crate) fn begin_deletion(&mut self, actor: &str, resource: &str, name: &str) -> u64 {
        let at = self.now.rfc3339(0);
        self.patch(actor, resource, name, json!({"metadata": {"deletionTimestamp": at}}));
        if let Some(Event::Operation(operation)) = self.events.last_mut() {
            operation.verb = Verb::Delete;
            operation.request = None;
        }
        self.last
    }

    /// A reconcile known from the log, with its result. It takes one millisecond.
    pub(crate) fn reconciled(&mut self, actor: &str, resource: &str, name: &str, error: &str) -> &mut Story {
        self.span(actor, resource, name, "");
        self.after(1);
        let span = self.spans.remove(actor).expect("a span that was begun");
        let result = if error.is_empty() { SpanResult::Ok } else { SpanResult::Error };
        self.events.push(Event::SpanEnded(SpanEnd { span, at: self.now, result, error: error.into(), requeue_after: None }));
        self
    }

    /// A get with a long duration.
    pub(crate) fn slow_get(&mut self, actor: &str, resource: &str, name: &str, millis: u64) -> u64 {
        let sight = self.sight(resource, name, ObservationKind::State, false);
        self.after(millis);
        let mut operation = self.operation(actor, Verb::Get, resource, name, Observations::Object(Box::new(sight)));
        operation.duration = Duration::from_millis(millis);
        self.push(operation)
    }

    /// Starts a reconcile. Calls of its actor belong to it until it ends.
    pub(crate) fn span(&mut self, actor: &str, resource: &str, name: &str, reason: &str) -> &mut Story {
        self.keys += 1;
        let key = SpanKey(self.keys);
        self.spans.insert(actor.to_owned(), key);
        let stored = self.objects.get(&(resource.to_owned(), name.to_owned()));
        let news = reason == "object updated";
        let known = |text: String| -> Arc<str> { if news { text.into() } else { "".into() } };
        let trigger = |reason: &str| NewTrigger {
            operation: None,
            uid: known(stored.map_or_else(String::new, |stored| stored.uid.clone())),
            resource_version: known(stored.map_or_else(String::new, |stored| stored.rv.to_string())),
            reason: reason.into(),
            certainty: Certainty::Exact,
        };
        self.events.push(Event::SpanStarted(NewSpan {
            key,
            label: format!("reconcile-{}", self.keys).into(),
            at: self.now,
            actor: actor.into(),
            kind: Some(kind(resource).0),
            kind_name: kind(resource).1.into(),
            namespace: "shop".into(),
            name: name.into(),
            attempt: 1,
            inferred: None,
            triggers: [reason].into_iter().filter(|reason| !reason.is_empty()).map(trigger).collect(),
        }));
        self
    }

    pub(crate) fn end(&mut self, actor: &str) -> &mut Story {
        let span = self.spans.remove(actor).expect("a span that was begun");
        let end = SpanEnd { span, at: self.now, result: SpanResult::Ok, error: "".into(), requeue_after: None };
        self.events.push(Event::SpanEnded(end));
        self
    }

    /// A gap for all actors.
    pub(crate) fn gap(&mut self) -> &mut Story {
        let at = Seq(self.last);
        self.events.push(Event::Gap(NewGap {
            actor: None,
            kind: None,
            namespace: "".into(),
            first: at,
            last: at,
            count: 3,
            bytes: 99,
            reason: GapReason::QueueFull,
        }));
        self
    }

    /// Records the session and analyses it.
    pub(crate) fn analysis(self) -> Analysis {
        analyse(self.events)
    }
}

pub(crate) fn text(body: &Value) -> Text {
    Text { bytes: body.to_string().into_bytes().into(), cut: false }
}

/// RFC 7396, for bodies of a few levels.
fn merge(into: &mut Value, patch: &Value) {
    let mut work: Vec<(String, Value)> = vec![(String::new(), patch.clone())];
    while let Some((at, patch)) = work.pop() {
        match patch {
            Value::Object(members) if !members.is_empty() => {
                if into.pointer(&at).is_none_or(|value| !value.is_object()) {
                    set(into, &at, json!({}));
                }
                work.extend(members.into_iter().map(|(key, value)| (format!("{at}/{key}"), value)));
            }
            other => set(into, &at, other),
        }
    }
}

fn set(into: &mut Value, at: &str, value: Value) {
    let (parent, key) = at.rsplit_once('/').expect("below the root");
    into.pointer_mut(parent).expect("parents come first")[key] = value;
}

/// Writes events into a recording and opens it.
pub(crate) fn record(events: Vec<Event>) -> (tempfile::TempDir, Recording) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.db");
    // Time does not step back, so the session starts at its first event.
    let start = events.iter().find_map(|event| match event {
        Event::Operation(operation) => Some(operation.at),
        _ => None,
    });
    let mut writer = SessionWriter::begin(&file, NewSession::new("story", start.unwrap_or(START), 7)).expect("a new recording");
    for event in events {
        writer.take(event).expect("the event is taken");
    }
    writer.finish().expect("a clean end");
    let recording = Recording::open(&file, &OpenOptions::default()).expect("it opens");
    (folder, recording)
}

pub(crate) fn analyse_session(recording: &Recording, session: SessionNo, settings: &Settings) -> Analysis {
    let lineage = recording.lineage(session).expect("a lineage");
    run(recording, &lineage, "story", settings, &mut |_| ControlFlow::Continue(())).expect("it is analysed")
}

pub(crate) fn analyse(events: Vec<Event>) -> Analysis {
    let (_folder, recording) = record(events);
    analyse_session(&recording, SessionNo(0), &Settings::default())
}

/// Warnings and errors, without the symptoms of others.
pub(crate) fn troubles(analysis: &Analysis) -> Vec<&Finding> {
    analysis.findings.iter().filter(|finding| finding.severity >= Severity::Warning && finding.is_head()).collect()
}

/// The only warning or error.
#[track_caller]
pub(crate) fn only(analysis: &Analysis, detector: &str) -> Finding {
    let troubles = troubles(analysis);
    let known: Vec<_> = troubles.iter().map(|finding| (finding.detector.as_str(), finding.sentence.as_str())).collect();
    assert_eq!(known.len(), 1, "one trouble, not {known:#?}");
    assert_eq!(troubles[0].detector, detector, "{known:#?}");
    troubles[0].clone()
}

/// Checks that there is no warning and no error.
#[track_caller]
pub(crate) fn healthy(analysis: &Analysis) {
    let troubles = troubles(analysis);
    assert!(troubles.is_empty(), "healthy, but: {:#?}", troubles.iter().map(|finding| &finding.sentence).collect::<Vec<_>>());
}
