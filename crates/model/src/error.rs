//! The error type of the project.

use std::error::Error as StdError;
use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Classifies failures for exit codes, retries and fallbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The file is neither a recording nor a format that can be imported.
    NotARecording,
    /// A newer version of the program wrote the file.
    Newer,
    /// The recording is truncated, has flipped bits or dangling references.
    Damaged,
    /// The requested session, object, operation or bookmark does not exist.
    NotFound,
    /// The argument is malformed or not allowed, for example a moment that does not parse or a name that is taken.
    Invalid,
    /// The target is not writable.
    ReadOnly,
    /// Another process is writing.
    Busy,
    /// The caller cancelled the operation.
    Interrupted,
    /// The operating system, the network or SQLite failed.
    Io,
}

/// An error with the failed step, its cause and a hint.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    step: String,
    hint: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// `step` says what failed and on what, without a full stop: `cannot open run.db`.
    #[must_use]
    pub fn new(kind: ErrorKind, step: impl Into<String>) -> Error {
        Error { kind, step: step.into(), hint: None, source: None }
    }

    /// Sets the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.source = Some(source.into());
        self
    }

    /// Sets the hint: what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    #[must_use]
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The step and its chain of causes on one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.step.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            let message = error.to_string();
            // Errors of other libraries may already end with their cause.
            if !text.ends_with(&message) {
                text.push_str(": ");
                text.push_str(&message);
            }
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    /// Prints the step only. The cause is in [`StdError::source`], so that a chain prints nothing twice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.step)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
