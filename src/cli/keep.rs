//! `--keep`: how much of a session the ring buffer holds. `--rotate`: how long a file is.

use kuberewind_file::{Keep, WriterLimits};
use kuberewind_model::{Duration, Error, ErrorKind, Result};

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

/// `24h`: how long.
///
/// # Errors
/// [`ErrorKind::Invalid`] with the forms that there are.
pub fn duration(text: &str) -> Result<Duration> {
    let keep = parse(text).ok().filter(|keep| keep.bytes.is_none() && keep.operations.is_none());
    keep.and_then(|keep| keep.time).ok_or_else(|| {
        Error::new(ErrorKind::Invalid, format!("{text:?} is no length of time")).hint("write 24h, or a number with s, m, h or d")
    })
}

/// A ring is cut into so many segments at least: what is kept beyond what was asked for is one of them.
const PARTS: u64 = 8;
/// Segments of a ring hold at least so many operations: each begins with a checkpoint.
const SHORTEST: u64 = 128;
/// Segments that a ring may hold beyond what was asked for, for a moment: one that is full, and one that a long list keeps open.
const BEYOND: u64 = 3;

/// The writer's limits for a ring: short segments, as they are dropped whole, and room for what is to be kept. At most `most` operations
/// where the user said so; a ring never stops recording for them, it drops more.
#[must_use]
pub fn limits(keep: Keep, most: Option<u64>) -> WriterLimits {
    let mut limits = WriterLimits { keep, ..WriterLimits::default() };
    if keep == Keep::default() {
        limits.max_operations = most.unwrap_or(limits.max_operations);
        return limits;
    }
    let most = most.unwrap_or_else(|| limits.max_operations.max(keep.operations.map_or(0, |kept| kept.saturating_mul(2))));
    let kept = keep.operations.unwrap_or(most).min(most);
    limits.segment_operations = (kept / PARTS).clamp(SHORTEST, limits.segment_operations);
    if let Some(time) = keep.time {
        limits.segment_time = Duration((time.0 / PARTS).clamp(1_000_000_000, limits.segment_time.0));
    }
    limits.max_operations = most;
    limits.keep.operations = Some(kept.min(most.saturating_sub(BEYOND * limits.segment_operations)).max(1));
    limits
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

    #[test]
    fn a_length_of_time_is_nothing_else() {
        assert_eq!(duration("24h").unwrap(), Duration(86_400_000_000_000));
        for text in ["24", "24GiB", "1h,500", ""] {
            assert!(duration(text).unwrap_err().hint_text().is_some_and(|hint| hint.contains("24h")), "{text}");
        }
    }

    #[test]
    fn a_ring_has_short_segments_and_never_stops() {
        let whole = limits(Keep::default(), None);
        assert_eq!(whole, WriterLimits::default());
        assert_eq!(limits(Keep::default(), Some(5)).max_operations, 5);
        for (keep, most) in
            [("1000", None), ("500000", None), ("5000000", None), ("1h", None), ("2GiB", Some(100_000)), ("9000", Some(2_000))]
        {
            let limits = limits(parse(keep).unwrap(), most);
            let kept = limits.keep.operations.unwrap();
            assert!(kept + 2 * limits.segment_operations < limits.max_operations, "{keep}: {limits:?}");
            assert!(limits.segment_operations <= 65_536 && limits.segment_time.0 <= 600_000_000_000, "{keep}");
        }
        assert_eq!(limits(parse("1000").unwrap(), None).keep.operations, Some(1_000));
        assert_eq!(limits(parse("1h").unwrap(), None).segment_time.0, 450_000_000_000);
    }
}
