//! Writing reconciles.

use rusqlite::params;

use kuberewind_model::{NewSpan, NewTrigger, Result, SpanEnd};

use super::open_spans::SpanRow;
use super::session_writer::SessionWriter;
use crate::error::Context;
use crate::schema::op_id;

impl SessionWriter {
    /// Begins a reconcile. If it has already begun, updates its facts but not its start. Its triggers change only if they now
    /// name operations.
    pub(super) fn start_span(&mut self, new: &NewSpan) -> Result<()> {
        if let Some(row) = self.spans.row(new.key) {
            return self.update_span(row, new);
        }
        let context = "cannot write a reconcile";
        let incarnation = self.incarnation(&new.actor)?;
        let namespace = self.names.text(&self.db, &new.namespace).context(context)?;
        let name = self.names.text(&self.db, &new.name).context(context)?;
        let (group, resource) = new.kind.as_ref().map_or(("", ""), |kind| (&*kind.group, &*kind.resource));
        let id = self
            .db
            .prepare_cached(
                "INSERT INTO span (label, session, actor, grp, resource, kind_name, namespace, name, start_at, started_after, result, error, attempt, inferred)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', ?, ?)",
            )
            .and_then(|mut insert| {
                let inferred = new.inferred.map(kuberewind_model::Certainty::code);
                insert.insert(params![
                    new.label, self.session.0, incarnation.actor, group, resource, new.kind_name, namespace, name, new.at.0,
                    self.counters.last.0, new.attempt, inferred
                ])
            })
            .context(context)?;
        self.write_triggers(id, &new.triggers)?;
        self.spans.remember(new.key, SpanRow { id, start: new.at, has_operation: false });
        self.counters.spans += 1;
        self.counters.end = self.counters.end.max(new.at);
        Ok(())
    }

    fn write_triggers(&mut self, span: i64, triggers: &[NewTrigger]) -> Result<()> {
        let context = "cannot write the triggers of a reconcile";
        for (no, trigger) in triggers.iter().enumerate() {
            let reason = self.names.text(&self.db, &trigger.reason).context(context)?;
            let op = trigger.operation.map(|seq| op_id(self.session_of(seq), seq));
            self.db
                .prepare_cached("INSERT INTO span_trigger (span, no, op, uid, resource_version, reason, certainty) VALUES (?, ?, ?, ?, ?, ?, ?)")
                .and_then(|mut insert| {
                    insert.execute(params![span, no, op, trigger.uid, trigger.resource_version, reason, trigger.certainty.code()])
                })
                .context(context)?;
        }
        Ok(())
    }

    /// Replaces triggers that name no operation.
    fn replace_triggers(&mut self, span: i64, triggers: &[NewTrigger]) -> Result<()> {
        if triggers.iter().all(|trigger| trigger.operation.is_none()) {
            return Ok(());
        }
        let context = "cannot write the triggers of a reconcile";
        let named = self
            .db
            .prepare_cached("SELECT 1 FROM span_trigger WHERE span = ? AND op IS NOT NULL")
            .and_then(|mut any| any.exists([span]));
        if named.context(context)? {
            return Ok(());
        }
        self.db
            .prepare_cached("DELETE FROM span_trigger WHERE span = ?")
            .and_then(|mut remove| remove.execute([span]))
            .context(context)?;
        self.write_triggers(span, triggers)
    }

    fn update_span(&mut self, row: SpanRow, new: &NewSpan) -> Result<()> {
        let incarnation = self.incarnation(&new.actor)?;
        let (group, resource) = new.kind.as_ref().map_or(("", ""), |kind| (&*kind.group, &*kind.resource));
        self.db
            .prepare_cached(
                "UPDATE span SET label = ?, actor = ?, grp = ?, resource = ?, kind_name = ?, attempt = ?, inferred = ? WHERE id = ?",
            )
            .and_then(|mut update| {
                let inferred = new.inferred.map(kuberewind_model::Certainty::code);
                update.execute(params![
                    new.label, incarnation.actor, group, resource, new.kind_name, new.attempt, inferred, row.id
                ])
            })
            .context("cannot write a reconcile")?;
        self.replace_triggers(row.id, &new.triggers)
    }

    pub(super) fn end_span(&mut self, end: &SpanEnd) -> Result<()> {
        let Some(row) = self.spans.row(end.span) else { return Ok(()) };
        let nanos = |duration: kuberewind_model::Duration| i64::try_from(duration.0).unwrap_or(i64::MAX);
        self.db
            .prepare_cached(
                "UPDATE span SET duration = ?, ended_after = ?, result = ?, error = ?, requeue_after = ? WHERE id = ?",
            )
            .and_then(|mut update| {
                let duration = nanos(end.at.since(row.start));
                let requeue = end.requeue_after.map(nanos);
                update.execute(params![duration, self.counters.last.0, end.result.code(), end.error, requeue, row.id])
            })
            .context("cannot write a reconcile")?;
        self.spans.running.remove(&row.id);
        self.counters.end = self.counters.end.max(end.at);
        Ok(())
    }
}
