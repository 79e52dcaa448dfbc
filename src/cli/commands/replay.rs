//! `kuberewind replay`: prints a session, or steps through it as KubeStep does.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal};

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::find_moment;
use crate::cli::operations::range::OperationRange;
use crate::cli::storage::StorageArgs;
use crate::cli::target::RecordingArgs;
use crate::cli::{output, session};
use kuberewind_model::{Direction, Moment, Result, Seq, StepTarget};
use kuberewind_report::{Names, OperationLine, json_line, operation_json};
use kuberewind_session::OpenRecording;

#[derive(Debug, Args)]
pub struct ReplayArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    /// Step with n (next), b (back), r (to the start), s (statistics), q (quit)
    #[arg(short, long)]
    interactive: bool,
    /// Accepted for KubeStep's scripts: there is no progress bar
    #[arg(short, long, hide = true)]
    quiet: bool,
    #[command(flatten)]
    storage: StorageArgs,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &ReplayArgs) -> Result<Exit> {
    let target = args.recording.target()?;
    let mut recording = session::open_newest(&target)?;
    let from = match &target.moment {
        Some(moment) => find_moment(&mut recording, moment)?,
        None => Seq::START,
    };
    let names = Names::read(recording.source())?;
    if args.interactive {
        return interactive(&mut recording, &names, from);
    }
    let line = OperationLine { names: &names, start: recording.session().start };
    if args.format.format == Format::Text {
        output::print(&heading(&recording))?;
    }
    let range = OperationRange { from, to: recording.lineage().last() };
    for operation in range.operations(&recording) {
        let operation = operation?;
        match args.format.format {
            Format::Text => output::print(&format!("{}\n", line.text(&operation)))?,
            Format::Json => output::print(&format!("{}\n", json_line(&operation_json(&names, &operation))))?,
        }
    }
    Ok(Exit::Done)
}

fn heading(recording: &OpenRecording) -> String {
    let session = recording.session();
    let name = kuberewind_text::printable(&session.session_id).into_owned();
    format!("{name}: {} operations, {}\n", recording.lineage().len(), session.end.since(session.start))
}

/// Reads commands from stdin. An empty line means n.
fn interactive(recording: &mut OpenRecording, names: &Names, from: Moment) -> Result<Exit> {
    let line = OperationLine { names, start: recording.session().start };
    recording.move_to(from);
    output::print(&heading(recording))?;
    output::print("n next · b back · r to the start · s statistics · q quit\n")?;
    let mut input = io::stdin().lock();
    loop {
        if io::stdin().is_terminal() {
            output::print("> ")?;
        }
        let mut word = String::new();
        let read = input.read_line(&mut word);
        if !matches!(read, Ok(count) if count > 0) {
            return Ok(Exit::Done);
        }
        match word.trim() {
            "q" | "quit" => return Ok(Exit::Done),
            "" | "n" | "next" => step(recording, Direction::Forward, &line)?,
            "b" | "back" => step(recording, Direction::Backward, &line)?,
            "r" | "reset" => {
                recording.move_to(Seq::START);
                output::print("at the start\n")?;
            }
            "s" | "stats" => output::print(&statistics(recording, names)?)?,
            other => output::print(&format!("unknown command {other:?}: type n, b, r, s or q\n"))?,
        }
    }
}

fn step(recording: &mut OpenRecording, direction: Direction, line: &OperationLine<'_>) -> Result<()> {
    let next = recording.source().step(recording.lineage(), recording.cursor(), direction, &StepTarget::Operation)?;
    match (next, direction) {
        (Some(seq), _) => {
            recording.move_to(seq);
            let operation = recording.source().operation(recording.lineage(), seq)?;
            output::print(&operation.map_or_else(String::new, |operation| format!("{}\n", line.text(&operation))))
        }
        (None, Direction::Forward) => output::print("at the end\n"),
        (None, Direction::Backward) => {
            recording.move_to(Seq::START);
            output::print("at the start\n")
        }
    }
}

fn statistics(recording: &OpenRecording, names: &Names) -> Result<String> {
    let mut types: BTreeMap<&str, u64> = BTreeMap::new();
    let mut actors: BTreeMap<String, u64> = BTreeMap::new();
    let mut errors = 0_u64;
    let range = OperationRange { from: Seq::START, to: recording.lineage().last() };
    for operation in range.operations(recording) {
        let operation = operation?;
        *types.entry(operation.verb.operation_type().as_str()).or_default() += 1;
        *actors.entry(kuberewind_text::printable(names.actor(&operation)).into_owned()).or_default() += 1;
        errors += u64::from(!operation.error.is_empty());
    }
    let join =
        |counts: Vec<(String, u64)>| counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ");
    let types = join(types.into_iter().map(|(name, count)| (name.to_owned(), count)).collect());
    let actors = join(actors.into_iter().collect());
    Ok(format!("at {} of {}; errors {errors}\n  {types}\n  {actors}\n", recording.cursor(), recording.lineage().last()))
}
