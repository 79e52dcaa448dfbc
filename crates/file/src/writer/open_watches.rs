//! The open watches of a session.

use std::sync::Arc;

use kuberewind_model::WatchKey;

use super::views::Scope;
use crate::maps::Map;

#[derive(Debug, Clone)]
pub(super) struct OpenWatch {
    pub(super) id: i64,
    pub(super) scope: Scope,
    pub(super) events: u64,
    pub(super) progress: Arc<str>,
    pub(super) dirty: bool,
}

#[derive(Debug, Default)]
pub(super) struct OpenWatches(pub(super) Map<WatchKey, OpenWatch>);

impl OpenWatches {
    pub(super) fn get(&self, key: Option<WatchKey>) -> Option<&OpenWatch> {
        key.and_then(|key| self.0.get(&key))
    }

    /// Counts an event of a watch.
    pub(super) fn delivered(&mut self, key: Option<WatchKey>, resource_version: &Arc<str>) {
        if let Some(watch) = key.and_then(|key| self.0.get_mut(&key)) {
            watch.events += 1;
            watch.dirty = true;
            if !resource_version.is_empty() {
                watch.progress = resource_version.clone();
            }
        }
    }
}
