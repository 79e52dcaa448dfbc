//! Cron schedules: `*/5 8-18 * * 1-5`, `@hourly`.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A parsed schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Schedule {
    /// The allowed values of each field, as bits.
    Fields(Fields),
    /// `@every 90s`: seconds.
    Every(i64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Cron's rule: with both fields restricted, a day that matches either of them is enough.
    either_day: bool,
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The days that a search goes ahead: 29 February may be eight years away.
const HORIZON_DAYS: i64 = 366 * 8 + 2;

impl Schedule {
    pub(super) fn parse(text: &str) -> Result<Schedule, String> {
        let expanded = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => match other.strip_prefix("@every ") {
                Some(interval) => return every(interval),
                None => other,
            },
        };
        let parts: Vec<&str> = expanded.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = parts[..] else {
            return Err(format!("expected exactly 5 fields, found {}: [{expanded}]", parts.len()));
        };
        let is_any = |part: &str| part.starts_with('*') || part.starts_with('?');
        Ok(Schedule::Fields(Fields {
            minutes: field(minutes, 0, 59, &[])?,
            hours: field(hours, 0, 23, &[])?,
            days: field(days, 1, 31, &[])?,
            months: field(months, 1, 12, MONTHS)?,
            weekdays: sunday_is_zero(field(weekdays, 0, 7, WEEKDAYS)?),
            either_day: !is_any(days) && !is_any(weekdays),
        }))
    }

    /// The first time after `time`, or `None` if there is none within eight years.
    pub(super) fn next(&self, time: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Schedule::Every(seconds) => Timestamp::from_second(time.as_second().checked_add(*seconds)?).ok(),
            Schedule::Fields(fields) => fields.next(time, zone),
        }
    }
}

impl Fields {
    fn next(&self, time: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let start = time.to_zoned(zone.clone()).datetime();
        let mut date = start.date();
        for _ in 0..HORIZON_DAYS {
            if self.has_day(date) {
                let found = self.times_of(date).filter_map(|at| zone.to_timestamp(at).ok()).find(|at| *at > time);
                if found.is_some() {
                    return found;
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn times_of(&self, date: Date) -> impl Iterator<Item = DateTime> {
        let hours = (0..24_i8).filter(|hour| has(self.hours, *hour));
        hours.flat_map(move |hour| {
            let minutes = (0..60_i8).filter(|minute| has(self.minutes, *minute));
            minutes.map(move |minute| date.at(hour, minute, 0, 0))
        })
    }

    fn has_day(&self, date: Date) -> bool {
        let (day, weekday) = (has(self.days, date.day()), has(self.weekdays, date.weekday().to_sunday_zero_offset()));
        has(self.months, date.month()) && if self.either_day { day || weekday } else { day && weekday }
    }
}

fn has(bits: u64, value: i8) -> bool {
    u32::try_from(value).is_ok_and(|value| bits.checked_shr(value).unwrap_or(0) & 1 == 1)
}

/// Sunday may be written as 0 or 7.
fn sunday_is_zero(bits: u64) -> u64 {
    (bits | (bits >> 7 & 1)) & 0x7f
}

/// Parses a list of values, ranges and steps into bits.
fn field(text: &str, first: u32, last: u32, names: &[&str]) -> Result<u64, String> {
    let mut bits = 0_u64;
    for part in text.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let step: u32 = step
            .parse()
            .ok()
            .filter(|step| *step > 0)
            .ok_or_else(|| format!("step of range should be a positive number: {part}"))?;
        let (low, high) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (first, last),
            Some((low, high)) => (value(low, first, names)?, value(high, first, names)?),
            // `5/15` means from 5 on.
            None if part.contains('/') => (value(range, first, names)?, last),
            None => (value(range, first, names)?, value(range, first, names)?),
        };
        if low < first || high > last {
            return Err(format!("{part} is outside of the range {first}-{last}"));
        }
        if low > high {
            return Err(format!("beginning of range ({low}) beyond end of range ({high}): {part}"));
        }
        let steps = (low..=high).step_by(usize::try_from(step).unwrap_or(usize::MAX));
        bits |= steps.fold(0, |bits, at| bits | 1 << at);
    }
    Ok(bits)
}

fn value(text: &str, first: u32, names: &[&str]) -> Result<u32, String> {
    let lower = text.to_ascii_lowercase();
    match names.iter().position(|name| **name == lower) {
        Some(at) => Ok(u32::try_from(at).unwrap_or(0).saturating_add(first)),
        None => text.parse().map_err(|_| format!("failed to parse int from {text}")),
    }
}

/// Parses `1h30m`.
fn every(interval: &str) -> Result<Schedule, String> {
    let span: jiff::SignedDuration =
        interval.trim().parse().map_err(|error| format!("failed to parse duration @every {interval}: {error}"))?;
    Ok(Schedule::Every(span.as_secs().max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(schedule: &str, zone: &str, from: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        Schedule::parse(schedule).unwrap().next(from.parse().unwrap(), &zone).map_or("never".to_owned(), |at| at.to_string())
    }

    #[test]
    fn the_next_time_follows_the_fields() {
        for (schedule, from, wanted) in [
            ("* * * * *", "2026-02-04T10:13:21Z", "2026-02-04T10:14:00Z"),
            ("*/15 * * * *", "2026-02-04T10:45:00Z", "2026-02-04T11:00:00Z"),
            ("5/20 3 * * *", "2026-02-04T03:05:00Z", "2026-02-04T03:25:00Z"),
            ("0 2 * * 1-5", "2026-02-06T10:00:00Z", "2026-02-09T02:00:00Z"),
            ("0 0 * * 7", "2026-02-04T00:00:00Z", "2026-02-08T00:00:00Z"),
            ("0 0 13 * fri", "2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z"),
            ("0 0 1 jan,JUL *", "2026-02-04T00:00:00Z", "2026-07-01T00:00:00Z"),
            ("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("0 0 30 2 *", "2026-03-01T00:00:00Z", "never"),
            ("@hourly", "2026-02-04T23:59:59Z", "2026-02-05T00:00:00Z"),
            ("@weekly", "2026-02-04T00:00:00Z", "2026-02-08T00:00:00Z"),
            ("@every 1h30m", "2026-02-04T00:00:00Z", "2026-02-04T01:30:00Z"),
        ] {
            assert_eq!(after(schedule, "UTC", from), wanted, "{schedule}");
        }
    }

    #[test]
    fn time_zones_shift_the_schedule() {
        assert_eq!(after("0 9 * * *", "Europe/Berlin", "2026-01-15T00:00:00Z"), "2026-01-15T08:00:00Z");
        assert_eq!(after("0 9 * * *", "Europe/Berlin", "2026-07-15T00:00:00Z"), "2026-07-15T07:00:00Z");
    }

    #[test]
    fn what_is_no_schedule_is_an_error() {
        for text in
            ["", "* * * *", "60 * * * *", "* 24 * * *", "5-1 * * * *", "*/0 * * * *", "a * * * *", "@every x", "* * 0 * *"]
        {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }
}
