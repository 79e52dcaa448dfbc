//! Syntax errors.

use std::error::Error as StdError;
use std::fmt;

use kuberewind_model::{Error, ErrorKind};

/// An error in an expression, with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// A sentence without a full stop.
    pub message: String,
    pub source: String,
    /// The byte offset of the error; the text's length if something is missing at its end.
    pub at: usize,
}

impl SyntaxError {
    /// An `at` within a character is moved back to the character's start.
    #[must_use]
    pub fn new(message: impl Into<String>, source: &str, at: usize) -> SyntaxError {
        let mut at = at.min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        SyntaxError { message: message.into(), source: source.to_owned(), at }
    }

    /// The line that is wrong, a caret under the error, and the message:
    ///
    /// ```text
    /// verb = get
    ///      ^ `=` is not an operator; write `==`
    /// ```
    #[must_use]
    pub fn caret(&self) -> String {
        format!("{} {}", self.line_with_caret(), self.message)
    }

    /// Returns the line with the error, and a caret under it.
    fn line_with_caret(&self) -> String {
        let start = self.source[..self.at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.source[start..].lines().next().unwrap_or_default();
        let visible = |c: char| if c.is_control() { ' ' } else { c };
        let shown: String = line.chars().map(visible).collect();
        let before = self.source[start..self.at].chars().count();
        format!("{shown}\n{:before$}^", "")
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.message, self.source[..self.at].chars().count() + 1)
    }
}

impl StdError for SyntaxError {}

impl From<SyntaxError> for Error {
    fn from(wrong: SyntaxError) -> Error {
        let line_with_caret = wrong.line_with_caret();
        Error::new(ErrorKind::Invalid, "the expression cannot be read").hint(line_with_caret).because(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::SyntaxError;

    #[test]
    fn the_caret_is_under_the_character() {
        let wrong = SyntaxError::new("no such field", "größe\nkindd == Pod", 8);
        assert_eq!(wrong.caret(), "kindd == Pod\n^ no such field");
        assert_eq!(SyntaxError::new("unfinished", "ä == ", 99).caret(), "ä == \n     ^ unfinished");
        assert_eq!(SyntaxError::new("inside", "ä", 1).at, 0);
    }
}
