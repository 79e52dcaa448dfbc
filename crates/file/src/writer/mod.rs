//! Writing a session: events in, rows out, in transactions that end when the caller says so.
//!
//! Nothing here waits, and nothing runs in the background: whoever owns the writer calls [`Sink::take`] for each event and
//! [`Sink::flush`] when there are no more (and at least every 50 ms while there are).

mod begin;
mod bodies;
mod lists;
mod loss;
mod names;
mod objects;
pub(super) mod operations;
mod ring;
mod rows;
mod segments;
mod sights;
mod spans;
mod trails;
mod views;

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, params};

pub use begin::{Branch, NewSession, WriterLimits};
pub use ring::Keep;

use kuberewind_model::{Event, GapReason, Lineage, Result, Seq, SessionNo, SessionState, Sink, Timestamp};

use super::blocks::Blocks;
use super::lock::WriterLock;
use super::maps::Map;
use super::schema::Step;
use bodies::Bodies;
use lists::Lists;
use loss::Loss;
use names::{Names, Watcher};
use objects::Objects;
use rows::Rows;
use segments::Segment;
use sights::Versions;
use spans::{Spans, Watches};
use trails::{Trails, Until};
use views::Views;

/// A transaction ends by itself after so many events.
const MAX_EVENTS: u32 = 2048;

/// Counters of the session, as in its row.
#[derive(Debug, Clone, Copy)]
struct Counters {
    last: Seq,
    /// When the last operation was.
    last_at: Timestamp,
    /// When the last thing was.
    end: Timestamp,
    operations: u64,
    spans: u64,
    gaps: u64,
    log_lines: u64,
    errors: u64,
}

/// Writes one session into a recording. One per file at a time.
pub struct SessionWriter {
    // Closed before the lock is let go of.
    db: Connection,
    session: SessionNo,
    /// What the session inherits, and itself to any length.
    lineage: Lineage,
    limits: WriterLimits,
    /// The row of the empty text.
    no_text: i64,
    counters: Counters,
    /// As of the last commit.
    committed: Counters,
    names: Names,
    objects: Objects,
    views: Views,
    /// Kind and namespace → the resourceVersion of the newest complete list.
    covered: Map<(i64, i64), u64>,
    versions: Versions,
    bodies: Bodies,
    rows: Rows,
    trails: Trails,
    segment: Segment,
    blocks: Blocks,
    lists: Lists,
    spans: Spans,
    watches: Watches,
    /// Events in the open transaction; `None` where there is none.
    open_events: Option<u32>,
    loss: Loss,
    start: ring::Start,
    _lock: WriterLock,
}

impl SessionWriter {
    /// Begins a session in a recording, which is made where it does not exist.
    ///
    /// # Errors
    /// When somebody else writes the file, it is no recording, the name is taken, or the place cannot be written.
    #[allow(clippy::needless_pass_by_value, reason = "a session begins once")]
    pub fn begin(path: &Path, new: NewSession) -> Result<SessionWriter> {
        begin::begin(path, &new)
    }

    /// The session's number in the file.
    #[must_use]
    pub fn session(&self) -> SessionNo {
        self.session
    }

    /// Ends the session cleanly: everything is in the one file.
    ///
    /// # Errors
    /// When the recording cannot be written. It opens all the same, as one that ended uncleanly.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.start_transaction()?;
        self.trails.fold(&self.db, self.until())?;
        self.write_session(SessionState::Closed)?;
        self.db.execute_batch("COMMIT").step("cannot end the session")?;
        self.open_events = None;
        // A tail that still reads keeps the file in WAL mode; whoever closes it last sets it back.
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).step("cannot write the log back")?;
        match self.db.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())) {
            Err(error) if error.sqlite_error_code() != Some(rusqlite::ErrorCode::DatabaseBusy) => {
                Err(super::schema::sql_error("cannot end the session", error))
            }
            _ => Ok(()),
        }
    }

    /// How much of the session is kept from now on.
    pub fn keep(&mut self, keep: Keep) {
        self.limits.keep = keep;
    }

    fn watcher(&mut self, actor: &Arc<str>) -> Result<Watcher> {
        self.names.watcher(&self.db, actor, self.session, self.counters.last).step("cannot write an actor")
    }

    /// The session that holds a number of this one's past.
    fn session_of(&self, seq: Seq) -> SessionNo {
        self.lineage.session_of(seq).unwrap_or(self.session)
    }

    fn start_transaction(&mut self) -> Result<()> {
        if self.open_events.is_none() {
            self.db.execute_batch("BEGIN IMMEDIATE").step("cannot write the recording")?;
            self.open_events = Some(0);
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) -> Result<()> {
        self.start_transaction()?;
        match event {
            Event::Redacted { key } => self.write_redaction_key(&key),
            Event::Operation(operation) => self.write_operation(&operation),
            Event::ListItem { list, observation: sight, .. } => self.take_item(list, sight),
            Event::WatchOpened(new) => self.open_watch(&new),
            Event::WatchProgress { watch, resource_version } => {
                self.watch_got_on(watch, &resource_version);
                Ok(())
            }
            Event::WatchEnded(end) => self.end_watch(&end),
            Event::SpanStarted(new) => self.start_span(&new),
            Event::SpanEnded(end) => self.end_span(&end),
            Event::Log(line) => self.write_log(&line),
            Event::Gap(gap) => self.write_gap(&gap).map(|_| ()),
            Event::Kind(kind) => self.names.learn_kind(&self.db, &kind),
            Event::Restarted { actor } => {
                let before =
                    self.names.restart(&self.db, &actor, self.session, self.counters.last).step("cannot write an actor")?;
                if let Some(before) = before {
                    self.views.empty(before.viewer);
                }
                Ok(())
            }
        }
    }

    fn commit(&mut self) -> Result<()> {
        if self.open_events.is_none() {
            return Ok(());
        }
        self.write_rows()?;
        self.trails.write(&self.db, self.until())?;
        self.blocks.write(&self.db).step("cannot write a summary")?;
        self.write_watches()?;
        self.write_limit_gap()?;
        self.write_session(SessionState::Open)?;
        self.db.execute_batch("COMMIT").step("cannot write the recording")?;
        self.open_events = None;
        self.committed = self.counters;
        Ok(())
    }

    fn write_redaction_key(&mut self, key: &str) -> Result<()> {
        self.db
            .execute("UPDATE session SET redaction_key = ? WHERE no = ?", params![key, self.session.0])
            .map(|_| ())
            .step("cannot write the session")
    }

    /// Writes the rows that wait.
    fn write_rows(&mut self) -> Result<()> {
        self.rows.write(&self.db).step("cannot write the recording")
    }

    /// What has been told so far.
    fn until(&self) -> Until {
        Until { session: self.session, seq: self.counters.last, version: self.versions.next - 1 }
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
            .step("cannot write the session")?;
        Ok(())
    }
}

/// What makes the recording longer, rather than ending what is in it.
fn is_growth(event: &Event) -> bool {
    matches!(event, Event::Operation(_) | Event::ListItem { .. } | Event::WatchOpened(_) | Event::SpanStarted(_) | Event::Log(_))
}

impl Sink for SessionWriter {
    /// Where the disk fails, everything since the last flush is lost, and so is all that comes until a flush succeeds
    /// again; then a gap says how much.
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
        done.map_err(|error| self.lose(error, GapReason::Disk, 1))
    }

    fn last(&self) -> Seq {
        self.counters.last
    }

    fn flush(&mut self) -> Result<()> {
        self.recover()?;
        if self.loss.over_limit_unwritten() {
            self.start_transaction()?;
        }
        self.commit().map_err(|error| self.lose(error, GapReason::Disk, 0))
    }

    fn close(self: Box<Self>) -> Result<()> {
        (*self).finish()
    }
}
