//! Writing gaps.

use std::sync::Arc;

use rusqlite::params;

use kuberewind_model::{GapReason, NewGap, Result, Seq};

use super::session_writer::SessionWriter;
use crate::error::Context;

impl SessionWriter {
    /// Writes a gap. Views in its scope forget their objects until they observe them again.
    pub(super) fn write_gap(&mut self, gap: &NewGap) -> Result<i64> {
        let context = "cannot write a gap";
        let actor = match &gap.actor {
            Some(name) => Some(self.incarnation(name)?),
            None => None,
        };
        let kind = match &gap.kind {
            Some(named) => Some(self.names.kind(&self.db, named)?),
            None => None,
        };
        let namespace = self.names.text(&self.db, &gap.namespace).context(context)?;
        let id = self
            .db
            .prepare_cached("INSERT INTO gap (session, actor, kind, namespace, first, last, count, bytes, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .and_then(|mut insert| {
                let numbers = (gap.first.0, gap.last.0.max(gap.first.0));
                let lost = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
                let actor = actor.map(|incarnation| incarnation.actor);
                insert.insert(params![
                    self.session.0, actor, kind, namespace, numbers.0, numbers.1, lost(gap.count), lost(gap.bytes), gap.reason.code()
                ])
            })
            .context(context)?;
        let (objects, no_text) = (&self.objects, self.no_text);
        let lost = |object: i64| {
            objects.get(object).is_none_or(|known| {
                kind.is_none_or(|kind| kind == known.key.0) && (namespace == no_text || namespace == known.key.1)
            })
        };
        self.views.forget(actor.map(|incarnation| incarnation.viewer), lost);
        self.counters.gaps += 1;
        Ok(id)
    }

    /// Extends an open gap.
    pub(super) fn extend_gap(&mut self, gap: i64, count: u64) -> Result<()> {
        self.db
            .prepare_cached("UPDATE gap SET count = ?, last = ? WHERE id = ?")
            .and_then(|mut update| update.execute(params![i64::try_from(count).unwrap_or(i64::MAX), self.counters.last.0, gap]))
            .context("cannot write a gap")?;
        Ok(())
    }

    /// Returns a gap of all actors and objects, from `first` to now.
    pub(super) fn gap_of_all(&self, first: Seq, count: u64, reason: GapReason) -> NewGap {
        NewGap { actor: None, kind: None, namespace: Arc::from(""), first, last: self.counters.last, count, bytes: 0, reason }
    }
}
