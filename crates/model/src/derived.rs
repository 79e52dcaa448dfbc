//! What is made of a version once, and kept: whether its state was there before, and what it changed.

use std::sync::Arc;

use super::VersionId;

/// What analysis makes of a version whose content is known. Numbers are fingerprints of analysis' own making; the
/// store only keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// The version.
    pub version: VersionId,
    /// The version that it was compared with: the one before it in the object's history, where that was known.
    pub base: Option<VersionId>,
    /// The normalised state: equal where two versions say the same but for what is new on every write.
    pub norm_hash: u64,
    /// The paths that changed since `base`, rising; `None` where anything may have.
    pub changed: Option<Arc<[u32]>>,
}

impl Derived {
    /// How these are made: what was made in another way is not read.
    pub const SCHEME: u32 = 1;
}
