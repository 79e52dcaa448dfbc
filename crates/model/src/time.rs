//! Timestamps and durations in nanoseconds.

use std::fmt;

use jiff::{SignedDuration, fmt::temporal::DateTimePrinter};

/// Nanoseconds since the Unix epoch.
///
/// Within a session: wall time at the start plus the monotonic time since, so it never steps back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// Nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(pub u64);

impl Timestamp {
    /// Adds a duration, saturating.
    #[must_use]
    pub fn plus(self, by: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(i64::try_from(by.0).unwrap_or(i64::MAX)))
    }

    /// Subtracts a duration, saturating.
    #[must_use]
    pub fn minus(self, by: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(i64::try_from(by.0).unwrap_or(i64::MAX)))
    }

    /// The time since `earlier`, zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Formats as RFC 3339 in UTC with `digits` digits of a second (at most 9). Values outside jiff's range are clamped.
    #[must_use]
    pub fn rfc3339(self, digits: u8) -> String {
        let printer = DateTimePrinter::new().precision(Some(digits.min(9)));
        printer.timestamp_to_string(&self.to_jiff())
    }

    /// Converts to jiff's timestamp.
    #[must_use]
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_duration(SignedDuration::from_nanos(self.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// Converts from jiff's timestamp, saturating.
    #[must_use]
    pub fn from_jiff(at: jiff::Timestamp) -> Timestamp {
        let nanos = at.as_nanosecond();
        Timestamp(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
    }
}

impl Duration {
    /// From milliseconds, saturating.
    #[must_use]
    pub fn from_millis(millis: u64) -> Duration {
        Duration(millis.saturating_mul(1_000_000))
    }

    /// From the standard library's duration, saturating.
    #[must_use]
    pub fn from_std(duration: std::time::Duration) -> Duration {
        Duration(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }

    /// Whole milliseconds.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }
}

impl fmt::Display for Duration {
    /// Writes a short form: `850ns`, `12µs`, `4ms`, `1.204s`, `12m04s`, `3h02m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0;
        let seconds = nanos / 1_000_000_000;
        match nanos {
            0..=999 => write!(f, "{nanos}ns"),
            1_000..=999_999 => write!(f, "{}µs", nanos / 1_000),
            1_000_000..=999_999_999 => write!(f, "{}ms", nanos / 1_000_000),
            _ if seconds < 60 => write!(f, "{seconds}.{:03}s", nanos / 1_000_000 % 1_000),
            _ if seconds < 3_600 => write!(f, "{}m{:02}s", seconds / 60, seconds % 60),
            _ => write!(f, "{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Timestamp};

    #[test]
    fn formats_timestamps_and_durations() {
        let at = Timestamp(1_770_200_001_234_000_000);
        assert_eq!(at.rfc3339(3), "2026-02-04T10:13:21.234Z");
        assert_eq!(Duration(1_204_000_000).to_string(), "1.204s");
        assert_eq!(Duration::from_millis(724_000).to_string(), "12m04s");
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration(0));
    }
}
