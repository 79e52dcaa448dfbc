//! How long a frame takes, and how long it is from a key to the frame that shows its effect, answers of the recording
//! included. Prints a table; run it with `cargo bench --bench frame`.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use kuberewind::model::{
    Detail, Event, KindRef, NewOperation, Outcome, Seq, Shape, Shown, Sight, SightKind, Sink, Target, Text, Timestamp, Verb,
};
use kuberewind::session::OpenRecording;
use kuberewind::store::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind::tui::draw::draw;
use kuberewind::tui::stage::Stage;
use kuberewind::tui::theme::{Depth, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Operations in the recording; `KUBEREWIND_BENCH_OPERATIONS` sets another number.
const OPERATIONS: u64 = 20_000;
const SAMPLES: usize = 500;

fn main() -> Fallible<()> {
    let operations = match std::env::var("KUBEREWIND_BENCH_OPERATIONS") {
        Ok(number) => number.parse()?,
        Err(_) => OPERATIONS,
    };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bench.db");
    record(&file, operations)?;
    println!("{operations} operations; two states of 170 lines take turns; {SAMPLES} samples each\n");
    println!("| what | size | median | p99 | longest |");
    println!("|---|---|---|---|---|");
    for size in [(120, 40), (200, 60)] {
        measure(&file, size)?;
    }
    Ok(())
}

fn measure(file: &std::path::Path, size: (u16, u16)) -> Fallible<()> {
    let begin = Instant::now();
    let recording = OpenRecording::new(Box::new(Recording::open(file, &OpenOptions::default())?), None)?;
    let mut stage = Stage::open(recording, "bench.db", size, Theme::load("dark", Depth::True)?)?;
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1))?;
    let theme = Theme::load("dark", Depth::True)?;
    let mut frame = |stage: &Stage| -> Fallible<()> {
        terminal.draw(|frame| draw(frame, frame.area(), &stage.state, &theme))?;
        Ok(())
    };
    frame(&stage)?;
    println!("| open to the first frame | {}x{} | {:.1?} | | |", size.0, size.1, begin.elapsed());
    stage.keys("z R")?;
    timed("a frame, nothing new", size, |_| frame(&stage))?;
    timed("key to frame: step back", size, |_| {
        stage.keys(",")?;
        frame(&stage)
    })?;
    timed("key to frame: previous write", size, |_| {
        stage.keys("(")?;
        frame(&stage)
    })?;
    let last = stage.state.snapshot.lineage.last().0;
    timed("cursor anywhere to frame", size, |sample| {
        // A multiplicative walk: no two neighbours near each other.
        let to = 1 + u64::try_from(sample)?.wrapping_mul(0x9E37_79B9_7F4A_7C15) % last;
        let keys: Vec<String> = to.to_string().chars().map(String::from).collect();
        stage.keys(&format!("{} G", keys.join(" ")))?;
        frame(&stage)
    })
}

fn timed(what: &str, size: (u16, u16), mut sample: impl FnMut(usize) -> Fallible<()>) -> Fallible<()> {
    let mut times = Histogram::<u64>::new(3)?;
    for number in 0..SAMPLES {
        let begin = Instant::now();
        sample(number)?;
        times.record(u64::try_from(begin.elapsed().as_nanos())?)?;
    }
    let at = |quantile| Duration::from_nanos(times.value_at_quantile(quantile));
    println!("| {what} | {}x{} | {:.2?} | {:.2?} | {:.2?} |", size.0, size.1, at(0.5), at(0.99), at(1.0));
    Ok(())
}

/// Two actors that write states of 170 lines in turns, and are told of each other's.
fn record(file: &std::path::Path, operations: u64) -> Fallible<()> {
    let start = Timestamp(1_770_200_000_000_000_000);
    let mut new = NewSession::new("bench", start, 7);
    new.limits.max_operations = operations;
    let mut writer = SessionWriter::begin(file, new)?;
    for number in 1..=operations {
        let (actor, verb) = match number % 4 {
            0 => ("operator", Verb::Patch),
            1 => ("scaler", Verb::Modified),
            2 => ("scaler", Verb::Update),
            _ => ("operator", Verb::Modified),
        };
        // A write gives the next version; the delivery after it shows the same.
        let rv = number.div_ceil(2) + u64::from(number % 2 == 0);
        let operation = operation(start, number, rv, actor, verb);
        writer.take(Event::Operation(Box::new(operation)))?;
    }
    writer.finish()?;
    Ok(())
}

fn operation(start: Timestamp, number: u64, rv: u64, actor: &str, verb: Verb) -> NewOperation {
    let kind = KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() };
    let sight = Sight {
        says: SightKind::State,
        kind: kind.clone(),
        kind_name: "Deployment".into(),
        api_version: "apps/v1".into(),
        namespace: "shop".into(),
        name: format!("app-{:02}", number / 400 % 50).into(),
        uid: format!("uid-{}", number / 400 % 50).into(),
        resource_version: rv.to_string().into(),
        generation: Some(1),
        shape: Shape::Full,
        created: false,
        body: Some(Text { bytes: body(rv).into_bytes().into(), cut: false }),
    };
    NewOperation {
        at: start.plus(kuberewind::model::Duration::from_millis(number)),
        duration: kuberewind::model::Duration::from_millis(2),
        started_after: Seq(number - 1),
        actor: actor.into(),
        verb,
        target: Target { kind: Some(kind), namespace: "shop".into(), name: sight.name.clone(), subresource: "".into() },
        status: 200,
        outcome: Outcome::Done,
        error: "".into(),
        request: None,
        response: None,
        shown: Shown::Object(Box::new(sight)),
        span: None,
        watch: None,
        detail: Detail::default(),
    }
}

fn body(rv: u64) -> String {
    let env: Vec<String> = (0..70)
        .map(|at| {
            let value = if at % 9 == 0 { format!("value of round {rv}") } else { format!("value number {at}") };
            format!(r#"{{"name":"VARIABLE_{at}","value":"{value}"}}"#)
        })
        .collect();
    format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"app","namespace":"shop","resourceVersion":"{rv}"}},"spec":{{"replicas":{},"template":{{"spec":{{"containers":[{{"name":"web","image":"shop/app:{rv}","env":[{}]}}]}}}}}},"status":{{"observedGeneration":{rv},"readyReplicas":3}}}}"#,
        3 + rv % 3,
        env.join(",")
    )
}
