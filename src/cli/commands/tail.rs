//! `kuberewind tail` where there is no screen: operations, and log lines if they are wanted, as they are recorded: for pipes and build
//! logs.

use std::path::Path;

use super::timeline::{Linear, Page};
use crate::cli::filter::{Passing, Sieve};
use crate::cli::part::Part;
use crate::cli::progress::{INTERRUPTED, Progress};
use crate::cli::{Exit, opening, output};
use crate::report::{Names, OperationLine};
use crate::session::{OpenRecording, Source};
use kuberewind_model::{Error, ErrorKind, Result, Seq, SessionState};

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
    let sieve = wish.filter.map(|filter| read(filter, &recording)).transpose()?;
    let mut printed = Printed { from, line: 0, sieve, wish };
    let stopped = opening::follow(&mut recording, |recording| {
        match printed.go_on(recording, &mut progress) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(Some(INTERRUPTED)),
            done => done?,
        }
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

/// How far it is printed.
struct Printed<'a> {
    /// The last operation.
    from: Seq,
    /// The last log line.
    line: i64,
    sieve: Option<Sieve>,
    wish: Linear<'a>,
}

impl Printed<'_> {
    /// Prints what has been added.
    fn go_on(&mut self, recording: &OpenRecording, progress: &mut Progress) -> Result<()> {
        let part = Part { from: self.from, to: recording.lineage().last().max(self.from), limit: u64::MAX };
        let mut lines = self.wish.logs.then(|| part.lines_after(recording, self.line).peekable());
        if part.from == part.to && lines.as_mut().is_none_or(|lines| lines.peek().is_none()) {
            return Ok(());
        }
        let names = Names::read(recording.source())?;
        let line = OperationLine { names: &names, start: recording.session().start };
        let mut page = Page::new(line, lines, (output::List::growing(), self.wish.format));
        match &mut self.sieve {
            Some(sieve) => page.add(Passing::of(sieve, &part, recording, progress)?)?,
            None => page.add(part.operations(recording).take_while(|_| !progress.is_stopped()))?,
        };
        self.from = part.to;
        self.line = page.last_line().unwrap_or(self.line);
        Ok(())
    }
}
