//! Measures the detectors: on a recording of 1,000,000 operations with 200,000 new versions and 200,000 reconciles, from the
//! file and then from stored findings; live, per operation, with and without a new version; and `why` in a recording of this
//! size. `cargo bench --bench detectors [-- OPERATIONS]`.
//!
//! Prints wall time and CPU time over all threads. On a loaded machine CPU time is more meaningful.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration as Wait, Instant};

use kuberewind_analysis::findings;
use kuberewind_analysis::queries::why::{EffectLimits, effects, why_operation};
use kuberewind_analysis::settings::Settings;
use kuberewind_analysis::stream::{Item, Reader};
use kuberewind_analysis::{Runner, run};
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Certainty, Detail, Duration, Error, ErrorKind, Event, History, KindRef, Lineage, NewOperation, NewSpan, NewTrigger, NewWatch,
    Observation, ObservationKind, Observations, Result, Seq, Shape, Sink, SpanEnd, SpanKey, SpanResult, Target, Text, Timestamp,
    Verb, WatchKey,
};

const START: Timestamp = Timestamp(1_770_200_000_000_000_000);
const OBJECTS: u64 = 200;
const WATCHERS: u64 = 3;
/// A write, three deliveries of it, and a read: five operations, one new version.
const ROUND: u64 = WATCHERS + 2;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse::<u64>().ok());
    let operations = asked.unwrap_or(1_000_000);
    let folder = std::env::temp_dir().join(format!("kuberewind-bench-{}", std::process::id()));
    let failed = |step: &str, error| Error::new(ErrorKind::Io, format!("{step} {}", folder.display())).because(error);
    std::fs::create_dir_all(&folder).map_err(|error: std::io::Error| failed("cannot make", error))?;
    let outcome = measure(&folder.join("run.db"), operations);
    std::fs::remove_dir_all(&folder).map_err(|error| failed("cannot remove", error))?;
    outcome
}

fn measure(file: &std::path::Path, operations: u64) -> Result<()> {
    let versions = write(file, operations)?;
    let recording = Recording::open(file, &OpenOptions::default())?;
    let session = recording.sessions()?.pop().ok_or_else(|| Error::new(ErrorKind::NotFound, "there is no session"))?;
    let lineage = recording.lineage(session.no)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("{operations} operations, {versions} new versions of {} bytes each, {cores} cores", body(0, 0).len());
    let size = |file: &std::path::Path| std::fs::metadata(file).map_or(0, |found| found.len() >> 10);
    let before = size(file);
    let settings = Settings::default();
    let look = || findings(&recording, &recording, (&session, &lineage), &settings, &mut |_| ControlFlow::Continue(()));
    let before_it = held_at_most_from_now_on();
    let (analysis, first) = timed(look)?;
    let held = held_at_most().zip(before_it);
    let (again, kept) = timed(look)?;
    let grown = size(file).saturating_sub(before);
    let ((), only) = timed(|| run(&recording, &lineage, "bench", &settings, &mut |_| ControlFlow::Continue(())).map(drop))?;
    let (items, reading) = timed(|| read(&recording, &lineage))?;
    let (with, without) = live(&recording, &lineage)?;
    let (chain, why) = timed(|| why_operation(&recording, &lineage, Seq(lineage.last().0 - ROUND + 1), 24))?;
    let (led, effects) = timed(|| effects(&recording, &lineage, Seq(1), EffectLimits::default()))?;
    println!("| what | measured | goal |");
    println!("|---|---|---|");
    println!("| all detectors, once, and what they found kept | {first} | ≤ 5 s |");
    println!("| the same again, from what was kept | {kept} | |");
    println!("| all detectors, nothing kept | {only} | |");
    println!("| of which reading alone, on one core | {reading} | |");
    println!("| live, an operation with a new version | {:.2} µs | ≤ 25 µs |", micros(with.0, with.1));
    println!("| live, any other operation | {:.2} µs | ≤ 1 µs |", micros(without.0, without.1));
    println!("| why was the last write made, {} links | {why} | ≤ 50 ms |", chain.links.len());
    println!("| what did the first write lead to, {} effects | {effects} | ≤ 50 ms |", led.effects.len());
    println!("{} findings, {items} operations read, {grown} KiB kept, {before} KiB before", analysis.findings.len());
    if let Some((most, then)) = held {
        println!("looking for them once, the process held at most {} MB, {} MB when it began", most >> 10, then >> 10);
    }
    if again != analysis {
        return Err(Error::new(ErrorKind::Damaged, "what was kept is not what was found"));
    }
    Ok(())
}

/// Wall time, and CPU time of the process.
struct Took {
    wall: Wait,
    work: Option<Wait>,
}

impl std::fmt::Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |took: Wait| {
            if took >= Wait::from_millis(500) {
                format!("{:.2} s", took.as_secs_f64())
            } else {
                format!("{:.2} ms", took.as_secs_f64() * 1e3)
            }
        };
        match self.work.filter(|work| *work >= Wait::from_millis(100)) {
            Some(work) => write!(f, "{} ({} of work)", shown(self.wall), shown(work)),
            None => f.write_str(&shown(self.wall)),
        }
    }
}

fn timed<T>(what: impl FnOnce() -> Result<T>) -> Result<(T, Took)> {
    let (begun, worked) = (Instant::now(), work());
    let made = what()?;
    let work = work().zip(worked).map(|(now, then)| now.saturating_sub(then));
    Ok((made, Took { wall: begun.elapsed(), work }))
}

/// CPU time of the process on all threads. Linux counts in hundredths of a second.
fn work() -> Option<Wait> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Wait::from_millis(ticks * 10))
}

/// Peak memory of the process in KiB.
fn held_at_most() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// Resets the peak and returns the current memory.
fn held_at_most_from_now_on() -> Option<u64> {
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    held_at_most()
}

fn read(recording: &Recording, lineage: &Lineage) -> Result<u64> {
    let mut items = 0;
    let mut reader = Reader::after(Seq::START);
    while reader.read(recording, lineage, &mut |item| items += u64::from(matches!(black_box(item), Item::Operation(_))))? {}
    Ok(items)
}

fn micros(took: Wait, count: u64) -> f64 {
    took.as_secs_f64() * 1e6 / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX))
}

/// Measures the detectors alone, by kind of operation. Items are prepared in memory, as for a live session.
fn live(recording: &Recording, lineage: &Lineage) -> Result<((Wait, u64), (Wait, u64))> {
    let mut runner = Runner::new(&Settings::default());
    let mut reader = Reader::after(Seq::START);
    let (mut with, mut without) = ((Wait::ZERO, 0), (Wait::ZERO, 0));
    let mut window = Vec::new();
    while reader.read(recording, lineage, &mut |item| window.push(item))? {
        // Runs of the same kind are timed together, so that reading the clock does not count.
        let new = |item: &Item| matches!(item, Item::Operation(seen) if seen.text.is_some());
        for run in window.chunk_by(|one, other| new(one) == new(other)) {
            let begun = Instant::now();
            run.iter().for_each(|item| runner.take(item));
            let sum = if new(&run[0]) { &mut with } else { &mut without };
            *sum = (sum.0 + begun.elapsed(), sum.1 + u64::try_from(run.len()).unwrap_or(u64::MAX));
        }
        window.clear();
    }
    Ok((with, without))
}

/// A Deployment of about 4 KiB, as the API server sends it.
fn body(object: u64, round: u64) -> String {
    let fields: String = (0..30).map(|n| format!(r#""f:field{n}":{{".":{{}},"f:value":{{}}}},"#)).collect();
    let env: String = (0..12).map(|n| format!(r#"{{"name":"VARIABLE_{n}","value":"a value of some length {n}"}},"#)).collect();
    let labels: String = (0..8).map(|n| format!(r#""app.kubernetes.io/label-{n}":"value-{n}","#)).collect();
    format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"app-{object}","namespace":"shop","uid":"00000000-0000-4000-8000-{object:012}","resourceVersion":"{rv}","generation":{round},"creationTimestamp":"2026-02-04T10:13:21Z","labels":{{{labels}"z":"z"}},"managedFields":[{{"manager":"operator","operation":"Update","apiVersion":"apps/v1","time":"2026-02-04T10:13:21Z","fieldsType":"FieldsV1","fieldsV1":{{{fields}"f:z":{{}}}}}}]}},"spec":{{"replicas":{replicas},"selector":{{"matchLabels":{{"app":"app-{object}"}}}},"template":{{"spec":{{"containers":[{{"name":"app","image":"registry.example.com/app:{round}","env":[{env}{{"name":"LAST","value":"x"}}],"resources":{{"limits":{{"cpu":"1","memory":"1Gi"}}}}}}]}}}}}},"status":{{"observedGeneration":{round},"replicas":{replicas},"conditions":[{{"type":"Available","status":"True","lastTransitionTime":"2026-02-04T10:13:21Z","reason":"MinimumReplicasAvailable"}},{{"type":"Progressing","status":"True","lastTransitionTime":"2026-02-04T10:13:21Z","reason":"NewReplicaSetAvailable"}}]}}}}"#,
        rv = 1_000 + round * OBJECTS + object,
        replicas = round % 7,
    )
}

fn deployments() -> KindRef {
    KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() }
}

fn actor(number: u64) -> Arc<str> {
    format!("operator-{number}").into()
}

fn write(file: &std::path::Path, operations: u64) -> Result<u64> {
    let mut new = NewSession::new("bench", START, 7);
    new.limits.max_operations = u64::MAX;
    let mut writer = SessionWriter::begin(file, new)?;
    for watcher in 0..WATCHERS {
        writer.take(Event::WatchOpened(NewWatch {
            key: WatchKey(watcher),
            actor: actor(watcher),
            kind: deployments(),
            namespace: "".into(),
            selector: "".into(),
            from_resource_version: "".into(),
            initial_events: false,
        }))?;
    }
    let rounds = operations / ROUND;
    for number in 0..rounds {
        let (object, round) = (number % OBJECTS, number / OBJECTS + 1);
        let text = Text { bytes: body(object, round).into_bytes().into(), cut: false };
        let span = SpanKey(number + 1);
        writer.take(Event::SpanStarted(reconcile(span, object, writer.last())))?;
        for place in 0..ROUND {
            let last = writer.last();
            let mut written = operation(object, round, place, last, &text);
            written.span = (place == 0).then_some(span);
            writer.take(Event::Operation(Box::new(written)))?;
            if place == 0 {
                let at = at(writer.last());
                let end = SpanEnd { span, at, result: SpanResult::Ok, error: "".into(), requeue_after: None };
                writer.take(Event::SpanEnded(end))?;
            }
        }
    }
    writer.finish()?;
    Ok(rounds)
}

fn at(last: Seq) -> Timestamp {
    START.plus(Duration(last.0 * 700_000))
}

/// A reconcile by the writer, triggered by the last delivery of the previous round.
fn reconcile(key: SpanKey, object: u64, last: Seq) -> NewSpan {
    let trigger = NewTrigger {
        operation: Some(last.prev()).filter(|delivery| *delivery > Seq::START),
        uid: "".into(),
        resource_version: "".into(),
        reason: "object updated".into(),
        certainty: Certainty::Exact,
    };
    NewSpan {
        key,
        label: format!("R{}", key.0).into(),
        at: at(last),
        actor: actor(WATCHERS),
        kind: Some(deployments()),
        kind_name: "Deployment".into(),
        namespace: "shop".into(),
        name: format!("app-{object}").into(),
        attempt: 1,
        inferred: None,
        triggers: vec![trigger],
    }
}

fn sight(object: u64, round: u64, text: &Text) -> Observation {
    Observation {
        observation_kind: ObservationKind::State,
        kind: deployments(),
        kind_name: "Deployment".into(),
        api_version: "apps/v1".into(),
        namespace: "shop".into(),
        name: format!("app-{object}").into(),
        uid: format!("00000000-0000-4000-8000-{object:012}").into(),
        resource_version: (1_000 + round * OBJECTS + object).to_string().into(),
        generation: i64::try_from(round).ok(),
        shape: Shape::Full,
        created: false,
        body: Some(text.clone()),
    }
}

/// The write of a round, its deliveries, and the read that follows.
fn operation(object: u64, round: u64, place: u64, last: Seq, text: &Text) -> NewOperation {
    let (who, verb) = match place {
        0 => (WATCHERS, Verb::Update),
        1..=WATCHERS => (place - 1, Verb::Modified),
        _ => (WATCHERS, Verb::Get),
    };
    let base = if place == 0 { (1_000 + round.saturating_sub(1) * OBJECTS + object).to_string() } else { String::new() };
    NewOperation {
        duration: Duration(300_000),
        started_after: last,
        request: (place == 0).then(|| text.clone()),
        observations: Observations::Object(Box::new(sight(object, round, text))),
        watch: verb.is_watch_event().then_some(WatchKey(place.saturating_sub(1))),
        detail: Detail { precondition: base.into(), ..Detail::default() },
        ..NewOperation::done(at(last), actor(who), verb, Target::object(deployments(), "shop", format!("app-{object}")))
    }
}
