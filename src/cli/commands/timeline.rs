//! `kuberewind timeline`

use std::iter::Peekable;

use crate::cli::args::{Format, TimelineArgs};
use crate::cli::filter::Passing;
use crate::cli::part::{Lines, Part};
use crate::cli::progress::INTERRUPTED;
use crate::cli::{Exit, Target, opening, output};
use crate::model::{ErrorKind, Operation, Result, Seq};
use crate::report::{LogText, Names, OperationLine, log_json, operation_json};
use crate::session::OpenRecording;

/// Prints operations, those that pass. None at all is the negative answer where a filter asked.
pub fn run(args: &TimelineArgs) -> Result<Exit> {
    match print(args) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(INTERRUPTED),
        done => done,
    }
}

fn print(args: &TimelineArgs) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let mut recording = opening::one_session(&target, Some(&args.part.from))?;
    let part = Part::find(&mut recording, &args.part, target.moment.as_deref())?;
    let names = Names::read(recording.source())?;
    let operations: Box<dyn Iterator<Item = Result<Operation>>> = match &args.filter {
        Some(filter) => Box::new(Passing::of(filter, &part, &recording)?),
        None => Box::new(part.operations(&recording)),
    };
    let mut page = Page {
        line: OperationLine { names: &names, start: recording.session().start },
        logs: args.logs.then(|| part.lines(&recording).peekable()),
        list: output::List::new(args.format.format),
        format: args.format.format,
        recording: &recording,
    };
    let mut shown = 0_u64;
    for operation in operations.take(usize::try_from(part.limit).unwrap_or(usize::MAX)) {
        let operation = operation?;
        shown += 1;
        page.logs_before(operation.seq)?;
        page.operation(&operation)?;
    }
    page.logs_before(Seq(u64::MAX))?;
    page.list.end()?;
    Ok(if shown == 0 && args.filter.is_some() { Exit::Negative } else { Exit::Done })
}

/// What is printed.
struct Page<'a> {
    line: OperationLine<'a>,
    logs: Option<Peekable<Lines<'a>>>,
    list: output::List,
    format: Format,
    recording: &'a OpenRecording,
}

impl Page<'_> {
    fn operation(&mut self, operation: &Operation) -> Result<()> {
        match self.format {
            Format::Text => self.list.text(&format!("{}\n", self.line.text(operation))),
            Format::Json => self.list.item(&operation_json(self.line.names, operation)),
        }
    }

    /// The lines that were printed before an operation.
    fn logs_before(&mut self, seq: Seq) -> Result<()> {
        let start = self.recording.session().start;
        let Some(logs) = &mut self.logs else { return Ok(()) };
        while let Some(line) = logs.next_if(|line| line.as_ref().map_or(true, |line| line.after < seq)) {
            let line = line?;
            match self.format {
                Format::Text => self.list.text(&LogText { start }.line(&line))?,
                Format::Json => self.list.item(&log_json(&line))?,
            }
        }
        Ok(())
    }
}
