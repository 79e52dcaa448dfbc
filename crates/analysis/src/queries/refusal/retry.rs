//! The retry of a refused write.

use super::super::context::QueryContext;
use super::refused_write::Retry;
use kuberewind_model::{Certainty, Operation, Outcome, Result, Seq, Verb};

/// Operations after the refusal that are searched.
const MAX_SEARCHED: usize = 1_024;
/// Operations that are read at once.
const CHUNK: usize = 64;

/// The next write of the same kind to the same object by the same run of the actor that began after the refusal, if nothing was lost in
/// between, and the end of the attempts. A write of a reconcile of another object is not the retry.
pub(in super::super) fn retry_of(context: &QueryContext<'_>, refused: &Operation) -> Result<Option<Retry>> {
    let Some(object) = refused.object else { return Ok(None) };
    let mut retry: Option<Retry> = None;
    let mut from = refused.seq.next();
    for _ in 0..MAX_SEARCHED / CHUNK {
        let chunk = context.history.operations(context.lineage, from..=Seq::MAX, CHUNK)?;
        let Some(last) = chunk.last().map(|operation| operation.seq) else { break };
        for operation in chunk.iter().filter(|operation| is_attempt(operation, refused)) {
            if context.gap_between(object, refused.seq, operation.seq)? {
                return Ok(retry);
            }
            let Some((certainty, evidence)) = basis(context, refused, operation)? else { continue };
            let attempt = retry.get_or_insert_with(|| Retry {
                operation: operation.seq,
                time: Some(operation.at),
                outcome: operation.outcome.as_str(),
                status: operation.status,
                certainty,
                evidence: evidence.to_owned(),
                attempts: 0,
                done: None,
            });
            attempt.attempts += 1;
            if operation.outcome == Outcome::Done {
                attempt.done = Some(operation.seq);
                return Ok(retry);
            }
        }
        from = last.next();
    }
    Ok(retry)
}

/// True for a write that may repeat the refused one.
fn is_attempt(operation: &Operation, refused: &Operation) -> bool {
    operation.object == refused.object
        && operation.viewer == refused.viewer
        && operation.started_after >= refused.seq
        && operation.subresource == refused.subresource
        && is_same_kind(operation.verb, refused.verb)
}

/// Why the later write is the retry; `None` if its reconcile is about another object.
fn basis(context: &QueryContext<'_>, refused: &Operation, later: &Operation) -> Result<Option<(Certainty, &'static str)>> {
    let span = |operation: &Operation| operation.span.map(|span| context.history.span(span)).transpose();
    Ok(match (span(refused)?.flatten(), span(later)?.flatten()) {
        (Some(one), Some(other)) if one.id == other.id => Some((Certainty::Likely, "the same reconcile wrote again")),
        (Some(one), Some(other)) if one.object == other.object && one.actor == other.actor => {
            Some((Certainty::Likely, "the next reconcile of the same object wrote again"))
        }
        (Some(_), Some(_)) => None,
        _ => Some((Certainty::Guess, "the next write of the same actor to this object")),
    })
}

/// An update may be retried as a patch and the other way round.
fn is_same_kind(one: Verb, other: Verb) -> bool {
    let changes = |verb: Verb| matches!(verb, Verb::Update | Verb::Patch);
    one == other || (changes(one) && changes(other))
}

impl Retry {
    /// The operation with the basis of the link.
    pub(in super::super) fn link(&self, context: &QueryContext<'_>) -> Result<Option<(Operation, (Certainty, String))>> {
        let found = context.operation(self.operation)?;
        Ok(found.map(|operation| (operation, (self.certainty, format!("the retry of the refused write: {}", self.evidence)))))
    }
}
