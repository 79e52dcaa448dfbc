//! Prints operations while they are recorded: `kuberewind tail` in a pipe.

use std::path::Path;

use super::filter::{Matching, RecordingFilter};
use super::print::PrintOptions;
use super::printer::OperationPrinter;
use super::range::OperationRange;
use crate::cli::exit::Exit;
use crate::cli::follow;
use crate::cli::output::ListPrinter;
use crate::cli::progress::Progress;
use kuberewind_model::{Error, ErrorKind, MomentSpec, Result, Seq, SessionState};
use kuberewind_report::{Names, OperationLine};
use kuberewind_session::{OpenRecording, Source};

/// Prints the operations after `at` until the session ends or the user presses ctrl-c. Waits for the first session of a new
/// recording.
pub fn print_growing(
    source: Box<dyn Source>,
    path: &Path,
    (session, at): (Option<&str>, Option<&MomentSpec>),
    options: PrintOptions<'_>,
) -> Result<Exit> {
    let mut progress = Progress::start("filtering")?;
    if !follow::wait_for_session(&*source, path, &|| progress.is_interrupted())? {
        return Ok(Exit::INTERRUPTED);
    }
    let mut recording = OpenRecording::new(source, session)?;
    let mut from = Seq::START;
    if let Some(at) = at {
        let found = recording.find(at, false)?;
        recording.look_at_number(found.session)?;
        from = found.at;
    }
    let filter = options.filter.map(|text| new_filter(text, &recording)).transpose()?;
    let mut printed = Printed { last_operation: from, last_log_line: 0, filter, options };
    let interrupted = follow::follow(&mut recording, |recording| {
        match printed.print_new(recording, &mut progress) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(Some(Exit::INTERRUPTED)),
            done => done?,
        }
        Ok(progress.is_interrupted().then_some(Exit::INTERRUPTED))
    })?;
    Ok(interrupted.unwrap_or(Exit::Done))
}

/// Refuses filters on findings while the session grows.
fn new_filter(text: &str, recording: &OpenRecording) -> Result<RecordingFilter> {
    if recording.session().state == SessionState::Open && RecordingFilter::uses_findings(text)? {
        let step = "cannot filter by findings while the session is being recorded: their operations are known only at its end";
        return Err(Error::new(ErrorKind::Invalid, step).hint("print findings as they appear with `kuberewind analyze --watch`"));
    }
    RecordingFilter::new(text, recording)
}

/// The state between two rounds of printing.
struct Printed<'a> {
    last_operation: Seq,
    /// The id of the last log line.
    last_log_line: i64,
    filter: Option<RecordingFilter>,
    options: PrintOptions<'a>,
}

impl Printed<'_> {
    /// Prints the operations and log lines that were added since the last call.
    fn print_new(&mut self, recording: &OpenRecording, progress: &mut Progress) -> Result<()> {
        let from = self.last_operation;
        let range = OperationRange { from, to: recording.lineage().last().max(from) };
        let mut logs = self.options.logs.then(|| range.log_lines_after(recording, self.last_log_line).peekable());
        if range.from == range.to && logs.as_mut().is_none_or(|logs| logs.peek().is_none()) {
            return Ok(());
        }
        let names = Names::read(recording.source())?;
        let line = OperationLine { names: &names, start: recording.session().start };
        let mut printer = OperationPrinter::new(line, logs, (ListPrinter::endless(), self.options.format));
        match &mut self.filter {
            Some(filter) => printer.print(Matching::new(filter, range, recording, progress)?)?,
            None => printer.print(range.operations(recording).take_while(|_| !progress.is_interrupted()))?,
        };
        self.last_operation = range.to;
        self.last_log_line = printer.last_log_line().unwrap_or(self.last_log_line);
        Ok(())
    }
}
