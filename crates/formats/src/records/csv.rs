//! Tables with a row of names: comma, semicolon or tab between cells, quotes around cells with separators, quotes or line ends.
//! A row becomes a JSON object; a cell with JSON becomes its value.

use std::io::BufRead;

use super::line_reader::{failed, reader};
use super::record::{MAX_RECORD, Record, Take, too_long};
use crate::input::ReadAt;
use kuberewind_model::Result;
use kuberewind_model::json::scan::Scan;

/// Columns that hold a log line in the exports of query consoles.
const MESSAGES: [&str; 16] = [
    "@message",
    "message",
    "log_s",
    "log",
    "_raw",
    "textpayload",
    "line",
    "body",
    "logmessage",
    "logentry",
    "content",
    "msg",
    "requesturi",
    "auditid",
    "_source",
    "properties",
];
const MAX_COLUMNS: usize = 512;

/// The separator of a table; `None` if the text is none.
pub(super) fn separator(text: &[u8]) -> Option<u8> {
    let line = &text[..memchr::memchr(b'\n', text)?];
    let line = std::str::from_utf8(line).ok()?.trim();
    if line.len() > 16 * 1024 || line.contains(['{', '}', '=']) {
        return None;
    }
    let separator = [b',', b'\t', b';']
        .into_iter()
        .max_by_key(|separator| (line.matches(char::from(*separator)).count(), *separator == b','))?;
    let names: Vec<String> =
        line.split(char::from(separator)).map(|name| name.trim().trim_matches('"').to_ascii_lowercase()).collect();
    let named = |name: &String| {
        let first = name.chars().next();
        first.is_some_and(|first| first.is_alphabetic() || matches!(first, '@' | '_'))
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '@' | '_' | '.' | '-' | ' ' | '[' | ']' | '(' | ')' | '/'))
    };
    let quoted_json = memchr::memmem::find(text, b"\"{\"\"").is_some();
    let known = names.iter().any(|name| MESSAGES.contains(&name.rsplit('.').next().unwrap_or(name)));
    let table = names.len() > 1 || quoted_json;
    (table && names.iter().all(named) && (known || quoted_json)).then_some(separator)
}

/// Reads the rows after the row of names.
pub(super) fn rows(content: &dyn ReadAt, start: u64, separator: u8, take: &mut Take<'_>) -> Result<()> {
    let mut reader = reader(content, start);
    let mut parser = RowParser::new(separator);
    let (mut names, mut object): (Option<Vec<String>>, Vec<u8>) = (None, Vec::new());
    loop {
        let chunk = reader.fill_buf().map_err(failed)?;
        let length = chunk.len();
        if length == 0 {
            break;
        }
        let mut from = 0;
        while let Some(used) = parser.push(&chunk[from..]) {
            from += used;
            row(&mut parser, &mut names, &mut object, take)?;
        }
        reader.consume(length);
    }
    if parser.quoted {
        let why = "the file ends within a quoted cell".to_owned();
        return take(parser.line, Record::Broken { why, bytes: parser.length });
    }
    row(&mut parser, &mut names, &mut object, take)
}

fn row(parser: &mut RowParser, names: &mut Option<Vec<String>>, object: &mut Vec<u8>, take: &mut Take<'_>) -> Result<()> {
    let (length, line) = (parser.length, parser.line);
    let cells = parser.take();
    if length > MAX_RECORD as u64 {
        return take(line, too_long(length));
    }
    if cells.iter().all(|cell| cell.trim_ascii().is_empty()) {
        return Ok(());
    }
    let Some(names) = names else {
        *names = Some(cells.iter().map(|cell| String::from_utf8_lossy(cell.trim_ascii()).into_owned()).collect());
        return Ok(());
    };
    object.clear();
    object.push(b'{');
    for (name, cell) in names.iter().zip(&cells) {
        let cell = cell.trim_ascii();
        if cell.is_empty() {
            continue;
        }
        if object.len() > 1 {
            object.push(b',');
        }
        object.extend_from_slice(serde_json::Value::from(name.as_str()).to_string().as_bytes());
        object.push(b':');
        if is_json(cell) {
            object.extend_from_slice(cell);
        } else {
            object.extend_from_slice(serde_json::Value::from(String::from_utf8_lossy(cell)).to_string().as_bytes());
        }
    }
    object.push(b'}');
    take(line, Record::Whole { bytes: object, at: None })
}

fn is_json(cell: &[u8]) -> bool {
    let mut scan = Scan::new(cell);
    matches!(cell.first(), Some(b'{' | b'[')) && scan.skip().is_ok() && scan.end().is_ok()
}

/// Splits rows into cells across chunks.
struct RowParser {
    separator: u8,
    cells: Vec<Vec<u8>>,
    cell: Vec<u8>,
    /// True within quotes.
    quoted: bool,
    /// True after a quote within quotes: the end of the cell, or the first half of a quote.
    quote: bool,
    length: u64,
    /// The number of the line at the start of the row.
    line: u64,
    lines: u64,
}

impl RowParser {
    fn new(separator: u8) -> RowParser {
        RowParser { separator, cells: Vec::new(), cell: Vec::new(), quoted: false, quote: false, length: 0, line: 1, lines: 1 }
    }

    /// Reads to the end of a row; returns the bytes used, or `None` if it continues.
    fn push(&mut self, chunk: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < chunk.len() {
            if self.quoted && !self.quote {
                let end = memchr::memchr(b'"', &chunk[at..]).map_or(chunk.len(), |end| at + end);
                self.keep(&chunk[at..end]);
                self.lines += memchr::memchr_iter(b'\n', &chunk[at..end]).count() as u64;
                at = end;
                if at < chunk.len() {
                    self.quote = true;
                    at += 1;
                }
                continue;
            }
            let byte = chunk[at];
            at += 1;
            match byte {
                b'"' if self.quote => {
                    self.quote = false;
                    self.keep(b"\"");
                }
                b'"' if self.cell.trim_ascii().is_empty() => self.quoted = true,
                _ => {
                    (self.quoted, self.quote) = (false, false);
                    if byte == self.separator {
                        self.end_cell();
                    } else if byte == b'\n' {
                        self.lines += 1;
                        self.length = self.length.saturating_add(1);
                        return Some(at);
                    } else {
                        self.keep(&[byte]);
                    }
                }
            }
        }
        None
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if self.length <= MAX_RECORD as u64 {
            self.cell.extend_from_slice(bytes);
        }
    }

    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.cell);
        if self.cells.len() < MAX_COLUMNS {
            self.cells.push(cell);
        }
    }

    /// The cells of the row that ended.
    fn take(&mut self) -> Vec<Vec<u8>> {
        self.end_cell();
        (self.quoted, self.quote, self.length, self.line) = (false, false, 0, self.lines);
        std::mem::take(&mut self.cells)
    }
}
