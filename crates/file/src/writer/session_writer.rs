//! The state of a writer.

use std::sync::Arc;

use rusqlite::Connection;

use kuberewind_model::{Lineage, Result, Seq, SessionNo, SessionState};

use super::body_writer::BodyWriter;
use super::counters::Counters;
use super::loss::Loss;
use super::names::{Incarnation, Names};
use super::objects::Objects;
use super::observation_writer::{ObservationWriter, Watermark};
use super::open_blocks::OpenBlocks;
use super::open_lists::OpenLists;
use super::open_spans::OpenSpans;
use super::open_watches::OpenWatches;
use super::options::{Keep, WriterLimits};
use super::placement::Placement;
use super::rows::Rows;
use super::segment::{FirstRows, Segment};
use super::versions::Versions;
use super::views::Views;
use crate::error::Context;
use crate::lock::WriterLock;
use crate::maps::Map;

/// A writer of one session. A recording has at most one writer.
pub struct SessionWriter {
    // Dropped before the lock is released.
    pub(super) db: Connection,
    pub(super) session: SessionNo,
    /// The inherited ranges, and this session without an end.
    pub(super) lineage: Lineage,
    pub(super) limits: WriterLimits,
    /// The row of the empty text.
    pub(super) no_text: i64,
    pub(super) counters: Counters,
    /// The counters of the last commit.
    pub(super) committed: Counters,
    pub(super) names: Names,
    pub(super) objects: Objects,
    pub(super) views: Views,
    /// Kind and namespace → the resourceVersion of the newest complete list.
    pub(super) covered: Map<(i64, i64), u64>,
    pub(super) versions: Versions,
    pub(super) bodies: BodyWriter,
    pub(super) rows: Rows,
    pub(super) observations: ObservationWriter,
    pub(super) segment: Segment,
    pub(super) blocks: OpenBlocks,
    pub(super) lists: OpenLists,
    pub(super) spans: OpenSpans,
    pub(super) watches: OpenWatches,
    /// The number of events in the open transaction; `None` without one.
    pub(super) open_events: Option<u32>,
    pub(super) loss: Loss,
    pub(super) start: FirstRows,
    pub(super) placement: Placement,
    pub(super) _lock: WriterLock,
}

impl Drop for SessionWriter {
    /// Marks a session without an end: closing the connection removes the log, and without its log an open session looks cut off.
    fn drop(&mut self) {
        if self.open_events.is_some() {
            // Fails if SQLite has already rolled back.
            drop(self.db.execute_batch("ROLLBACK"));
        }
        let states = [SessionState::Crashed.code(), self.session.0, SessionState::Open.code()];
        if let Err(error) = self.db.execute("UPDATE session SET state = ? WHERE no = ? AND state = ?", states) {
            tracing::debug!(%error, "the session looks as if its recorder was killed");
        }
    }
}

impl SessionWriter {
    #[must_use]
    pub fn session(&self) -> SessionNo {
        self.session
    }

    /// Sets how much of the session is kept from now on.
    pub fn keep(&mut self, keep: Keep) {
        self.limits.keep = keep;
    }

    pub(super) fn incarnation(&mut self, actor: &Arc<str>) -> Result<Incarnation> {
        self.names.incarnation(&self.db, actor, self.session, self.counters.last).context("cannot write an actor")
    }

    /// Returns the session that contains an operation of the lineage.
    pub(super) fn session_of(&self, seq: Seq) -> SessionNo {
        self.lineage.session_of(seq).unwrap_or(self.session)
    }

    /// The point up to which the index of observations will be complete after the next write.
    pub(super) fn watermark(&self) -> Watermark {
        Watermark { session: self.session, seq: self.counters.last, version: self.versions.next - 1 }
    }
}
