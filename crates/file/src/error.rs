//! Errors of SQLite as errors of this project.

use rusqlite::ErrorCode;

use kuberewind_model::{Error, ErrorKind, Result};

/// Wraps an error of SQLite. `context` names the step that failed.
pub(crate) fn sql_error(context: impl Into<String>, error: rusqlite::Error) -> Error {
    let kind = match &error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::NotADatabase => ErrorKind::NotARecording,
            ErrorCode::DatabaseCorrupt => ErrorKind::Damaged,
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => ErrorKind::ReadOnly,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => ErrorKind::Busy,
            ErrorCode::OperationInterrupted => ErrorKind::Interrupted,
            _ => ErrorKind::Io,
        },
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::InvalidColumnType(..) => ErrorKind::Damaged,
        _ => ErrorKind::Io,
    };
    let made = Error::new(kind, context).because(error);
    match kind {
        ErrorKind::Damaged => made.hint("run `kuberewind verify FILE` for the details"),
        ErrorKind::Busy => made.hint("another process holds the file; try again later"),
        _ => made,
    }
}

/// Adds context to the errors of SQLite.
pub trait Context<T> {
    /// Wraps the error; `context` names the step that failed.
    ///
    /// # Errors
    /// The wrapped error.
    fn context(self, context: &str) -> Result<T>;
}

impl<T> Context<T> for rusqlite::Result<T> {
    fn context(self, context: &str) -> Result<T> {
        self.map_err(|error| sql_error(context, error))
    }
}

/// The error of a file whose rows contradict the format.
pub(crate) fn damaged(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Damaged, what).hint("run `kuberewind verify FILE` for the details")
}
