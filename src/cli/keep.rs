//! `--keep`: how much of a session the ring buffer holds.

use crate::model::{Duration, Error, ErrorKind, Result};
use crate::store::Keep;

/// Units of time, in nanoseconds.
const TIMES: &[(&str, u64)] = &[("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000)];
/// Units of size, in bytes.
const SIZES: &[(&str, u64)] =
    &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];

/// `1h` (time), `2GiB` (the file's size), `500000` (operations); several with commas between them, and all of them hold.
///
/// # Errors
/// [`ErrorKind::Invalid`] with the forms that there are.
pub fn parse(text: &str) -> Result<Keep> {
    let mut keep = Keep::default();
    for word in text.split(',') {
        let split = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
        let (digits, unit) = word.split_at(split);
        let number: u64 = digits.parse().ok().filter(|number| *number > 0).ok_or_else(|| wrong(text))?;
        let scaled = |table: &[(&str, u64)]| {
            table.iter().find(|(name, _)| *name == unit).and_then(|(_, scale)| number.checked_mul(*scale))
        };
        if unit.is_empty() {
            keep.operations = Some(number);
        } else if let Some(nanos) = scaled(TIMES) {
            keep.time = Some(Duration(nanos));
        } else if let Some(bytes) = scaled(SIZES) {
            keep.bytes = Some(bytes);
        } else {
            return Err(wrong(text));
        }
    }
    Ok(keep)
}

fn wrong(text: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("{text:?} is no amount to keep"))
        .hint("write 1h, 2GiB or 500000 (operations), or several with commas between them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_size_and_count() {
        assert_eq!(parse("1h").unwrap(), Keep { time: Some(Duration(3_600_000_000_000)), ..Keep::default() });
        assert_eq!(parse("2GiB,500000").unwrap(), Keep { bytes: Some(2 << 30), operations: Some(500_000), ..Keep::default() });
        for text in ["", "h", "0", "1x", "-1h", "99999999999999GiB", "1h,"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
