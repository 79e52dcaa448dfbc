//! Reads lines of bounded length.

use std::io::{BufRead, BufReader};

use super::record::MAX_RECORD;
use crate::input::{ReadAt, Reading};
use kuberewind_model::{Error, ErrorKind, Result};

pub(super) fn reader(content: &dyn ReadAt, at: u64) -> BufReader<Reading<'_>> {
    BufReader::with_capacity(256 * 1024, Reading { content, at })
}

pub(super) fn failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "cannot read the file").because(error)
}

/// Reads a line, of which at most [`MAX_RECORD`] bytes are kept. Returns its full length.
pub(super) fn next_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> Result<u64> {
    let mut length = 0_u64;
    loop {
        let chunk = reader.fill_buf().map_err(failed)?;
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
