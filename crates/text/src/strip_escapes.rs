//! Removal of terminal escape sequences from log lines.

use std::borrow::Cow;

const ESCAPE: char = '\u{1b}';
const BELL: char = '\u{7}';

/// Removes ECMA-48 escape sequences: control sequences such as colours (`ESC [`), operating system commands such as links
/// and titles (`ESC ]`), and two-character escapes. An unterminated sequence is removed up to the end of the text.
///
/// The crate `strip-ansi-escapes` also removes tabs, which zap's console encoder prints between the fields of a log line.
#[must_use]
pub fn strip_escapes(text: &str) -> Cow<'_, str> {
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
            // A control sequence ends with a character from @ to ~.
            Some('[') => drop(chars.by_ref().find(|c| ('@'..='~').contains(c))),
            // An operating system command ends with BEL or `ESC \`.
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
    use super::strip_escapes;

    #[test]
    fn colours_links_and_titles_are_removed() {
        assert_eq!(strip_escapes("\u{1b}[2m2026\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m"), "2026  INFO");
        assert_eq!(strip_escapes("see \u{1b}]8;;https://a.example\u{1b}\\here\u{1b}]8;;\u{7}!"), "see here!");
        assert_eq!(strip_escapes("plain"), "plain");
        assert_eq!(strip_escapes("\u{1b}[34mINFO\u{1b}[0m\tstarted"), "INFO\tstarted", "tabs stay");
        for broken in ["\u{1b}", "a\u{1b}[", "a\u{1b}[31", "a\u{1b}]8;;", "a\u{1b}]\u{1b}"] {
            assert!(!strip_escapes(broken).contains('\u{1b}'), "{broken:?}");
        }
    }
}
