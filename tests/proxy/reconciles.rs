//! Calls find their reconcile: by the log as far as it tells, else by the traffic.

use std::sync::Arc;
use std::sync::Mutex;

use kuberewind::proxy::reconciles::{Account, Joining, Reconciles};
use kuberewind_model::SinkStage as _;
use kuberewind_model::{
    Certainty, Duration, Event, KindRef, LogStream, NewLogLine, NewOperation, NewSpan, Observation, ObservationKind,
    Observations, Result, Seq, Shape, Sink, SpanEnd, SpanKey, SpanResult, Target, Timestamp, Verb,
};

#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<Event>>>);

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

/// A story of one operator, `manager`, told in milliseconds.
struct Story {
    sink: Collected,
    reconciles: Reconciles<Collected>,
}

fn at(millis: i64) -> Timestamp {
    Timestamp(millis * 1_000_000)
}

fn kind() -> KindRef {
    KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() }
}

impl Story {
    fn new() -> Story {
        let sink = Collected::default();
        Story { reconciles: Joining::default().before(sink.clone()), sink }
    }

    fn operation(&mut self, millis: i64, actor: &str, verb: Verb, name: &str, shown: Observations) -> &mut Story {
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

    /// The operator is shown an object.
    fn delivered(&mut self, millis: i64, name: &str) -> &mut Story {
        self.delivered_to(millis, "manager", name)
    }

    fn delivered_to(&mut self, millis: i64, actor: &str, name: &str) -> &mut Story {
        let sight = Observation {
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
        self.operation(millis, actor, Verb::Modified, name, Observations::Object(Box::new(sight)))
    }

    /// It makes a call.
    fn calls(&mut self, millis: i64, verb: Verb, name: &str) -> &mut Story {
        self.operation(millis, "manager", verb, name, Observations::Nothing)
    }

    /// The log names a reconcile for the first time.
    fn begins(&mut self, millis: i64, account: Account, number: u64, name: &str) -> &mut Story {
        let span = NewSpan {
            key: account.key(number),
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

    /// The log speaks of it again.
    fn speaks(&mut self, millis: i64, key: SpanKey) -> &mut Story {
        let line =
            NewLogLine { at: at(millis), stream: LogStream::Stderr, level: "info".into(), span: Some(key), text: "x".into() };
        self.reconciles.take(Event::Log(line)).expect("taken");
        self
    }

    /// One of the two programs in one shell makes a call, which takes so long.
    fn call(&mut self, millis: i64, actor: &str, verb: Verb, took: i64) -> &mut Story {
        let target = Target { kind: Some(kind()), namespace: "shop".into(), name: "a".into(), subresource: "".into() };
        let call = NewOperation { started_after: Seq(0), ..NewOperation::done(at(millis), actor, verb, target) };
        let call = NewOperation { duration: at(millis).since(at(millis - took)), ..call };
        self.reconciles.take(Event::Operation(Box::new(call))).expect("taken");
        self
    }

    /// A module prints within a reconcile.
    fn prints(&mut self, millis: i64, key: SpanKey, module: &str) -> &mut Story {
        let text = format!("INFO reconciling object{{object.ref=Deployment.v1.apps/a.shop}}: {module}: scaling").into();
        let line = NewLogLine { at: at(millis), stream: LogStream::Stderr, level: "info".into(), span: Some(key), text };
        self.reconciles.take(Event::Log(line)).expect("taken");
        self
    }

    fn flushed(&mut self) -> &mut Story {
        self.reconciles.flush().expect("flushed");
        self
    }

    fn ends(&mut self, millis: i64, key: SpanKey) -> &mut Story {
        let end = SpanEnd { span: key, at: at(millis), result: SpanResult::Ok, error: "".into(), requeue_after: None };
        self.reconciles.take(Event::SpanEnded(end)).expect("taken");
        self
    }

    /// The calls that reached the file.
    fn calls_told(&mut self) -> Vec<String> {
        let told = std::mem::replace(self, Story::new()).told();
        told.into_iter().filter(|line| !line.contains("over") && !line.starts_with("line of")).collect()
    }

    fn triggers_of(&self, key: SpanKey) -> Vec<(Option<Seq>, Certainty)> {
        let events = self.sink.0.lock().expect("lock");
        let told = events.iter().filter_map(|event| match event {
            Event::SpanStarted(span) if span.key == key => Some(span),
            _ => None,
        });
        told.last().expect("it began").triggers.iter().map(|trigger| (trigger.operation, trigger.certainty)).collect()
    }

    /// Whose each reconcile is by the last word of it.
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

    /// What reached the file, each reconcile by the last name that it was given.
    fn told(self) -> Vec<String> {
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
        let told = events.iter().filter_map(|event| match event {
            Event::Operation(operation) if !operation.verb.is_watch_event() => {
                let span = operation.span.map_or_else(|| "nobody".to_owned(), name);
                Some(format!("{} {}: {span}", operation.verb, operation.target.name))
            }
            Event::SpanEnded(end) => Some(format!("{} over at {}", name(end.span), end.at.0 / 1_000_000)),
            Event::Log(line) => Some(format!("line of {}", line.span.map_or_else(String::new, name))),
            _ => None,
        });
        told.collect()
    }
}

#[test]
fn a_reconcile_whose_end_is_not_told_takes_no_later_calls() {
    let key = Account::Mention.key(1);
    let mut story = Story::new();
    story.delivered(0, "a").calls(10, Verb::Get, "a").begins(12, Account::Mention, 1, "a").speaks(12, key);
    story.calls(15, Verb::Update, "a").delivered(20, "b").calls(22, Verb::Get, "b").calls(25, Verb::Update, "b");
    story.delivered(5_000, "c").calls(5_001, Verb::Get, "c").ends(12, key);
    assert_eq!(
        story.told(),
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
fn one_that_is_inferred_is_over_when_the_next_one_of_its_object_begins() {
    let mut story = Story::new();
    // Two that fight over an object never let it rest: more begin within a second than are followed at once.
    for round in 0..40 {
        let begin = round * 10;
        story.delivered(begin, "a").calls(begin + 2, Verb::Get, "a").calls(begin + 4, Verb::Update, "a");
    }
    let told = story.told();
    let expected = (0..40).flat_map(|round| {
        let name = format!("inferred-{}", round + 1);
        [format!("get a: {name}"), format!("update a: {name}"), format!("{name} over at {}", round * 10 + 4)]
    });
    assert_eq!(told, expected.collect::<Vec<_>>());
}

#[test]
fn one_that_is_silent_for_long_is_over_until_it_is_heard_of_again() {
    let key = Account::Mention.key(1);
    let mut story = Story::new();
    story.delivered(0, "a").calls(10, Verb::Get, "a").begins(12, Account::Mention, 1, "a");
    story.delivered(3_000, "a").calls(3_001, Verb::Get, "a");
    story.speaks(8_000, key).calls(8_001, Verb::Update, "a");
    assert_eq!(
        story.told(),
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
fn of_one_whose_beginning_was_told_every_call_of_its_object_is_its_own() {
    let key = Account::Beginning.key(1);
    let mut story = Story::new();
    story.delivered(0, "a").begins(10, Account::Beginning, 1, "a").calls(11, Verb::Get, "a").calls(12, Verb::Update, "a");
    // Its own write comes back, it pauses, and reads once more: still the same run, as no other was told to begin.
    story.delivered(13, "a").calls(200, Verb::Get, "a").ends(210, key);
    story
        .begins(220, Account::Whole, 2, "a")
        .calls(221, Verb::Get, "a")
        .calls(222, Verb::List, "")
        .ends(230, Account::Whole.key(2));
    story.delivered(300, "b").calls(301, Verb::Get, "b");
    assert_eq!(
        story.told(),
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
fn a_line_that_comes_a_little_late_tells_the_beginning_of_what_was_inferred() {
    let mut story = Story::new();
    story.delivered(0, "a").calls(10, Verb::Get, "a").begins(11, Account::Whole, 1, "a").calls(12, Verb::Update, "a");
    story.ends(20, Account::Whole.key(1));
    // Long after its first call it is another one.
    story.delivered(900, "a").calls(901, Verb::Get, "a").begins(980, Account::Whole, 2, "a").calls(981, Verb::Update, "a");
    story.ends(990, Account::Whole.key(2));
    assert_eq!(
        story.told(),
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
fn what_somebody_else_calls_meanwhile_is_not_the_reconcilers() {
    let mut story = Story::new();
    story.delivered(0, "a").begins(10, Account::Whole, 1, "a").calls(11, Verb::Get, "a");
    story
        .operation(12, "kubectl", Verb::Patch, "a", Observations::Nothing)
        .calls(13, Verb::Create, "c")
        .ends(20, Account::Whole.key(1));
    assert_eq!(story.told(), ["get a: log-1", "patch a: nobody", "create c: log-1", "log-1 over at 20"]);
}

#[test]
fn one_whose_end_was_lost_is_over_when_nothing_was_heard_of_it_for_long() {
    let mut story = Story::new();
    story.begins(0, Account::Whole, 1, "a").calls(1, Verb::Get, "a").calls(500_000, Verb::Get, "other");
    story.delivered(1_200_000, "b").calls(1_200_001, Verb::Get, "b");
    assert_eq!(story.told(), ["get a: log-1", "get other: log-1", "get b: inferred-1", "inferred-1 over at 1200001"]);
}

#[test]
fn of_two_that_run_at_once_a_call_is_given_to_none_where_nothing_tells_whose_it_is() {
    let (first, second) = (Account::Whole.key(1), Account::Whole.key(2));
    let mut story = Story::new();
    // Two programs in one shell, which have told no names: alone, then beside each other, then alone again.
    story.begins(0, Account::Whole, 1, "a").calls(2, Verb::Get, "a").begins(5, Account::Whole, 2, "a").calls(
        8,
        Verb::Update,
        "a",
    );
    story.ends(10, first).calls(12, Verb::Patch, "a").ends(20, second);
    let told = story.told();
    let calls: Vec<_> = told.iter().filter(|line| !line.contains("over")).map(String::as_str).collect();
    assert_eq!(calls, ["get a: log-1", "update a: nobody", "patch a: log-2"]);
}

/// Two programs in one shell that both have made themselves known, each by a reconcile of its own.
fn both_known() -> Story {
    let mut story = Story::new();
    story.delivered_to(0, "checkout", "a").delivered_to(0, "the-hpa", "a");
    story.begins(1, Account::Whole, 1, "a").call(4, "checkout", Verb::Get, 1).ends(5, Account::Whole.key(1));
    story.begins(11, Account::Whole, 2, "a").call(14, "the-hpa", Verb::Patch, 1).ends(15, Account::Whole.key(2));
    story
}

#[test]
fn what_the_log_tells_a_moment_later_counts_where_two_programs_print_to_one_place() {
    let (third, fourth) = (Account::Whole.key(3), Account::Whole.key(4));
    let mut story = both_known();
    // Both began before the first of them called, one of the lines came late; which is whose shows by what it prints.
    story.begins(101, Account::Whole, 3, "a").call(104, "checkout", Verb::Get, 1).flushed();
    story.begins(102, Account::Whole, 4, "a").prints(103, third, "the_hpa::scaling");
    story.call(106, "the-hpa", Verb::Patch, 2).ends(107, third).call(108, "checkout", Verb::Update, 1).ends(109, fourth);
    let told = story.flushed().flushed().calls_told();
    assert_eq!(
        told,
        ["get a: log-1", "patch a: log-2", "get a: log-4", "patch a: log-3", "update a: log-4"],
        "the late line stands before what was called after it"
    );
}

#[test]
fn a_call_that_outlasts_a_reconcile_is_another_ones() {
    let mut story = both_known();
    // One that found nothing to do ran for a moment, just when the other program called.
    story.begins(101, Account::Whole, 3, "a").begins(102, Account::Whole, 4, "a").call(106, "checkout", Verb::Get, 3);
    story.ends(104, Account::Whole.key(4)).ends(109, Account::Whole.key(3));
    assert_eq!(story.calls_told()[2], "get a: log-3");
}

#[test]
fn what_made_it_run_was_delivered_to_the_program_that_runs_it() {
    let third = Account::Whole.key(3);
    let mut story = both_known();
    story.delivered_to(90, "checkout", "a").delivered_to(91, "the-hpa", "a");
    story.begins(101, Account::Whole, 3, "a").prints(102, third, "the_hpa").ends(103, third).flushed().flushed();
    // Of the operations: two deliveries and a call of each, then these.
    assert_eq!(story.triggers_of(third), [(Some(Seq(6)), Certainty::Exact)]);
    // One that prints nothing shows whose it is by its call: until then it may have been anybody's, and so it is likely.
    let fourth = Account::Whole.key(4);
    story.begins(111, Account::Whole, 4, "a").flushed().flushed().call(114, "checkout", Verb::Get, 1).flushed().flushed();
    assert_eq!(story.triggers_of(fourth), [(Some(Seq(5)), Certainty::Likely)]);
}

#[test]
fn a_reconcile_goes_by_the_name_of_the_program_that_runs_it() {
    let mut story = both_known();
    story.begins(101, Account::Whole, 3, "a").prints(102, Account::Whole.key(3), "the_hpa").ends(103, Account::Whole.key(3));
    let names = story.flushed().flushed().last_names();
    assert_eq!(names, ["checkout/web", "the-hpa/web", "the-hpa/web"]);
}

#[test]
fn of_two_that_run_at_once_the_callers_names_tell_whose_a_call_is() {
    let mut story = Story::new();
    let call = |story: &mut Story, millis, actor, verb| {
        story.operation(millis, actor, verb, "a", Observations::Nothing);
    };
    story.delivered_to(0, "checkout", "a").delivered_to(0, "hpa", "a").begins(1, Account::Whole, 1, "a");
    call(&mut story, 2, "checkout", Verb::Get);
    story.begins(5, Account::Whole, 2, "a");
    call(&mut story, 6, "hpa", Verb::Patch);
    call(&mut story, 7, "checkout", Verb::Update);
    call(&mut story, 8, "hpa", Verb::Get);
    story.ends(10, Account::Whole.key(1)).ends(11, Account::Whole.key(2));
    let told = story.told();
    assert_eq!(told[..4], ["get a: log-1", "patch a: log-2", "update a: log-1", "get a: log-2"]);
}
