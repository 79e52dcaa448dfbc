//! Splits a script into statements.

/// A statement and its line in the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The text without surrounding blanks and without the leading colon.
    pub text: &'a str,
    /// The first line, counted from 1.
    pub line: usize,
}

/// Splits a script at `;` and at line ends, but not within quotes. Skips empty statements and comments.
pub fn pieces(script: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut found = Vec::new();
    for (line, text) in script.lines().enumerate() {
        if text.trim_start().starts_with("--") {
            continue;
        }
        let mut start = 0;
        for end in ends(text) {
            let text = text[start..end].trim();
            found.push(Piece { text: text.strip_prefix(':').unwrap_or(text).trim_start(), line: line + 1 });
            start = end + 1;
        }
    }
    found.into_iter().filter(|piece| !piece.text.is_empty())
}

/// The positions of the separators and of the end. An unclosed quote has no effect: `search it's`.
fn ends(line: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') if line[at + 1..].contains(c) => quote = Some(c),
            (None, ';') => ends.push(at),
            _ => {}
        }
    }
    ends.push(line.len());
    ends
}

#[cfg(test)]
mod tests {
    use super::pieces;

    fn cut(script: &str) -> Vec<&str> {
        pieces(script).map(|piece| piece.text).collect()
    }

    #[test]
    fn statements_end_at_semicolons_and_lines_but_not_within_quotes() {
        assert_eq!(cut(":goto 412; :filter kind=deploy"), ["goto 412", "filter kind=deploy"]);
        assert_eq!(cut("search 'a;b'; search \"c;\\\";d\";;  "), ["search 'a;b'", "search \"c;\\\";d\""]);
        assert_eq!(cut("-- a tour; of it\nplay\n\n  :play "), ["play", "play"]);
        assert_eq!(cut("search it's; play"), ["search it's", "play"], "a quote without an end");
        assert_eq!(pieces("a\nb; c").map(|piece| piece.line).collect::<Vec<_>>(), [1, 2, 2]);
    }
}
