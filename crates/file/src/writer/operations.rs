//! Writing operations, with all that they observe.

use rusqlite::params;

use kuberewind_model::{Detail, Duration, NewOperation, Observation, Observations, Outcome, Result, Seq, Text, Timestamp, Verb};

use super::list_pages::PageOperation;
use super::names::Incarnation;
use super::observations::ObservationEffect;
use super::rows::{OWN_OBJECT, OperationRow};
use super::session_writer::SessionWriter;
use crate::blocks::BlockEntry;
use crate::error::Context;
use crate::observation_index::ObservationRef;
use crate::remarks;
use crate::schema::op_flags::{CHANGED_WORLD, FIRST_OF_RECONCILE};
use crate::schema::{KeyRows, op_id};

/// The rows that an operation refers to.
struct OperationRows {
    seq: Seq,
    at: Timestamp,
    incarnation: Incarnation,
    kind: Option<i64>,
    namespace: Option<i64>,
    name: Option<i64>,
    object: Option<i64>,
    version: Option<i64>,
    changed_world: bool,
}

impl SessionWriter {
    pub(super) fn write_operation(&mut self, new: &NewOperation) -> Result<()> {
        // Times never decrease within a session.
        let at = new.at.max(self.counters.last_at);
        let seq = self.counters.last.next();
        self.begin_due_segment(seq, at)?;
        let mut written = self.target(new, seq, at)?;
        self.apply_observations(new, &mut written)?;
        let (span, first_of_span) = self.spans.of_operation(new.span);
        let watch = self.watches.get(new.watch).map(|watch| watch.id);
        self.insert_operation(new, &written, (span, first_of_span), watch)?;
        self.insert_detail(&new.detail, seq)?;
        let error = is_error(new);
        let entry = BlockEntry {
            seq,
            at,
            idle: if self.counters.operations == 0 { 0 } else { at.since(self.counters.last_at).0 },
            verb: new.verb,
            error,
            reconcile: first_of_span,
            actor: written.incarnation.actor,
            kind: written.kind,
        };
        self.blocks.add(&self.db, &entry, &self.spans.running.iter().copied()).context("cannot write a summary")?;
        self.counters.last = seq;
        self.counters.operations += 1;
        self.counters.errors += u64::from(error);
        self.counters.last_at = at;
        self.counters.end = self.counters.end.max(at);
        match (watch, new.verb) {
            (Some(watch), Verb::Watch) => self.set_watch_opened(watch)?,
            (Some(_), verb) if verb.is_watch_event() => {
                let resource_version = match &new.observations {
                    Observations::Object(observation) => observation.resource_version.clone(),
                    _ => "".into(),
                };
                self.watches.delivered(new.watch, &resource_version);
            }
            _ => {}
        }
        Ok(())
    }

    /// Looks up the rows of the actor and the target.
    fn target(&mut self, new: &NewOperation, seq: Seq, at: Timestamp) -> Result<OperationRows> {
        let context = "cannot write a name";
        let incarnation = self.incarnation(&new.actor)?;
        let kind = match &new.target.kind {
            Some(named) => Some(self.names.kind(&self.db, named)?),
            None => None,
        };
        let namespace = self.names.some_text(&self.db, &new.target.namespace).context(context)?;
        let name = self.names.some_text(&self.db, &new.target.name).context(context)?;
        let object = match (kind, name, &new.observations) {
            (Some(kind), Some(name), Observations::Nothing) => {
                self.objects.current(&self.db, (kind, namespace.unwrap_or(self.no_text), name))?
            }
            _ => None,
        };
        Ok(OperationRows { seq, at, incarnation, kind, namespace, name, object, version: None, changed_world: false })
    }

    /// Applies its observations to versions, views and the world.
    fn apply_observations(&mut self, new: &NewOperation, written: &mut OperationRows) -> Result<()> {
        let (seq, viewer) = (written.seq, written.incarnation.viewer);
        let began = new.started_after.min(seq.prev());
        match &new.observations {
            Observations::Nothing => {}
            Observations::Object(observation) => self.apply_observation(new, observation, began, written)?,
            Observations::List(page) => {
                let (kind, namespace) = (written.kind.unwrap_or(0), written.namespace.unwrap_or(self.no_text));
                written.changed_world = self.receive_page(PageOperation { seq, began, viewer, kind, namespace }, page)?;
            }
            Observations::Removed(list) => {
                let (kind, namespace) = (written.kind.unwrap_or(0), written.namespace.unwrap_or(self.no_text));
                written.changed_world = self.receive_deleted(PageOperation { seq, began, viewer, kind, namespace }, *list)?;
            }
        }
        Ok(())
    }

    fn apply_observation(
        &mut self,
        new: &NewOperation,
        observation: &Observation,
        began: Seq,
        written: &mut OperationRows,
    ) -> Result<()> {
        let (seq, viewer) = (written.seq, written.incarnation.viewer);
        let Some(ObservationEffect { object, version, gone, changed_world }) = self.observe(seq, began, observation, None)?
        else {
            return Ok(());
        };
        let key = self.objects.get(object).map_or((0, 0, 0), |known| known.key);
        let scope = self.watches.get(new.watch).map_or((key.0, key.1, 0), |watch| watch.scope);
        self.update_view(viewer, seq, object, version.filter(|_| !gone), scope);
        match version {
            Some(_) => {
                self.observations.add(object, viewer, ObservationRef { op: op_id(self.session, seq), version, inferred: false });
            }
            None => self.write_view_change(object, viewer, seq, None, OWN_OBJECT),
        }
        (written.object, written.version, written.changed_world) = (Some(object), version, changed_world);
        Ok(())
    }

    fn insert_operation(
        &mut self,
        new: &NewOperation,
        w: &OperationRows,
        span: (Option<i64>, bool),
        watch: Option<i64>,
    ) -> Result<()> {
        let context = "cannot write an operation";
        let about = w.object.and_then(|object| self.objects.get(object)).map_or_else(
            || (w.kind.unwrap_or(0), w.namespace.unwrap_or(self.no_text), w.name.unwrap_or(self.no_text)),
            |known| known.key,
        );
        let request = self.put_text(about, new.request.as_ref())?;
        // Most are a Status, which is of no kind.
        let response = self.put_text((0, self.no_text, self.no_text), new.response.as_ref())?;
        let subresource = self.names.some_text(&self.db, &new.target.subresource).context(context)?;
        let error = self.names.some_text(&self.db, &new.error).context(context)?;
        let flags = if w.changed_world { CHANGED_WORLD } else { 0 } | if span.1 { FIRST_OF_RECONCILE } else { 0 };
        // The row of the object already contains these.
        let (kind, namespace, name) = if w.object.is_some() { (None, None, None) } else { (w.kind, w.namespace, w.name) };
        let started = w.seq.0.saturating_sub(new.started_after.0);
        self.rows.operation(OperationRow {
            id: op_id(self.session, w.seq),
            at: w.at.0,
            duration: nanos(new.duration),
            started: i64::try_from(started).unwrap_or(i64::MAX),
            viewer: w.incarnation.viewer,
            verb: new.verb.code(),
            status: new.status,
            outcome: new.outcome.code(),
            flags,
            object: w.object,
            version: w.version,
            kind,
            namespace,
            name,
            subresource,
            span: span.0,
            watch,
            error,
            request,
            response,
        });
        Ok(())
    }

    /// Writes the details of a call. Watch events have none, and get no row.
    fn insert_detail(&mut self, detail: &Detail, seq: Seq) -> Result<()> {
        if *detail == Detail::default() {
            return Ok(());
        }
        let context = "cannot write the details of a call";
        let user_agent = self.names.some_text(&self.db, &detail.user_agent).context(context)?;
        let field_manager = self.names.some_text(&self.db, &detail.field_manager).context(context)?;
        let media_type = self.names.some_text(&self.db, &detail.media_type).context(context)?;
        let reason = self.names.some_text(&self.db, &detail.reason).context(context)?;
        let user = self.names.some_text(&self.db, &detail.user).context(context)?;
        let bytes = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.db
            .prepare_cached(
                "INSERT INTO detail (id, uri, user_agent, field_manager, media_type, precondition, audit_id, traceparent, reason,
                 request_bytes, response_bytes, user, remarks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    op_id(self.session, seq),
                    detail.uri,
                    user_agent,
                    field_manager,
                    media_type,
                    detail.precondition,
                    detail.audit_id,
                    detail.traceparent,
                    reason,
                    bytes(detail.request_bytes),
                    bytes(detail.response_bytes),
                    user,
                    remarks::encode(&detail.remarks)
                ])
            })
            .context(context)?;
        Ok(())
    }

    fn put_text(&mut self, about: KeyRows, text: Option<&Text>) -> Result<Option<i64>> {
        let Some(text) = text else { return Ok(None) };
        self.bodies.put(&self.db, &mut self.rows, about, &text.bytes).map(|body| Some(body.id))
    }
}

/// Returns true for a failed call and for an ERROR event.
fn is_error(new: &NewOperation) -> bool {
    matches!(new.outcome, Outcome::Refused | Outcome::MaybeApplied | Outcome::Lost)
        || new.status >= 400
        || new.verb == Verb::Error
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.0).unwrap_or(i64::MAX)
}
