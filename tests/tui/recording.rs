//! Recordings for the stories: two controllers overwrite each other's field.

use std::path::Path;
use std::sync::Arc;

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Certainty, Detail, Duration, Event, KindRef, ListKey, LogStream, NewLogLine, NewOperation, NewSpan, NewTrigger, Observation,
    ObservationKind, Observations, Outcome, Page, Seq, Shape, Sink, SpanEnd, SpanKey, SpanResult, Target, Text, Timestamp, Verb,
};
use kuberewind_session::OpenRecording;
use kuberewind_tui::headless::Headless;
use kuberewind_tui::theme::{Depth, Theme};

/// The start of every recording.
pub(crate) const START: Timestamp = Timestamp(1_770_200_000_000_000_000);

pub(crate) const OPERATOR: &str = "shop-operator/checkout";
pub(crate) const SCALER: &str = "autoscaler/hpa";

/// Writes a session with an operation every few milliseconds.
pub(crate) struct Scribe {
    pub(crate) writer: SessionWriter,
    millis: u64,
    pub(crate) rv: u64,
    spans: u64,
}

fn deployments() -> KindRef {
    KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() }
}

fn text(body: &str) -> Text {
    Text { bytes: body.to_owned().into_bytes().into(), cut: false }
}

/// The Deployment `shop/checkout` as a server returns it.
pub(crate) fn deployment(replicas: u64, rv: u64) -> String {
    format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"annotations":{{"deployment.kubernetes.io/revision":"1"}},"creationTimestamp":"2026-02-04T10:13:20Z","generation":{generation},"labels":{{"app":"checkout","tier":"backend"}},"managedFields":[{{"manager":"hpa","operation":"Update","time":"2026-02-04T10:13:{rv}Z"}}],"name":"checkout","namespace":"shop","resourceVersion":"{rv}","uid":"7f8c1d2e-0000-4000-8000-000000000001"}},"spec":{{"progressDeadlineSeconds":600,"replicas":{replicas},"revisionHistoryLimit":10,"selector":{{"matchLabels":{{"app":"checkout"}}}},"strategy":{{"rollingUpdate":{{"maxSurge":"25%","maxUnavailable":"25%"}},"type":"RollingUpdate"}},"template":{{"metadata":{{"labels":{{"app":"checkout"}}}},"spec":{{"containers":[{{"name":"web","image":"shop/checkout:1.4.2","ports":[{{"containerPort":8080,"protocol":"TCP"}}],"env":[{{"name":"LOG_LEVEL","value":"info"}},{{"name":"ROUND","value":"round-{rv} of the long fight over replicas"}}]}},{{"name":"proxy","image":"envoy:1.29"}}]}}}}}},"status":{{"availableReplicas":3,"conditions":[{{"type":"Available","status":"True"}},{{"type":"Progressing","status":"True"}}],"observedGeneration":{generation},"readyReplicas":3}}}}"#,
        generation = rv - 100,
    )
}

impl Scribe {
    pub(crate) fn begin(file: &Path, session: &str) -> Scribe {
        let writer = SessionWriter::begin(file, NewSession::new(session, START, 7)).unwrap();
        Scribe { writer, millis: 0, rv: 101, spans: 0 }
    }

    pub(crate) fn sight(&self, name: &str, body: &str) -> Observation {
        Observation {
            observation_kind: ObservationKind::State,
            kind: deployments(),
            kind_name: "Deployment".into(),
            api_version: "apps/v1".into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: format!("uid-{}", name.len()).into(),
            resource_version: self.rv.to_string().into(),
            generation: Some(1),
            shape: Shape::Full,
            created: false,
            body: Some(text(body)),
        }
    }

    /// Appends an operation and returns its number.
    pub(crate) fn operation(
        &mut self,
        actor: &str,
        verb: Verb,
        observations: Observations,
        change: impl FnOnce(&mut NewOperation),
    ) -> Seq {
        self.millis += 7 + self.millis % 13;
        let name: Arc<str> = match &observations {
            Observations::Object(sight) => sight.name.clone(),
            _ => "".into(),
        };
        let mut operation = NewOperation {
            duration: Duration::from_millis(if verb.is_watch_event() { 0 } else { 1 + self.millis % 9 }),
            started_after: self.writer.last(),
            observations,
            ..NewOperation::done(
                START.plus(Duration::from_millis(self.millis)),
                actor,
                verb,
                Target::object(deployments(), "shop", name),
            )
        };
        change(&mut operation);
        self.writer.take(Event::Operation(Box::new(operation))).unwrap();
        self.writer.last()
    }

    pub(crate) fn shows(&mut self, actor: &str, verb: Verb, replicas: u64, span: Option<SpanKey>) -> Seq {
        let sight = self.sight("checkout", &deployment(replicas, self.rv));
        self.operation(actor, verb, Observations::Object(Box::new(sight)), |operation| operation.span = span)
    }

    fn list(&mut self, actor: &str, key: u64) {
        let sight = self.sight("checkout", &deployment(3, self.rv));
        self.writer.take(Event::ListItem { list: ListKey(key), actor: actor.into(), observation: sight }).unwrap();
        let page = Page { list: ListKey(key), resource_version: self.rv.to_string().into(), selector: "".into(), complete: true };
        self.operation(actor, Verb::List, Observations::List(page), |_| {});
    }

    fn span(&mut self, actor: &str, trigger: Seq) -> SpanKey {
        self.spans += 1;
        let key = SpanKey(self.spans);
        let trigger = NewTrigger {
            operation: Some(trigger),
            uid: "uid-8".into(),
            resource_version: self.rv.to_string().into(),
            reason: "object updated".into(),
            certainty: Certainty::Exact,
        };
        let span = NewSpan {
            key,
            label: self.spans.to_string().into(),
            at: START.plus(Duration::from_millis(self.millis + 1)),
            actor: actor.into(),
            kind: Some(deployments()),
            kind_name: "Deployment".into(),
            namespace: "shop".into(),
            name: "checkout".into(),
            attempt: 1,
            inferred: None,
            triggers: vec![trigger],
        };
        self.writer.take(Event::SpanStarted(span)).unwrap();
        key
    }

    fn end_span(&mut self, span: SpanKey) {
        let at = START.plus(Duration::from_millis(self.millis + 2));
        let end = SpanEnd { span, at, result: SpanResult::Ok, error: "".into(), requeue_after: None };
        self.writer.take(Event::SpanEnded(end)).unwrap();
    }

    /// One actor receives the state, reads it, and overwrites the field; every fourth write is a conflict.
    fn turn(&mut self, actor: &str, was: u64, wants: u64, round: u64) {
        let delivery = self.shows(actor, Verb::Modified, was, None);
        let span = self.span(actor, delivery);
        self.shows(actor, Verb::Get, was, Some(span));
        if round % 4 == 3 {
            self.operation(actor, Verb::Update, Observations::Nothing, |operation| {
                operation.target.name = "checkout".into();
                operation.span = Some(span);
                operation.status = 409;
                operation.outcome = Outcome::Refused;
                operation.error = "the object has been modified; please apply your changes to the latest version".into();
            });
        }
        self.rv += 1;
        let verb = if actor == SCALER { Verb::Update } else { Verb::Patch };
        self.shows(actor, verb, wants, Some(span));
        self.end_span(span);
    }

    /// Appends rounds of the loop.
    pub(crate) fn fight(&mut self, rounds: u64) {
        if self.writer.last() == Seq::START {
            self.list(OPERATOR, 1);
            self.list(SCALER, 2);
        }
        for round in 0..rounds {
            self.turn(SCALER, 3, 5, round);
            self.turn(OPERATOR, 5, 3, round + 2);
        }
        self.writer.flush().unwrap();
    }
}

/// A recording with a number of rounds, in a temporary folder.
pub(crate) fn fight(rounds: u64) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "tug-of-war");
    scribe.fight(rounds);
    scribe.writer.finish().unwrap();
    (folder, file)
}

pub(crate) fn open(file: &Path) -> OpenRecording {
    OpenRecording::new(Box::new(Recording::open(file, &OpenOptions::default()).unwrap()), None).unwrap()
}

/// The debugger on a screen of this size.
pub(crate) fn stage(file: &Path, size: (u16, u16), theme: &str) -> Headless {
    let depth = if theme == "mono" { Depth::None } else { Depth::True };
    Headless::open(open(file), "run.db", size, Theme::load(theme, depth).unwrap()).unwrap()
}

impl Scribe {
    /// Appends a log line.
    pub(crate) fn log(&mut self, level: &str, text: &str, span: Option<SpanKey>) {
        let at = START.plus(Duration::from_millis(self.millis + 1));
        let line = NewLogLine { at, stream: LogStream::Stderr, level: level.into(), span, text: text.into() };
        self.writer.take(Event::Log(line)).unwrap();
    }

    /// One round with HTTP details and log lines.
    pub(crate) fn round_with_log(&mut self, round: u64) {
        let delivery = self.shows(OPERATOR, Verb::Modified, 3 + round % 2, None);
        let span = self.span(OPERATOR, delivery);
        self.log("info", &format!("reconciling shop/checkout, round {round}"), Some(span));
        self.shows(OPERATOR, Verb::Get, 3 + round % 2, Some(span));
        self.log("warn", "replicas are not what the spec wants", Some(span));
        self.rv += 1;
        let sight = self.sight("checkout", &deployment(4 - round % 2, self.rv));
        self.operation(OPERATOR, Verb::Patch, Observations::Object(Box::new(sight)), |operation| {
            operation.span = Some(span);
            operation.request = Some(text(r#"{"spec":{"replicas":4,"paused":false,"strategy":{"type":"Recreate"}}}"#));
            operation.detail = Detail {
                uri: "/apis/apps/v1/namespaces/shop/deployments/checkout?fieldManager=shop-operator".into(),
                user_agent: "shop-operator/v1.8.2 (linux/amd64)".into(),
                field_manager: "shop-operator".into(),
                media_type: "application/merge-patch+json".into(),
                precondition: "".into(),
                audit_id: "6f0c2a4e-1111-4222-8333-444455556666".into(),
                traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into(),
                reason: "".into(),
                request_bytes: 70,
                response_bytes: 1_960,
                ..Detail::default()
            };
        });
        self.log("error", "giving up for now: \u{1b}[31mtoo many rounds", Some(span));
        self.end_span(span);
    }

    /// An object of another kind is created, changed, and deleted.
    pub(crate) fn config_map(&mut self, name: &str, verb: Verb, says: ObservationKind) -> Seq {
        self.rv += 1;
        let kind = KindRef { group: "".into(), version: "v1".into(), resource: "configmaps".into() };
        let body = format!(
            r##"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}","namespace":"shop","resourceVersion":"{rv}","uid":"uid-cm-{name}"}},"data":{{"nginx.conf":"# front door\nserver {{\n  listen 80;\n}}\n","run.sh":"#!/bin/sh\nexec web --port 8{rv}\n"}}}}"##,
            rv = self.rv
        );
        let sight = Observation {
            observation_kind: says,
            kind: kind.clone(),
            kind_name: "ConfigMap".into(),
            api_version: "v1".into(),
            uid: format!("uid-cm-{name}").into(),
            created: verb == Verb::Create,
            ..self.sight(name, &body)
        };
        self.operation(SCALER, verb, Observations::Object(Box::new(sight)), |operation| operation.target.kind = Some(kind))
    }
}

/// A recording with data for every view.
pub(crate) fn shop() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "tug-of-war");
    scribe.fight(3);
    scribe.config_map("web-cfg", Verb::Create, ObservationKind::State);
    scribe.config_map("old-cfg", Verb::Create, ObservationKind::State);
    for round in 0..6 {
        scribe.round_with_log(round);
    }
    scribe.config_map("web-cfg", Verb::Update, ObservationKind::State);
    scribe.config_map("old-cfg", Verb::Delete, ObservationKind::Gone);
    scribe.fight(2);
    scribe.writer.finish().unwrap();
    (folder, file)
}
