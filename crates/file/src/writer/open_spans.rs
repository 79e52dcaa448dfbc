//! The reconciles that operations and log lines may still refer to.

use std::collections::{BTreeMap, BTreeSet};

use kuberewind_model::{SpanKey, Timestamp};

/// The most ended reconciles in memory: a call may end after its reconcile.
const REMEMBERED: usize = 1 << 14;

#[derive(Debug, Default)]
pub(super) struct OpenSpans {
    by_key: BTreeMap<SpanKey, SpanRow>,
    /// The rows of running reconciles.
    pub(super) running: BTreeSet<i64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct SpanRow {
    pub(super) id: i64,
    pub(super) start: Timestamp,
    pub(super) has_operation: bool,
}

impl OpenSpans {
    /// Returns the row of a reconcile, and true for its first operation.
    pub(super) fn of_operation(&mut self, key: Option<SpanKey>) -> (Option<i64>, bool) {
        match key.and_then(|key| self.by_key.get_mut(&key)) {
            Some(row) => (Some(row.id), !std::mem::replace(&mut row.has_operation, true)),
            None => (None, false),
        }
    }

    pub(super) fn row(&self, key: SpanKey) -> Option<SpanRow> {
        self.by_key.get(&key).copied()
    }

    pub(super) fn remember(&mut self, key: SpanKey, row: SpanRow) {
        self.by_key.insert(key, row);
        self.running.insert(row.id);
        while self.by_key.len() > REMEMBERED + self.running.len() {
            let Some(oldest) = self.by_key.iter().find(|(_, row)| !self.running.contains(&row.id)).map(|(key, _)| *key) else {
                break;
            };
            self.by_key.remove(&oldest);
        }
    }
}
