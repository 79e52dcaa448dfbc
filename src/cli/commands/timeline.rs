//! `kuberewind timeline`

use std::iter::Peekable;

use crate::cli::args::{Format, TimelineArgs};
use crate::cli::filter::{Passing, Sieve};
use crate::cli::part::{Lines, Part};
use crate::cli::progress::{INTERRUPTED, Progress};
use crate::cli::{Exit, Target, opening, output};
use crate::report::{LogText, Names, OperationLine, log_json, operation_json};
use crate::session::{OpenRecording, Source};
use kuberewind_model::{ErrorKind, MomentSpec, Operation, Result, Seq};

/// What of the operations is wanted.
#[derive(Clone, Copy)]
struct Wish<'a> {
    part: Part,
    filter: Option<&'a str>,
    logs: bool,
    format: Format,
}

/// What stands for a view of the debugger where there is no screen.
#[derive(Clone, Copy)]
pub struct Linear<'a> {
    /// The session; the newest where none is named.
    pub session: Option<&'a str>,
    /// The moment at which it would open.
    pub at: Option<&'a MomentSpec>,
    /// What passes.
    pub filter: Option<&'a str>,
    /// Whether log lines stand between the operations.
    pub logs: bool,
    /// How it is printed.
    pub format: Format,
}

/// Prints operations, those that pass. None at all is the negative answer where a filter asked.
pub fn run(args: &TimelineArgs) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let mut recording = opening::one_session(&target, Some(&args.part.from))?;
    let part = Part::find(&mut recording, &args.part, target.moment.as_deref())?;
    print(&recording, Wish { part, filter: args.filter.as_deref(), logs: args.logs, format: args.format.format })
}

/// The operations up to the moment at which the debugger would open.
pub fn linear(source: Box<dyn Source>, wish: Linear<'_>) -> Result<Exit> {
    let mut recording = OpenRecording::new(source, wish.session)?;
    let mut to = recording.lineage().last();
    if let Some(at) = wish.at {
        let place = recording.find(at, false)?;
        recording.look_at_number(place.session)?;
        to = place.at;
    }
    let part = Part { from: Seq::START, to, limit: u64::MAX };
    print(&recording, Wish { part, filter: wish.filter, logs: wish.logs, format: wish.format })
}

fn print(recording: &OpenRecording, wish: Wish<'_>) -> Result<Exit> {
    match page(recording, wish) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(INTERRUPTED),
        done => done,
    }
}

fn page(recording: &OpenRecording, wish: Wish<'_>) -> Result<Exit> {
    let names = Names::read(recording.source())?;
    let mut sieve = wish.filter.map(|filter| Sieve::read(filter, recording)).transpose()?;
    // Without a filter ctrl-c ends the program by itself.
    let mut progress = sieve.as_ref().map(|_| Progress::of("filtering")).transpose()?;
    let operations: Box<dyn Iterator<Item = Result<Operation>>> = match (&mut sieve, &mut progress) {
        (Some(sieve), Some(progress)) => Box::new(Passing::of(sieve, &wish.part, recording, progress)?),
        _ => Box::new(wish.part.operations(recording)),
    };
    let logs = wish.logs.then(|| wish.part.lines(recording).peekable());
    let line = OperationLine { names: &names, start: recording.session().start };
    let mut page = Page::new(line, logs, (output::List::new(wish.format), wish.format));
    let shown = page.add(operations.take(usize::try_from(wish.part.limit).unwrap_or(usize::MAX)))?;
    page.list.end()?;
    Ok(if shown == 0 && wish.filter.is_some() { Exit::Negative } else { Exit::Done })
}

/// Operations, with the lines that were printed between them where they are wanted.
pub(super) struct Page<'a> {
    line: OperationLine<'a>,
    logs: Option<Peekable<Lines<'a>>>,
    list: output::List,
    format: Format,
    /// The last line of the log that was shown.
    last_line: Option<i64>,
}

impl<'a> Page<'a> {
    /// An empty one.
    pub(super) fn new(
        line: OperationLine<'a>,
        logs: Option<Peekable<Lines<'a>>>,
        (list, format): (output::List, Format),
    ) -> Page<'a> {
        Page { line, logs, list, format, last_line: None }
    }

    /// Prints operations with the lines between and after them; says how many operations.
    pub(super) fn add(&mut self, operations: impl Iterator<Item = Result<Operation>>) -> Result<u64> {
        let mut shown = 0;
        for operation in operations {
            let operation = operation?;
            shown += 1;
            self.logs_before(operation.seq)?;
            self.operation(&operation)?;
        }
        self.logs_before(Seq(u64::MAX))?;
        Ok(shown)
    }

    /// The last line of the log that was shown, if any was.
    pub(super) fn last_line(&self) -> Option<i64> {
        self.last_line
    }

    fn operation(&mut self, operation: &Operation) -> Result<()> {
        match self.format {
            Format::Text => self.list.text(&format!("{}\n", self.line.text(operation))),
            Format::Json => self.list.item(&operation_json(self.line.names, operation)),
        }
    }

    /// The lines that were printed before an operation.
    fn logs_before(&mut self, seq: Seq) -> Result<()> {
        let start = self.line.start;
        let Some(logs) = &mut self.logs else { return Ok(()) };
        while let Some(line) = logs.next_if(|line| line.as_ref().map_or(true, |line| line.after < seq)) {
            let line = line?;
            self.last_line = Some(line.id);
            match self.format {
                Format::Text => self.list.text(&LogText { start }.line(&line))?,
                Format::Json => self.list.item(&log_json(&line))?,
            }
        }
        Ok(())
    }
}
