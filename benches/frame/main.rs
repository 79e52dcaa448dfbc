//! Latency from a key to the frame that shows its effect: in the program on a pseudo terminal of 200 columns and 60 rows, and of
//! drawing alone in memory. Prints tables; run it with `cargo bench --bench frame`.

use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{
    Event, KindRef, NewOperation, Observation, ObservationKind, Observations, Seq, Shape, Sink, Target, Text, Timestamp, Verb,
};
use kuberewind_session::OpenRecording;
use kuberewind_tui::draw::draw;
use kuberewind_tui::headless::Headless;
use kuberewind_tui::theme::{Depth, Theme};
use ratatui::backend::TestBackend;

mod terminal;

use terminal::{Region, Terminal};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Operations in the recording [default of `KUBEREWIND_BENCH_OPERATIONS`].
const OPERATIONS: u64 = 1_000_000;
/// One in `PER_VERSION` operations has a new version of its object: 170 lines.
const PER_VERSION: u64 = 8;
const SAMPLES: usize = 300;
const SIZE: (u16, u16) = (200, 60);

fn main() -> Fallible<()> {
    let operations = match std::env::var("KUBEREWIND_BENCH_OPERATIONS") {
        Ok(number) => number.parse()?,
        Err(_) => OPERATIONS,
    };
    let folder = tempfile::tempdir()?;
    // `KUBEREWIND_BENCH_FILE` names an existing recording.
    let file = std::env::var_os("KUBEREWIND_BENCH_FILE").map_or_else(|| folder.path().join("bench.db"), Into::into);
    if !file.exists() {
        record(&file, operations)?;
    }
    let cores = std::thread::available_parallelism()?;
    println!("{} operations, {cores} cores\n", grouped(operations));
    println!("| what, on a terminal of {}x{} | median | p99 | longest | goal |", SIZE.0, SIZE.1);
    println!("|---|---|---|---|---|");
    program(&file, operations, folder.path())?;
    println!("\n| what, in memory | median | p99 | longest |");
    println!("|---|---|---|---|");
    drawing(&file)
}

fn grouped(number: u64) -> String {
    kuberewind_text::grouped(number)
}

/// Measures the program on a pseudo terminal.
fn program(file: &Path, operations: u64, state: &Path) -> Fallible<()> {
    let file = file.to_str().ok_or("the path is no text")?;
    let total = grouped(operations);
    let here = |number: u64| format!("#{number} of {total}");
    let mut first = Histogram::<u64>::new(3)?;
    for _ in 0..9 {
        let begin = Instant::now();
        // Set a theme, because this terminal does not reply to queries of its background.
        let mut terminal = Terminal::start(&[file, "--no-mouse", "--theme", "dark"], state, SIZE)?;
        terminal.until(Region::Status, &here(operations))?;
        first.record(u64::try_from(begin.elapsed().as_nanos())?)?;
        terminal.leave()?;
    }
    row("process start to first frame", &first, "100 ms");
    let mut terminal = Terminal::start(&[file, "--no-mouse", "--theme", "dark"], state, SIZE)?;
    terminal.until(Region::Status, &here(operations))?;
    let mut at = operations;
    let steps = sampled(|_| {
        at -= 1;
        terminal.keys(",")?;
        terminal.until(Region::Status, &here(at))
    })?;
    row("key to frame: step back", &steps, "16 ms");
    let anywhere = sampled(|sample| {
        // Multiplication by a large odd number spreads the samples over the recording.
        at = 1 + u64::try_from(sample)?.wrapping_mul(0x9E37_79B9_7F4A_7C15) % operations;
        terminal.keys(&format!("{at}G"))?;
        terminal.until(Region::Status, &here(at))
    })?;
    row("key to frame: any operation", &anywhere, "16 ms");
    let rows = sampled(|sample| {
        at = 1 + u64::try_from(sample)?.wrapping_mul(0xD1B5_4A32_D192_ED03) % operations;
        terminal.keys(&format!("{at}G"))?;
        terminal.until(Region::Status, &format!("{}  ", here(at)))
    })?;
    row("… its row read from the file", &rows, "16 ms");
    held(&mut terminal, &here)?;
    filtered(&mut terminal, &total, operations)?;
    println!("| anonymous memory | {} MB | | | 150 MB |", terminal.memory()? / 1_000);
    terminal.leave()
}

/// Measures a held step key: many keys at once, until the screen shows the last step.
fn held(terminal: &mut Terminal, here: &dyn Fn(u64) -> String) -> Fallible<()> {
    const KEYS: usize = 600;
    terminal.keys("1000G")?;
    terminal.until(Region::Status, &here(1_000))?;
    let begin = Instant::now();
    terminal.keys(&".".repeat(KEYS))?;
    terminal.until(Region::Status, &here(1_000 + KEYS as u64))?;
    let each = begin.elapsed() / u32::try_from(KEYS)?;
    println!("| a step of {KEYS} that wait, the screen up to date at the end | {each:.2?} | | | 33 ms, a keyboard's pace |");
    Ok(())
}

/// Measures a filter with few matches, a filter without matches, and a key while that filter runs.
fn filtered(terminal: &mut Terminal, total: &str, operations: u64) -> Fallible<()> {
    let (mut hits, mut all, mut none, mut key) =
        (Histogram::<u64>::new(3)?, Histogram::<u64>::new(3)?, Histogram::<u64>::new(3)?, Histogram::<u64>::new(3)?);
    let nanos = |length: Duration| u64::try_from(length.as_nanos());
    for round in 0..9 {
        // A different filter each time, because results are cached.
        let begin = Instant::now();
        terminal.keys(&format!("fname==app-{:02} and verb==patch and n!={round}\r", 3 + round))?;
        terminal.until(Region::Titles, &format!("/{total})"))?;
        while terminal.until(Region::Titles, &format!("/{total})")).is_ok() && terminal.shows_none(total) {
            terminal.more()?;
        }
        hits.record(nanos(begin.elapsed())?)?;
        terminal.until_gone("scanning")?;
        all.record(nanos(begin.elapsed())?)?;
        terminal.keys("\u{1b}")?;
        terminal.until_gone("filter:")?;
        let begin = Instant::now();
        terminal.keys(&format!("fname==nobody-{round}\r"))?;
        terminal.until(Region::Titles, "scanning")?;
        let pressed = Instant::now();
        terminal.keys("?")?;
        terminal.until(Region::Anywhere, "type to filter")?;
        key.record(nanos(pressed.elapsed())?)?;
        terminal.keys("\u{1b}")?;
        terminal.until_gone("type to filter")?;
        terminal.until(Region::Anywhere, &format!("0 of {total} match"))?;
        none.record(nanos(begin.elapsed())?)?;
        terminal.keys("\u{1b}")?;
        terminal.until_gone("filter:")?;
    }
    let goal = if operations > 1_000_000 { "5 s" } else { "1 s" };
    row("filter on two columns: first hits", &hits, "100 ms");
    row("… done", &all, goal);
    row("filter that nothing passes: done", &none, goal);
    row("… a key while it runs", &key, "16 ms");
    Ok(())
}

fn sampled(mut sample: impl FnMut(usize) -> Fallible<Duration>) -> Fallible<Histogram<u64>> {
    let mut times = Histogram::<u64>::new(3)?;
    for number in 0..SAMPLES {
        times.record(u64::try_from(sample(number)?.as_nanos())?)?;
    }
    Ok(times)
}

fn row(what: &str, times: &Histogram<u64>, goal: &str) {
    let at = |quantile| Duration::from_nanos(times.value_at_quantile(quantile));
    println!("| {what} | {:.1?} | {:.1?} | {:.1?} | {goal} |", at(0.5), at(0.99), at(1.0));
}

/// Measures drawing alone, and steps with all worker answers, without a terminal.
fn drawing(file: &Path) -> Fallible<()> {
    let recording = OpenRecording::new(Box::new(Recording::open(file, &OpenOptions::default())?), None)?;
    let mut stage = Headless::open(recording, "bench.db", SIZE, Theme::load("dark", Depth::True)?)?;
    let mut terminal = ratatui::Terminal::new(TestBackend::new(SIZE.0, SIZE.1))?;
    let theme = Theme::load("dark", Depth::True)?;
    let mut frame = |stage: &Headless| -> Fallible<()> {
        terminal.draw(|frame| draw(frame, frame.area(), &stage.state, &theme))?;
        Ok(())
    };
    timed("a frame, nothing new", |_| frame(&stage))?;
    timed("step back, every answer waited for", |_| {
        stage.keys(",")?;
        frame(&stage)
    })?;
    timed("previous write, every answer waited for", |_| {
        stage.keys("(")?;
        frame(&stage)
    })?;
    stage.script("filter verb==patch")?;
    timed("a frame under a filter", |_| frame(&stage))?;
    timed("step back under a filter, every answer waited for", |_| {
        stage.keys(",")?;
        frame(&stage)
    })
}

fn timed(what: &str, mut sample: impl FnMut(usize) -> Fallible<()>) -> Fallible<()> {
    let times = sampled(|number| {
        let begin = Instant::now();
        sample(number)?;
        Ok(begin.elapsed())
    })?;
    let at = |quantile| Duration::from_nanos(times.value_at_quantile(quantile));
    println!("| {what} | {:.2?} | {:.2?} | {:.2?} |", at(0.5), at(0.99), at(1.0));
    Ok(())
}

/// Records two actors that write objects of 170 lines in turns and receive each other's writes.
fn record(file: &Path, operations: u64) -> Fallible<()> {
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
        let rv = 1 + number / PER_VERSION;
        let operation = operation(start, number, rv, actor, verb);
        writer.take(Event::Operation(Box::new(operation)))?;
    }
    writer.finish()?;
    Ok(())
}

fn operation(start: Timestamp, number: u64, rv: u64, actor: &str, verb: Verb) -> NewOperation {
    let kind = KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() };
    let sight = Observation {
        observation_kind: ObservationKind::State,
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
    let target = Target::object(kind, "shop", sight.name.clone());
    NewOperation {
        duration: kuberewind_model::Duration::from_millis(2),
        started_after: Seq(number - 1),
        observations: Observations::Object(Box::new(sight)),
        ..NewOperation::done(start.plus(kuberewind_model::Duration::from_millis(number)), actor, verb, target)
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
