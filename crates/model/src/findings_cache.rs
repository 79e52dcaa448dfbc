//! The port for what analysis makes and keeps: a cache, made anew whenever what it depends on changes.

use super::{Derived, Result, Seq, SessionNo};

/// What findings depend on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FindingsKey {
    /// The session at the end of the lineage.
    pub session: SessionNo,
    /// The last operation that was looked at.
    pub end: Seq,
    /// The version of the detectors.
    pub detectors_version: u32,
    /// The settings, as a text that is equal where they are.
    pub settings: String,
}

/// Keeps results of analysis: in the recording itself where it is writable and nobody records, else beside it.
pub trait FindingsCache {
    /// The result kept under exactly this key, as JSON.
    ///
    /// # Errors
    /// When the place cannot be read.
    fn findings(&self, key: &FindingsKey) -> Result<Option<String>>;

    /// Keeps a result, instead of all others of this session and these settings. What is too large to be worth keeping
    /// is not kept, which is no error.
    ///
    /// # Errors
    /// When the place cannot be written.
    fn keep_findings(&self, key: &FindingsKey, json: &str) -> Result<()>;

    /// Keeps what was made of versions; [`History::derived`](super::History::derived) reads it.
    ///
    /// # Errors
    /// When the place cannot be written.
    fn keep_derived(&self, rows: &[Derived]) -> Result<()>;
}
