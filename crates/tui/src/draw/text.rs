//! Shortened texts, times and durations.

use std::borrow::Cow;

use kuberewind_model::{Duration, Timestamp};
use kuberewind_text::{cells, clean};

/// Returns the number of cells that a text takes, character by character. A joined emoji may take fewer.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

/// The columns that a text takes once it is made safe for the terminal.
pub(super) fn columns_of(text: &str) -> u16 {
    u16::try_from(width(&clean(text))).unwrap_or(u16::MAX)
}

/// With less room than this, only the beginning of a text is shown.
const MIN_ROOM: usize = 8;

/// Shortens a text to `room` cells by replacing its middle with `ellipsis`. Returns the whole text if there is little room or
/// `ellipsis` is empty: then the caller truncates it.
pub(super) fn shorten<'a>(text: &'a str, room: usize, ellipsis: &str) -> Cow<'a, str> {
    let text = clean(text);
    let left = room.saturating_sub(width(ellipsis));
    if ellipsis.is_empty() || room < MIN_ROOM || width(&text) <= room {
        return text;
    }
    let (head, tail) = (left.div_ceil(2), left / 2);
    let begin = fitting(text.chars(), head);
    let end = fitting(text.chars().rev(), tail);
    let mut short: String = text.chars().take(begin).collect();
    short.push_str(ellipsis);
    // A character without width belongs to the character before it.
    short.extend(text.chars().skip(text.chars().count() - end).skip_while(|c| cells(*c) == 0));
    Cow::Owned(short)
}

/// Returns the number of characters that fit into `room` cells.
fn fitting(characters: impl Iterator<Item = char>, room: usize) -> usize {
    let mut used = 0;
    characters
        .take_while(|c| {
            used += cells(*c);
            used <= room
        })
        .count()
}

/// Formats the time since the start: `+2.104s`, `+12m04.1s`, `+3h02m04s` or, before the start, `-0.005s`.
pub(super) fn since(start: Timestamp, at: Timestamp) -> String {
    let (sign, length) = if at >= start { ('+', at.since(start)) } else { ('-', start.since(at)) };
    let (seconds, millis) = (length.0 / 1_000_000_000, length.as_millis() % 1_000);
    match seconds {
        0..100 => format!("{sign}{seconds}.{millis:03}s"),
        100..3_600 => format!("{sign}{}m{:02}.{}s", seconds / 60, seconds % 60, millis / 100),
        _ => format!("{sign}{}h{:02}m{:02}s", seconds / 3_600, seconds / 60 % 60, seconds % 60),
    }
}

/// Formats the time of day in UTC: `12:04:11.131`.
pub(super) fn clock(at: Timestamp) -> String {
    at.rfc3339(3).get(11..23).unwrap_or("").to_owned()
}

/// Formats a duration in at most six cells.
pub(super) fn duration(length: Duration) -> String {
    let seconds = length.0 / 1_000_000_000;
    match length.0 {
        0 => String::new(),
        1..1_000_000 => format!("{}µs", length.0 / 1_000),
        1_000_000..1_000_000_000 => format!("{}ms", length.as_millis()),
        _ if seconds < 100 => format!("{seconds}.{}s", length.as_millis() % 1_000 / 100),
        _ => length.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_lose_their_shorten() {
        let short = |room| shorten("RouteConfig/route-config-rpod-sample-6", room, "…");
        assert_eq!(short(22), "RouteConfig…d-sample-6");
        assert_eq!(short(38), "RouteConfig/route-config-rpod-sample-6");
        assert_eq!(shorten("Pod/数数数数数数", 10, "…"), "Pod/…数数");
        assert_eq!(shorten("aaaaaaaaaaae\u{301}", 8, "~"), "aaaa~aae\u{301}");
        assert_eq!((shorten("abcdefghijk", 7, "…"), shorten("abcdefghijk", 9, "")), ("abcdefghijk".into(), "abcdefghijk".into()));
    }

    #[test]
    fn times_and_durations_are_short() {
        let at = |millis: u64| since(Timestamp(0), Timestamp(0).plus(Duration::from_millis(millis)));
        assert_eq!((at(2_104), at(724_100), at(10_924_000)), ("+2.104s".into(), "+12m04.1s".into(), "+3h02m04s".into()));
        assert_eq!(since(Timestamp(5_000_000), Timestamp(0)), "-0.005s");
        assert_eq!(clock(Timestamp(1_770_200_001_234_000_000)), "10:13:21.234");
        assert_eq!(duration(Duration(12_345_000_000)), "12.3s");
    }
}
