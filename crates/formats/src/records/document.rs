//! A document that is larger than a record, or values that follow each other without line ends.

use std::io::BufRead;

use super::line_reader::{failed, reader};
use super::record::{Record, Take, too_long};
use super::splitter::{Found, Splitter, Step};
use crate::input::ReadAt;
use kuberewind_model::Result;

/// Passes on the values at a path. `before` is the beginning of a list that is put around each.
pub(super) fn document(content: &dyn ReadAt, start: u64, (path, before): (Vec<Step>, &[u8]), take: &mut Take<'_>) -> Result<()> {
    let mut reader = reader(content, start);
    let (mut splitter, mut number, mut at) = (Splitter::new(path), 0_u64, start);
    loop {
        let chunk = reader.fill_buf().map_err(failed)?;
        let length = chunk.len();
        if length == 0 {
            break;
        }
        let mut from = 0;
        while from < length {
            let Ok((used, found)) = splitter.push(&chunk[from..]) else {
                let why = format!("the document is not JSON after byte {at}");
                let bytes = content.length().saturating_sub(at);
                return take(number + 1, Record::Broken { why, bytes });
            };
            from += used;
            at = at.saturating_add(used as u64);
            let Some(found) = found else { continue };
            number += 1;
            match found {
                Found::Value(value) if !before.is_empty() => {
                    let list = [before, &value, b"]}"].concat();
                    take(number, Record::Whole { bytes: &list, at: None })?;
                }
                Found::Value(value) => {
                    let at = at.saturating_sub(value.len() as u64);
                    take(number, Record::Whole { bytes: &value, at: Some(at) })?;
                }
                Found::TooLong(bytes) => take(number, too_long(bytes))?,
            }
        }
        reader.consume(length);
    }
    if splitter.is_complete() {
        return Ok(());
    }
    take(number + 1, Record::Broken { why: "the document is not complete".into(), bytes: splitter.held() })
}
