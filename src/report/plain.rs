//! Text out of a recording, made harmless.

/// Control characters, and what reorders or hides text, as visible escapes: nothing of a recording reaches a terminal
/// that it would obey.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let hides = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || hides {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_terminal_obeys_is_shown_instead() {
        assert_eq!(super::plain("a\u{1b}[31mb\nc\u{202e}d ↔ ü"), "a\\u{1b}[31mb\\u{a}c\\u{202e}d ↔ ü");
    }
}
