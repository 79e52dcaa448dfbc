//! Moments, and the forms in which users write them.

use super::{Duration, Error, ErrorKind, Result, Seq, Timestamp};

/// A position of the cursor: the state after operation `seq` of a lineage. `Seq::START` is before the first operation.
pub type Moment = Seq;

/// A parsed moment that is not resolved yet: `#412`, `end`, `+2.5s`, `rv:81231`, `SESSION:stuck-rollout`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MomentSpec {
    /// The session name before the colon.
    pub session: Option<String>,
    pub at: Anchor,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// `#412` or `412`.
    Number(Seq),
    /// `start`.
    Start,
    /// `end`, or `now` in a live session.
    End,
    /// An RFC 3339 time: the last operation at or before it.
    Time(Timestamp),
    /// `HH:MM:SS[.f]` of the recording's first day in UTC, as time since midnight.
    TimeOfDay(Duration),
    /// `+2.5s`: from the start, or from the cursor at a debugger prompt.
    Forward(Duration),
    /// `-10s`: from the end, or from the cursor at a debugger prompt.
    Backward(Duration),
    /// `50%` of the operations, in thousandths of a percent.
    Percent(u32),
    /// `rv:81231`: the first moment at which that resourceVersion was observed.
    ResourceVersion(String),
    /// The name of a bookmark.
    Bookmark(String),
}

impl MomentSpec {
    /// Parses any form of a moment.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`], with the valid forms as hint.
    pub fn parse(text: &str) -> Result<MomentSpec> {
        let text = text.trim();
        if let Some(at) = Anchor::parse_except_bookmark(text) {
            return Ok(MomentSpec { session: None, at });
        }
        // A time contains colons too, so the other forms are tried first.
        if let Some((session, rest)) = split_session(text) {
            let at = Anchor::parse_except_bookmark(rest).unwrap_or_else(|| Anchor::Bookmark(rest.to_owned()));
            return Ok(MomentSpec { session: Some(session.to_owned()), at });
        }
        if text.is_empty() || is_malformed(text) {
            return Err(Error::new(ErrorKind::Invalid, format!("{text:?} names no moment")).hint(
                "write #412, start, end, 12:04:11, an RFC 3339 time, +2.5s, -10s, 50%, rv:81231, a bookmark, or SESSION:MOMENT",
            ));
        }
        Ok(MomentSpec { session: None, at: Anchor::Bookmark(text.to_owned()) })
    }
}

/// Splits `SESSION:MOMENT`. The shortest session name whose rest parses as a form wins (`s1:12:04:11`), else the last colon
/// splits (`s1:stuck-rollout`).
fn split_session(text: &str) -> Option<(&str, &str)> {
    let splits = || {
        text.match_indices(':')
            .map(|(at, _)| (&text[..at], &text[at + 1..]))
            .filter(|(session, rest)| !session.is_empty() && !rest.is_empty())
    };
    splits().find(|(_, rest)| Anchor::parse_except_bookmark(rest).is_some()).or_else(|| splits().next_back())
}

/// True for text that starts like a form but does not parse. It is an error rather than the name of a bookmark.
fn is_malformed(text: &str) -> bool {
    text.starts_with(['#', '+', '-']) || text.ends_with('%') || text.starts_with("rv:") || text.chars().any(char::is_control)
}

impl Anchor {
    /// Parses every form except bookmark names.
    fn parse_except_bookmark(text: &str) -> Option<Anchor> {
        match text {
            "start" => return Some(Anchor::Start),
            "end" | "now" => return Some(Anchor::End),
            _ => {}
        }
        if let Some(version) = text.strip_prefix("rv:") {
            return (!version.is_empty() && !version.contains(':')).then(|| Anchor::ResourceVersion(version.to_owned()));
        }
        let digits = text.strip_prefix('#').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return digits.parse().ok().map(Seq).filter(|seq| *seq <= Seq::MAX).map(Anchor::Number);
        }
        if let Some(percent) = text.strip_suffix('%') {
            return parse_percent(percent);
        }
        if let Some(length) = text.strip_prefix('+') {
            return parse_length(length).map(Anchor::Forward);
        }
        if let Some(length) = text.strip_prefix('-') {
            return parse_length(length).map(Anchor::Backward);
        }
        if let Some(time) = parse_time_of_day(text) {
            return Some(Anchor::TimeOfDay(time));
        }
        text.parse::<jiff::Timestamp>().ok().map(|at| Anchor::Time(Timestamp::from_jiff(at)))
    }
}

fn parse_percent(text: &str) -> Option<Anchor> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: u32 = whole.parse().ok().filter(|whole| *whole <= 100)?;
    let fraction = parse_fraction(fraction, 3)?;
    let thousandths = whole * 1_000 + u32::try_from(fraction).ok()?;
    (thousandths <= 100_000).then_some(Anchor::Percent(thousandths))
}

/// Parses the digits after the decimal point as a multiple of `10^-digits`. Further digits are dropped.
fn parse_fraction(text: &str, digits: u32) -> Option<u64> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value = 0;
    for place in 0..digits {
        let digit = text.as_bytes().get(place as usize).map_or(0, |b| u64::from(b - b'0'));
        value = value * 10 + digit;
    }
    Some(value)
}

/// Parses `2.5s`, `300ms`, `10m`, `1h`. A bare number is in seconds.
fn parse_length(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit: u64 = match unit {
        "ns" => 1,
        "us" | "µs" => 1_000,
        "ms" => 1_000_000,
        "" | "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let billionths = u128::from(parse_fraction(fraction, 9)?);
    let part = u64::try_from(billionths * u128::from(unit) / 1_000_000_000).ok()?;
    Some(Duration(whole.checked_mul(unit)?.checked_add(part)?))
}

/// Parses `HH:MM:SS[.f]`.
fn parse_time_of_day(text: &str) -> Option<Duration> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let two = |text: &str, below: u64| (text.len() == 2).then(|| text.parse::<u64>().ok().filter(|n| *n < below)).flatten();
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let seconds = two(hours, 24)? * 3_600 + two(minutes, 60)? * 60 + two(whole, 60)?;
    Some(Duration(seconds * 1_000_000_000 + parse_fraction(fraction, 9)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Anchor {
        let spec = MomentSpec::parse(text).unwrap();
        assert_eq!(spec.session, None, "{text}");
        spec.at
    }

    #[test]
    fn parses_every_form() {
        assert_eq!(at("#412"), Anchor::Number(Seq(412)));
        assert_eq!(at("412"), Anchor::Number(Seq(412)));
        assert_eq!(at("start"), Anchor::Start);
        assert_eq!(at("now"), Anchor::End);
        assert_eq!(at("12:04:11.131"), Anchor::TimeOfDay(Duration(43_451_131_000_000)));
        assert_eq!(at("+2.5s"), Anchor::Forward(Duration(2_500_000_000)));
        assert_eq!(at("-10s"), Anchor::Backward(Duration(10_000_000_000)));
        assert_eq!(at("50%"), Anchor::Percent(50_000));
        assert_eq!(at("rv:81231"), Anchor::ResourceVersion("81231".into()));
        assert_eq!(at("stuck-rollout"), Anchor::Bookmark("stuck-rollout".into()));
        assert_eq!(at("2026-02-04T10:13:21Z"), Anchor::Time(Timestamp(1_770_200_001_000_000_000)));
    }

    #[test]
    fn splits_the_session_from_a_time_with_colons() {
        let spec = MomentSpec::parse("fight-004:12:04:11").unwrap();
        assert_eq!((spec.session.as_deref(), spec.at), (Some("fight-004"), Anchor::TimeOfDay(Duration(43_451_000_000_000))));
        let spec = MomentSpec::parse("a:b:stuck").unwrap();
        assert_eq!((spec.session.as_deref(), spec.at), (Some("a:b"), Anchor::Bookmark("stuck".into())));
        assert_eq!(MomentSpec::parse("s:rv:7").unwrap().at, Anchor::ResourceVersion("7".into()));
    }

    #[test]
    fn malformed_forms_are_errors() {
        for text in ["", "#", "#4x", "+", "-3 days", "101%", "rv:", "99999999999999999999"] {
            assert!(
                !matches!(MomentSpec::parse(text), Ok(MomentSpec { session: None, at: Anchor::Number(_) | Anchor::Percent(_) })),
                "{text}"
            );
        }
        for text in ["", "#", "#4x", "+x", "101%", "rv:"] {
            assert!(MomentSpec::parse(text).is_err(), "{text}");
        }
    }
}
