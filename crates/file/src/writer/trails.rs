//! Showings on their way into the trails: collected, sorted, and written as runs.

use rusqlite::{Connection, params};

use kuberewind_model::{Result, Seq, SessionNo};

use super::super::schema::Step;
use super::super::trail::{self, Entry, Of, Place, Showing};

/// So many times what makes short runs is folded into long ones; only then pages all over the trails are touched.
const SHORT_RUNS: usize = 32;

/// What of the session is in no long run yet.
#[derive(Debug)]
pub(super) struct Trails {
    /// In the short runs of the file.
    recent: Vec<Entry>,
    /// In no run.
    fresh: Vec<Entry>,
    /// Up to where the runs know everything.
    known: Seq,
    /// So many showings, or operations, become short runs.
    short: usize,
}

/// Up to where the runs know everything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Until {
    pub(super) session: SessionNo,
    pub(super) seq: Seq,
    pub(super) version: i64,
}

impl Trails {
    /// With what writers before left, of any session, in the file.
    pub(super) fn load(db: &Connection, short: usize) -> Result<Trails> {
        let step = "cannot read the sessions";
        let mut behind = db.prepare("SELECT no FROM session WHERE trailed < last").step(step)?;
        let behind: Vec<i64> = behind.query_map([], |row| row.get(0)).step(step)?.collect::<rusqlite::Result<_>>().step(step)?;
        let mut fresh = Vec::new();
        for session in behind {
            fresh.append(&mut trail::read_tail(db, SessionNo(session))?);
        }
        Ok(Trails { recent: trail::read_recent(db)?, fresh, known: Seq::START, short: short.max(1) })
    }

    /// An object was shown.
    pub(super) fn add(&mut self, object: i64, viewer: i64, showing: Showing) {
        self.fresh.push(Entry { of: Of { object, viewer }, showing });
    }

    /// Writes runs where enough has come together. All rows that it speaks of are in the file.
    pub(super) fn write(&mut self, db: &Connection, until: Until) -> Result<()> {
        if self.recent.len() + self.fresh.len() >= self.short.saturating_mul(SHORT_RUNS) {
            return self.fold(db, until);
        }
        let operations = until.seq.0.saturating_sub(self.known.0);
        if self.fresh.len() < self.short && operations < self.short as u64 {
            return Ok(());
        }
        let step = "cannot write a trail";
        trail::sort(&mut self.fresh);
        trail::write(db, Place::Recent, &self.fresh).step(step)?;
        self.recent.append(&mut self.fresh);
        self.known = until.seq;
        note(db, until)
    }

    /// Brings everything into long runs.
    pub(super) fn fold(&mut self, db: &Connection, until: Until) -> Result<()> {
        let step = "cannot write a trail";
        let mut all = std::mem::take(&mut self.recent);
        let had_recent = !all.is_empty();
        all.append(&mut self.fresh);
        trail::sort(&mut all);
        trail::write(db, Place::Long, &all).step(step)?;
        if had_recent {
            db.execute("DELETE FROM trail_recent", []).step(step)?;
        }
        // What is remembered of it is let go of, but for its room.
        all.clear();
        self.recent = all;
        self.known = until.seq;
        db.execute(
            "UPDATE session SET trailed = last, trailed_version = ? WHERE trailed < last AND no <> ?",
            params![until.version, until.session.0],
        )
        .step(step)?;
        note(db, until)
    }
}

fn note(db: &Connection, until: Until) -> Result<()> {
    db.prepare_cached("UPDATE session SET trailed = ?, trailed_version = ? WHERE no = ?")
        .and_then(|mut update| update.execute(params![until.seq.0, until.version, until.session.0]))
        .map(|_| ())
        .step("cannot write a trail")
}
