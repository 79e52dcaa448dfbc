//! Quoting of shell words.

use std::borrow::Cow;

use shlex::Quoter;

/// Quotes a word for a POSIX shell, if it needs quotes.
#[must_use]
pub fn shell_quote(word: &str) -> Cow<'_, str> {
    // NUL is the only error that a quoter returns, and it is allowed here.
    Quoter::new().allow_nul(true).quote(word).unwrap_or(Cow::Borrowed(word))
}

#[cfg(test)]
mod tests {
    use super::shell_quote;

    #[test]
    fn only_words_that_need_quotes_get_them() {
        let quoted = ["run.db", "a b", "#4", "it's", ""].map(shell_quote);
        assert_eq!(quoted, ["run.db", "'a b'", "'#4'", "\"it's\"", "''"]);
        let hostile = "$(reboot)'`\\!^\"\0";
        assert_eq!(shlex::split(&shell_quote(hostile)), Some(vec![hostile.to_owned()]));
    }
}
