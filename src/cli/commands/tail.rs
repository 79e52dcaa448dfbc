//! `kuberewind tail` where there is no screen: operations as they are recorded, for pipes and build logs.

use std::path::Path;

use super::timeline::Linear;
use crate::cli::args::Format;
use crate::cli::filter::{Passing, Sieve};
use crate::cli::part::Part;
use crate::cli::progress::{INTERRUPTED, Progress};
use crate::cli::{Exit, opening, output};
use crate::model::{Error, ErrorKind, Operation, Result, Seq, SessionState};
use crate::report::{Names, OperationLine, json_line, operation_json};
use crate::session::{OpenRecording, Source};

/// Prints operations, those after `at` that pass, a line each, until the session ends or ctrl-c is pressed. A recording
/// that was started just now is waited for until it has a session.
pub fn run(source: Box<dyn Source>, path: &Path, wish: Linear<'_>) -> Result<Exit> {
    let mut progress = Progress::of("")?;
    if !opening::await_a_session(&*source, path, &|| progress.is_stopped())? {
        return Ok(INTERRUPTED);
    }
    let mut recording = OpenRecording::new(source, wish.session)?;
    let mut from = Seq::START;
    if let Some(at) = wish.at {
        let place = recording.find(at, false)?;
        recording.look_at_number(place.session)?;
        from = place.at;
    }
    let mut sieve = wish.filter.map(|filter| read(filter, &recording)).transpose()?;
    let stopped = opening::follow(&mut recording, |recording| {
        let to = recording.lineage().last();
        match print(recording, Part { from, to, limit: u64::MAX }, sieve.as_mut(), (&mut progress, wish.format)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(Some(INTERRUPTED)),
            printed => printed?,
        }
        from = from.max(to);
        Ok(progress.is_stopped().then_some(INTERRUPTED))
    })?;
    Ok(stopped.unwrap_or(Exit::Done))
}

/// A filter over operations that are still to come.
fn read(filter: &str, recording: &OpenRecording) -> Result<Sieve> {
    if recording.session().state == SessionState::Open && Sieve::asks_findings(filter)? {
        let step = "which operations a finding rests on is not known while they are being recorded";
        return Err(Error::new(ErrorKind::Invalid, step).hint("`kuberewind analyze --watch` prints findings as they are made"));
    }
    Sieve::read(filter, recording)
}

fn print(
    recording: &OpenRecording,
    part: Part,
    sieve: Option<&mut Sieve>,
    (progress, format): (&mut Progress, Format),
) -> Result<()> {
    if part.to <= part.from {
        return Ok(());
    }
    let names = Names::read(recording.source())?;
    let line = OperationLine { names: &names, start: recording.session().start };
    let told = |operation: &Operation| match format {
        Format::Text => output::print(&format!("{}\n", line.text(operation))),
        Format::Json => output::print(&format!("{}\n", json_line(&operation_json(&names, operation)))),
    };
    match sieve {
        Some(sieve) => Passing::of(sieve, &part, recording, progress)?.try_for_each(|operation| told(&operation?)),
        None => part.operations(recording).take_while(|_| !progress.is_stopped()).try_for_each(|operation| told(&operation?)),
    }
}
