//! A range of operations, read in windows.

use std::collections::VecDeque;

use clap::Args;

use crate::cli::moment::{FromToArgs, find_moment};
use kuberewind_model::{Lineage, LogLine, Moment, Operation, Result, Seq};
use kuberewind_session::OpenRecording;

/// Operations in a window.
const WINDOW: usize = 1_000;
/// Log lines in a window. All lines between two operations must fit into one window.
const LINE_WINDOW: usize = 100_000;

#[derive(Debug, Clone, Args)]
pub struct RangeArgs {
    #[command(flatten)]
    pub bounds: FromToArgs,
    /// Print the first N only
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationRange {
    /// The range starts after this operation.
    pub from: Moment,
    /// The last operation.
    pub to: Moment,
}

impl OperationRange {
    /// Looks up the bounds. A moment in the FILE argument overrides `--from`.
    pub fn find(recording: &mut OpenRecording, bounds: &FromToArgs, file_moment: Option<&str>) -> Result<OperationRange> {
        let from = find_moment(recording, file_moment.unwrap_or(&bounds.from))?;
        let to = find_moment(recording, &bounds.to)?;
        Ok(OperationRange { from, to })
    }

    pub fn operations<'a>(&self, recording: &'a OpenRecording) -> Operations<'a> {
        Operations { recording, next: self.from.next(), to: self.to, window: VecDeque::new() }
    }

    pub fn log_lines<'a>(&self, recording: &'a OpenRecording) -> LogLines<'a> {
        self.log_lines_after(recording, 0)
    }

    /// Returns the log lines with an id greater than `last`.
    pub fn log_lines_after<'a>(&self, recording: &'a OpenRecording, last: i64) -> LogLines<'a> {
        let lineage = recording.lineage_of_lines();
        LogLines { recording, lineage, from: self.from, to: self.to, last, window: VecDeque::new(), done: false }
    }
}

pub struct Operations<'a> {
    recording: &'a OpenRecording,
    next: Seq,
    to: Seq,
    window: VecDeque<Operation>,
}

impl Iterator for Operations<'_> {
    type Item = Result<Operation>;

    fn next(&mut self) -> Option<Result<Operation>> {
        if self.window.is_empty() && self.next <= self.to {
            let range = self.next..=self.to;
            match self.recording.source().operations(self.recording.lineage(), range, WINDOW) {
                Ok(window) => self.window.extend(window),
                Err(error) => {
                    self.next = self.to.next();
                    return Some(Err(error));
                }
            }
            self.next = self.window.back().map_or(self.to, |last| last.seq).next();
        }
        self.window.pop_front().map(Ok)
    }
}

pub struct LogLines<'a> {
    recording: &'a OpenRecording,
    lineage: Lineage,
    from: Seq,
    to: Seq,
    /// The id of the last line that the iterator has returned.
    last: i64,
    window: VecDeque<LogLine>,
    done: bool,
}

impl Iterator for LogLines<'_> {
    type Item = Result<LogLine>;

    fn next(&mut self) -> Option<Result<LogLine>> {
        if self.window.is_empty() && !self.done {
            match self.recording.source().log_lines(&self.lineage, self.from..=self.to, LINE_WINDOW) {
                Ok(window) => {
                    self.done = window.len() < LINE_WINDOW;
                    let last = self.last;
                    let (from, end) = (self.from, window.last().map(|line| line.after));
                    self.window.extend(window.into_iter().filter(|line| line.id > last));
                    // All lines of the window lie between two operations and were returned before.
                    self.done |= self.window.is_empty();
                    self.from = end.unwrap_or(from);
                }
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
            }
        }
        let line = self.window.pop_front()?;
        self.last = line.id;
        Some(Ok(line))
    }
}
