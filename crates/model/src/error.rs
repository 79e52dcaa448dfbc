//! The one error of the project: the step that failed, the cause, a hint.

use std::error::Error as StdError;
use std::fmt;

/// `Result` with the project's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure, for those who act on it (exit codes, retry, fallback). The sentence is in the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The file is no recording, nor anything that can be read as one.
    NotARecording,
    /// Written by a newer version of the program.
    Newer,
    /// A recording that is damaged: truncated, bits flipped, references that lead nowhere.
    Damaged,
    /// What was asked for does not exist: a session, an object, a bookmark.
    NotFound,
    /// The question or the argument makes no sense: a moment that does not parse, a name that is taken.
    Invalid,
    /// The place cannot be written.
    ReadOnly,
    /// Somebody else is writing.
    Busy,
    /// Stopped because the caller said so.
    Interrupted,
    /// The operating system, the network or SQLite refused.
    Io,
}

/// An error that names the step, keeps the cause and gives a hint.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    step: String,
    hint: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// `step` is a sentence without a full stop that says what could not be done, and to what.
    #[must_use]
    pub fn new(kind: ErrorKind, step: impl Into<String>) -> Error {
        Error { kind, step: step.into(), hint: None, source: None }
    }

    /// Keeps what caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.source = Some(source.into());
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    /// What sort of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The whole of it on one line: step, chain of causes.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.step.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            let said = error.to_string();
            // Other libraries' errors may end with their cause.
            if !text.ends_with(&said) {
                text.push_str(": ");
                text.push_str(&said);
            }
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    /// The step alone: the cause is in [`StdError::source`], so that a chain prints nothing twice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.step)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
