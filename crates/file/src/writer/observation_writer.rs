//! Writing the index of observations: entries are collected, sorted and written as runs.

use rusqlite::{Connection, params};

use kuberewind_model::{Result, Seq, SessionNo};

use crate::error::Context;
use crate::observation_index::{self as index, IndexEntry, ObservationRef, RunTable, SeriesKey};

/// The number of short runs that are merged into long ones at once. Only a merge touches pages all over the index.
const SHORT_RUNS: usize = 32;

/// The entries that are in no long run yet.
#[derive(Debug)]
pub(super) struct ObservationWriter {
    /// Entries in short runs.
    recent: Vec<IndexEntry>,
    /// Entries in no run.
    fresh: Vec<IndexEntry>,
    /// The runs are complete up to this operation.
    known: Seq,
    /// The number of entries, or operations, that make a short run.
    short: usize,
}

/// The point up to which the index is complete.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watermark {
    pub(super) session: SessionNo,
    pub(super) seq: Seq,
    pub(super) version: i64,
}

impl ObservationWriter {
    /// Loads entries that earlier writers, of any session, left unmerged.
    pub(super) fn load(db: &Connection, short: usize) -> Result<ObservationWriter> {
        let context = "cannot read the sessions";
        let mut behind = db.prepare("SELECT no FROM session WHERE trailed < last").context(context)?;
        let behind: Vec<i64> =
            behind.query_map([], |row| row.get(0)).context(context)?.collect::<rusqlite::Result<_>>().context(context)?;
        let mut fresh = Vec::new();
        for session in behind {
            fresh.append(&mut index::read_tail(db, SessionNo(session))?);
        }
        Ok(ObservationWriter { recent: index::read_recent(db)?, fresh, known: Seq::START, short: short.max(1) })
    }

    pub(super) fn add(&mut self, object: i64, viewer: i64, observation: ObservationRef) {
        self.fresh.push(IndexEntry { key: SeriesKey { object, viewer }, observation });
    }

    /// Writes runs if enough entries are waiting. All rows that they refer to must be in the file.
    pub(super) fn write(&mut self, db: &Connection, until: Watermark) -> Result<()> {
        if self.recent.len() + self.fresh.len() >= self.short.saturating_mul(SHORT_RUNS) {
            return self.fold(db, until);
        }
        let operations = until.seq.0.saturating_sub(self.known.0);
        if self.fresh.len() < self.short && operations < self.short as u64 {
            return Ok(());
        }
        let context = "cannot write the index of observations";
        index::sort(&mut self.fresh);
        index::write(db, RunTable::Recent, &self.fresh).context(context)?;
        self.recent.append(&mut self.fresh);
        self.known = until.seq;
        note(db, until)
    }

    /// Merges everything into long runs.
    pub(super) fn fold(&mut self, db: &Connection, until: Watermark) -> Result<()> {
        let context = "cannot write the index of observations";
        let mut all = std::mem::take(&mut self.recent);
        let had_recent = !all.is_empty();
        all.append(&mut self.fresh);
        index::sort(&mut all);
        index::write(db, RunTable::Long, &all).context(context)?;
        if had_recent {
            db.execute("DELETE FROM trail_recent", []).context(context)?;
        }
        // Keeps the capacity.
        all.clear();
        self.recent = all;
        self.known = until.seq;
        db.execute(
            "UPDATE session SET trailed = last, trailed_version = ? WHERE trailed < last AND no <> ?",
            params![until.version, until.session.0],
        )
        .context(context)?;
        note(db, until)
    }
}

fn note(db: &Connection, until: Watermark) -> Result<()> {
    db.prepare_cached("UPDATE session SET trailed = ?, trailed_version = ? WHERE no = ?")
        .and_then(|mut update| update.execute(params![until.seq.0, until.version, until.session.0]))
        .map(|_| ())
        .context("cannot write the index of observations")
}
