//! Results of analysis that are stored per version.

use std::sync::Arc;

use super::VersionId;

/// Fingerprints of one version whose content is known. Analysis computes them, the file only stores them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    pub version: VersionId,
    /// The version compared with: the previous one of the object. `None` if its content is unknown.
    pub base: Option<VersionId>,
    /// Fingerprint of the normalised state. Equal for two versions that differ only in values that every write changes.
    pub norm_hash: u64,
    /// Fingerprints of the paths that changed since `base`, sorted. `None` if any path may have changed.
    pub changed: Option<Arc<[u32]>>,
}

impl Derived {
    /// Identifies the algorithm. Rows of another scheme are ignored.
    pub const SCHEME: u32 = 1;
}
