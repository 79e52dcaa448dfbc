//! The port for cached results of analysis.

use super::{Derived, Result, Seq, SessionNo};

/// The inputs that a result depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FindingsKey {
    /// The session at the end of the lineage.
    pub session: SessionNo,
    /// The last analysed operation.
    pub end: Seq,
    pub detectors_version: u32,
    /// A text that is equal for equal settings.
    pub settings: String,
}

/// Stores results of analysis: in the recording if it is writable and has no live writer, else in the notes database.
pub trait FindingsCache {
    /// The result stored under exactly this key, as JSON.
    ///
    /// # Errors
    /// The store cannot be read.
    fn findings(&self, key: &FindingsKey) -> Result<Option<String>>;

    /// Stores a result and removes all others of this session with these settings. A result that is too large is skipped
    /// without an error.
    ///
    /// # Errors
    /// The store cannot be written.
    fn keep_findings(&self, key: &FindingsKey, json: &str) -> Result<()>;

    /// Stores rows for [`History::derived`](super::History::derived).
    ///
    /// # Errors
    /// The store cannot be written.
    fn keep_derived(&self, rows: &[Derived]) -> Result<()>;
}
