//! Measures `compare`: two sessions of 100,000 operations over 2,000 objects of 4 KiB, of which every fifth operation is a write with a
//! new version, and the rest are its deliveries to other actors. One in 50 writes of the second session differs.
//!
//! Run with `cargo bench --bench compare`.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use kuberewind_analysis::compare::{Side, compare};
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Event, History, KindRef, NewOperation, Observation, ObservationKind, Observations, Seq, Shape, Sink, Target, Text, Timestamp,
    Verb,
};
use serde_json::json;

const OPERATIONS: u64 = 100_000;
const OBJECTS: u64 = 2_000;
const ACTORS: [&str; 5] = ["writer", "one", "two", "three", "four"];
const START: Timestamp = Timestamp(1_770_200_000_000_000_000);
const ROUNDS: usize = 5;

type Outcomes<T> = Result<T, Box<dyn Error>>;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Outcomes<()> {
    let folder = tempfile::tempdir()?;
    let (old, new) = (folder.path().join("old.db"), folder.path().join("new.db"));
    let bytes = record(&old, 0)?;
    record(&new, 50)?;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("2 × {OPERATIONS} operations, {OBJECTS} objects of {bytes} bytes, {cores} cores");
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let (old, new) = (Recording::open(&old, &OpenOptions::default())?, Recording::open(&new, &OpenOptions::default())?);
        let lineages = (old.lineage(old.sessions()?[0].no)?, new.lineage(new.sessions()?[0].no)?);
        let side = |history, lineage, session_id| Side { history, lineage, after: Seq::START, session_id };
        let (one, other) = (side(&old as &dyn History, &lineages.0, "old"), side(&new as &dyn History, &lineages.1, "new"));
        let comparison = compare(&one, &other, &mut |_| ControlFlow::Continue(()))?;
        let counts = comparison.counts();
        if counts.same == 0 || counts.different == 0 || comparison.first_divergence.is_none() {
            return Err(format!("not the expected answer: {counts:?}").into());
        }
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    println!("compare: median {:.2} s, worst {:.2} s; goal ≤ 2 s", times[ROUNDS / 2], times[ROUNDS - 1]);
    Ok(())
}

/// Each version is written, then delivered to four actors. With `every`, every such write has another value.
fn record(file: &Path, every: u64) -> Outcomes<usize> {
    let mut writer = SessionWriter::begin(file, NewSession::new("run", START, 7))?;
    let mut bytes = 0;
    for number in 1..=OPERATIONS {
        let (round, place) = ((number - 1) / 5, (number - 1) % 5);
        let (object, version) = (round % OBJECTS, round / OBJECTS);
        let value = if every > 0 && round % every == 7 { 1_000 + version } else { version };
        let name = format!("app-{object}");
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "shop", "uid": format!("u{object}"), "resourceVersion": (round + 1).to_string()},
            "data": data(object, value)});
        let text = body.to_string();
        bytes = text.len();
        let verb = match (place, version) {
            (0, 0) => Verb::Create,
            (0, _) => Verb::Update,
            (_, 0) => Verb::Added,
            _ => Verb::Modified,
        };
        let kind = KindRef { group: "".into(), version: "v1".into(), resource: "configmaps".into() };
        let seen = Observation {
            observation_kind: ObservationKind::State,
            kind: kind.clone(),
            kind_name: "ConfigMap".into(),
            api_version: "v1".into(),
            namespace: "shop".into(),
            name: name.as_str().into(),
            uid: format!("u{object}").into(),
            resource_version: (round + 1).to_string().into(),
            generation: None,
            shape: Shape::Full,
            created: verb == Verb::Create,
            body: Some(Text { bytes: text.into_bytes().into(), cut: false }),
        };
        let at = Timestamp(START.0 + i64::try_from(number)? * 1_000_000);
        let actor = ACTORS[usize::try_from(place)?];
        let mut operation = NewOperation::done(at, actor, verb, Target::object(kind, "shop", name.as_str()));
        operation.started_after = Seq(number - 1);
        operation.observations = Observations::Object(Box::new(seen));
        writer.take(Event::Operation(Box::new(operation)))?;
    }
    Box::new(writer).close()?;
    Ok(bytes)
}

/// 40 fields, one of which has the value.
fn data(object: u64, value: u64) -> BTreeMap<String, String> {
    let field = |key| if key == 7 { value.to_string() } else { filler(object, key) };
    (0..40).map(|key| (format!("key-{key}"), field(key))).collect()
}

/// About 100 characters that differ from object to object.
fn filler(object: u64, key: u64) -> String {
    format!(
        "{:x}-{:x} a value of the usual length, with some words in it, and a few more of them",
        object * 7_919 + key,
        key * 31
    )
}
