//! The state of a writer.

use std::sync::Arc;

use rusqlite::Connection;

use kuberewind_model::{Lineage, Result, Seq, SessionNo};

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
use super::rows::Rows;
use super::segment::{FirstRows, Segment};
use super::versions::Versions;
use super::views::Views;
use crate::error::Context;
use crate::lock::WriterLock;
use crate::maps::Map;

/// Writes one session into a recording. One per file at a time.
pub struct SessionWriter {
    // Closed before the lock is let go of.
    pub(super) db: Connection,
    pub(super) session: SessionNo,
    /// What the session inherits, and itself to any length.
    pub(super) lineage: Lineage,
    pub(super) limits: WriterLimits,
    /// The row of the empty text.
    pub(super) no_text: i64,
    pub(super) counters: Counters,
    /// As of the last commit.
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
    /// Events in the open transaction; `None` where there is none.
    pub(super) open_events: Option<u32>,
    pub(super) loss: Loss,
    pub(super) start: FirstRows,
    pub(super) _lock: WriterLock,
}

impl SessionWriter {
    /// The session's number in the file.
    #[must_use]
    pub fn session(&self) -> SessionNo {
        self.session
    }

    /// How much of the session is kept from now on.
    pub fn keep(&mut self, keep: Keep) {
        self.limits.keep = keep;
    }

    pub(super) fn incarnation(&mut self, actor: &Arc<str>) -> Result<Incarnation> {
        self.names.incarnation(&self.db, actor, self.session, self.counters.last).context("cannot write an actor")
    }

    /// The session that holds a number of this one's past.
    pub(super) fn session_of(&self, seq: Seq) -> SessionNo {
        self.lineage.session_of(seq).unwrap_or(self.session)
    }

    /// Up to where the index of observations is complete once all entries are written.
    pub(super) fn watermark(&self) -> Watermark {
        Watermark { session: self.session, seq: self.counters.last, version: self.versions.next - 1 }
    }
}
