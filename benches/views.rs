//! Latency of the panes with their own worker threads: the tree of 100,000 objects after a jump and after a step, the lanes, and
//! the writers of fields. Prints a table; run it with `cargo bench --bench views`.

use std::time::{Duration, Instant};

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Event, KindRef, ListKey, NewOperation, Observation, ObservationKind, Observations, Page, Seq, Shape, Sink, Target, Text,
    Timestamp, Verb,
};
use kuberewind_session::OpenRecording;
use kuberewind_tui::order::Order;
use kuberewind_tui::protocol::{LaneBy, LanesRequest, Reply, Request, SlowRequest, TreeRequest};
use kuberewind_tui::state::Objects;
use kuberewind_tui::worker::Worker;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Objects in the first list [default of `KUBEREWIND_BENCH_OBJECTS`].
const OBJECTS: u64 = 100_000;
/// Operations after it, each a write to one of them.
const WRITES: u64 = 20_000;
/// Visible rows of the tree.
const ROWS: usize = 50;
const START: Timestamp = Timestamp(1_770_200_000_000_000_000);

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Fallible<()> {
    let objects = match std::env::var("KUBEREWIND_BENCH_OBJECTS") {
        Ok(number) => number.parse()?,
        Err(_) => OBJECTS,
    };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bench.db");
    record(&file, objects)?;
    let mut worker = Worker::new(OpenRecording::new(Box::new(Recording::open(&file, &OpenOptions::default())?), None)?);
    let last = worker.recording().lineage().last();
    println!("{objects} objects in one list, then {WRITES} writes; a screen of {ROWS} rows\n");
    println!("| what | goal | took |");
    println!("|---|---|---|");
    let mut objects = Objects::default();
    tree(&mut worker, &mut objects, "the tree, for the first time", "", last)?;
    tree(&mut worker, &mut objects, "the tree after a step back", "≤ 16 ms", last.prev())?;
    tree(&mut worker, &mut objects, "the tree after a jump", "≤ 300 ms", Seq(last.0 / 2))?;
    tree(&mut worker, &mut objects, "the tree after a step", "≤ 16 ms", Seq(last.0 / 2 + 1))?;
    let folding = Instant::now();
    objects.fold_all(false);
    objects.fold_all(true);
    row("all folds closed and opened", "≤ 16 ms", folding.elapsed());
    let request = LanesRequest { at: last, middle: last, range: 4_096, by: LaneBy::Object, order: Order::Name };
    timed(&mut worker, "lanes of 4,096 operations, an object each", "", SlowRequest::Lanes { request, generation: 1 })?;
    timed(&mut worker, "who wrote the fields of an object", "≤ 100 ms", SlowRequest::Authors { at: last, generation: 1 })?;
    Ok(())
}

fn row(what: &str, goal: &str, took: Duration) {
    println!("| {what} | {goal} | {took:.2?} |");
}

fn timed(worker: &mut Worker, what: &str, goal: &str, slow: SlowRequest) -> Fallible<Reply> {
    let session = worker.recording().session().no;
    let begin = Instant::now();
    let answer = worker.handle(Request::Slow(session, slow)).ok_or("no answer")?;
    row(what, goal, begin.elapsed());
    match answer {
        Reply::Failed(words) => Err(words.into()),
        answer => Ok(answer),
    }
}

/// Measures the tree and the facts about its visible rows, including the update of the pane's state.
fn tree(worker: &mut Worker, objects: &mut Objects, what: &str, goal: &str, at: Seq) -> Fallible<()> {
    let session = worker.recording().session().no;
    let request =
        TreeRequest { at, visible: objects.on_screen(u16::try_from(ROWS)?), selected: objects.object(), order: Order::Name };
    let begin = Instant::now();
    let answer = worker.handle(Request::Slow(session, SlowRequest::Objects { request, generation: at.0 })).ok_or("no answer")?;
    match answer {
        Reply::Tree { generation, tree } => objects.take(*tree, generation),
        Reply::Failed(words) => return Err(words.into()),
        _ => return Err("another answer".into()),
    }
    row(what, goal, begin.elapsed());
    Ok(())
}

fn record(file: &std::path::Path, objects: u64) -> Fallible<()> {
    let mut new = NewSession::new("bench", START, 7);
    new.limits.max_operations = WRITES + 2;
    let mut writer = SessionWriter::begin(file, new)?;
    for number in 0..objects {
        writer.take(Event::ListItem { list: ListKey(1), actor: "operator".into(), observation: sight(number, number + 1) })?;
    }
    let page = Page { list: ListKey(1), resource_version: objects.to_string().into(), selector: "".into(), complete: true };
    writer.take(Event::Operation(Box::new(operation(0, "", Verb::List, Observations::List(page)))))?;
    for number in 0..WRITES {
        let object = number * 7 % objects;
        let shown = Observations::Object(Box::new(sight(object, objects + number + 1)));
        writer.take(Event::Operation(Box::new(operation(number + 1, &format!("pod-{object:06}"), Verb::Update, shown))))?;
    }
    writer.finish()?;
    Ok(())
}

fn kind() -> KindRef {
    KindRef { group: "".into(), version: "v1".into(), resource: "pods".into() }
}

fn sight(object: u64, rv: u64) -> Observation {
    let name = format!("pod-{object:06}");
    let namespace = format!("ns-{:02}", object % 40);
    let body = format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"{namespace}","resourceVersion":"{rv}"}},"spec":{{"nodeName":"n-{}"}},"status":{{"phase":"Running","observedGeneration":{rv}}}}}"#,
        object % 50
    );
    Observation {
        observation_kind: ObservationKind::State,
        kind: kind(),
        kind_name: "Pod".into(),
        api_version: "v1".into(),
        namespace: namespace.into(),
        uid: format!("uid-{object}").into(),
        name: name.into(),
        resource_version: rv.to_string().into(),
        generation: None,
        shape: Shape::Full,
        created: false,
        body: Some(Text { bytes: body.into_bytes().into(), cut: false }),
    }
}

fn operation(number: u64, name: &str, verb: Verb, shown: Observations) -> NewOperation {
    let namespace = match &shown {
        Observations::Object(sight) => sight.namespace.clone(),
        _ => "".into(),
    };
    NewOperation {
        duration: kuberewind_model::Duration::from_millis(1),
        started_after: Seq(number),
        observations: shown,
        ..NewOperation::done(
            START.plus(kuberewind_model::Duration::from_millis(number)),
            "operator",
            verb,
            Target::object(kind(), namespace, name),
        )
    }
}
