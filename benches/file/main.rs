//! The speed of writing and reading a recording, and the size of its file.
//!
//! `cargo bench --bench file [-- --ops N] [--share N] [--dir DIR]`; `--share` runs one mix only. `--rollout N` writes only a rollout
//! of N Deployments: many objects of few versions. `--recompress FILE` writes only the first session of an existing recording again,
//! and prints the sizes. The bench prints the disk's fsync rate and the core count. On a shared machine, compare the ratios to one INSERT per operation, and the CPU time of
//! the thread, which is printed next to the elapsed time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a bench says so by failing, and its numbers are small"
)]

mod recompress;
#[path = "../../tests/file/rollout.rs"]
mod rollout;

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration as Length, Instant};

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Direction, Duration, Event, History, KindRef, NewOperation, Observation, ObservationKind, Observations, Perspective, Seq,
    SessionNo, Shape, Sink, StepTarget, Target, Text, Timestamp, Verb,
};

const OBJECTS: u64 = 200;
const START: i64 = 1_770_200_000_000_000_000;

/// A Deployment of about 4 KiB as a server sends it, including `managedFields`. Versions differ as real ones do: in numbers,
/// a time, a condition.
fn body(object: u64, version: u64) -> String {
    let replicas = 1 + version % 7;
    let labels: String = (0..6).map(|n| format!(r#""app.example.com/label-{n}":"value-{object}-{n}","#)).collect();
    let env: String =
        (0..14).map(|n| format!(r#"{{"name":"SETTING_{n}","value":"{:08x}"}},"#, object * 7919 + n * 104_729)).collect();
    let fields: String = (0..58).map(|n| format!(r#""f:field-{n}":{{"f:inner":{{}},"f:other-{n}":{{}}}},"#)).collect();
    let (minute, second) = (version / 60 % 60, version % 60);
    format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"deploy-{object}","namespace":"shop","uid":"7d0f5f8e-0b4e-4e0e-9d0c-{object:012}","resourceVersion":"{version}","generation":{version},"labels":{{{labels}"tier":"web"}},"managedFields":[{{"manager":"operator","operation":"Update","apiVersion":"apps/v1","time":"2026-02-04T10:{minute:02}:{second:02}Z","fieldsType":"FieldsV1","fieldsV1":{{{fields}"f:last":{{}}}}}}]}},"spec":{{"replicas":{replicas},"selector":{{"matchLabels":{{"app":"deploy-{object}"}}}},"template":{{"spec":{{"containers":[{{"name":"main","image":"registry.example.com/shop/deploy-{object}:v{replicas}","env":[{env}{{"name":"LAST","value":"x"}}]}}]}}}}}},"status":{{"observedGeneration":{version},"replicas":{replicas},"readyReplicas":{replicas},"conditions":[{{"type":"Available","status":"True","lastUpdateTime":"2026-02-04T10:{minute:02}:{second:02}Z","reason":"MinimumReplicasAvailable","message":"Deployment has minimum availability."}}]}}}}"#
    )
}

/// Operation `number` with `version` of `object`.
fn event(number: u64, object: u64, version: u64, verb: Verb, actor: &str, text: &str) -> Event {
    let kind = KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() };
    let name: std::sync::Arc<str> = format!("deploy-{object}").into();
    let sight = Observation {
        observation_kind: ObservationKind::State,
        kind: kind.clone(),
        kind_name: "Deployment".into(),
        api_version: "apps/v1".into(),
        namespace: "shop".into(),
        name: name.clone(),
        uid: format!("7d0f5f8e-0b4e-4e0e-9d0c-{object:012}").into(),
        resource_version: version.to_string().into(),
        generation: i64::try_from(version).ok(),
        shape: Shape::Full,
        created: false,
        body: Some(Text { bytes: text.as_bytes().to_vec().into(), cut: false }),
    };
    Event::Operation(Box::new(NewOperation {
        duration: Duration(if verb.is_write() { 4_200_000 } else { 0 }),
        started_after: Seq(number.saturating_sub(1)),
        observations: Observations::Object(Box::new(sight)),
        ..NewOperation::done(
            Timestamp(START + i64::try_from(number).unwrap_or(0) * 1_000_000),
            actor,
            verb,
            Target::object(kind, "shop", name),
        )
    }))
}

/// The flush interval of the recorder's thread.
const FLUSH: Length = Length::from_millis(25);

/// The CPU time of this thread; `None` if the system does not report it.
fn on_core() -> Option<Length> {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    said.split(' ').next()?.parse().ok().map(Length::from_nanos)
}

struct Ingest {
    took: Length,
    on_core: Option<Length>,
    delivered: u64,
    distinct: u64,
}

/// Writes `ops` operations, of which one in `share` contains a new version. The time to generate them is not counted.
fn ingest(file: &Path, ops: u64, share: u64) -> Ingest {
    let mut new = NewSession::new("bench", Timestamp(START), 42);
    new.limits.max_operations = u64::MAX;
    let mut writer = SessionWriter::begin(file, new).unwrap();
    let (mut took, mut core, mut delivered, mut distinct) = (Length::ZERO, Some(Length::ZERO), 0, 0);
    let mut unflushed = Length::ZERO;
    let mut batch = Vec::with_capacity(2048);
    let mut number = 0;
    while number < ops {
        batch.clear();
        while batch.len() < 2046 && number < ops {
            let version = 1 + number / share;
            let text = body(version % OBJECTS, version);
            distinct += text.len() as u64;
            for copy in 0..share.min(ops - number) {
                let (verb, actor) = if copy == 0 {
                    (Verb::Update, "operator/main")
                } else {
                    (Verb::Modified, ["a/watch", "b/watch"][copy as usize % 2])
                };
                number += 1;
                delivered += text.len() as u64;
                batch.push(event(number, version % OBJECTS, version, verb, actor, &text));
            }
        }
        let (begun, before) = (Instant::now(), on_core());
        let mut since = begun;
        for event in batch.drain(..) {
            writer.take(event).unwrap();
            // Like the recorder.
            if unflushed + since.elapsed() >= FLUSH {
                writer.flush().unwrap();
                (unflushed, since) = (Length::ZERO, Instant::now());
            }
        }
        unflushed += since.elapsed();
        took += begun.elapsed();
        core = core.zip(on_core().zip(before)).map(|(core, (now, before))| core + now.saturating_sub(before));
    }
    let (begun, before) = (Instant::now(), on_core());
    writer.finish().unwrap();
    took += begun.elapsed();
    let on_core = core.zip(on_core().zip(before)).map(|(core, (now, before))| core + now.saturating_sub(before));
    Ingest { took, on_core, delivered, distinct }
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).unwrap().len()
}

fn print_sizes(file: &Path, ops: u64, delivered: u64, distinct: u64) {
    let size = size(file);
    let per = |bytes: u64| bytes as f64 / size as f64;
    println!(
        "  file {size} bytes: 1/{:.1} of {delivered} delivered, 1/{:.1} of {distinct} distinct, {:.0} bytes per operation",
        per(delivered),
        per(distinct),
        size as f64 / ops as f64
    );
}

/// Writes a rollout, prints its speed and size, and asks about it.
fn roll_out(file: &Path, deployments: u64) {
    let mut new = NewSession::new("bench", Timestamp(START), 42);
    new.limits.max_operations = u64::MAX;
    let (mut writer, mut rollout) = (SessionWriter::begin(file, new).unwrap(), rollout::Rollout::default());
    let (mut took, mut ops) = (Length::ZERO, 0);
    for n in 0..deployments {
        rollout.deployment(n);
        let begun = Instant::now();
        for event in rollout.take() {
            writer.take(event).unwrap();
            ops += 1;
        }
        writer.flush().unwrap();
        took += begun.elapsed();
    }
    println!("{deployments} Deployments, {ops} operations: {:.0} ops/s", rate(ops, took));
    println!("{:<44} {}", "anonymous memory of this process", anonymous_memory());
    writer.finish().unwrap();
    print_sizes(file, ops, rollout.delivered, rollout.distinct);
    access(file);
}

fn anonymous_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or("not known here").trim().to_owned()
}

/// One INSERT per operation, like a simple recorder.
fn plain_inserts(file: &Path, ops: u64, settings: &str) -> Length {
    let db = rusqlite::Connection::open(file).unwrap();
    db.execute_batch(settings).unwrap();
    db.execute_batch("CREATE TABLE operations (id INTEGER PRIMARY KEY, session_id TEXT, sequence_number INTEGER, timestamp INTEGER, operation_type TEXT, namespace TEXT, name TEXT, resource_data TEXT)").unwrap();
    let mut took = Length::ZERO;
    for number in 0..ops {
        let text = body(number % OBJECTS, number);
        let begun = Instant::now();
        db.prepare_cached("INSERT INTO operations VALUES (NULL, 'bench', ?, ?, 'UPDATE', 'shop', ?, ?)")
            .unwrap()
            .execute(rusqlite::params![number, number, format!("deploy-{}", number % OBJECTS), text])
            .unwrap();
        took += begun.elapsed();
    }
    took
}

/// The number of small writes that the disk syncs per second.
fn fsyncs(folder: &Path) -> f64 {
    let mut file = std::fs::File::create(folder.join("fsync")).unwrap();
    let begun = Instant::now();
    for _ in 0..100 {
        file.write_all(&[0; 512]).unwrap();
        file.sync_data().unwrap();
    }
    rate(100, begun.elapsed())
}

fn rate(ops: u64, took: Length) -> f64 {
    ops as f64 / took.as_secs_f64()
}

fn percentile(times: &mut [Length], share: f64) -> Length {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * share) as usize]
}

/// Measures `ask` at many moments, and prints the median and the 99th percentile.
fn measure(what: &str, rounds: u64, ops: u64, mut ask: impl FnMut(u64)) {
    let mut times: Vec<Length> = (0..rounds)
        .map(|round| {
            let at = 1 + round.wrapping_mul(0x9e37_79b9_7f4a_7c15) % ops;
            let begun = Instant::now();
            ask(at);
            begun.elapsed()
        })
        .collect();
    let (median, p99) = (percentile(&mut times, 0.5), percentile(&mut times, 0.99));
    println!("{what:<44} median {median:>10.1?}   p99 {p99:>10.1?}");
}

/// Reads anywhere in a recording of any content.
fn access(file: &Path) {
    let recording = Recording::open(file, &OpenOptions::default()).unwrap();
    let session = recording.sessions().unwrap().remove(0);
    let lineage = recording.lineage(session.no).unwrap();
    let ops = session.operations;
    measure("60 operations anywhere", 2000, ops, |at| {
        assert!(recording.operations(&lineage, Seq(at)..=Seq(at + 59), 60).is_ok());
    });
    let objects: Vec<_> = (1..=2000)
        .filter_map(|n| recording.operation(&lineage, Seq(1 + n * 7919 % ops)).unwrap())
        .filter_map(|operation| Some((operation.seq, operation.object?)))
        .collect();
    let mut next = objects.iter().cycle();
    measure("object at a moment (world), body included", objects.len() as u64, ops, |_| {
        let Some((seq, object)) = next.next() else { return };
        let seen = recording.object_at(&lineage, *seq, Perspective::World, *object).unwrap();
        if let Some(body) = seen.version.and_then(|version| version.body) {
            assert!(recording.body(body).unwrap().is_some());
        }
    });
}

fn questions(file: &Path, ops: u64) {
    let begun = Instant::now();
    let recording = Recording::open(file, &OpenOptions::default()).unwrap();
    let session = recording.sessions().unwrap()[0].no;
    let lineage = recording.lineage(session).unwrap();
    let first = recording.operations(&lineage, Seq(1)..=Seq(60), 60).unwrap();
    println!("{:<44} {:>10.1?}", "open, sessions, first 60 operations", begun.elapsed());
    assert_eq!((first.len(), session), (60, SessionNo(0)));
    let object = first[0].object.unwrap();
    let viewer = Perspective::View(first[0].viewer);
    measure("60 operations anywhere", 2000, ops, |at| {
        assert!(!recording.operations(&lineage, Seq(at)..=Seq(at + 59), 60).unwrap().is_empty());
    });
    for (what, from) in
        [("object at a moment (world), body included", Perspective::World), ("object at a moment (view), body included", viewer)]
    {
        measure(what, 2000, ops, |at| {
            let seen = recording.object_at(&lineage, Seq(at), from, object).unwrap();
            if let Some(body) = seen.version.and_then(|version| version.body) {
                assert!(recording.body(body).unwrap().is_some());
            }
        });
    }
    measure("all objects at a moment (world)", 60, ops, |at| {
        assert!(recording.objects_at(&lineage, Seq(at), Perspective::World, None, 1000).unwrap().len() as u64 <= OBJECTS);
    });
    measure("density, 120 columns, all of it", 60, ops, |_| {
        let all = recording.density(&lineage, Seq(1)..=lineage.last(), 120).unwrap();
        assert_eq!(all.iter().map(|part| part.total()).sum::<u64>(), ops);
    });
    measure("next error, where there is none", 200, ops, |at| {
        assert_eq!(recording.step(&lineage, Seq(at), Direction::Forward, &StepTarget::Error).unwrap(), None);
    });
    measure("100 versions of an object back from there", 200, ops, |at| {
        assert!(recording.versions(&lineage, object, Seq(1)..=Seq(at), Direction::Backward, 100).unwrap().len() <= 100);
    });
    measure("moment of a time", 1000, ops, |at| {
        assert_eq!(recording.at_time(&lineage, Timestamp(START + at as i64 * 1_000_000)).unwrap(), Seq(at));
    });
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, what, file, ..] = arguments.as_slice()
        && what == "--open"
    {
        return open_alone(Path::new(file));
    }
    let after = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    let ops: u64 = after("--ops").map_or(1_000_000, |ops| ops.parse().expect("--ops takes a number"));
    let folder = after("--dir").map_or_else(tempfile::tempdir, tempfile::tempdir_in).unwrap();
    println!(
        "{ops} operations, bodies of {} bytes, {OBJECTS} objects, {} cores",
        body(1, 100).len(),
        std::thread::available_parallelism().unwrap()
    );
    println!("{:<44} {:>10.0} a second", "fsync of 512 bytes", fsyncs(folder.path()));
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        println!("{:<44} {:>10}", "load of the machine", load.split(' ').next().unwrap_or_default());
    }
    if let Some(deployments) = after("--rollout") {
        return roll_out(&folder.path().join("rollout.db"), deployments.parse().expect("--rollout takes a number"));
    }
    if let Some(from) = after("--recompress") {
        let (begun, to) = (Instant::now(), folder.path().join("recompressed.db"));
        let rewritten = recompress::recompress(Path::new(from), &to);
        let recompress::Rewritten { operations, delivered, distinct } = rewritten;
        println!("{operations} operations rewritten in {:.1?}, it was {} bytes", begun.elapsed(), size(Path::new(from)));
        print_sizes(&to, operations, delivered, distinct);
        return access(&to);
    }
    let few = (ops / 100).clamp(200, 5_000);
    for (what, settings, ops) in [
        ("one INSERT per operation, default journal", "", few / 5),
        ("one INSERT per operation, WAL FULL", "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", few),
        ("one INSERT per operation, WAL NORMAL", "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", few * 4),
    ] {
        let took = plain_inserts(&folder.path().join(format!("plain-{}.db", what.len())), ops, settings);
        println!("{what:<44} {:>10.0} ops/s", rate(ops, took));
    }
    let only: Option<u64> = after("--share").map(|share| share.parse().expect("--share takes a number"));
    let mixes = [("a new version each", 1), ("one new version in three", 3)];
    for (what, share) in mixes.into_iter().filter(|(_, share)| only.is_none_or(|only| only == *share)) {
        let file = folder.path().join(format!("bench-{share}.db"));
        let ingest = ingest(&file, ops, share);
        let of_core = ingest.on_core.map_or(String::new(), |took| format!("   {:>10.0} per second of a core", rate(ops, took)));
        println!("{what:<44} {:>10.0} ops/s{of_core}", rate(ops, ingest.took));
        print_sizes(&file, ops, ingest.delivered, ingest.distinct);
        questions(&file, ops);
        in_a_process_of_its_own(&file);
    }
}

/// Opens the recording in a new process, so that only its own memory is counted.
fn in_a_process_of_its_own(file: &Path) {
    let program = std::env::current_exe().unwrap();
    let said = std::process::Command::new(program).arg("--open").arg(file).output().unwrap();
    print!("{}", String::from_utf8_lossy(&said.stdout));
}

/// Opens a recording like a starting program, and runs its first queries.
fn open_alone(file: &Path) {
    let begun = Instant::now();
    let recording = Recording::open(file, &OpenOptions::default()).unwrap();
    let lineage = recording.lineage(recording.sessions().unwrap()[0].no).unwrap();
    let first = recording.operations(&lineage, Seq(1)..=Seq(60), 60).unwrap();
    let opened = begun.elapsed();
    assert_eq!(first.len(), 60);
    for part in 1..=50 {
        let at = Seq(lineage.last().0 * part / 50);
        assert!(recording.object_at(&lineage, at, Perspective::World, first[0].object.unwrap()).unwrap().version.is_some());
        recording.objects_at(&lineage, at, Perspective::World, None, 1000).unwrap();
    }
    let anonymous = anonymous_memory();
    println!("{:<44} {opened:>10.1?}   anonymous memory after 50 moments {anonymous}", "opened in a process of its own");
}
