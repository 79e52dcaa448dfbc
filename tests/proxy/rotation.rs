//! A session that continues in a new file: each file is complete on its own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter, verify};
use kuberewind_model::{
    Certainty, Duration, Error, ErrorKind, Event, History, Kind, KindRef, ListKey, NewOperation, NewSpan, NewTrigger, NewWatch,
    Observation, ObservationKind, Observations, Page, Perspective, Seq, SessionState, Shape, Sink, SpanEnd, SpanKey, SpanResult,
    Target, Text, Timestamp, Verb, WatchKey,
};
use kuberewind_proxy::rotation::{Rotating, Rotation};

const START: Timestamp = Timestamp(1_770_200_000_000_000_000);
const HOUR: u64 = 3_600_000_000_000;

fn after(seconds: u64) -> Timestamp {
    START.plus(Duration::from_millis(seconds * 1_000))
}

fn maps() -> KindRef {
    KindRef { group: "".into(), version: "v1".into(), resource: "configmaps".into() }
}

fn sight(name: &str, version: u32) -> Observation {
    let body = format!(r#"{{"kind":"ConfigMap","metadata":{{"name":"{name}"}},"data":{{"v":"{version}"}}}}"#);
    Observation {
        observation_kind: ObservationKind::State,
        kind: maps(),
        kind_name: "ConfigMap".into(),
        api_version: "v1".into(),
        namespace: "shop".into(),
        name: name.into(),
        uid: format!("uid-{name}").into(),
        resource_version: version.to_string().into(),
        generation: None,
        shape: Shape::Full,
        created: false,
        body: Some(Text { bytes: body.into_bytes().into(), cut: false }),
    }
}

fn operation(at: Timestamp, verb: Verb, name: &str, shown: Observations) -> NewOperation {
    NewOperation {
        duration: Duration(1_000),
        started_after: Seq(0),
        observations: shown,
        watch: verb.is_watch_event().then_some(WatchKey(1)),
        ..NewOperation::done(at, "op", verb, Target::object(maps(), "shop", name))
    }
}

/// An event of the watch that the session opened at its start.
fn delivered(seconds: u64, name: &str, version: u32) -> Event {
    Event::Operation(Box::new(operation(
        after(seconds),
        Verb::Modified,
        name,
        Observations::Object(Box::new(sight(name, version))),
    )))
}

fn file(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("run-{number}.db"))
}

fn session(start: Timestamp, first: Seq) -> NewSession {
    NewSession { first, ..NewSession::new("s", start, 7) }
}

/// A session that continues in a new file each hour, and its notices.
fn rotating(folder: &Path) -> (Rotating<SessionWriter>, Arc<Mutex<Vec<String>>>) {
    let writer = SessionWriter::begin(&file(folder, 1), session(START, Seq(1))).expect("a file");
    let (place, mut number) = (folder.to_owned(), 1);
    let begin = Box::new(move |start, first| {
        number += 1;
        SessionWriter::begin(&file(&place, number), session(start, first))
    });
    let run = Arc::new(Mutex::new(Vec::new()));
    let to = run.clone();
    let tell = Box::new(move |line: &str| to.lock().expect("lock").push(line.to_owned()));
    (Rotation::start(writer, START, Duration(HOUR), begin, tell), run)
}

fn opening() -> Vec<Event> {
    let kind = Kind { kind: "ConfigMap".into(), namespaced: Some(true), ..Kind::named("", "configmaps") };
    let watch = NewWatch {
        key: WatchKey(1),
        actor: "op".into(),
        kind: maps(),
        namespace: "shop".into(),
        selector: "".into(),
        from_resource_version: "1".into(),
        initial_events: false,
    };
    let mut opened = operation(after(0), Verb::Watch, "", Observations::Nothing);
    opened.watch = Some(WatchKey(1));
    vec![Event::Kind(kind), Event::WatchOpened(watch), Event::Operation(Box::new(opened))]
}

fn span(key: u64, seconds: u64, trigger: u64) -> Event {
    Event::SpanStarted(NewSpan {
        key: SpanKey(key),
        label: format!("run-{key}").into(),
        at: after(seconds),
        actor: "op".into(),
        kind: Some(maps()),
        kind_name: "ConfigMap".into(),
        namespace: "shop".into(),
        name: "a".into(),
        attempt: 1,
        inferred: None,
        triggers: vec![NewTrigger {
            operation: Some(Seq(trigger)),
            uid: "uid-a".into(),
            resource_version: "5".into(),
            reason: "delivery".into(),
            certainty: Certainty::Exact,
        }],
    })
}

fn opened(path: &Path) -> Recording {
    let report = verify(path, &OpenOptions::default(), true).expect("it opens");
    assert!(report.is_fine(), "{}: {:?}", path.display(), report.findings);
    Recording::open(path, &OpenOptions::default()).expect("it opens")
}

#[test]
fn each_file_is_complete_and_the_numbering_continues() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut sink, run) = rotating(folder.path());
    let mut events = opening();
    events.extend([
        delivered(360, "a", 5),
        delivered(720, "b", 6),
        delivered(3960, "a", 7),
        delivered(6840, "a", 8),
        delivered(18000, "b", 9),
    ]);
    events.into_iter().for_each(|event| sink.take(event).expect("taken"));
    Box::new(sink).close().expect("closed");
    let mut numbers = Vec::new();
    for number in 1..=3 {
        let recording = opened(&file(folder.path(), number));
        let session = recording.sessions().expect("sessions").remove(0);
        assert_eq!((&*session.session_id, session.state), ("s", SessionState::Closed));
        let lineage = recording.lineage(session.no).expect("a lineage");
        let operations = recording.operations(&lineage, Seq(1)..=Seq::MAX, 100).expect("operations");
        numbers.push(operations.iter().map(|operation| operation.seq.0).collect::<Vec<_>>());
        let kinds = recording.kinds().expect("kinds");
        assert!(
            kinds.iter().any(|kind| &*kind.kind == "ConfigMap" && kind.namespaced == Some(true)),
            "file {number} knows the kind"
        );
        assert!(operations.iter().all(|operation| operation.watch.is_some()), "file {number}: events belong to the watch");
    }
    assert_eq!(numbers, [vec![1, 2, 3], vec![4, 5], vec![6]]);
    assert!(run.lock().expect("lock").is_empty());
    assert!(!file(folder.path(), 4).exists(), "without events there is no new file");
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").filter_map(Result::ok).map(|e| e.file_name()).collect();
    assert_eq!(left.len(), 3, "there are no other files: {left:?}");
}

#[test]
fn running_reconciles_are_in_both_files_without_dangling_references() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut sink, _) = rotating(folder.path());
    opening().into_iter().for_each(|event| sink.take(event).expect("taken"));
    sink.take(delivered(1800, "a", 5)).expect("taken");
    sink.take(span(1, 3240, 2)).expect("taken");
    let mut call = operation(after(4320), Verb::Update, "a", Observations::Object(Box::new(sight("a", 6))));
    call.span = Some(SpanKey(1));
    sink.take(Event::Operation(Box::new(call))).expect("taken");
    let end = SpanEnd { span: SpanKey(1), at: after(4680), result: SpanResult::Ok, error: "".into(), requeue_after: None };
    sink.take(Event::SpanEnded(end)).expect("taken");
    Box::new(sink).close().expect("closed");
    let spans = |number| {
        let recording = opened(&file(folder.path(), number));
        let lineage = recording.lineage(recording.sessions().expect("sessions")[0].no).expect("a lineage");
        recording.spans(&lineage, Seq(0)..=Seq::MAX, 10).expect("spans")
    };
    let (first, second) = (spans(1), spans(2));
    assert_eq!((first.len(), first[0].duration.is_some()), (1, false), "in the first file it is still running");
    assert_eq!(first[0].triggers[0].operation, Some(Seq(2)));
    assert_eq!((second.len(), second[0].result), (1, SpanResult::Ok));
    assert_eq!((second[0].triggers[0].operation, &*second[0].triggers[0].resource_version), (None, "5"));
    assert_eq!(second[0].start, after(3240));
}

#[test]
fn a_list_from_the_previous_file_proves_no_absence() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut sink, _) = rotating(folder.path());
    let item = |name: &str, version| Event::ListItem { list: ListKey(1), actor: "op".into(), observation: sight(name, version) };
    let page = |seconds, complete| {
        let page = Page { list: ListKey(1), resource_version: "9".into(), selector: "".into(), complete };
        Event::Operation(Box::new(operation(after(seconds), Verb::List, "", Observations::List(page))))
    };
    for event in [item("a", 1), page(3240, false), delivered(5400, "c", 3), item("b", 2), page(5760, true)] {
        sink.take(event).expect("taken");
    }
    Box::new(sink).close().expect("closed");
    let recording = opened(&file(folder.path(), 2));
    let lineage = recording.lineage(recording.sessions().expect("sessions")[0].no).expect("a lineage");
    let there = recording.objects_at(&lineage, lineage.last(), Perspective::World, None, 10).expect("objects");
    assert_eq!(there.len(), 2, "b and c; a, which only the first page had, is unknown");
    let list = recording.operations(&lineage, Seq(1)..=Seq::MAX, 10).expect("operations").pop().expect("the list");
    assert!(!list.list.expect("a list").complete);
}

#[test]
fn without_a_new_file_the_old_one_continues() {
    let folder = tempfile::tempdir().expect("a folder");
    let writer = SessionWriter::begin(&file(folder.path(), 1), session(START, Seq(1))).expect("a file");
    let run = Arc::new(Mutex::new(Vec::new()));
    let to = run.clone();
    let begin = Box::new(|_, _| Err(Error::new(ErrorKind::ReadOnly, "the disk is full")));
    let tell = Box::new(move |line: &str| to.lock().expect("lock").push(line.to_owned()));
    let mut sink: Rotating<SessionWriter> = Rotation::start(writer, START, Duration(HOUR), begin, tell);
    for event in [delivered(1800, "a", 1), delivered(5400, "a", 2), delivered(5404, "a", 3), delivered(10800, "a", 4)] {
        sink.take(event).expect("taken");
    }
    Box::new(sink).close().expect("closed");
    assert_eq!(opened(&file(folder.path(), 1)).sessions().expect("sessions")[0].operations, 4);
    assert_eq!(*run.lock().expect("lock"), ["the disk is full"; 2], "the retry waits for a minute");
}
