//! Calls get their reconcile from the log, or else from the traffic.

use std::sync::Arc;
use std::sync::Mutex;

use kuberewind_model::SinkStage as _;
use kuberewind_model::{
    Certainty, Duration, Event, KindRef, LogStream, NewLogLine, NewOperation, NewSpan, Observation, ObservationKind,
    Observations, Result, Seq, Shape, Sink, SpanEnd, SpanKey, SpanResult, Target, Timestamp, Verb,
};
use kuberewind_proxy::reconciles::{ReconcileStage, SpanSource, WithReconciles};

#[derive(Clone, Default)]
pub(crate) struct Collected(Arc<Mutex<Vec<Event>>>);

impl Collected {
    pub(crate) fn events(&self) -> Vec<Event> {
        self.0.lock().expect("lock").clone()
    }
}

impl Sink for Collected {
    fn take(&mut self, event: Event) -> Result<()> {
        self.0.lock().expect("lock").push(event);
        Ok(())
    }
    fn last(&self) -> Seq {
        Seq(self.0.lock().expect("lock").iter().filter(|event| matches!(event, Event::Operation(_))).count() as u64)
    }
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Events of one operator, `manager`, with times in milliseconds.
struct Scenario {
    sink: Collected,
    reconciles: WithReconciles<Collected>,
}

fn at(millis: i64) -> Timestamp {
    Timestamp(millis * 1_000_000)
}

fn kind() -> KindRef {
    KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() }
}

impl Scenario {
    fn new() -> Scenario {
        let sink = Collected::default();
        Scenario { reconciles: ReconcileStage::default().before(sink.clone()), sink }
    }

    fn operation(&mut self, millis: i64, actor: &str, verb: Verb, name: &str, shown: Observations) -> &mut Scenario {
        let target = Target { kind: Some(kind()), namespace: "shop".into(), name: name.into(), subresource: "".into() };
        let operation = NewOperation {
            duration: Duration(500_000),
            started_after: Seq(0),
            observations: shown,
            ..NewOperation::done(at(millis), actor, verb, target)
        };
        self.reconciles.take(Event::Operation(Box::new(operation))).expect("taken");
        self
    }

    /// The operator receives an object.
    fn delivered(&mut self, millis: i64, name: &str) -> &mut Scenario {
        self.delivered_to(millis, "manager", name)
    }

    fn delivered_to(&mut self, millis: i64, actor: &str, name: &str) -> &mut Scenario {
        let observation = Observation {
            observation_kind: ObservationKind::State,
            kind: kind(),
            kind_name: "Deployment".into(),
            api_version: "apps/v1".into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: format!("uid-{name}").into(),
            resource_version: millis.to_string().into(),
            generation: None,
            shape: Shape::Full,
            created: false,
            body: None,
        };
        self.operation(millis, actor, Verb::Modified, name, Observations::Object(Box::new(observation)))
    }

    /// It makes a call.
    fn calls(&mut self, millis: i64, verb: Verb, name: &str) -> &mut Scenario {
        self.operation(millis, "manager", verb, name, Observations::Nothing)
    }

    /// The log names a reconcile for the first time.
    fn begins(&mut self, millis: i64, source: SpanSource, number: u64, name: &str) -> &mut Scenario {
        let span = NewSpan {
            key: source.key(number),
            label: format!("log-{number}").into(),
            at: at(millis),
            actor: "manager/web".into(),
            kind: Some(kind()),
            kind_name: "Deployment".into(),
            namespace: "shop".into(),
            name: name.into(),
            attempt: 1,
            inferred: None,
            triggers: Vec::new(),
        };
        self.reconciles.take(Event::SpanStarted(span)).expect("taken");
        self
    }

    /// The log mentions it again.
    fn speaks(&mut self, millis: i64, key: SpanKey) -> &mut Scenario {
        let line =
            NewLogLine { at: at(millis), stream: LogStream::Stderr, level: "info".into(), span: Some(key), text: "x".into() };
        self.reconciles.take(Event::Log(line)).expect("taken");
        self
    }

    /// One of two programs in a shell makes a call of this duration.
    fn call(&mut self, millis: i64, actor: &str, verb: Verb, took: i64) -> &mut Scenario {
        let target = Target { kind: Some(kind()), namespace: "shop".into(), name: "a".into(), subresource: "".into() };
        let call = NewOperation { started_after: Seq(0), ..NewOperation::done(at(millis), actor, verb, target) };
        let call = NewOperation { duration: at(millis).since(at(millis - took)), ..call };
        self.reconciles.take(Event::Operation(Box::new(call))).expect("taken");
        self
    }

    /// A module prints within a reconcile.
    fn prints(&mut self, millis: i64, key: SpanKey, module: &str) -> &mut Scenario {
        let text = format!("INFO reconciling object{{object.ref=Deployment.v1.apps/a.shop}}: {module}: scaling").into();
        let line = NewLogLine { at: at(millis), stream: LogStream::Stderr, level: "info".into(), span: Some(key), text };
        self.reconciles.take(Event::Log(line)).expect("taken");
        self
    }

    fn flushed(&mut self) -> &mut Scenario {
        self.reconciles.flush().expect("flushed");
        self
    }

    fn ends(&mut self, millis: i64, key: SpanKey) -> &mut Scenario {
        let end = SpanEnd { span: key, at: at(millis), result: SpanResult::Ok, error: "".into(), requeue_after: None };
        self.reconciles.take(Event::SpanEnded(end)).expect("taken");
        self
    }

    /// The calls that reached the file.
    fn recorded_calls(&mut self) -> Vec<String> {
        let run = std::mem::replace(self, Scenario::new()).lines();
        run.into_iter().filter(|line| !line.contains("over") && !line.starts_with("line of")).collect()
    }

    fn triggers_of(&self, key: SpanKey) -> Vec<(Option<Seq>, Certainty)> {
        let events = self.sink.0.lock().expect("lock");
        let run = events.iter().filter_map(|event| match event {
            Event::SpanStarted(span) if span.key == key => Some(span),
            _ => None,
        });
        run.last().expect("it began").triggers.iter().map(|trigger| (trigger.operation, trigger.certainty)).collect()
    }

    /// The last actor of each reconcile.
    fn last_names(&self) -> Vec<String> {
        let events = self.sink.0.lock().expect("lock");
        let mut names = std::collections::BTreeMap::new();
        for event in events.iter() {
            if let Event::SpanStarted(span) = event {
                names.insert(span.key, span.actor.to_string());
            }
        }
        names.into_values().collect()
    }

    /// The events that reached the file, each reconcile by its last name.
    fn lines(self) -> Vec<String> {
        Box::new(self.reconciles).close().expect("closed");
        let events = self.sink.0.lock().expect("lock").clone();
        let name = |key: SpanKey| {
            let names = events.iter().filter_map(|event| match event {
                Event::SpanStarted(span) if span.key == key => Some(span),
                _ => None,
            });
            names.last().map_or_else(String::new, |span| {
                format!("{}{}", span.label, if span.inferred == Some(Certainty::Guess) { "?" } else { "" })
            })
        };
        let run = events.iter().filter_map(|event| match event {
            Event::Operation(operation) if !operation.verb.is_watch_event() => {
                let span = operation.span.map_or_else(|| "none".to_owned(), name);
                Some(format!("{} {}: {span}", operation.verb, operation.target.name))
            }
            Event::SpanEnded(end) => Some(format!("{} over at {}", name(end.span), end.at.0 / 1_000_000)),
            Event::Log(line) => Some(format!("line of {}", line.span.map_or_else(String::new, name))),
            _ => None,
        });
        run.collect()
    }
}

#[test]
fn a_reconcile_without_a_logged_end_takes_no_later_calls() {
    let key = SpanSource::Mention.key(1);
    let mut scenario = Scenario::new();
    scenario.delivered(0, "a").calls(10, Verb::Get, "a").begins(12, SpanSource::Mention, 1, "a").speaks(12, key);
    scenario.calls(15, Verb::Update, "a").delivered(20, "b").calls(22, Verb::Get, "b").calls(25, Verb::Update, "b");
    scenario.delivered(5_000, "c").calls(5_001, Verb::Get, "c").ends(12, key);
    assert_eq!(
        scenario.lines(),
        [
            "get a: log-1",
            "line of log-1",
            "update a: log-1",
            "get b: inferred-2",
            "update b: inferred-2",
            "log-1 over at 15",
            "inferred-2 over at 25",
            "get c: inferred-3",
            "log-1 over at 15",
            "inferred-3 over at 5001",
        ],
        "what was called before its first line belongs to it too, and nothing of the others"
    );
}

#[test]
fn an_inferred_reconcile_ends_when_the_next_one_of_its_object_starts() {
    let mut scenario = Scenario::new();
    // Two actors that fight over an object: more reconciles start within a second than are followed at once.
    for round in 0..40 {
        let begin = round * 10;
        scenario.delivered(begin, "a").calls(begin + 2, Verb::Get, "a").calls(begin + 4, Verb::Update, "a");
    }
    let run = scenario.lines();
    let expected = (0..40).flat_map(|round| {
        let name = format!("inferred-{}", round + 1);
        [format!("get a: {name}"), format!("update a: {name}"), format!("{name} over at {}", round * 10 + 4)]
    });
    assert_eq!(run, expected.collect::<Vec<_>>());
}

#[test]
fn a_quiet_reconcile_is_over_until_the_log_mentions_it() {
    let key = SpanSource::Mention.key(1);
    let mut scenario = Scenario::new();
    scenario.delivered(0, "a").calls(10, Verb::Get, "a").begins(12, SpanSource::Mention, 1, "a");
    scenario.delivered(3_000, "a").calls(3_001, Verb::Get, "a");
    scenario.speaks(8_000, key).calls(8_001, Verb::Update, "a");
    assert_eq!(
        scenario.lines(),
        [
            "get a: log-1",
            "log-1 over at 12",
            "get a: inferred-2",
            "inferred-2 over at 3001",
            "line of log-1",
            "update a: log-1",
            "log-1 over at 8001",
        ]
    );
}

#[test]
fn a_reconcile_with_a_logged_start_has_every_call_of_its_object() {
    let key = SpanSource::Start.key(1);
    let mut scenario = Scenario::new();
    scenario.delivered(0, "a").begins(10, SpanSource::Start, 1, "a").calls(11, Verb::Get, "a").calls(12, Verb::Update, "a");
    // Its own write comes back, it pauses, and reads once more: the same reconcile, because no other start was logged.
    scenario.delivered(13, "a").calls(200, Verb::Get, "a").ends(210, key);
    scenario
        .begins(220, SpanSource::Whole, 2, "a")
        .calls(221, Verb::Get, "a")
        .calls(222, Verb::List, "")
        .ends(230, SpanSource::Whole.key(2));
    scenario.delivered(300, "b").calls(301, Verb::Get, "b");
    assert_eq!(
        scenario.lines(),
        [
            "get a: log-1",
            "update a: log-1",
            "get a: log-1",
            "log-1 over at 210",
            "get a: log-2",
            "list : log-2",
            "log-2 over at 230",
            "get b: inferred-1",
            "inferred-1 over at 301",
        ]
    );
}

#[test]
fn a_slightly_late_line_reports_the_start_of_an_inferred_reconcile() {
    let mut scenario = Scenario::new();
    scenario.delivered(0, "a").calls(10, Verb::Get, "a").begins(11, SpanSource::Whole, 1, "a").calls(12, Verb::Update, "a");
    scenario.ends(20, SpanSource::Whole.key(1));
    // Long after its first call, it is another reconcile.
    scenario.delivered(900, "a").calls(901, Verb::Get, "a").begins(980, SpanSource::Whole, 2, "a").calls(981, Verb::Update, "a");
    scenario.ends(990, SpanSource::Whole.key(2));
    assert_eq!(
        scenario.lines(),
        [
            "get a: log-1",
            "update a: log-1",
            "log-1 over at 20",
            "get a: inferred-2",
            "inferred-2 over at 901",
            "update a: log-2",
            "log-2 over at 990",
        ]
    );
}

#[test]
fn calls_of_other_actors_are_not_part_of_the_reconcile() {
    let mut scenario = Scenario::new();
    scenario.delivered(0, "a").begins(10, SpanSource::Whole, 1, "a").calls(11, Verb::Get, "a");
    scenario
        .operation(12, "kubectl", Verb::Patch, "a", Observations::Nothing)
        .calls(13, Verb::Create, "c")
        .ends(20, SpanSource::Whole.key(1));
    assert_eq!(scenario.lines(), ["get a: log-1", "patch a: none", "create c: log-1", "log-1 over at 20"]);
}

#[test]
fn a_reconcile_with_a_lost_end_is_over_after_long_silence() {
    let mut scenario = Scenario::new();
    scenario.begins(0, SpanSource::Whole, 1, "a").calls(1, Verb::Get, "a").calls(500_000, Verb::Get, "other");
    scenario.delivered(1_200_000, "b").calls(1_200_001, Verb::Get, "b");
    assert_eq!(scenario.lines(), ["get a: log-1", "get other: log-1", "get b: inferred-1", "inferred-1 over at 1200001"]);
}

#[test]
fn an_ambiguous_call_during_two_reconciles_belongs_to_neither() {
    let (first, second) = (SpanSource::Whole.key(1), SpanSource::Whole.key(2));
    let mut scenario = Scenario::new();
    // Two programs in one shell, which log no names: first alone, then concurrently, then alone again.
    scenario.begins(0, SpanSource::Whole, 1, "a").calls(2, Verb::Get, "a").begins(5, SpanSource::Whole, 2, "a").calls(
        8,
        Verb::Update,
        "a",
    );
    scenario.ends(10, first).calls(12, Verb::Patch, "a").ends(20, second);
    let run = scenario.lines();
    let calls: Vec<_> = run.iter().filter(|line| !line.contains("over")).map(String::as_str).collect();
    assert_eq!(calls, ["get a: log-1", "update a: none", "patch a: log-2"]);
}

/// Two programs in one shell, each identified by its own reconcile.
fn both_known() -> Scenario {
    let mut scenario = Scenario::new();
    scenario.delivered_to(0, "checkout", "a").delivered_to(0, "the-hpa", "a");
    scenario.begins(1, SpanSource::Whole, 1, "a").call(4, "checkout", Verb::Get, 1).ends(5, SpanSource::Whole.key(1));
    scenario.begins(11, SpanSource::Whole, 2, "a").call(14, "the-hpa", Verb::Patch, 1).ends(15, SpanSource::Whole.key(2));
    scenario
}

#[test]
fn a_later_log_line_counts_if_two_programs_share_one_output() {
    let (third, fourth) = (SpanSource::Whole.key(3), SpanSource::Whole.key(4));
    let mut scenario = both_known();
    // Both started before the first call, and one line was late. The printed module distinguishes them.
    scenario.begins(101, SpanSource::Whole, 3, "a").call(104, "checkout", Verb::Get, 1).flushed();
    scenario.begins(102, SpanSource::Whole, 4, "a").prints(103, third, "the_hpa::scaling");
    scenario.call(106, "the-hpa", Verb::Patch, 2).ends(107, third).call(108, "checkout", Verb::Update, 1).ends(109, fourth);
    let run = scenario.flushed().flushed().recorded_calls();
    assert_eq!(
        run,
        ["get a: log-1", "patch a: log-2", "get a: log-4", "patch a: log-3", "update a: log-4"],
        "the late line comes before what was called after it"
    );
}

#[test]
fn a_call_that_outlasts_a_reconcile_is_part_of_another() {
    let mut scenario = both_known();
    // A reconcile without work ran for a moment, just when the other program made a call.
    scenario.begins(101, SpanSource::Whole, 3, "a").begins(102, SpanSource::Whole, 4, "a").call(106, "checkout", Verb::Get, 3);
    scenario.ends(104, SpanSource::Whole.key(4)).ends(109, SpanSource::Whole.key(3));
    assert_eq!(scenario.recorded_calls()[2], "get a: log-3");
}

#[test]
fn triggers_were_delivered_to_the_program_that_reconciles() {
    let third = SpanSource::Whole.key(3);
    let mut scenario = both_known();
    scenario.delivered_to(90, "checkout", "a").delivered_to(91, "the-hpa", "a");
    scenario.begins(101, SpanSource::Whole, 3, "a").prints(102, third, "the_hpa").ends(103, third).flushed().flushed();
    // The operations before: two deliveries and a call of each.
    assert_eq!(scenario.triggers_of(third), [(Some(Seq(6)), Certainty::Exact)]);
    // A reconcile without log lines is identified by its first call. Until then it may be of either program, so it is likely.
    let fourth = SpanSource::Whole.key(4);
    scenario.begins(111, SpanSource::Whole, 4, "a").flushed().flushed().call(114, "checkout", Verb::Get, 1).flushed().flushed();
    assert_eq!(scenario.triggers_of(fourth), [(Some(Seq(5)), Certainty::Likely)]);
}

#[test]
fn a_reconcile_has_the_name_of_its_program() {
    let mut scenario = both_known();
    scenario
        .begins(101, SpanSource::Whole, 3, "a")
        .prints(102, SpanSource::Whole.key(3), "the_hpa")
        .ends(103, SpanSource::Whole.key(3));
    let names = scenario.flushed().flushed().last_names();
    assert_eq!(names, ["checkout/web", "the-hpa/web", "the-hpa/web"]);
}

#[test]
fn the_actor_assigns_a_call_during_two_reconciles() {
    let mut scenario = Scenario::new();
    let call = |scenario: &mut Scenario, millis, actor, verb| {
        scenario.operation(millis, actor, verb, "a", Observations::Nothing);
    };
    scenario.delivered_to(0, "checkout", "a").delivered_to(0, "hpa", "a").begins(1, SpanSource::Whole, 1, "a");
    call(&mut scenario, 2, "checkout", Verb::Get);
    scenario.begins(5, SpanSource::Whole, 2, "a");
    call(&mut scenario, 6, "hpa", Verb::Patch);
    call(&mut scenario, 7, "checkout", Verb::Update);
    call(&mut scenario, 8, "hpa", Verb::Get);
    scenario.ends(10, SpanSource::Whole.key(1)).ends(11, SpanSource::Whole.key(2));
    let run = scenario.lines();
    assert_eq!(run[..4], ["get a: log-1", "patch a: log-2", "update a: log-1", "get a: log-2"]);
}

#[test]
fn kubectl_that_watches_is_no_controller() {
    let mut scenario = Scenario::new();
    // A person follows an object with `get -w` and drains a node.
    scenario.delivered_to(0, "kubectl", "a").delivered_to(1, "kubectl-drain@alice", "a");
    scenario.operation(5, "kubectl", Verb::Patch, "a", Observations::Nothing);
    scenario.operation(6, "kubectl-drain@alice", Verb::Delete, "a", Observations::Nothing);
    assert_eq!(scenario.lines(), ["patch a: none", "delete a: none"]);
}

#[test]
fn a_delivery_that_an_idle_controller_left_alone_is_no_likely_trigger() {
    let mut scenario = Scenario::new();
    scenario.delivered(0, "a").calls(5, Verb::Update, "a").delivered(10, "a").calls(3_010, Verb::Update, "a");
    assert_eq!(scenario.triggers_of(SpanSource::Inferred.key(1)), [(Some(Seq(1)), Certainty::Likely)]);
    assert_eq!(scenario.triggers_of(SpanSource::Inferred.key(2)), [(Some(Seq(3)), Certainty::Guess)]);
}

#[test]
fn equal_intervals_without_a_delivery_are_a_requeue() {
    let mut scenario = Scenario::new();
    scenario.delivered(0, "a");
    for round in 0..4 {
        scenario.calls(5 + round * 5_000, Verb::Update, "a");
    }
    assert_eq!(scenario.triggers_of(SpanSource::Inferred.key(4)), [(None, Certainty::Guess)]);
    let events = scenario.sink.0.lock().expect("lock");
    let reasons = events.iter().filter_map(|event| match event {
        Event::SpanStarted(span) => Some(span.triggers.first().map_or("", |trigger| &*trigger.reason).to_owned()),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), ["delivery", "", "requeue after 5.0 s", "requeue after 5.0 s"]);
}

#[test]
fn a_call_is_named_after_the_controller_that_the_log_names() {
    let mut scenario = Scenario::new();
    let text = r#"{"level":"info","msg":"Starting Controller","controller":"web","controllerGroup":"apps","controllerKind":"Deployment"}"#;
    let line = NewLogLine { at: at(0), stream: LogStream::Stderr, level: "info".into(), span: None, text: text.into() };
    scenario.reconciles.take(Event::Log(line)).expect("taken");
    scenario.delivered(1, "a").calls(5, Verb::Update, "a");
    // Without a reconcile, the process is all that is known.
    scenario.calls(5_000, Verb::List, "");
    let events = scenario.sink.0.lock().expect("lock").clone();
    let calls = events.iter().filter_map(|event| match event {
        Event::Operation(operation) => Some(format!("{} by {}", operation.verb, operation.actor)),
        _ => None,
    });
    assert_eq!(calls.collect::<Vec<_>>(), ["MODIFIED by manager", "update by manager/web", "list by manager"]);
    assert_eq!(scenario.last_names(), ["manager/web"]);
}
