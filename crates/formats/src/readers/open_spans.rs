//! The reconciles that a log has started and not ended.

use std::collections::HashMap;

use crate::import_session::ImportSession;
use kuberewind_capture::{SpanEnded, SpanObject, SpanStarted};
use kuberewind_logs::{ReconcileMention, ReconcilePhase};
use kuberewind_model::k8s::kinds;
use kuberewind_model::{Result, SpanKey, SpanResult, Timestamp};

/// Open reconciles at the same time.
const MAX_OPEN: usize = 65_536;

/// Controller, kind, namespace and name.
type ObjectOfRun = (String, String, String, String);

#[derive(Default)]
pub(super) struct OpenSpans {
    open: HashMap<String, OpenSpan>,
    /// The run of each object: a controller reconciles an object once at a time.
    runs: HashMap<ObjectOfRun, String>,
}

struct OpenSpan {
    span: SpanKey,
    /// The time of the last line that names it.
    last: Timestamp,
    object: ObjectOfRun,
}

impl OpenSpans {
    /// Reads what a line says about a reconcile; returns the reconcile.
    pub(super) fn mention(
        &mut self,
        mention: &ReconcileMention,
        program: Option<&str>,
        at: Timestamp,
        session: &mut ImportSession,
    ) -> Result<SpanKey> {
        let object = (mention.controller.clone(), mention.kind.clone(), mention.namespace.clone(), mention.name.clone());
        let run = if mention.id.is_empty() { format!("{object:?}") } else { mention.id.clone() };
        let starts_again = mention.id.is_empty() && mention.phase == ReconcilePhase::Start;
        let before = self.runs.get(&object).filter(|other| **other != run || starts_again).cloned();
        if let Some(before) = before {
            self.end_unfinished(&before, session)?;
        }
        if !self.open.contains_key(&run) {
            self.start((mention, &run, &object), program, at, session)?;
        }
        let Some(open) = self.open.get_mut(&run) else { return Ok(SpanKey(0)) };
        open.last = at;
        let span = open.span;
        if let ReconcilePhase::End { result, error, requeue_after, .. } = &mention.phase {
            self.open.remove(&run);
            self.runs.remove(&object);
            let (result, requeue_after) = (*result, *requeue_after);
            session.span_ended(SpanEnded { span, at, result, error: error.clone(), requeue_after })?;
        }
        Ok(span)
    }

    /// Ends all reconciles at their last lines.
    pub(super) fn finish(&mut self, session: &mut ImportSession) -> Result<()> {
        let mut left: Vec<OpenSpan> = self.open.drain().map(|(_, open)| open).collect();
        self.runs.clear();
        left.sort_by_key(|open| (open.last, open.span));
        left.into_iter().try_for_each(|open| ended(&open, session))
    }

    fn start(
        &mut self,
        (mention, run, object): (&ReconcileMention, &str, &ObjectOfRun),
        program: Option<&str>,
        at: Timestamp,
        session: &mut ImportSession,
    ) -> Result<()> {
        if self.open.len() >= MAX_OPEN {
            self.finish(session)?;
        }
        let start = match &mention.phase {
            ReconcilePhase::End { duration: Some(duration), .. } => at.minus(*duration),
            _ => at,
        };
        let resource = kinds::by_group_and_kind(&mention.group, &mention.kind)
            .map_or_else(|| kinds::guess_plural(&mention.kind), |row| row.resource.to_owned());
        let actor = [mention.controller.as_str(), program.unwrap_or_default()].into_iter().find(|name| !name.is_empty());
        let span = session.span_started(SpanStarted {
            // The session assigns the key.
            span: SpanKey(0),
            at: start,
            actor: actor.map(Into::into),
            label: mention.id.as_str().into(),
            object: SpanObject {
                group: mention.group.as_str().into(),
                version: mention.version.as_str().into(),
                kind: mention.kind.as_str().into(),
                resource: resource.into(),
                namespace: mention.namespace.as_str().into(),
                name: mention.name.as_str().into(),
                joined: mention.joined,
            },
            reason: mention.reason.as_str().into(),
        })?;
        self.open.insert(run.to_owned(), OpenSpan { span, last: at, object: object.clone() });
        self.runs.insert(object.clone(), run.to_owned());
        Ok(())
    }

    /// Ends a reconcile whose end the log does not contain.
    fn end_unfinished(&mut self, run: &str, session: &mut ImportSession) -> Result<()> {
        let Some(open) = self.open.remove(run) else { return Ok(()) };
        self.runs.remove(&open.object);
        ended(&open, session)
    }
}

fn ended(open: &OpenSpan, session: &mut ImportSession) -> Result<()> {
    let result = SpanResult::Unknown;
    session.span_ended(SpanEnded { span: open.span, at: open.last, result, error: String::new(), requeue_after: None })
}
