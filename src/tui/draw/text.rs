//! Texts of others made fit for a terminal, and numbers as people read them.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use kuberewind_model::{Duration, Timestamp};

pub use crate::text::grouped;

/// A text without anything that a terminal would obey or that would turn its order around: control characters,
/// bidirectional controls and other invisible marks are shown escaped.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push_str("\\t"),
            c if is_unsafe(c) => safe.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || matches!(c, '\u{61c}' | '\u{2028}' | '\u{2029}' | '\u{ad}')
}

/// How many cells a character takes.
#[must_use]
pub fn cells(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// How many cells a text takes, at most.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

/// With less room than this a text's beginning says more than parts of both ends.
const LEAST: usize = 8;

/// A text in `room` cells: where it is longer, its beginning and its end with `left_out` between them; all of it, to be
/// cut, where there is little room or nothing may stand between them.
pub(super) fn middle<'a>(text: &'a str, room: usize, left_out: &str) -> Cow<'a, str> {
    let text = clean(text);
    let left = room.saturating_sub(width(left_out));
    if left_out.is_empty() || room < LEAST || width(&text) <= room {
        return text;
    }
    let (head, tail) = (left.div_ceil(2), left / 2);
    let begin = taken(text.chars(), head);
    let end = taken(text.chars().rev(), tail);
    let mut short: String = text.chars().take(begin).collect();
    short.push_str(left_out);
    // What has no width of its own belongs to the character before it.
    short.extend(text.chars().skip(text.chars().count() - end).skip_while(|c| cells(*c) == 0));
    Cow::Owned(short)
}

/// How many characters fit into so many cells.
fn taken(characters: impl Iterator<Item = char>, room: usize) -> usize {
    let mut used = 0;
    characters
        .take_while(|c| {
            used += cells(*c);
            used <= room
        })
        .count()
}

/// The time since the start: `+2.104s`, `+12m04.1s`, `+3h02m04s`; a step back in time has a minus.
pub(super) fn since(start: Timestamp, at: Timestamp) -> String {
    let (sign, length) = if at >= start { ('+', at.since(start)) } else { ('-', start.since(at)) };
    let (seconds, millis) = (length.0 / 1_000_000_000, length.as_millis() % 1_000);
    match seconds {
        0..100 => format!("{sign}{seconds}.{millis:03}s"),
        100..3_600 => format!("{sign}{}m{:02}.{}s", seconds / 60, seconds % 60, millis / 100),
        _ => format!("{sign}{}h{:02}m{:02}s", seconds / 3_600, seconds / 60 % 60, seconds % 60),
    }
}

/// `12:04:11.131`, UTC.
pub(super) fn clock(at: Timestamp) -> String {
    at.rfc3339(3).get(11..23).unwrap_or("").to_owned()
}

/// A length in at most six cells.
pub(super) fn length(duration: Duration) -> String {
    let seconds = duration.0 / 1_000_000_000;
    match duration.0 {
        0 => String::new(),
        1..1_000_000 => format!("{}µs", duration.0 / 1_000),
        1_000_000..1_000_000_000 => format!("{}ms", duration.as_millis()),
        _ if seconds < 100 => format!("{seconds}.{}s", duration.as_millis() % 1_000 / 100),
        _ => duration.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        assert_eq!(clean("a\u{1b}[31mb\u{7}\u{9b}"), "a\\u{1b}[31mb\\u{7}\\u{9b}");
        assert_eq!(clean("x\u{202e}gpj.exe\nz"), "x\\u{202e}gpj.exe\\nz");
        assert_eq!(clean("größe 数 🙂"), "größe 数 🙂");
    }

    #[test]
    fn what_is_left_out_is_left_out_in_the_middle() {
        let short = |room| middle("RouteConfig/route-config-rpod-sample-6", room, "…");
        assert_eq!(short(22), "RouteConfig…d-sample-6");
        assert_eq!(short(38), "RouteConfig/route-config-rpod-sample-6");
        assert_eq!(middle("Pod/数数数数数数", 10, "…"), "Pod/…数数");
        assert_eq!(middle("aaaaaaaaaaae\u{301}", 8, "~"), "aaaa~aae\u{301}");
        assert_eq!((middle("abcdefghijk", 7, "…"), middle("abcdefghijk", 9, "")), ("abcdefghijk".into(), "abcdefghijk".into()));
    }

    #[test]
    fn numbers_and_times_are_short() {
        let at = |millis: u64| since(Timestamp(0), Timestamp(0).plus(Duration::from_millis(millis)));
        assert_eq!((at(2_104), at(724_100), at(10_924_000)), ("+2.104s".into(), "+12m04.1s".into(), "+3h02m04s".into()));
        assert_eq!(since(Timestamp(5_000_000), Timestamp(0)), "-0.005s");
        assert_eq!(clock(Timestamp(1_770_200_001_234_000_000)), "10:13:21.234");
        assert_eq!(length(Duration(12_345_000_000)), "12.3s");
    }
}
