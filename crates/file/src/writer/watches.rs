//! Writing watches.

use std::sync::Arc;

use rusqlite::params;

use kuberewind_model::{NewWatch, Result, WatchEnd, WatchKey, WatchOutcome};

use super::open_watches::OpenWatch;
use super::session_writer::SessionWriter;
use crate::error::Context;

impl SessionWriter {
    pub(super) fn open_watch(&mut self, new: &NewWatch) -> Result<()> {
        let context = "cannot write a watch";
        let incarnation = self.incarnation(&new.actor)?;
        let kind = self.names.kind(&self.db, &new.kind)?;
        let namespace = self.names.text(&self.db, &new.namespace).context(context)?;
        let selector = self.names.some_text(&self.db, &new.selector).context(context)?;
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
                    self.session.0, incarnation.viewer, kind, namespace, selector, from, new.initial_events, opened, outcome
                ])
            })
            .context(context)?;
        let scope = (kind, namespace, selector.unwrap_or(0));
        self.watches.0.insert(new.key, OpenWatch { id, scope, events: 0, progress: Arc::from(""), dirty: false });
        Ok(())
    }

    /// Sets the operation that opened a watch, now that it has a number.
    pub(super) fn set_watch_opened(&mut self, watch: i64) -> Result<()> {
        self.db
            .prepare_cached("UPDATE watch SET opened = ? WHERE id = ?")
            .and_then(|mut update| update.execute(params![self.counters.last.0, watch]))
            .context("cannot write a watch")?;
        Ok(())
    }

    pub(super) fn advance_watch(&mut self, key: WatchKey, resource_version: &Arc<str>) {
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
            .context("cannot write a watch")?;
        Ok(())
    }

    /// Writes the progress of open watches.
    pub(super) fn write_watches(&mut self) -> Result<()> {
        for watch in self.watches.0.values_mut().filter(|watch| watch.dirty) {
            self.db
                .prepare_cached("UPDATE watch SET progress = ?, events = ? WHERE id = ?")
                .and_then(|mut update| update.execute(params![watch.progress, watch.events, watch.id]))
                .context("cannot write a watch")?;
            watch.dirty = false;
        }
        Ok(())
    }
}
