//! What changed in each row of the timeline.

use std::sync::Arc;

use crate::row::RowSummary;
use kuberewind_model::json::parse::parse;
use kuberewind_model::{Operation, Outcome, Perspective, Result, Seq, Verb, Version};
use kuberewind_render::summary::summary;
use serde_json::Value;

use super::Worker;

/// A larger body is not compared: it would delay the rows after it.
const MAX_BODY: usize = 512 * 1024;

impl Worker {
    /// The summaries of these operations. An operation without one has an empty one.
    pub(super) fn summaries(&mut self, seqs: &[Seq]) -> Result<Vec<(Seq, Arc<RowSummary>)>> {
        let mut found = Vec::with_capacity(seqs.len());
        for seq in seqs {
            if let Some(operation) = self.operation(*seq)? {
                found.push((*seq, self.row_summary(&operation)?));
            }
        }
        Ok(found)
    }

    fn row_summary(&mut self, operation: &Operation) -> Result<Arc<RowSummary>> {
        if operation.verb.is_write() && operation.outcome == Outcome::Refused {
            return Ok(Arc::new(RowSummary::Refused(self.refused_words(operation)?)));
        }
        let Some(id) = operation.version else { return Ok(Arc::default()) };
        let version = self.recording.source().version(id)?;
        let Some(version) = version.filter(|version| !version.gone && !operation.changed_nothing(version)) else {
            return Ok(Arc::default());
        };
        if let Some(known) = self.summaries.get(id) {
            return Ok(known);
        }
        let made = Arc::new(self.version_summary(&version)?);
        self.summaries.put(id, Arc::clone(&made));
        Ok(made)
    }

    /// The changes since the version before, if both are known as a whole.
    fn version_summary(&self, version: &Version) -> Result<RowSummary> {
        let before = self.recording.source().previous_version(self.recording.lineage(), version.id)?;
        let Some(before) = before.filter(|before| !before.gone && version.shape.comparable(before.shape)) else {
            return Ok(RowSummary::default());
        };
        let (Some(old), Some(new)) = (self.small_body(&before)?, self.small_body(version)?) else {
            return Ok(RowSummary::default());
        };
        Ok(RowSummary::Changed(summary(&old, &new)))
    }

    fn small_body(&self, version: &Version) -> Result<Option<Value>> {
        let body = version.body.map_or(Ok(None), |body| self.recording.source().body(body))?;
        Ok(body.filter(|body| body.len() <= MAX_BODY).and_then(|body| parse(&body).ok()))
    }

    /// `Conflict: rv 57 is not 58` where both are known; '' otherwise.
    fn refused_words(&self, operation: &Operation) -> Result<String> {
        let (409, Some(object), true) = (operation.status, operation.object, operation.verb != Verb::Create) else {
            return Ok(String::new());
        };
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let detail = source.operation_detail(lineage, operation.seq)?.map(|found| found.detail).unwrap_or_default();
        let world = source.object_at(lineage, operation.seq, Perspective::World, object)?.version;
        let current = world.map(|version| version.resource_version).unwrap_or_default();
        if detail.precondition.is_empty() || current.is_empty() || detail.precondition == current {
            return Ok(String::new());
        }
        Ok(format!("Conflict: rv {} is not {current}", detail.precondition))
    }
}
