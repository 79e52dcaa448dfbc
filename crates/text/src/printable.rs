//! Escaping of characters that a terminal would interpret, for printed output.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns false for control characters (C0, DEL, C1), bidirectional controls and invisible characters.
fn is_plain(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}'     // zero-width characters, directional marks
            | '\u{2028}'..='\u{202e}'     // separators, embeddings, overrides
            | '\u{2060}'..='\u{206f}'     // invisible operators, isolates
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'))
}

/// Escapes control characters, bidirectional controls and invisible characters: `\t`, `\n`, `\x1b`, `\u{202e}`.
///
/// For text on the screen see [`clean`](super::clean).
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if is_plain(c) => out.push(c),
            // Writing to a String cannot fail.
            c if c.is_ascii() => drop(write!(out, "\\x{:02x}", u32::from(c))),
            c => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn escape_sequences_and_direction_marks_are_escaped() {
        assert_eq!(printable("plain ünïcode 漢字"), "plain ünïcode 漢字");
        assert_eq!(printable("a\x1b[31mb\u{9b}1mc\u{202e}d\ttab\n"), "a\\x1b[31mb\\u{9b}1mc\\u{202e}d\\ttab\\n");
    }
}
