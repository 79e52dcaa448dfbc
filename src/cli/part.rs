//! A range of a session, read piece by piece.

use std::collections::VecDeque;

use crate::cli::args::PartArgs;
use crate::cli::object;
use crate::session::OpenRecording;
use kuberewind_model::{Lineage, LogLine, Moment, Operation, Result, Seq};

/// How many are read at a time.
const WINDOW: usize = 1_000;
/// Lines between two operations that are read at a time; what a program prints without making any call is more than
/// this only where it is its only work.
const LINES: usize = 100_000;

/// A range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// What comes after it.
    pub from: Moment,
    /// Its last operation.
    pub to: Moment,
    /// How many are wanted at most.
    pub limit: u64,
}

impl Part {
    /// As it was named; a moment behind the file's name is where it begins.
    ///
    /// # Errors
    /// Where a moment is not there.
    pub fn find(recording: &mut OpenRecording, args: &PartArgs, after: Option<&str>) -> Result<Part> {
        let from = object::find_moment(recording, after.unwrap_or(&args.from))?;
        let to = object::find_moment(recording, &args.to)?;
        Ok(Part { from, to, limit: args.limit.unwrap_or(u64::MAX) })
    }

    /// The operations in it.
    pub fn operations<'a>(&self, recording: &'a OpenRecording) -> Operations<'a> {
        Operations { recording, next: self.from.next(), to: self.to, window: VecDeque::new() }
    }

    /// The lines that were printed in it.
    pub fn lines<'a>(&self, recording: &'a OpenRecording) -> Lines<'a> {
        self.lines_after(recording, 0)
    }

    /// Those of them that came after this one.
    pub fn lines_after<'a>(&self, recording: &'a OpenRecording, last: i64) -> Lines<'a> {
        let lineage = recording.lineage_of_lines();
        Lines { recording, lineage, from: self.from, to: self.to, last, window: VecDeque::new(), done: false }
    }
}

/// Operations, one after the other.
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

/// Log lines, one after the other.
pub struct Lines<'a> {
    recording: &'a OpenRecording,
    lineage: Lineage,
    from: Seq,
    to: Seq,
    /// The last line that was given.
    last: i64,
    window: VecDeque<LogLine>,
    done: bool,
}

impl Iterator for Lines<'_> {
    type Item = Result<LogLine>;

    fn next(&mut self) -> Option<Result<LogLine>> {
        if self.window.is_empty() && !self.done {
            match self.recording.source().log_lines(&self.lineage, self.from..=self.to, LINES) {
                Ok(window) => {
                    self.done = window.len() < LINES;
                    let last = self.last;
                    let (from, end) = (self.from, window.last().map(|line| line.after));
                    self.window.extend(window.into_iter().filter(|line| line.id > last));
                    // Nothing new: all of the window was printed in one place.
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
