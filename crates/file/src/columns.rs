//! Typed values of columns. Every number is checked: a recording may come from an untrusted source.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::FromSql;

use kuberewind_model::{Duration, Seq};

/// Reads a code and converts it into a value of the model.
pub(crate) fn word<T>(row: &Row<'_>, column: usize, from_code: impl Fn(i64) -> Option<T>) -> rusqlite::Result<T> {
    let code = row.get(column)?;
    from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, code))
}

/// Reads a duration. A negative one is an error.
pub(crate) fn duration(row: &Row<'_>, column: usize) -> rusqlite::Result<Duration> {
    row.get(column).map(Duration)
}

/// Reads an optional text; NULL is ''.
pub(crate) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
    row.get::<_, Option<Arc<str>>>(column).map(Option::unwrap_or_default)
}

/// The longest name that is read whole. Kubernetes allows 253 bytes for a name, and somewhat more where several are joined.
const LONGEST_NAME: usize = 2_048;
/// The beginning that is read of a longer one, in bytes.
const BEGINNING: usize = 256;

/// Reads the name of something, cut as [`cut_name`] does; NULL is ''.
pub(crate) fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
    let name = row.get_ref(column)?.as_str_or_null()?.unwrap_or_default();
    Ok(cut(name).unwrap_or_else(|| name.into()))
}

/// Cuts a name that is longer than any in Kubernetes: names are repeated for each operation.
pub(crate) fn cut_name(name: Arc<str>) -> Arc<str> {
    cut(&name).unwrap_or(name)
}

fn cut(name: &str) -> Option<Arc<str>> {
    if name.len() <= LONGEST_NAME {
        return None;
    }
    let end = (0..=BEGINNING).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
    Some(format!("{}… ({} bytes)", &name[..end], name.len()).into())
}

/// Reads the number of an operation.
pub(crate) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    row.get(column).map(|number: u64| Seq(number.min(Seq::MAX.0)))
}

pub(crate) fn id<T: FromSql, I>(row: &Row<'_>, column: usize, make: impl Fn(T) -> I) -> rusqlite::Result<Option<I>> {
    row.get::<_, Option<T>>(column).map(|id| id.map(make))
}
