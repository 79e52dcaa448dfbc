//! Rows of the timeline, a block at a time.

use std::sync::Arc;

use crate::model::{Operation, Result};
use crate::session::Ordinals;
use crate::tui::row::Row;

use super::Worker;

/// Rows per block.
pub const BLOCK: u64 = 128;

impl Worker {
    pub(super) fn rows(&mut self, block: u64) -> Result<Arc<[Row]>> {
        let len = self.recording.lineage().len();
        let from = block.saturating_mul(BLOCK);
        if from >= len {
            return Ok(Arc::from([]));
        }
        Ok(Arc::from(self.rows_between(from, (from + BLOCK).min(len) - 1)?))
    }

    /// The rows at these places of the lineage, both ends included.
    pub(super) fn rows_between(&mut self, from: u64, to: u64) -> Result<Vec<Row>> {
        let lineage = self.recording.lineage();
        let range = lineage.nth(from)..=lineage.nth(to);
        let limit = usize::try_from(to - from + 1).unwrap_or(usize::MAX);
        let operations = self.recording.source().operations(lineage, range, limit)?;
        operations.into_iter().map(|operation| self.row(&operation)).collect()
    }

    /// One operation as a row.
    pub(super) fn row(&mut self, operation: &Operation) -> Result<Row> {
        let history = self.recording.source();
        let note = if operation.error.is_empty() { self.note(operation)? } else { operation.error.clone() };
        Ok(Row {
            seq: operation.seq,
            at: operation.at,
            duration: operation.duration,
            actor: self.names.actor(history, operation.actor)?,
            verb: operation.verb,
            kind: operation.kind.map_or(Ok(Arc::from("")), |kind| self.names.kind(history, kind))?,
            namespace: operation.namespace.clone(),
            name: operation.name.clone(),
            subresource: operation.subresource.clone(),
            status: operation.status,
            outcome: operation.outcome,
            object: operation.object,
            span: operation.span.map(|span| Ok::<_, crate::model::Error>((span, self.names.span(history, span)?))).transpose()?,
            note,
        })
    }

    fn note(&self, operation: &Operation) -> Result<Arc<str>> {
        if let Some(list) = &operation.list {
            let more = if list.complete { "" } else { ", more pages" };
            let items = if list.items == 1 { "item" } else { "items" };
            return Ok(Arc::from(format!("{} {items}, {} new{more}", list.items, list.changed)));
        }
        let version = operation.version.map(|version| self.recording.source().version(version)).transpose()?.flatten();
        Ok(match version {
            Some(version) if version.gone => Arc::from("gone"),
            Some(version) if !version.resource_version.is_empty() => Arc::from(format!("rv {}", version.resource_version)),
            _ => Arc::from(""),
        })
    }
}
