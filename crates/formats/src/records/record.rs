//! A record, and its receiver.

use kuberewind_model::Result;

/// The longest record that is read. An API server logs none of more than a few megabytes.
pub(crate) const MAX_RECORD: usize = 32 * 1024 * 1024;

pub(crate) enum Record<'a> {
    /// A complete record, with its offset if it is an unchanged piece of the file.
    Whole { bytes: &'a [u8], at: Option<u64> },
    /// An unreadable record: it is too long, or the file ends within it.
    Broken { why: String, bytes: u64 },
}

/// Receives records, each with its line number or, in a document, its own number.
pub(crate) type Take<'a> = dyn FnMut(u64, Record<'_>) -> Result<()> + 'a;

pub(super) fn too_long(bytes: u64) -> Record<'static> {
    Record::Broken { why: format!("it is {bytes} bytes long"), bytes }
}
