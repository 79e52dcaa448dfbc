//! Prints the operations of a range.

use super::filter::{Matching, RecordingFilter};
use super::printer::OperationPrinter;
use super::range::OperationRange;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::output::ListPrinter;
use crate::cli::progress::Progress;
use kuberewind_model::{ErrorKind, Operation, Result};
use kuberewind_report::{Names, OperationLine};
use kuberewind_session::OpenRecording;

/// The operations to print, and the format.
#[derive(Clone, Copy)]
pub struct PrintOptions<'a> {
    pub filter: Option<&'a str>,
    /// Print log lines between the operations.
    pub logs: bool,
    pub format: Format,
    /// The most operations to print.
    pub limit: Option<u64>,
}

/// Prints the operations that match. No match is the negative answer if there is a filter.
pub fn print(recording: &OpenRecording, range: OperationRange, options: PrintOptions<'_>) -> Result<Exit> {
    match print_all(recording, range, options) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(Exit::INTERRUPTED),
        done => done,
    }
}

fn print_all(recording: &OpenRecording, range: OperationRange, options: PrintOptions<'_>) -> Result<Exit> {
    let names = Names::read(recording.source())?;
    let mut filter = options.filter.map(|text| RecordingFilter::new(text, recording)).transpose()?;
    // Without a filter, ctrl-c ends the program at once.
    let mut progress = filter.as_ref().map(|_| Progress::start("filtering")).transpose()?;
    let operations: Box<dyn Iterator<Item = Result<Operation>>> = match (&mut filter, &mut progress) {
        (Some(filter), Some(progress)) => Box::new(Matching::new(filter, range, recording, progress)?),
        _ => Box::new(range.operations(recording)),
    };
    let logs = options.logs.then(|| range.log_lines(recording).peekable());
    let line = OperationLine { names: &names, start: recording.session().start };
    let mut printer = OperationPrinter::new(line, logs, (ListPrinter::new(options.format), options.format));
    let limit = options.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let count = printer.print(operations.take(limit))?;
    printer.finish()?;
    Ok(if count == 0 && options.filter.is_some() { Exit::Negative } else { Exit::Done })
}
