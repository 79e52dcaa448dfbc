//! Splits a file into records: one JSON value per line, or a document with many.
//!
//! In a log each line is a record, and reading continues after a broken line. Documents for people (`jq .`, `gcloud logging
//! read --format json`, an `EventList` in one piece) are split at their braces. Either way at most one record is in memory,
//! and at most [`MAX_RECORD`] bytes of it.

use std::io::{self, BufRead, BufReader};

use bytes::Bytes;

use super::source::Source;
use kuberewind_model::Result;
use kuberewind_model::json::scan::{ListSplitter, Piece, Scan};

/// The longest record that is read. An API server logs none of more than a few megabytes.
pub(super) const MAX_RECORD: usize = 32 * 1024 * 1024;

pub(super) enum Record<'a> {
    /// A complete record, with its offset if it is an unchanged piece of the file.
    Whole { bytes: &'a [u8], at: Option<u64> },
    /// An unreadable record: it is too long, or the file ends within it.
    Broken { why: String, bytes: u64 },
}

fn too_long(bytes: u64) -> Record<'static> {
    Record::Broken { why: format!("it is {bytes} bytes long"), bytes }
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Lines,
    /// One list, split into its items.
    List,
    /// Values over several lines, or an array of them.
    Values,
}

/// Passes the records of a file to `take`, each with its line number or, in a document, its own number.
pub(super) fn for_each(source: &Source, take: &mut dyn FnMut(u64, Record<'_>) -> Result<()>) -> Result<()> {
    let form = form(source)?;
    let file = source.file.try_clone().map_err(|error| source.unreadable(error))?;
    let mut reader = BufReader::with_capacity(256 * 1024, FileRange { file, at: 0, end: source.length });
    match form {
        Form::Lines => lines(source, &mut reader, take),
        Form::List => list(source, &mut reader, take),
        Form::Values => values(source, &mut reader, take),
    }
}

/// Reads a range of a file with its own position: the file may be shared and may grow.
struct FileRange {
    file: std::fs::File,
    at: u64,
    end: u64,
}

impl io::Read for FileRange {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let limit = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX).min(into.len());
        let read = std::os::unix::fs::FileExt::read_at(&self.file, &mut into[..limit], self.at)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

fn form(source: &Source) -> Result<Form> {
    let sample = source.sample()?;
    let start = sample.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(sample.len());
    let sample = &sample[start..];
    let line_end = memchr::memchr(b'\n', sample);
    let line = &sample[..line_end.unwrap_or(sample.len())];
    let mut scan = Scan::new(line);
    let whole = scan.skip().is_ok() && scan.end().is_ok();
    Ok(match (sample.first(), line_end) {
        // An array is a document even on one line.
        (Some(b'['), _) => Form::Values,
        (Some(b'{'), _) if whole => Form::Lines,
        (Some(b'{'), Some(_)) if !continues(line) => Form::Lines,
        (Some(b'{'), None) if !first_line_is_endless(source)? => Form::Lines,
        (Some(b'{'), _) => {
            let mut list = ListSplitter::new(0);
            // For a document without items, the splitter fails and finds none.
            let read = list.push(&Bytes::copy_from_slice(sample), &mut Vec::new());
            if read.is_ok() && list.head().has_items { Form::List } else { Form::Values }
        }
        _ => Form::Lines,
    })
}

/// True if the first line is longer than a record may be: then it holds many.
fn first_line_is_endless(source: &Source) -> Result<bool> {
    let mut chunk = vec![0; 1 << 20];
    let mut at = 0_u64;
    while at < source.length {
        let read = usize::try_from(source.length - at).unwrap_or(usize::MAX).min(chunk.len());
        source.read(at, &mut chunk[..read])?;
        if memchr::memchr(b'\n', &chunk[..read]).is_some() {
            return Ok(false);
        }
        at = at.saturating_add(read as u64);
        if at > MAX_RECORD as u64 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True if a line ends within a document: after a bracket, a comma or a colon.
fn continues(line: &[u8]) -> bool {
    matches!(line.trim_ascii_end().last(), Some(b'{' | b'[' | b',' | b':'))
}

fn lines(source: &Source, reader: &mut dyn BufRead, take: &mut dyn FnMut(u64, Record<'_>) -> Result<()>) -> Result<()> {
    let (mut line, mut at) = (Vec::new(), 0_u64);
    for number in 1_u64.. {
        line.clear();
        let length = next_line(reader, &mut line).map_err(|error| source.unreadable(error))?;
        if length == 0 {
            break;
        }
        let text = line.trim_ascii();
        if length > MAX_RECORD as u64 {
            take(number, too_long(length))?;
        } else if !text.is_empty() {
            let before = line.len() - line.trim_ascii_start().len();
            take(number, Record::Whole { bytes: text, at: Some(at.saturating_add(before as u64)) })?;
        }
        at = at.saturating_add(length);
    }
    Ok(())
}

/// Reads a line, of which at most [`MAX_RECORD`] bytes are kept. Returns its full length.
fn next_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    let mut length = 0_u64;
    loop {
        let chunk = reader.fill_buf()?;
        let newline = memchr::memchr(b'\n', chunk);
        let used = newline.map_or(chunk.len(), |end| end + 1);
        let room = MAX_RECORD.saturating_sub(line.len()).min(used);
        line.extend_from_slice(&chunk[..room]);
        length = length.saturating_add(used as u64);
        reader.consume(used);
        if newline.is_some() || used == 0 {
            return Ok(length);
        }
    }
}

fn list(source: &Source, reader: &mut dyn BufRead, take: &mut dyn FnMut(u64, Record<'_>) -> Result<()>) -> Result<()> {
    let mut splitter = ListSplitter::new(MAX_RECORD);
    let (mut chunks, mut number) = (Vec::new(), 0);
    loop {
        let chunk = Bytes::copy_from_slice(reader.fill_buf().map_err(|error| source.unreadable(error))?);
        let done = chunk.is_empty() || splitter.push(&chunk, &mut chunks).is_err();
        reader.consume(chunk.len());
        for chunk in chunks.drain(..) {
            number += 1;
            match chunk {
                Piece::Item(item) => take(number, Record::Whole { bytes: &item, at: None })?,
                Piece::Cut(_, bytes) => take(number, too_long(bytes))?,
            }
        }
        if done {
            break;
        }
    }
    let bytes = splitter.held() as u64;
    match splitter.finish() {
        Ok(_) => Ok(()),
        // The rest of a truncated list counts as one record.
        Err(error) => take(number + 1, Record::Broken { why: error.to_string(), bytes }),
    }
}

fn values(source: &Source, reader: &mut dyn BufRead, take: &mut dyn FnMut(u64, Record<'_>) -> Result<()>) -> Result<()> {
    let (mut values, mut number) = (Values::default(), 0);
    loop {
        let chunk = reader.fill_buf().map_err(|error| source.unreadable(error))?;
        let length = chunk.len();
        if length == 0 {
            break;
        }
        let mut from = 0;
        while let Some(end) = values.push(&chunk[from..]) {
            number += 1;
            values.emit(number, take)?;
            from += end;
        }
        reader.consume(length);
    }
    if values.length > 0 {
        values.emit(number + 1, take)?;
    }
    Ok(())
}

/// Finds the ends of values by brackets and quotes across chunks.
#[derive(Default)]
struct Values {
    buffer: Vec<u8>,
    length: u64,
    depth: u64,
    in_string: bool,
    escaped: bool,
    started: bool,
}

impl Values {
    /// Reads to the end of a value and returns its offset; `None` if the chunk ends before.
    fn push(&mut self, chunk: &[u8]) -> Option<usize> {
        for (at, byte) in chunk.iter().copied().enumerate() {
            let between = self.depth == 0 && self.length == 0;
            let opens_array = byte == b'[' && !self.started;
            if between && (byte.is_ascii_whitespace() || matches!(byte, b',' | b']') || opens_array) {
                self.started |= opens_array;
                continue;
            }
            self.started = true;
            if self.buffer.len() < MAX_RECORD {
                self.buffer.push(byte);
            }
            self.length = self.length.saturating_add(1);
            if self.ends(byte) {
                return Some(at + 1);
            }
        }
        None
    }

    fn ends(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            // A value other than an object or array ends with its line.
            b'\n' => return self.depth == 0,
            _ => {}
        }
        false
    }

    fn emit(&mut self, number: u64, take: &mut dyn FnMut(u64, Record<'_>) -> Result<()>) -> Result<()> {
        let length = std::mem::take(&mut self.length);
        let buffer = std::mem::take(&mut self.buffer);
        (self.depth, self.in_string, self.escaped) = (0, false, false);
        if length > MAX_RECORD as u64 {
            return take(number, too_long(length));
        }
        take(number, Record::Whole { bytes: buffer.trim_ascii(), at: None })
    }
}
