//! Measures an API server over a recording: 1,000,000 operations over 5,000 objects of 4 KiB of one kind, each fifth with a new version.
//!
//! Run with `cargo bench --bench serve`; a number as argument is the number of operations.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use kuberewind_cluster::ClusterBody;
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Duration, Event, History, KindRef, NewOperation, Observation, ObservationKind, Observations, Seq, Shape, Sink, Target, Text,
    Timestamp, Verb,
};
use kuberewind_serve::{ServeOptions, Served, ServedService};
use kuberewind_session::OpenRecording;
use serde_json::json;
use tower::Service;

const OPERATIONS: u64 = 1_000_000;
const OBJECTS: u64 = 5_000;
/// One operation in so many has a new version.
const NEW: u64 = 5;
const BYTES: usize = 4_096;
const WATCHES: usize = 100;
const START: Timestamp = Timestamp(1_770_200_000_000_000_000);
const ROUNDS: usize = 9;
/// The argument of the process that records.
const RECORD: &str = "--record";
const MAPS: &str = "/api/v1/configmaps";

type Outcomes<T> = Result<T, Box<dyn Error>>;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Outcomes<()> {
    let operations = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(OPERATIONS).max(2 * OBJECTS);
    if let Some(file) = std::env::args().skip_while(|argument| argument != RECORD).nth(1) {
        return record(Path::new(&file), operations);
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("run.db");
    // In a process of its own: the memory of this one is that of the server.
    let recorder = Command::new(std::env::current_exe()?).args([&operations.to_string(), RECORD]).arg(&file).status()?;
    if !recorder.success() {
        return Err("the recorder failed".into());
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{operations} operations, {OBJECTS} objects of {BYTES} bytes, {cores} cores");
    println!("| what | median | worst | goal |\n|---|---|---|---|");
    differences(&file, operations)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(served(&file, operations))
}

/// Writes a session: each object is added, then they change in turn.
fn record(file: &Path, operations: u64) -> Outcomes<()> {
    // Each object has other words.
    let words =
        |object: u64| (0..BYTES as u64 / 12).map(|word| format!("{:011x} ", (object + 7) * (word + 3) * 2_654_435_761)).collect();
    let words: Vec<String> = (0..OBJECTS).map(words).collect();
    let mut writer = SessionWriter::begin(file, NewSession::new("s", START, 7))?;
    for number in 1..=operations {
        let object = number % OBJECTS;
        // Between new versions, the newest one of the object is delivered again.
        let version = if number <= OBJECTS || number.is_multiple_of(NEW) { number } else { number - number % NEW };
        let object = if version == number { object } else { version % OBJECTS };
        writer.take(delivery(number, object, version, &words))?;
    }
    Ok(writer.finish()?)
}

fn delivery(number: u64, object: u64, version: u64, words: &[String]) -> Event {
    let kind = KindRef { group: "".into(), version: "v1".into(), resource: "configmaps".into() };
    let (name, version) = (format!("map-{object:05}"), version.to_string());
    let metadata = json!({"name": name, "namespace": "shop", "uid": format!("u{object}"), "resourceVersion": version});
    let mut body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}}).to_string();
    let words = usize::try_from(object).ok().and_then(|object| words.get(object)).map_or("", String::as_str);
    let room = BYTES.saturating_sub(body.len());
    body.truncate(body.len() - "{}}".len());
    body.push_str(&json!({"version": version, "words": words.get(..room).unwrap_or(words)}).to_string());
    body.push('}');
    let observation = Observation {
        observation_kind: ObservationKind::State,
        kind: kind.clone(),
        kind_name: "ConfigMap".into(),
        api_version: "v1".into(),
        namespace: "shop".into(),
        name: name.as_str().into(),
        uid: format!("u{object}").into(),
        resource_version: version.into(),
        generation: None,
        shape: Shape::Full,
        created: false,
        body: Some(Text { bytes: body.into_bytes().into(), cut: false }),
    };
    let at = START.plus(Duration::from_millis(number));
    Event::Operation(Box::new(NewOperation {
        observations: Observations::Object(Box::new(observation)),
        started_after: Seq(number - 1),
        ..NewOperation::done(at, "shop", Verb::Modified, Target::object(kind, "shop", name))
    }))
}

/// `changed_between`, without a server.
fn differences(file: &Path, operations: u64) -> Outcomes<()> {
    let recording = Recording::open(file, &OpenOptions::default())?;
    let lineage = recording.lineage(recording.sessions()?.pop().ok_or("no session")?.no)?;
    let changed =
        |a: u64, b: u64| -> Outcomes<usize> { Ok(recording.changed_between(&lineage, Seq(a), Seq(b), usize::MAX)?.len()) };
    let mut at = operations / 2 - operations / 2 % NEW;
    measure("changed_between, neighbouring moments", "5 ms", || {
        at += NEW;
        Ok(changed(at - 1, at)? == 1)
    })?;
    measure("changed_between, 1,000 operations", "", || Ok(changed(operations / 2, operations / 2 + 1_000)? == 200))?;
    measure("changed_between, the beginning and the end", "150 ms", || Ok(changed(OBJECTS, operations)? > 0))?;
    measure("changed_between, the end and the start", "150 ms", || Ok(changed(operations, 0)? as u64 == OBJECTS))
}

/// Runs something several times and checks its answer.
fn measure(name: &str, goal: &str, mut run: impl FnMut() -> Outcomes<bool>) -> Outcomes<()> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        if !run()? {
            return Err(format!("{name}: not the expected answer").into());
        }
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    print(name, goal, times);
    Ok(())
}

fn print(name: &str, goal: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let goal = if goal.is_empty() { String::new() } else { format!("≤ {goal}") };
    println!("| {name} | {:.2} ms | {:.2} ms | {goal} |", times[times.len() / 2], times[times.len() - 1]);
}

fn open(file: &Path, at: u64) -> Outcomes<Arc<Served>> {
    let recording = OpenRecording::new(Box::new(Recording::open(file, &OpenOptions::default())?), None)?;
    Ok(Arc::new(Served::new(recording, Seq(at), ServeOptions::of_world("run.db"))?))
}

async fn send(served: &Arc<Served>, path: &str, accept: &str) -> Outcomes<ClusterBody> {
    let request = Request::get(path).header("accept", accept).body(Full::new(Bytes::new()))?;
    Ok(ServedService::new(served.clone()).call(request).await?.into_body())
}

async fn list(served: &Arc<Served>, accept: &str) -> Outcomes<f64> {
    let start = Instant::now();
    let bytes = send(served, MAPS, accept).await?.collect().await?.to_bytes();
    if bytes.len() < 100_000 {
        return Err("the list is short".into());
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// The server: ready, lists and moves.
async fn served(file: &Path, operations: u64) -> Outcomes<()> {
    const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";
    let (mut ready, mut cold) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS as u64 {
        let start = Instant::now();
        let served = open(file, operations / 2 + round)?;
        ready.push(start.elapsed().as_secs_f64() * 1e3);
        cold.push(list(&served, "application/json").await?);
    }
    print("ready", "200 ms", ready);
    print("list, cold", "250 ms", cold);
    let served = open(file, operations / 2)?;
    list(&served, "application/json").await?;
    for (name, goal, accept) in [("list, warm", "40 ms", "application/json"), ("list as Table, warm", "150 ms", TABLE)] {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            times.push(list(&served, accept).await?);
        }
        print(name, goal, times);
    }
    let revision = serde_json::from_slice::<serde_json::Value>(
        &send(&served, &format!("{MAPS}?limit=1"), "application/json").await?.collect().await?.to_bytes(),
    )?;
    let revision = revision["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
    let mut watches = Vec::new();
    for _ in 0..WATCHES {
        watches.push(send(&served, &format!("{MAPS}?watch=1&resourceVersion={revision}"), "application/json").await?);
    }
    let mut times = Vec::new();
    for round in 1..=ROUNDS as u64 {
        let start = Instant::now();
        served.move_to(Seq(operations / 2 + round * NEW))?;
        for watch in &mut watches {
            watch.frame().await.ok_or("a watch ended")??;
        }
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    print("a move reaches 100 watches", "50 ms", times);
    println!("| anonymous memory, with all that was asked before | {} MB | | ≤ 100 MB |", anonymous_memory()? / 1_000);
    Ok(())
}

/// The anonymous memory of this process in kB.
fn anonymous_memory() -> Outcomes<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).ok_or("the system does not tell the memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
