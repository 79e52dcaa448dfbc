//! Escaping of characters that a terminal would interpret, for text on the screen.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Escapes control characters, bidirectional controls and most invisible characters as `\n`, `\t` or `\u{1b}`.
///
/// Unlike [`printable`](super::printable), it keeps zero-width joiners: emoji and some scripts need them.
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

/// Returns the number of terminal cells that a character takes.
#[must_use]
pub fn cells(c: char) -> usize {
    c.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_are_escaped() {
        assert_eq!(clean("a\u{1b}[31mb\u{7}\u{9b}"), "a\\u{1b}[31mb\\u{7}\\u{9b}");
        assert_eq!(clean("x\u{202e}gpj.exe\nz"), "x\\u{202e}gpj.exe\\nz");
        assert_eq!(clean("größe 数 🙂"), "größe 数 🙂");
    }
}
