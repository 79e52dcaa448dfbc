//! What programs print for a terminal's sake, left out.

use std::borrow::Cow;

const ESCAPE: char = '\u{1b}';
const BELL: char = '\u{7}';

/// The text without terminal escapes: colours and other control sequences (`ESC [`), links and titles (`ESC ]`), and
/// whatever other character follows an `ESC`. ECMA-48 has them.
#[must_use]
pub fn without_escapes(text: &str) -> Cow<'_, str> {
    if !text.contains(ESCAPE) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != ESCAPE {
            plain.push(c);
            continue;
        }
        match chars.next() {
            // Parameters end with a byte from @ to ~.
            Some('[') => drop(chars.by_ref().find(|c| ('@'..='~').contains(c))),
            // Ends with a bell, or with `ESC \`.
            Some(']') => {
                let end = chars.by_ref().find(|c| matches!(*c, ESCAPE | BELL));
                if end == Some(ESCAPE) {
                    chars.next();
                }
            }
            _ => {}
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::without_escapes;

    #[test]
    fn colours_links_and_titles_leave_no_trace() {
        assert_eq!(without_escapes("\u{1b}[2m2026\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m"), "2026  INFO");
        assert_eq!(without_escapes("see \u{1b}]8;;https://a.example\u{1b}\\here\u{1b}]8;;\u{7}!"), "see here!");
        assert_eq!(without_escapes("plain"), "plain");
        for broken in ["\u{1b}", "a\u{1b}[", "a\u{1b}[31", "a\u{1b}]8;;", "a\u{1b}]\u{1b}"] {
            assert!(!without_escapes(broken).contains('\u{1b}'), "{broken:?}");
        }
    }
}
