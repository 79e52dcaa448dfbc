//! Errors of SQLite as errors of the project.

use rusqlite::ErrorCode;

use kuberewind_model::{Error, ErrorKind, Result};

/// Makes an error of the project from one of SQLite.
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
        ErrorKind::Damaged => made.hint("`kuberewind verify FILE` says what is broken"),
        ErrorKind::Busy => made.hint("another process holds the file; try again when it has ended"),
        _ => made,
    }
}

/// `?` on SQLite's results: names the step.
pub trait Context<T> {
    /// Names what was being done.
    fn context(self, context: &str) -> Result<T>;
}

impl<T> Context<T> for rusqlite::Result<T> {
    fn context(self, context: &str) -> Result<T> {
        self.map_err(|error| sql_error(context, error))
    }
}

/// A row of the file that cannot be.
pub(crate) fn damaged(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Damaged, what).hint("`kuberewind verify FILE` says what is broken")
}
