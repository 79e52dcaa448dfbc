//! Showings on their way into the observations: collected, sorted, and written as runs.

use rusqlite::{Connection, params};

use kuberewind_model::{Result, Seq, SessionNo};

use crate::error::Context;
use crate::observation_index::{self as index, IndexEntry, ObservationRef, RunTable, SeriesKey};

/// So many times what makes short runs is folded into long ones; only then pages all over the observations are touched.
const SHORT_RUNS: usize = 32;

/// What of the session is in no long run yet.
#[derive(Debug)]
pub(super) struct ObservationWriter {
    /// In the short runs of the file.
    recent: Vec<IndexEntry>,
    /// In no run.
    fresh: Vec<IndexEntry>,
    /// Up to where the runs know everything.
    known: Seq,
    /// So many showings, or operations, become short runs.
    short: usize,
}

/// Up to where the runs know everything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watermark {
    pub(super) session: SessionNo,
    pub(super) seq: Seq,
    pub(super) version: i64,
}

impl ObservationWriter {
    /// With what writers before left, of any session, in the file.
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

    /// An object was shown.
    pub(super) fn add(&mut self, object: i64, viewer: i64, showing: ObservationRef) {
        self.fresh.push(IndexEntry { of: SeriesKey { object, viewer }, showing });
    }

    /// Writes runs where enough has come together. All rows that it speaks of are in the file.
    pub(super) fn write(&mut self, db: &Connection, until: Watermark) -> Result<()> {
        if self.recent.len() + self.fresh.len() >= self.short.saturating_mul(SHORT_RUNS) {
            return self.fold(db, until);
        }
        let operations = until.seq.0.saturating_sub(self.known.0);
        if self.fresh.len() < self.short && operations < self.short as u64 {
            return Ok(());
        }
        let context = "cannot write a trail";
        index::sort(&mut self.fresh);
        index::write(db, RunTable::Recent, &self.fresh).context(context)?;
        self.recent.append(&mut self.fresh);
        self.known = until.seq;
        note(db, until)
    }

    /// Brings everything into long runs.
    pub(super) fn fold(&mut self, db: &Connection, until: Watermark) -> Result<()> {
        let context = "cannot write a trail";
        let mut all = std::mem::take(&mut self.recent);
        let had_recent = !all.is_empty();
        all.append(&mut self.fresh);
        index::sort(&mut all);
        index::write(db, RunTable::Long, &all).context(context)?;
        if had_recent {
            db.execute("DELETE FROM trail_recent", []).context(context)?;
        }
        // What is remembered of it is let go of, but for its room.
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
        .context("cannot write a trail")
}
