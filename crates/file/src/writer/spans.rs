//! Reconciles, watches, log lines and gaps on their way into the file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::params;

use kuberewind_model::{
    GapReason, NewGap, NewLogLine, NewSpan, NewTrigger, NewWatch, Result, SpanEnd, SpanKey, Timestamp, WatchEnd, WatchKey,
    WatchOutcome,
};

use super::super::maps::Map;
use super::super::schema::{Step, op_id};
use super::SessionWriter;
use super::views::Scope;

/// Keys of ended spans that are remembered: a call may end after its reconcile.
const REMEMBERED: usize = 1 << 14;

/// Spans of this session that operations and log lines may still name.
#[derive(Debug, Default)]
pub(super) struct Spans {
    by_key: BTreeMap<SpanKey, SpanRow>,
    /// Rows of those that run.
    pub(super) running: BTreeSet<i64>,
}

#[derive(Debug, Clone, Copy)]
struct SpanRow {
    id: i64,
    start: Timestamp,
    has_operation: bool,
}

impl Spans {
    /// The row of a span, and whether this is its first operation.
    pub(super) fn of_operation(&mut self, key: Option<SpanKey>) -> (Option<i64>, bool) {
        match key.and_then(|key| self.by_key.get_mut(&key)) {
            Some(row) => (Some(row.id), !std::mem::replace(&mut row.has_operation, true)),
            None => (None, false),
        }
    }

    fn row(&self, key: SpanKey) -> Option<SpanRow> {
        self.by_key.get(&key).copied()
    }

    fn remember(&mut self, key: SpanKey, row: SpanRow) {
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

/// A watch that is open.
#[derive(Debug, Clone)]
pub(super) struct OpenWatch {
    pub(super) id: i64,
    pub(super) scope: Scope,
    events: u64,
    progress: Arc<str>,
    dirty: bool,
}

/// The open watches of this session.
#[derive(Debug, Default)]
pub(super) struct Watches(Map<WatchKey, OpenWatch>);

impl Watches {
    pub(super) fn get(&self, key: Option<WatchKey>) -> Option<&OpenWatch> {
        key.and_then(|key| self.0.get(&key))
    }

    /// It delivered an event.
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

impl SessionWriter {
    /// A reconcile began; or more became known of one that was told already: then it keeps its beginning, and its triggers but where
    /// only now operations are known that made it run.
    pub(super) fn start_span(&mut self, new: &NewSpan) -> Result<()> {
        if let Some(row) = self.spans.row(new.key) {
            return self.tell_span_again(row, new);
        }
        let step = "cannot write a reconcile";
        let watcher = self.watcher(&new.actor)?;
        let namespace = self.names.text(&self.db, &new.namespace).step(step)?;
        let name = self.names.text(&self.db, &new.name).step(step)?;
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
                    new.label, self.session.0, watcher.actor, group, resource, new.kind_name, namespace, name, new.at.0,
                    self.counters.last.0, new.attempt, inferred
                ])
            })
            .step(step)?;
        self.write_triggers(id, &new.triggers)?;
        self.spans.remember(new.key, SpanRow { id, start: new.at, has_operation: false });
        self.counters.spans += 1;
        self.counters.end = self.counters.end.max(new.at);
        Ok(())
    }

    fn write_triggers(&mut self, span: i64, triggers: &[NewTrigger]) -> Result<()> {
        let step = "cannot write what made a reconcile run";
        for (no, trigger) in triggers.iter().enumerate() {
            let reason = self.names.text(&self.db, &trigger.reason).step(step)?;
            let op = trigger.operation.map(|seq| op_id(self.session_of(seq), seq));
            self.db
                .prepare_cached("INSERT INTO span_trigger (span, no, op, uid, resource_version, reason, certainty) VALUES (?, ?, ?, ?, ?, ?, ?)")
                .and_then(|mut insert| {
                    insert.execute(params![span, no, op, trigger.uid, trigger.resource_version, reason, trigger.certainty.code()])
                })
                .step(step)?;
        }
        Ok(())
    }

    /// Triggers that name operations take the place of those that name none.
    fn tell_triggers_again(&mut self, span: i64, triggers: &[NewTrigger]) -> Result<()> {
        if triggers.iter().all(|trigger| trigger.operation.is_none()) {
            return Ok(());
        }
        let step = "cannot write what made a reconcile run";
        let named = self
            .db
            .prepare_cached("SELECT 1 FROM span_trigger WHERE span = ? AND op IS NOT NULL")
            .and_then(|mut any| any.exists([span]));
        if named.step(step)? {
            return Ok(());
        }
        self.db
            .prepare_cached("DELETE FROM span_trigger WHERE span = ?")
            .and_then(|mut remove| remove.execute([span]))
            .step(step)?;
        self.write_triggers(span, triggers)
    }

    fn tell_span_again(&mut self, row: SpanRow, new: &NewSpan) -> Result<()> {
        let watcher = self.watcher(&new.actor)?;
        let (group, resource) = new.kind.as_ref().map_or(("", ""), |kind| (&*kind.group, &*kind.resource));
        self.db
            .prepare_cached(
                "UPDATE span SET label = ?, actor = ?, grp = ?, resource = ?, kind_name = ?, attempt = ?, inferred = ? WHERE id = ?",
            )
            .and_then(|mut update| {
                let inferred = new.inferred.map(kuberewind_model::Certainty::code);
                update.execute(params![
                    new.label, watcher.actor, group, resource, new.kind_name, new.attempt, inferred, row.id
                ])
            })
            .step("cannot write a reconcile")?;
        self.tell_triggers_again(row.id, &new.triggers)
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
            .step("cannot write a reconcile")?;
        self.spans.running.remove(&row.id);
        self.counters.end = self.counters.end.max(end.at);
        Ok(())
    }

    pub(super) fn open_watch(&mut self, new: &NewWatch) -> Result<()> {
        let step = "cannot write a watch";
        let watcher = self.watcher(&new.actor)?;
        let kind = self.names.kind(&self.db, &new.kind)?;
        let namespace = self.names.text(&self.db, &new.namespace).step(step)?;
        let selector = self.names.some_text(&self.db, &new.selector).step(step)?;
        let id = self
            .db
            .prepare_cached(
                "INSERT INTO watch (session, viewer, kind, namespace, selector, from_rv, initial_events, opened, progress, events, outcome)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?)",
            )
            .and_then(|mut insert| {
                let (opened, outcome) = (self.counters.last.next().0, WatchOutcome::Open.code());
                let from = &new.from_resource_version;
                insert.insert(params![
                    self.session.0, watcher.viewer, kind, namespace, selector, from, new.initial_events, opened, outcome
                ])
            })
            .step(step)?;
        let scope = (kind, namespace, selector.unwrap_or(0));
        self.watches.0.insert(new.key, OpenWatch { id, scope, events: 0, progress: Arc::from(""), dirty: false });
        Ok(())
    }

    /// The operation that opened it has a number now.
    pub(super) fn watch_was_opened(&mut self, watch: i64) -> Result<()> {
        self.db
            .prepare_cached("UPDATE watch SET opened = ? WHERE id = ?")
            .and_then(|mut update| update.execute(params![self.counters.last.0, watch]))
            .step("cannot write a watch")?;
        Ok(())
    }

    pub(super) fn watch_got_on(&mut self, key: WatchKey, resource_version: &Arc<str>) {
        if let Some(watch) = self.watches.0.get_mut(&key) {
            watch.progress = resource_version.clone();
            watch.dirty = true;
        }
    }

    pub(super) fn end_watch(&mut self, end: &WatchEnd) -> Result<()> {
        self.write_watches()?;
        let Some(watch) = self.watches.0.remove(&end.watch) else { return Ok(()) };
        self.db
            .prepare_cached("UPDATE watch SET closed = ?, outcome = ? WHERE id = ?")
            .and_then(|mut update| update.execute(params![self.counters.last.0, end.outcome.code(), watch.id]))
            .step("cannot write a watch")?;
        Ok(())
    }

    /// Brings what open watches delivered into their rows.
    pub(super) fn write_watches(&mut self) -> Result<()> {
        for watch in self.watches.0.values_mut().filter(|watch| watch.dirty) {
            self.db
                .prepare_cached("UPDATE watch SET progress = ?, events = ? WHERE id = ?")
                .and_then(|mut update| update.execute(params![watch.progress, watch.events, watch.id]))
                .step("cannot write a watch")?;
            watch.dirty = false;
        }
        Ok(())
    }

    pub(super) fn write_log(&mut self, line: &NewLogLine) -> Result<()> {
        let step = "cannot write a log line";
        let level = self.names.text(&self.db, &line.level).step(step)?;
        let span = line.span.and_then(|key| self.spans.row(key)).map(|row| row.id);
        self.db
            .prepare_cached("INSERT INTO log (session, after, at, stream, level, span, text) VALUES (?, ?, ?, ?, ?, ?, ?)")
            .and_then(|mut insert| {
                insert.execute(params![
                    self.session.0,
                    self.counters.last.0,
                    line.at.0,
                    line.stream.code(),
                    level,
                    span,
                    line.text
                ])
            })
            .step(step)?;
        self.counters.log_lines += 1;
        self.counters.end = self.counters.end.max(line.at);
        Ok(())
    }

    /// Writes a gap; the views that it touches know nothing of its scope until shown again.
    pub(super) fn write_gap(&mut self, gap: &NewGap) -> Result<i64> {
        let step = "cannot write a gap";
        let actor = match &gap.actor {
            Some(name) => Some(self.watcher(name)?),
            None => None,
        };
        let kind = match &gap.kind {
            Some(named) => Some(self.names.kind(&self.db, named)?),
            None => None,
        };
        let namespace = self.names.text(&self.db, &gap.namespace).step(step)?;
        let id = self
            .db
            .prepare_cached("INSERT INTO gap (session, actor, kind, namespace, first, last, count, bytes, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .and_then(|mut insert| {
                let numbers = (gap.first.0, gap.last.0.max(gap.first.0));
                let lost = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
                let actor = actor.map(|watcher| watcher.actor);
                insert.insert(params![
                    self.session.0, actor, kind, namespace, numbers.0, numbers.1, lost(gap.count), lost(gap.bytes), gap.reason.code()
                ])
            })
            .step(step)?;
        let (objects, no_text) = (&self.objects, self.no_text);
        let lost = |object: i64| {
            objects.get(object).is_none_or(|known| {
                kind.is_none_or(|kind| kind == known.key.0) && (namespace == no_text || namespace == known.key.1)
            })
        };
        self.views.forget(actor.map(|watcher| watcher.viewer), lost);
        self.counters.gaps += 1;
        Ok(id)
    }

    /// Counts on in a gap that is still open.
    pub(super) fn extend_gap(&mut self, gap: i64, count: u64) -> Result<()> {
        self.db
            .prepare_cached("UPDATE gap SET count = ?, last = ? WHERE id = ?")
            .and_then(|mut update| update.execute(params![i64::try_from(count).unwrap_or(i64::MAX), self.counters.last.0, gap]))
            .step("cannot write a gap")?;
        Ok(())
    }

    /// A gap of everybody and everything, from `first` to now.
    pub(super) fn gap_of_all(&self, first: kuberewind_model::Seq, count: u64, reason: GapReason) -> NewGap {
        NewGap { actor: None, kind: None, namespace: Arc::from(""), first, last: self.counters.last, count, bytes: 0, reason }
    }
}
