//! Words for a shell.

use std::borrow::Cow;

/// A word as a POSIX shell reads it back: in single quotes where it holds anything that a shell would take apart.
#[must_use]
pub fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_is_quoted_where_it_must_be() {
        assert_eq!((quoted("run.db"), quoted("a b"), quoted("#4")), ("run.db".into(), "'a b'".into(), "'#4'".into()));
        assert_eq!((quoted("it's"), quoted("")), ("'it'\\''s'".into(), "''".into()));
    }
}
