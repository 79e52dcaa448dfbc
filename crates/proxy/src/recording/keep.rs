//! `--keep`: how much of a session the ring buffer holds. `--rotate`: how long one file is written.

use bytesize::ByteSize;
use kuberewind_file::{Keep, WriterLimits};
use kuberewind_model::{Duration, Error, ErrorKind, Result};

/// Parses `--keep`: `1h` (time), `2GiB` (file size), `500000` (operations), or several of them separated by commas. All of them
/// apply.
pub(super) fn parse_keep(text: &str) -> Result<Keep> {
    let invalid = || {
        Error::new(ErrorKind::Invalid, format!("cannot read --keep {text:?}"))
            .hint("write a time (1h), a size (2GiB) or a number of operations (500000), or several separated by commas")
    };
    let mut keep = Keep::default();
    for part in text.split(',') {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            keep.operations = Some(part.parse().ok().filter(|count| *count > 0).ok_or_else(invalid)?);
        } else if part.ends_with('B') {
            keep.bytes = Some(size(part).ok_or_else(invalid)?);
        } else {
            keep.time = Some(duration(part).ok_or_else(invalid)?);
        }
    }
    Ok(keep)
}

/// Parses `--rotate`: `24h`.
pub(super) fn parse_rotate(text: &str) -> Result<Duration> {
    duration(text).ok_or_else(|| {
        Error::new(ErrorKind::Invalid, format!("cannot read --rotate {text:?}")).hint("write a duration such as 24h or 1h30m")
    })
}

/// A size above 0. `bytesize` saturates instead of failing: the largest number counts as an error.
fn size(text: &str) -> Option<u64> {
    text.parse::<ByteSize>().ok().map(|size| size.as_u64()).filter(|bytes| (1..u64::MAX).contains(bytes))
}

/// A duration above 0. `M`, which `humantime` reads as months, is refused: with a number before it, it looks like millions.
fn duration(text: &str) -> Option<Duration> {
    let parsed = humantime::parse_duration(text).ok().filter(|_| !text.contains('M'))?;
    Some(Duration::from_std(parsed)).filter(|duration| duration.0 > 0)
}

/// A ring consists of at least this many segments. The file exceeds the requested amount by at most one segment.
const SEGMENTS: u64 = 8;
/// The fewest operations in a segment of a ring. Each segment starts with a checkpoint.
const MIN_SEGMENT: u64 = 128;
/// Segments that a ring may hold for a moment beyond the requested amount: one that is full, and one that a long list keeps open.
const EXTRA_SEGMENTS: u64 = 3;

/// Returns the writer's limits for a ring. Its segments are short, because the writer drops whole segments. `most` is the
/// user's limit of operations: a ring never stops recording at it but drops more.
pub(super) fn limits(keep: Keep, most: Option<u64>) -> WriterLimits {
    let mut limits = WriterLimits { keep, ..WriterLimits::default() };
    if keep == Keep::default() {
        limits.max_operations = most.unwrap_or(limits.max_operations);
        return limits;
    }
    let most = most.unwrap_or_else(|| limits.max_operations.max(keep.operations.map_or(0, |kept| kept.saturating_mul(2))));
    let kept = keep.operations.unwrap_or(most).min(most);
    limits.segment_operations = (kept / SEGMENTS).clamp(MIN_SEGMENT, limits.segment_operations);
    if let Some(time) = keep.time {
        limits.segment_time = Duration((time.0 / SEGMENTS).clamp(1_000_000_000, limits.segment_time.0));
    }
    limits.max_operations = most;
    limits.keep.operations = Some(kept.min(most.saturating_sub(EXTRA_SEGMENTS * limits.segment_operations)).max(1));
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keep_takes_time_size_and_count() {
        assert_eq!(parse_keep("1h").unwrap(), Keep { time: Some(Duration(3_600_000_000_000)), ..Keep::default() });
        assert_eq!(
            parse_keep("2GiB,500000").unwrap(),
            Keep { bytes: Some(2 << 30), operations: Some(500_000), ..Keep::default() }
        );
        assert_eq!(parse_keep("3kB").unwrap().bytes, Some(3_000));
        assert_eq!(
            parse_keep("4MB,1d").unwrap(),
            Keep { bytes: Some(4_000_000), time: Some(Duration(86_400_000_000_000)), operations: None }
        );
        for text in ["", "h", "0", "0s", "0B", "1x", "-1h", "5M", "99999999999999GiB", "99999999999999999999", "1h,"] {
            assert!(parse_keep(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rotate_takes_a_duration_only() {
        assert_eq!(parse_rotate("24h").unwrap(), Duration(86_400_000_000_000));
        assert_eq!(parse_rotate("1h30m").unwrap(), Duration(5_400_000_000_000));
        for text in ["24", "24GiB", "1h,500", "2M", ""] {
            assert!(parse_rotate(text).unwrap_err().hint_text().is_some_and(|hint| hint.contains("24h")), "{text}");
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
            let limits = limits(parse_keep(keep).unwrap(), most);
            let kept = limits.keep.operations.unwrap();
            assert!(kept + 2 * limits.segment_operations < limits.max_operations, "{keep}: {limits:?}");
            assert!(limits.segment_operations <= 65_536 && limits.segment_time.0 <= 600_000_000_000, "{keep}");
        }
        assert_eq!(limits(parse_keep("1000").unwrap(), None).keep.operations, Some(1_000));
        assert_eq!(limits(parse_keep("1h").unwrap(), None).segment_time.0, 450_000_000_000);
    }
}
