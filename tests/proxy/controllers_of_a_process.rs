//! The controllers of one process, whose calls have one user agent: which of them made a call.

use kuberewind_model::SinkStage as _;
use kuberewind_model::{
    Certainty, Detail, Duration, Event, KindRef, LogStream, NewLogLine, NewOperation, NewSpan, Observation, ObservationKind,
    Observations, Outcome, Seq, Shape, Sink, SpanEnd, SpanResult, Target, Timestamp, Verb,
};
use kuberewind_proxy::reconciles::{ReconcileStage, SpanSource, WithReconciles};

use super::reconciles::Collected;

const WIDGET: &str = "widgets";
const MAP: &str = "configmaps";

/// A process, `faulty`, with the controllers `ping` of Widgets and `pong` of ConfigMaps. Times are in microseconds.
struct Process {
    sink: Collected,
    stage: WithReconciles<Collected>,
    version: u64,
}

fn kind(resource: &str) -> (KindRef, &'static str) {
    let (group, version, kind) =
        if resource == WIDGET { ("faulty.example.com", "v1", "Widget") } else { ("", "v1", "ConfigMap") };
    (KindRef { group: group.into(), version: version.into(), resource: resource.into() }, kind)
}

fn name(resource: &str) -> &'static str {
    if resource == WIDGET { "w" } else { "pong-w" }
}

impl Process {
    fn new() -> Process {
        Process::of(&[("ping", "faulty.example.com", "Widget"), ("pong", "", "ConfigMap")])
    }

    /// A process whose log names these controllers with the group and kind of each.
    fn of(controllers: &[(&str, &str, &str)]) -> Process {
        let sink = Collected::default();
        let mut process = Process { stage: ReconcileStage::default().before(sink.clone()), sink, version: 1 };
        for (name, group, kind) in controllers {
            process.prints(&format!(r#""controller":"{name}","controllerGroup":"{group}","controllerKind":"{kind}""#));
        }
        process.receives(0, WIDGET);
        process.receives(0, MAP);
        process
    }

    fn prints(&mut self, fields: &str) {
        let text = format!(r#"{{"level":"info","msg":"Starting Controller",{fields}}}"#).into();
        let line = NewLogLine { at: Timestamp(0), stream: LogStream::Stderr, level: "info".into(), span: None, text };
        self.stage.take(Event::Log(line)).expect("taken");
    }

    fn operation(&mut self, start: i64, end: i64, verb: Verb, resource: &str, manager: &str) {
        let operation = self.call(start, end, verb, resource, manager);
        self.stage.take(Event::Operation(Box::new(operation))).expect("taken");
    }

    /// An update that the server refuses with a conflict.
    fn conflicts(&mut self, start: i64, end: i64, resource: &str) {
        let call = self.call(start, end, Verb::Update, resource, "faulty");
        let refused = NewOperation { status: 409, outcome: Outcome::Refused, observations: Observations::Nothing, ..call };
        self.stage.take(Event::Operation(Box::new(refused))).expect("taken");
    }

    /// The log names the controller of a reconcile that failed.
    fn fails(&mut self, at: i64, number: u64, controller: &str) {
        let (kind, kind_name) = kind(WIDGET);
        let (key, at) = (SpanSource::Failure.key(number), Timestamp(at * 1_000));
        let span = NewSpan {
            key,
            label: format!("log-{number}").into(),
            at,
            actor: format!("faulty/{controller}").into(),
            kind: Some(kind),
            kind_name: kind_name.into(),
            namespace: "shop".into(),
            name: name(WIDGET).into(),
            attempt: 1,
            inferred: None,
            triggers: Vec::new(),
        };
        self.stage.take(Event::SpanStarted(span)).expect("taken");
        let end = SpanEnd { span: key, at, result: SpanResult::Error, error: "modified".into(), requeue_after: None };
        self.stage.take(Event::SpanEnded(end)).expect("taken");
    }

    fn call(&mut self, start: i64, end: i64, verb: Verb, resource: &str, manager: &str) -> NewOperation {
        self.version += 1;
        let (kind, kind_name) = kind(resource);
        let observation = Observation {
            observation_kind: ObservationKind::State,
            kind: kind.clone(),
            kind_name: kind_name.into(),
            api_version: "v1".into(),
            namespace: "shop".into(),
            name: name(resource).into(),
            uid: format!("uid-{resource}").into(),
            resource_version: self.version.to_string().into(),
            generation: None,
            shape: Shape::Full,
            created: false,
            body: None,
        };
        let at = |micros: i64| Timestamp(micros * 1_000);
        let target = Target { kind: Some(kind), namespace: "shop".into(), name: name(resource).into(), subresource: "".into() };
        NewOperation {
            duration: if verb.is_watch_event() { Duration(0) } else { at(end).since(at(start)) },
            started_after: Seq(0),
            observations: Observations::Object(Box::new(observation)),
            detail: Detail { field_manager: manager.into(), ..Detail::default() },
            ..NewOperation::done(at(end), "faulty", verb, target)
        }
    }

    fn receives(&mut self, at: i64, resource: &str) {
        self.operation(at, at, Verb::Modified, resource, "");
    }

    fn patches(&mut self, start: i64, end: i64, resource: &str) {
        self.operation(start, end, Verb::Patch, resource, "faulty");
    }

    /// The actors of the writes, with the object of their reconcile, which is likely.
    fn writers(self) -> Vec<String> {
        Box::new(self.stage).close().expect("closed");
        let events = self.sink.events();
        let reconciled = |call: &NewOperation| {
            let span = events.iter().find_map(|event| match event {
                Event::SpanStarted(span) if Some(span.key) == call.span => Some(span),
                _ => None,
            });
            span.map(|span| {
                assert_eq!(span.inferred, Some(Certainty::Likely));
                let trigger = span.triggers.last().map_or("", |trigger| &*trigger.uid);
                assert_eq!(trigger, format!("uid-{}", span.kind.as_ref().expect("a kind").resource));
                format!(" in {}/{}", span.kind_name, span.name)
            })
        };
        let writes = events.iter().filter_map(|event| match event {
            Event::Operation(call) if call.verb == Verb::Patch => Some(call),
            _ => None,
        });
        writes.map(|call| format!("{} by {}{}", call.target.name, call.actor, reconciled(call).unwrap_or_default())).collect()
    }
}

#[test]
fn two_controllers_that_wake_each_other_are_two_actors() {
    let mut process = Process::new();
    let mut now = 1_000_000;
    for round in 0..40 {
        for (written, length) in [(MAP, 4_000), (WIDGET, 6_000)] {
            // Now and then the watch event arrives long before the response, and the other controller has started its call by then.
            let early = round % 5 == 4;
            let delivered = if early { now + length - 2_500 } else { now + length + 300 };
            let next = delivered + 1_500;
            if early {
                process.receives(delivered, written);
                process.patches(now, now + length, written);
            } else {
                process.patches(now, now + length, written);
                process.receives(delivered, written);
            }
            now = next;
        }
    }
    let writers = process.writers();
    let last: Vec<&str> = writers[40..].iter().map(String::as_str).collect();
    let expected = ["pong-w by faulty/ping in Widget/w", "w by faulty/pong in ConfigMap/pong-w"].repeat(20);
    assert_eq!(last, expected);
    let wrong =
        |writer: &&String| !matches!(writer.as_str(), "pong-w by faulty" | "w by faulty") && !expected.contains(&writer.as_str());
    assert_eq!(writers.iter().find(wrong), None, "no call has the wrong controller before the order is known");
}

#[test]
fn one_reconcile_that_writes_both_objects_is_not_taken_for_two_controllers() {
    let mut process = Process::new();
    let mut now = 1_000_000;
    for _ in 0..80 {
        for (written, length) in [(MAP, 4_000), (WIDGET, 6_000)] {
            // Each watch event comes with the response or before it, as in a ping-pong. The next call waits for the response.
            process.receives(now + length - 500, written);
            process.patches(now, now + length, written);
            now += length + 1_200;
        }
    }
    let writers = process.writers();
    assert_eq!(writers.iter().find(|writer| *writer != "pong-w by faulty" && *writer != "w by faulty"), None);
}

#[test]
fn a_field_manager_names_the_controller() {
    let mut process = Process::new();
    process.receives(900_000, WIDGET);
    process.operation(1_000_000, 1_004_000, Verb::Patch, MAP, "pong");
    process.operation(1_010_000, 1_014_000, Verb::Patch, MAP, "faulty");
    assert_eq!(process.writers(), ["pong-w by faulty/pong", "pong-w by faulty"]);
}

#[test]
fn the_error_in_the_log_tells_which_of_two_controllers_of_one_kind_was_refused() {
    let mut process = Process::of(&[("annota", "faulty.example.com", "Widget"), ("annotb", "faulty.example.com", "Widget")]);
    // Both update the same object at the same time, in turn. One of them is refused, and its line comes a moment later.
    for round in 0..4_i64 {
        let now = 1_000_000 + round * 40_000;
        process.operation(now, now + 9_000, Verb::Update, WIDGET, "faulty");
        process.receives(now + 9_500, WIDGET);
        process.conflicts(now + 2_000, now + 10_000, WIDGET);
        process.fails(now + 11_500, u64::try_from(round).expect("small") + 1, if round % 2 == 0 { "annota" } else { "annotb" });
    }
    Box::new(process.stage).close().expect("closed");
    let events = process.sink.events();
    let span_of = |call: &NewOperation| {
        let starts = events.iter().filter_map(|event| match event {
            Event::SpanStarted(span) if Some(span.key) == call.span => Some(span),
            _ => None,
        });
        starts.last().map(|span| (span.actor.to_string(), span.inferred)).expect("a reconcile")
    };
    let of_status = |status: u16| {
        let calls = events.iter().filter_map(|event| match event {
            Event::Operation(call) if call.verb == Verb::Update && call.status == status => Some(span_of(call)),
            _ => None,
        });
        calls.collect::<Vec<_>>()
    };
    let named = |name: &str| (format!("faulty/{name}"), None);
    assert_eq!(of_status(409), [named("annota"), named("annotb"), named("annota"), named("annotb")]);
    assert_eq!(of_status(200), vec![("faulty".to_owned(), Some(Certainty::Guess)); 4], "nothing tells who succeeded");
}
