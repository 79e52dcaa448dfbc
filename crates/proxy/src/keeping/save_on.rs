//! The values of `--save-on` and `--start-on`.

use regex::Regex;

use kuberewind_model::{Error, ErrorKind, Result};

/// The condition of `--save-on`.
#[derive(Debug, Clone)]
pub enum SaveOn {
    /// A call failed: no response, or a refusal other than 404 and 409, which are common.
    Error,
    /// The program's exit code is not 0.
    Exit,
    /// The detectors found a loop.
    Loop,
    /// The program printed a matching line.
    Log(Regex),
}

impl SaveOn {
    /// Parses `error`, `exit`, `loop` or `log:REGEX`.
    ///
    /// # Errors
    /// The text is none of these.
    pub fn parse(text: &str) -> Result<SaveOn> {
        match text {
            "error" => Ok(SaveOn::Error),
            "exit" => Ok(SaveOn::Exit),
            "loop" => Ok(SaveOn::Loop),
            _ => log_words(text).map(SaveOn::Log),
        }
    }

    /// True for conditions on a program's log or exit code.
    #[must_use]
    pub fn needs_a_program(&self) -> bool {
        matches!(self, SaveOn::Exit | SaveOn::Log(_))
    }
}

/// Parses `log:REGEX`.
///
/// # Errors
/// The prefix is missing or the expression is invalid.
pub fn log_words(text: &str) -> Result<Regex> {
    let Some(words) = text.strip_prefix("log:") else {
        return Err(Error::new(ErrorKind::Invalid, format!("unknown value {text:?}"))
            .hint("--save-on takes error, exit, loop and log:REGEX; --start-on takes log:REGEX"));
    };
    Regex::new(words)
        .map_err(|error| Error::new(ErrorKind::Invalid, format!("invalid regular expression {words:?}")).because(error))
}

#[cfg(test)]
mod tests {
    use super::{SaveOn, log_words};

    #[test]
    fn known_values_are_parsed() {
        assert!(matches!(SaveOn::parse("error"), Ok(SaveOn::Error)));
        assert!(matches!(SaveOn::parse("loop"), Ok(SaveOn::Loop)));
        assert!(matches!(SaveOn::parse("log:panic: .*"), Ok(SaveOn::Log(_))));
        assert!(SaveOn::parse("always").expect_err("unknown").hint_text().is_some_and(|hint| hint.contains("log:REGEX")));
        assert!(log_words("log:(").is_err());
    }
}
