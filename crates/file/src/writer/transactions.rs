//! Events in, rows out, in transactions that end when the caller flushes.

use rusqlite::params;

use kuberewind_model::{Event, GapReason, Result, Seq, SessionState, Sink, TextCleaner};

use super::clean_stored::clean_stored;
use super::session_writer::SessionWriter;
use crate::error::{Context, sql_error};
use crate::server_version;

/// The most events in a transaction.
const MAX_EVENTS: u32 = 2048;

impl SessionWriter {
    /// Ends the session cleanly, in one file without a log.
    ///
    /// # Errors
    /// When the recording cannot be written. It can still be opened, as a session that ended uncleanly.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.start_transaction()?;
        self.observations.fold(&self.db, self.watermark())?;
        self.write_session(SessionState::Closed)?;
        self.db.execute_batch("COMMIT").context("cannot end the session")?;
        self.open_events = None;
        // A tail that still reads keeps the file in WAL mode. The last reader resets it.
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).context("cannot write the log back")?;
        match self.db.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())) {
            Err(error) if error.sqlite_error_code() != Some(rusqlite::ErrorCode::DatabaseBusy) => {
                Err(sql_error("cannot end the session", error))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn start_transaction(&mut self) -> Result<()> {
        if self.open_events.is_none() {
            self.db.execute_batch("BEGIN IMMEDIATE").context("cannot write the recording")?;
            self.open_events = Some(0);
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) -> Result<()> {
        self.start_transaction()?;
        match event {
            Event::Redacted { key } => self.write_redaction_key(&key),
            Event::Operation(operation) => self.write_operation(&operation),
            Event::ListItem { list, observation, .. } => self.receive_item(list, observation),
            Event::WatchOpened(new) => self.open_watch(&new),
            Event::WatchProgress { watch, resource_version } => {
                self.advance_watch(watch, &resource_version);
                Ok(())
            }
            Event::WatchEnded(end) => self.end_watch(&end),
            Event::SpanStarted(new) => self.start_span(&new),
            Event::SpanEnded(end) => self.end_span(&end),
            Event::Log(line) => self.write_log(&line),
            Event::Gap(gap) => self.write_gap(&gap).map(|_| ()),
            Event::Kind(kind) => self.names.learn_kind(&self.db, &kind),
            Event::ServerVersion(version) => server_version::write(&self.db, self.session, &version),
            Event::Restarted { actor } => {
                let before =
                    self.names.restart(&self.db, &actor, self.session, self.counters.last).context("cannot write an actor")?;
                if let Some(before) = before {
                    self.views.empty(before.viewer);
                }
                Ok(())
            }
        }
    }

    pub(super) fn commit(&mut self) -> Result<()> {
        if self.open_events.is_none() {
            return Ok(());
        }
        self.write_rows()?;
        self.observations.write(&self.db, self.watermark())?;
        self.blocks.write(&self.db).context("cannot write a summary")?;
        self.write_watches()?;
        self.write_limit_gap()?;
        self.write_session(SessionState::Open)?;
        self.db.execute_batch("COMMIT").context("cannot write the recording")?;
        self.open_events = None;
        self.committed = self.counters;
        Ok(())
    }

    fn write_redaction_key(&mut self, key: &str) -> Result<()> {
        self.db
            .execute("UPDATE session SET redaction_key = ? WHERE no = ?", params![key, self.session.0])
            .map(|_| ())
            .context("cannot write the session")
    }

    pub(super) fn write_rows(&mut self) -> Result<()> {
        self.rows.write(&self.db).context("cannot write the recording")
    }

    fn write_session(&mut self, state: SessionState) -> Result<()> {
        let counters = &self.counters;
        let open_end = (state, counters.end.0, counters.last.0);
        self.db
            .prepare_cached(
                "UPDATE session SET state = ?, end_at = ?, last = ?, operations = ?, spans = ?, gaps = ?, log_lines = ?, errors = ? WHERE no = ?",
            )
            .and_then(|mut update| {
                let counts = (counters.operations, counters.spans, counters.gaps, counters.log_lines, counters.errors);
                update.execute(params![
                    open_end.0.code(), open_end.1, open_end.2, counts.0, counts.1, counts.2, counts.3, counts.4, self.session.0
                ])
            })
            .context("cannot write the session")?;
        Ok(())
    }
}

/// Returns true for events that add to the recording, rather than end something in it.
fn is_growth(event: &Event) -> bool {
    matches!(event, Event::Operation(_) | Event::ListItem { .. } | Event::WatchOpened(_) | Event::SpanStarted(_) | Event::Log(_))
}

impl Sink for SessionWriter {
    /// If the disk fails, everything since the last flush is lost. Events are then counted until a flush succeeds, which
    /// writes a gap.
    fn take(&mut self, event: Event) -> Result<()> {
        if self.is_full() && is_growth(&event) {
            self.loss.over_limit += u64::from(matches!(event, Event::Operation(_)));
            return Ok(());
        }
        if let Some(error) = self.count_if_broken() {
            return Err(error);
        }
        let done = self.apply(event).and_then(|()| match &mut self.open_events {
            Some(events) if *events + 1 >= MAX_EVENTS => self.commit(),
            Some(events) => {
                *events += 1;
                if self.rows.is_heavy() { self.write_rows() } else { Ok(()) }
            }
            None => Ok(()),
        });
        done.map_err(|error| self.discard(error, GapReason::Disk, 1))
    }

    fn last(&self) -> Seq {
        self.counters.last
    }

    fn flush(&mut self) -> Result<()> {
        self.check_place()?;
        self.recover()?;
        if self.loss.over_limit_unwritten() {
            self.start_transaction()?;
        }
        self.commit().map_err(|error| self.discard(error, GapReason::Disk, 0))
    }

    fn stored_bodies(&self) -> i64 {
        self.bodies.next()
    }

    fn clean_stored(&mut self, cleaner: &dyn TextCleaner, bodies_below: i64) -> Result<()> {
        self.flush()?;
        self.start_transaction()?;
        clean_stored(&self.db, cleaner, bodies_below)?;
        // What is in memory is no longer what is stored.
        self.bodies.forget();
        self.bodies.forget_dictionaries();
        self.commit()
    }

    fn close(self: Box<Self>) -> Result<()> {
        (*self).finish()
    }
}
