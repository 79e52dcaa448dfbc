//! Times as logs and exports write them.

use kuberewind_model::{Duration, Timestamp};

/// Parses RFC 3339, `2026-11-20 10:00:00.004` (in UTC, as query consoles print it, with an optional `UTC` at the end), and a number
/// of seconds, milliseconds, microseconds or nanoseconds since the epoch.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let first = text.as_bytes().first()?;
    if !first.is_ascii_digit() || text.len() > 64 {
        return None;
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_jiff(at));
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+')) {
        return epoch(text);
    }
    let plain = text.strip_suffix("UTC").or_else(|| text.strip_suffix('Z')).unwrap_or(text).trim_end();
    if let Ok(at) = plain.parse::<jiff::civil::DateTime>() {
        return at.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| Timestamp::from_jiff(at.timestamp()));
    }
    // `2026-11-20T10:00:00+0000`: an offset without a colon.
    let (head, offset) = text.split_at_checked(text.len().checked_sub(5)?)?;
    let (hours, minutes) = offset.split_at_checked(3)?;
    format!("{head}{hours}:{minutes}").parse().ok().map(Timestamp::from_jiff)
}

/// A time since the epoch in a unit that follows from its size.
fn epoch(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if text.contains(['e', 'E', '+']) {
        let seconds: f64 = text.parse().ok()?;
        let since = std::time::Duration::try_from_secs_f64(seconds).ok().filter(|since| since.as_secs() < 100_000_000_000)?;
        // A float of this size is exact to less than a microsecond.
        return i64::try_from(since.as_micros()).ok()?.checked_mul(1_000).map(Timestamp);
    }
    let number: i64 = whole.parse().ok()?;
    let (unit, digits) = match number {
        // Until the year 5138, seconds have at most 11 digits; since 1973, milliseconds have more.
        100_000_000..100_000_000_000 => (1_000_000_000, 9),
        100_000_000_000..100_000_000_000_000 => (1_000_000, 6),
        100_000_000_000_000..100_000_000_000_000_000 => (1_000, 3),
        100_000_000_000_000_000.. => (1, 0),
        _ => return None,
    };
    let part = fraction.get(..fraction.len().min(digits))?;
    let part: i64 = if part.is_empty() { 0 } else { format!("{part:0<digits$}").parse().ok()? };
    Some(Timestamp(number.checked_mul(unit)?.checked_add(part)?))
}

/// A length in milliseconds, as exports write it; zero for a negative or impossible one.
pub(super) fn milliseconds(millis: f64) -> Duration {
    std::time::Duration::try_from_secs_f64(millis / 1e3).map_or(Duration(0), Duration::from_std)
}

/// The time at the start of a line and the text after it.
pub(super) fn leading(line: &str) -> Option<(Timestamp, &str)> {
    let word = line.split([' ', '\t']).next()?;
    if word.len() >= 19 && word.contains('T') {
        return Some((time(word)?, line[word.len()..].trim_start()));
    }
    // `2026-11-20 10:00:00.004 …`
    if word.len() == 10 && word.as_bytes()[4] == b'-' {
        let end = line.get(word.len() + 1..)?.find([' ', '\t']).map_or(line.len(), |at| word.len() + 1 + at);
        return Some((time(&line[..end])?, line[end..].trim_start()));
    }
    None
}

/// The time of a klog line, `I1120 10:00:00.000000`, which has no year: the latest one that is not after `latest`.
pub(super) fn klog(line: &str, latest: Timestamp) -> Option<Timestamp> {
    let (letter, rest) = (line.as_bytes().first()?, line.get(1..)?);
    if !matches!(letter, b'I' | b'W' | b'E' | b'F') {
        return None;
    }
    let (month, day) = (rest.get(..2)?.parse::<i8>().ok()?, rest.get(2..4)?.parse::<i8>().ok()?);
    let clock: jiff::civil::Time = rest.get(4..)?.strip_prefix(' ')?.split(' ').next()?.parse().ok()?;
    let newest = latest.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    // A day of tolerance: the log may be in a time zone ahead.
    let limit = latest.0.saturating_add(86_400_000_000_000);
    (0..8).find_map(|back| {
        let date = jiff::civil::Date::new(newest.year() + 1 - back, month, day).ok()?;
        let at = date.to_datetime(clock).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        let at = Timestamp::from_jiff(at.timestamp());
        (at.0 <= limit).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_notations_of_one_moment() {
        let at = Some(Timestamp(1_795_168_800_004_000_000));
        for text in [
            "2026-11-20T10:00:00.004Z",
            "2026-11-20T11:00:00.004+01:00",
            "2026-11-20T10:00:00.004+0000",
            "2026-11-20 10:00:00.004",
            "2026-11-20 10:00:00.004 UTC",
            "1795168800004",
            "1795168800.004",
            "1795168800004000",
            "1795168800004000000",
            "1795168800004.000",
        ] {
            assert_eq!(time(text), at, "{text}");
        }
        for text in ["", "7", "x", "2026", "10:00:00", "99999999999999999999999", "2026-13-20T10:00:00Z", "+1795168800"] {
            assert_eq!(time(text), None, "{text}");
        }
        assert_eq!(leading("2026-11-20T10:00:00.004Z stdout F {"), at.map(|at| (at, "stdout F {")));
        assert_eq!(leading("2026-11-20 10:00:00.004 x"), at.map(|at| (at, "x")));
        assert_eq!((leading("2026-11-20"), leading("words"), leading("")), (None, None, None));
    }

    #[test]
    fn klog_has_no_year() {
        let november = time("2026-11-30T00:00:00Z").unwrap();
        assert_eq!(klog("I1120 10:00:00.004000  7 a.go:1] x", november), time("2026-11-20T10:00:00.004Z"));
        let january = time("2027-01-02T00:00:00Z").unwrap();
        assert_eq!(klog("E1231 23:00:00.000001  7 a.go:1] x", january), time("2026-12-31T23:00:00.000001Z"));
        assert_eq!(klog("I0229 10:00:00.000000  7 a.go:1] x", january), time("2024-02-29T10:00:00Z"));
        for line in ["", "I", "I9999 10:00:00.0", "Installing things", "I1120", "ü1120 10:00:00.0"] {
            assert_eq!(klog(line, november), None, "{line}");
        }
    }
}
