//! A query in one read transaction.

use kuberewind_model::{Error, ErrorKind, History, Result};

/// Runs a query in one read transaction: all its reads see the same state of a recording that grows, and lock the file once.
pub(crate) fn in_one_read<T>(history: &dyn History, query: impl FnOnce() -> Result<T>) -> Result<T> {
    let (mut query, mut answer) = (Some(query), None);
    history.in_one_read(&mut || {
        answer = query.take().map(|query| query()).transpose()?;
        Ok(())
    })?;
    answer.ok_or_else(|| Error::new(ErrorKind::Io, "the recording did not run the query"))
}
