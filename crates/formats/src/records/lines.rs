//! Lines: each is a record. A JSON value over several lines, a klog value over several lines and a line that a container runtime
//! has split are one record.

use std::io::BufRead;

use super::json_tracker::{JsonTracker, Progress};
use super::line_reader::{next_line, reader};
use super::record::{MAX_RECORD, Record, Take, too_long};
use crate::input::ReadAt;
use kuberewind_model::Result;

/// Splits the lines from `start` on.
pub(super) fn lines(content: &dyn ReadAt, start: u64, take: &mut Take<'_>) -> Result<()> {
    let mut input = Lines { content, reader: Box::new(reader(content, start)), at: start, number: 0 };
    let (mut line, mut split) = (Vec::new(), SplitLines::default());
    loop {
        line.clear();
        let at = input.at;
        let length = input.next(&mut line)?;
        let number = input.number;
        if length == 0 {
            break;
        }
        if length > MAX_RECORD as u64 {
            take(number, too_long(length))?;
            continue;
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let before = at.saturating_add((line.len() - line.trim_ascii_start().len()) as u64);
        match Continued::by(text) {
            Some(continued) => input.join((before, number), &mut line, continued, take)?,
            None => match split.take(text) {
                Some(Joined::Unchanged) => take(number, Record::Whole { bytes: text, at: Some(before) })?,
                Some(Joined::Whole(bytes)) => take(number, Record::Whole { bytes: &bytes, at: None })?,
                None => {}
            },
        }
    }
    split.left().into_iter().try_for_each(|bytes| {
        let why = "the file ends within a line that the container runtime has split".to_owned();
        take(input.number, Record::Broken { why, bytes })
    })
}

/// How a line continues on the next lines.
enum Continued {
    Json(JsonTracker),
    /// `key=<`, until a line that starts with ` >`.
    Klog,
}

impl Continued {
    /// Recognises a line whose record does not end with it.
    fn by(text: &[u8]) -> Option<Continued> {
        match text.first()? {
            // As all tools print it, a value that begins and ends with a brace on its line is whole.
            b'{' if text.last() == Some(&b'}') => None,
            b'{' | b'[' => {
                let mut tracker = JsonTracker::default();
                let open = tracker.feed(text) == Progress::Open && !tracker.in_string();
                open.then_some(Continued::Json(tracker))
            }
            b'I' | b'W' | b'E' | b'F' => {
                let dated = text.get(1..5).is_some_and(|date| date.iter().all(u8::is_ascii_digit));
                (dated && text.ends_with(b"=<")).then_some(Continued::Klog)
            }
            _ => None,
        }
    }

    /// Reads the next line; `None` if the record cannot continue with it, else true at its end.
    fn next(&mut self, line: &[u8]) -> Option<bool> {
        match self {
            Continued::Json(tracker) => match tracker.feed(line) {
                // Another value or a comma may follow on the line; they are part of the record.
                Progress::Done(_) => Some(true),
                Progress::Open if !tracker.in_string() => Some(false),
                _ => None,
            },
            // The rest of the line may start another such value.
            Continued::Klog if line.starts_with(b" >") => Some(!line.trim_ascii_end().ends_with(b"=<")),
            Continued::Klog => line.starts_with(b"\t").then_some(false),
        }
    }
}

struct Lines<'c> {
    content: &'c dyn ReadAt,
    reader: Box<dyn BufRead + 'c>,
    /// The offset of the next line.
    at: u64,
    /// The number of the last line.
    number: u64,
}

impl Lines<'_> {
    fn next(&mut self, line: &mut Vec<u8>) -> Result<u64> {
        let length = next_line(&mut *self.reader, line)?;
        self.at = self.at.saturating_add(length);
        self.number += u64::from(length > 0);
        Ok(length)
    }

    /// Joins a record that starts with `line`. If its end is not found, the first line is broken and the next ones are read again.
    fn join(
        &mut self,
        (start, number): (u64, u64),
        line: &mut Vec<u8>,
        mut continued: Continued,
        take: &mut Take<'_>,
    ) -> Result<()> {
        let after_first = self.at;
        let first_length = line.len() as u64;
        // What precedes the record on its first line is white space.
        let blank = start.saturating_sub(after_first.saturating_sub(first_length));
        line.drain(..usize::try_from(blank).unwrap_or(0).min(line.len()));
        let mut length = line.len() as u64;
        let mut next = Vec::new();
        loop {
            next.clear();
            let read = self.next(&mut next)?;
            let end = if read == 0 { None } else { continued.next(&next) };
            let Some(end) = end else {
                self.rewind(after_first, number);
                let why = "it is not complete".to_owned();
                return take(number, Record::Broken { why, bytes: first_length });
            };
            length = length.saturating_add(read);
            let room = MAX_RECORD.saturating_sub(line.len()).min(next.len());
            line.extend_from_slice(&next[..room]);
            if end {
                break;
            }
        }
        if length > MAX_RECORD as u64 {
            return take(number, too_long(length));
        }
        take(number, Record::Whole { bytes: line.trim_ascii_end(), at: Some(start) })
    }

    fn rewind(&mut self, at: u64, number: u64) {
        self.reader = Box::new(reader(self.content, at));
        (self.at, self.number) = (at, number);
    }
}

/// Joins lines that a container runtime has split: `TIME stdout P part` … `TIME stdout F part`.
#[derive(Default)]
struct SplitLines {
    /// The parts of standard output and standard error.
    parts: [Vec<u8>; 2],
}

enum Joined {
    /// The line is whole.
    Unchanged,
    Whole(Vec<u8>),
}

impl SplitLines {
    /// Reads a line; `None` if it continues.
    fn take(&mut self, line: &[u8]) -> Option<Joined> {
        let Some((stream, partial, head)) = container_line(line) else { return Some(Joined::Unchanged) };
        let parts = &mut self.parts[stream];
        if !partial && parts.is_empty() {
            return Some(Joined::Unchanged);
        }
        if parts.is_empty() {
            // The time of the first part.
            parts.extend_from_slice(&line[..head]);
        }
        let room = MAX_RECORD.saturating_sub(parts.len()).min(line.len() - head);
        parts.extend_from_slice(&line[head..head + room]);
        (!partial).then(|| Joined::Whole(std::mem::take(parts)))
    }

    /// The bytes of the lines without an end.
    fn left(&self) -> Vec<u64> {
        self.parts.iter().filter(|parts| !parts.is_empty()).map(|parts| parts.len() as u64).collect()
    }
}

/// The stream of a line in the format of container runtimes, true if the line continues, and the offset of its text.
fn container_line(line: &[u8]) -> Option<(usize, bool, usize)> {
    if !line.first()?.is_ascii_digit() || line.get(10) != Some(&b'T') {
        return None;
    }
    let time = memchr::memchr(b' ', line.get(..64.min(line.len()))?)? + 1;
    let (stream, rest) = match line.get(time..time + 7)? {
        b"stdout " => (0, time + 7),
        b"stderr " => (1, time + 7),
        _ => return None,
    };
    match line.get(rest..rest + 2)? {
        b"P " => Some((stream, true, rest + 2)),
        b"F " => Some((stream, false, rest + 2)),
        _ => None,
    }
}
