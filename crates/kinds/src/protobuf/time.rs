//! Times: seconds since 1970 in protobuf, RFC 3339 in JSON.

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) seconds: i64,
    pub(super) nanos: u32,
}

const DAY: i64 = 86_400;

/// Go's zero time, 0001-01-01T00:00:00Z, which is `null` in JSON.
pub(super) const ZERO: Time = Time { seconds: -62_135_596_800, nanos: 0 };

/// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
const RANGE: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// Writes a time in UTC, with six digits of microseconds if `micro`. False if it is out of range.
pub(super) fn write(out: &mut String, time: Time, micro: bool) -> bool {
    if !RANGE.contains(&time.seconds) || time.nanos >= 1_000_000_000 {
        return false;
    }
    let (days, second) = (time.seconds.div_euclid(DAY), time.seconds.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    for (value, width, end) in
        [(year, 4, '-'), (month, 2, '-'), (day, 2, 'T'), (second / 3600, 2, ':'), (second / 60 % 60, 2, ':')]
    {
        digits(out, value, width);
        out.push(end);
    }
    digits(out, second % 60, 2);
    if micro {
        out.push('.');
        digits(out, i64::from(time.nanos / 1000), 6);
    }
    out.push('Z');
    true
}

fn digits(out: &mut String, value: i64, width: u32) {
    for place in (0..width).rev() {
        let digit = u8::try_from(value / 10_i64.pow(place) % 10).unwrap_or_default();
        out.push(char::from(b'0' + digit));
    }
}

/// The date of a day since 1970-01-01, in the proleptic Gregorian calendar. Years begin in March, so that the leap day is
/// the last of one.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Reads RFC 3339: a date, `T`, a time with any fraction, and `Z` or an offset.
pub(super) fn parse(text: &str) -> Option<Time> {
    let mut rest = text.as_bytes();
    let mut number = |width: usize, end: &[u8]| -> Option<i64> {
        let (digits, tail) = rest.split_at_checked(width)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        rest = if end.is_empty() { tail } else { tail.split_first().filter(|(first, _)| end.contains(first))?.1 };
        Some(digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
    };
    let (year, month, day) = (number(4, b"-")?, number(2, b"-")?, number(2, b"Tt")?);
    let (hour, minute, second) = (number(2, b":")?, number(2, b":")?, number(2, b"")?);
    let last = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=last).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let nanos = fraction(&mut rest)?;
    let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset(rest)?;
    RANGE.contains(&seconds).then_some(Time { seconds, nanos })
}

fn fraction(rest: &mut &[u8]) -> Option<u32> {
    let Some(digits) = rest.strip_prefix(b".") else { return Some(0) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let (digits, tail) = digits.split_at_checked(length)?;
    *rest = tail;
    let digits = digits.iter().chain(std::iter::repeat(&b'0')).take(9);
    Some(digits.fold(0, |value, digit| value * 10 + u32::from(digit - b'0')))
}

/// The seconds of an offset from UTC.
fn offset(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        b"Z" | b"z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let [h1 @ b'0'..=b'9', h2 @ b'0'..=b'9', b':', m1 @ b'0'..=b'9', m2 @ b'0'..=b'9'] = rest else { return None };
    let two = |tens: &u8, ones: &u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
    let (hours, minutes) = (two(h1, h2), two(m1, m2));
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read() {
        let cases = [
            (0, 0, "1970-01-01T00:00:00Z"),
            (951_782_399, 0, "2000-02-28T23:59:59Z"),
            (951_782_400, 0, "2000-02-29T00:00:00Z"),
            (-1, 0, "1969-12-31T23:59:59Z"),
            (1_767_225_599, 999_999_000, "2025-12-31T23:59:59.999999Z"),
            (ZERO.seconds, 0, "0001-01-01T00:00:00Z"),
            (253_402_300_799, 0, "9999-12-31T23:59:59Z"),
        ];
        for (seconds, nanos, text) in cases {
            let mut out = String::new();
            assert!(write(&mut out, Time { seconds, nanos }, nanos > 0));
            assert_eq!(out, text);
            assert_eq!(parse(text), Some(Time { seconds, nanos }));
        }
        let shifted = parse("2025-01-01T01:00:00.1234567891+01:30").unwrap();
        assert_eq!(shifted, Time { seconds: 1_735_687_800, nanos: 123_456_789 });
        for text in
            ["", "2025-02-29T00:00:00Z", "2025-01-01", "2025-01-01T24:00:00Z", "2025-01-01T00:00:00", "2025-01-01T00:00:00.Z"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(!write(&mut String::new(), Time { seconds: i64::MAX, nanos: 0 }, false));
    }
}
