//! What changed in versions that were shown before: deliveries of one version to several actors have the same summary.

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::row::RowSummary;
use kuberewind_model::VersionId;
use lru::LruCache;

const MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(8_191);

pub(super) struct SummaryCache(LruCache<VersionId, Arc<RowSummary>>);

impl Default for SummaryCache {
    fn default() -> SummaryCache {
        SummaryCache(LruCache::new(MAX))
    }
}

impl SummaryCache {
    pub(super) fn get(&mut self, version: VersionId) -> Option<Arc<RowSummary>> {
        self.0.get(&version).cloned()
    }

    pub(super) fn put(&mut self, version: VersionId, summary: Arc<RowSummary>) {
        self.0.put(version, summary);
    }
}
