//! Causes and effects, proved by uid and resourceVersion.

use kuberewind_analysis::queries::why::why_operation;
use kuberewind_model::{Certainty, Direction, Operation, Outcome, Result, Seq, Span, StepTarget, Version};

use super::Worker;

/// The most observations of an object between a write and its watch events.
const MAX_SIGHTS: usize = 64;
/// The search ends after this many observations of other versions: watch events arrive soon or never.
const MAX_MISSES: usize = 16;
/// The depth at which a jump looks for the cause: a write, its reconcile, and the trigger.
const CAUSE_DEPTH: usize = 6;
/// The most listed effects.
pub(super) const MAX_LINKS: usize = 24;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) to: Operation,
    pub(super) certainty: Certainty,
}

impl Worker {
    /// The cause (`Backward`) or the first effect of an operation.
    pub(super) fn link_from(&self, at: Seq, direction: Direction) -> Result<Option<Seq>> {
        let Some(operation) = self.operation(at)? else { return Ok(None) };
        if direction == Direction::Backward {
            let chain = why_operation(self.recording.source(), self.recording.lineage(), at, CAUSE_DEPTH)?;
            return Ok(chain.links.iter().skip(1).find_map(|link| link.operation));
        }
        if let Some(delivery) = self.echoes(&operation)?.first() {
            return Ok(Some(delivery.to.seq));
        }
        let lineage = self.recording.lineage();
        for span in self.recording.source().spans_triggered_by(lineage, at)? {
            if let Some(first) = self.recording.source().operations_of_span(lineage, span.id, 1)?.first() {
                return Ok(Some(first.seq));
            }
        }
        Ok(None)
    }

    pub(super) fn operation(&self, at: Seq) -> Result<Option<Operation>> {
        self.recording.source().operation(self.recording.lineage(), at)
    }

    pub(super) fn span_of(&self, operation: &Operation) -> Result<Option<Span>> {
        operation.span.map_or(Ok(None), |span| self.recording.source().span(span))
    }

    fn version_of(&self, operation: &Operation) -> Result<Option<Version>> {
        operation.version.map_or(Ok(None), |version| self.recording.source().version(version))
    }

    /// The operations that show the same version of the object.
    fn same_version(&self, operation: &Operation) -> Result<Vec<Operation>> {
        let (Some(version), Some(object)) = (self.version_of(operation)?, operation.object) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut at = version.first_observed.prev();
        let mut misses = 0;
        for _ in 0..MAX_SIGHTS {
            if misses > MAX_MISSES {
                break;
            }
            misses += 1;
            let step =
                self.recording.source().step(self.recording.lineage(), at, Direction::Forward, &StepTarget::Object(object))?;
            let Some(next) = step else { break };
            at = next;
            let Some(other) = self.operation(next)? else { continue };
            if other.object != Some(object) {
                continue;
            }
            let same = other.version == Some(version.id)
                || !version.resource_version.is_empty()
                    && self
                        .version_of(&other)?
                        .is_some_and(|other| other.resource_version == version.resource_version && other.gone == version.gone);
            if same {
                misses = 0;
                found.push(other);
            }
        }
        Ok(found)
    }

    /// The write whose response is the version that this operation shows.
    pub(super) fn write_behind(&self, operation: &Operation) -> Result<Option<Link>> {
        let first = self.version_of(operation)?;
        // A write that changed nothing is answered with another write's version.
        let idle = |other: &Operation| first.as_ref().is_some_and(|version| other.changed_nothing(version));
        let writes = |other: &Operation| {
            other.seq != operation.seq && other.verb.is_write() && other.outcome == Outcome::Done && !idle(other)
        };
        let found = self.same_version(operation)?.into_iter().find(writes);
        Ok(found.map(|to| Link { to, certainty: Certainty::Exact }))
    }

    /// The watch events that delivered a write.
    pub(super) fn echoes(&self, operation: &Operation) -> Result<Vec<Link>> {
        if !operation.verb.is_write() || operation.outcome != Outcome::Done {
            return Ok(Vec::new());
        }
        if self.version_of(operation)?.is_some_and(|version| operation.changed_nothing(&version)) {
            return Ok(Vec::new());
        }
        let same = self.same_version(operation)?.into_iter().filter(|other| other.verb.is_watch_event());
        Ok(same.take(MAX_LINKS).map(|to| Link { to, certainty: Certainty::Exact }).collect())
    }
}
