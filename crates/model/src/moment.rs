//! Where the cursor can stand, and the forms in which a person names it.

use super::{Duration, Error, ErrorKind, Result, Seq, Timestamp};

/// A moment: the state *after* operation `seq` of a lineage. `Seq::START` is before the first one.
pub type Moment = Seq;

/// A moment as a person writes it, not yet looked up: `#412`, `end`, `+2.5s`, `rv:81231`, `SESSION:stuck-rollout`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MomentSpec {
    /// The session before the colon.
    pub session: Option<String>,
    /// The rest.
    pub at: Anchor,
}

/// The forms of a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// `#412` or `412`.
    Number(Seq),
    /// `start`.
    Start,
    /// `end`, or `now` in a live one.
    End,
    /// An RFC 3339 time: the last operation at or before it.
    Time(Timestamp),
    /// `HH:MM:SS[.f]` of the recording's first day, UTC: time since midnight.
    TimeOfDay(Duration),
    /// `+2.5s`: from the start (at a debugger's prompt: from the cursor).
    Forward(Duration),
    /// `-10s`: from the end (at a debugger's prompt: from the cursor).
    Backward(Duration),
    /// `50%` of the operations, in thousandths of a percent.
    Percent(u32),
    /// `rv:81231`: the first moment at which that resourceVersion was shown.
    ResourceVersion(String),
    /// A bookmark's name.
    Bookmark(String),
}

impl MomentSpec {
    /// Parses any form.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] with the forms that there are.
    pub fn parse(text: &str) -> Result<MomentSpec> {
        let text = text.trim();
        if let Some(at) = Anchor::parse_own_form(text) {
            return Ok(MomentSpec { session: None, at });
        }
        // A time holds colons too, so the forms go first. A session's name may itself hold colons: the last one splits.
        if let Some((session, rest)) = split_session(text) {
            let at = Anchor::parse_own_form(rest).unwrap_or_else(|| Anchor::Bookmark(rest.to_owned()));
            return Ok(MomentSpec { session: Some(session.to_owned()), at });
        }
        if text.is_empty() || looks_broken(text) {
            return Err(Error::new(ErrorKind::Invalid, format!("{text:?} names no moment")).hint(
                "write #412, start, end, 12:04:11, an RFC 3339 time, +2.5s, -10s, 50%, rv:81231, a bookmark, or SESSION:MOMENT",
            ));
        }
        Ok(MomentSpec { session: None, at: Anchor::Bookmark(text.to_owned()) })
    }
}

/// `SESSION:MOMENT` where MOMENT is any form; the shortest session name for which the rest has a form of its own wins
/// (`s1:12:04:11`), else the last colon splits (`s1:stuck-rollout`).
fn split_session(text: &str) -> Option<(&str, &str)> {
    let splits = || {
        text.match_indices(':')
            .map(|(at, _)| (&text[..at], &text[at + 1..]))
            .filter(|(session, rest)| !session.is_empty() && !rest.is_empty())
    };
    splits().find(|(_, rest)| Anchor::parse_own_form(rest).is_some()).or_else(|| splits().next_back())
}

/// Text that began like a form but is none: better an error than a bookmark nobody set.
fn looks_broken(text: &str) -> bool {
    text.starts_with(['#', '+', '-']) || text.ends_with('%') || text.starts_with("rv:") || text.chars().any(char::is_control)
}

impl Anchor {
    /// Every form but a bookmark's name.
    fn parse_own_form(text: &str) -> Option<Anchor> {
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

/// The digits after the point as a whole number of `10^-digits`; further ones are dropped.
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

/// `2.5s`, `300ms`, `10m`, `1h`; a bare number is seconds.
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

/// `HH:MM:SS[.f]`.
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
    fn every_form_is_understood() {
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
    fn a_session_goes_before_the_colon_even_where_a_time_has_colons() {
        let spec = MomentSpec::parse("fight-004:12:04:11").unwrap();
        assert_eq!((spec.session.as_deref(), spec.at), (Some("fight-004"), Anchor::TimeOfDay(Duration(43_451_000_000_000))));
        let spec = MomentSpec::parse("a:b:stuck").unwrap();
        assert_eq!((spec.session.as_deref(), spec.at), (Some("a:b"), Anchor::Bookmark("stuck".into())));
        assert_eq!(MomentSpec::parse("s:rv:7").unwrap().at, Anchor::ResourceVersion("7".into()));
    }

    #[test]
    fn what_began_like_a_form_is_no_bookmark() {
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
