//! Trails: at which operations an object was shown to a viewer, or changed for the world.
//!
//! The question "what did it have of this object at that moment" needs the last showing before the moment. An index
//! with an entry per showing would answer it, but filling it costs more than all else that is written: each operation
//! touches pages of its own, all over the index. So showings are collected, sorted by object and viewer, and written as
//! runs of up to [`RUN`] of them, a row each. Three places hold them, each younger than the one before:
//!
//! - `trail`: the long runs;
//! - `trail_recent`: short runs, a few thousand showings at a time, until they are folded into long ones;
//! - the tail: what came after `session.trailed` is in no run yet, and read from the operations themselves.
//!
//! Of a session that has ended cleanly all is in `trail`.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{ObjectId, Result, Seq, SessionNo, ViewerId};

use super::heads::WORLD;
use super::schema::{SEQ_BITS, Step, damaged, op_id};
use super::varint::{pull, push};

/// Showings in one run at most: decoding one must be quick.
pub(crate) const RUN: usize = 256;
/// And what a file may claim.
const MAX_RUN: usize = 1 << 16;

const STEP: &str = "cannot read where an object was shown";

/// One showing: an operation, and the version where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Showing {
    /// The operation's row.
    pub(crate) op: i64,
    /// The version's row; `None` where the object left the view.
    pub(crate) version: Option<i64>,
    /// Not shown by the operation, but concluded from it.
    pub(crate) concluded: bool,
}

/// Whose trail: of an object, as a viewer (or the world) had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Of {
    pub(crate) object: i64,
    /// [`WORLD`] for the world.
    pub(crate) viewer: i64,
}

impl Of {
    /// What the world had of an object.
    pub(crate) fn world(object: ObjectId) -> Of {
        Of { object: object.0, viewer: WORLD }
    }

    /// What a viewer had of an object.
    pub(crate) fn view(object: ObjectId, viewer: ViewerId) -> Of {
        Of { object: object.0, viewer: viewer.0 }
    }
}

/// A part of one session, both ends included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) session: SessionNo,
    pub(crate) low: Seq,
    pub(crate) high: Seq,
}

impl Part {
    /// All of a session up to `high`.
    pub(crate) fn up_to(session: SessionNo, high: Seq) -> Part {
        Part { session, low: Seq::START, high }
    }
}

/// A run as bytes: per showing its distance from the one before, and its version as a distance as well.
pub(crate) fn encode(run: &[Showing]) -> Vec<u8> {
    let mut out = Vec::with_capacity(run.len() * 3 + 8);
    let mut before = (run.first().map_or(0, |showing| showing.op), 0i64);
    for showing in run {
        push(&mut out, u64::try_from(showing.op.saturating_sub(before.0)).unwrap_or(0));
        let version = match showing.version {
            None => 0,
            Some(version) => zigzag(version.wrapping_sub(before.1)).saturating_add(1),
        };
        push(&mut out, version << 1 | u64::from(showing.concluded));
        before = (showing.op, showing.version.unwrap_or(before.1));
    }
    out
}

/// The other way; `out` is emptied first.
pub(crate) fn decode(first: i64, mut bytes: &[u8], out: &mut Vec<Showing>) -> Result<()> {
    let broken = || damaged("a run of showings cannot be read");
    out.clear();
    let mut before = (first, 0i64);
    while !bytes.is_empty() {
        let (step, code) = pull(&mut bytes).zip(pull(&mut bytes)).ok_or_else(broken)?;
        let op = i64::try_from(step).ok().and_then(|step| before.0.checked_add(step)).ok_or_else(broken)?;
        let version = (code >> 1).checked_sub(1).map(|distance| before.1.wrapping_add(unzigzag(distance)));
        out.push(Showing { op, version, concluded: code & 1 == 1 });
        before = (op, version.unwrap_or(before.1));
        if out.len() > MAX_RUN {
            return Err(broken());
        }
    }
    Ok(())
}

/// Small numbers of either sign as small numbers. What is too far for the mark that goes with it does not occur.
fn zigzag(number: i64) -> u64 {
    u64::from_ne_bytes(((number << 1) ^ (number >> 63)).to_ne_bytes()) & (u64::MAX >> 2)
}

fn unzigzag(code: u64) -> i64 {
    let half = i64::try_from(code >> 1).unwrap_or(i64::MAX);
    if code & 1 == 0 { half } else { !half }
}

/// The last showing of a part.
pub(crate) fn last(db: &Connection, of: Of, part: Part) -> Result<Option<Showing>> {
    let mut found = None;
    back(db, of, part, |showing| {
        found = Some(showing);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

/// Goes back through a part, from its end, as long as `visit` wants more.
pub(crate) fn back(db: &Connection, of: Of, part: Part, mut visit: impl FnMut(Showing) -> Result<ControlFlow<()>>) -> Result<()> {
    // The tail is read first: what moves from one place to the next meanwhile is then met twice, never missed.
    let (after, tail) = tail(db, of, part)?;
    for showing in tail.into_iter().rev() {
        if visit(showing)?.is_break() {
            return Ok(());
        }
    }
    let (start, low, high) = (op_id(part.session, Seq::START), op_id(part.session, part.low), op_id(part.session, part.high));
    let high = high.min(after);
    let mut query = db
        .prepare_cached(
            "SELECT first, showings FROM trail WHERE object = ?1 AND viewer = ?2 AND first BETWEEN ?3 AND ?4 UNION ALL
             SELECT first, showings FROM trail_recent WHERE object = ?1 AND viewer = ?2 AND first BETWEEN ?3 AND ?4 ORDER BY first DESC",
        )
        .step(STEP)?;
    let mut rows = query.query([of.object, of.viewer, start, high]).step(STEP)?;
    let mut run = Vec::new();
    while let Some(row) = rows.next().step(STEP)? {
        let first: i64 = row.get(0).step(STEP)?;
        decode(first, row.get_ref(1).and_then(|bytes| Ok(bytes.as_blob()?)).step(STEP)?, &mut run)?;
        for showing in run.iter().rev().filter(|showing| showing.op <= high) {
            if showing.op < low || visit(*showing)?.is_break() {
                return Ok(());
            }
        }
        if first <= low {
            return Ok(());
        }
    }
    Ok(())
}

/// Goes through a part, from its beginning, as long as `visit` wants more.
pub(crate) fn forth(
    db: &Connection,
    of: Of,
    part: Part,
    mut visit: impl FnMut(Showing) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let (after, tail) = tail(db, of, part)?;
    let (start, low, high) = (op_id(part.session, Seq::START), op_id(part.session, part.low), op_id(part.session, part.high));
    let high = high.min(after);
    // The run that begins at or before the part, and those that follow it.
    let mut query = db
        .prepare_cached(
            "SELECT first, showings FROM trail WHERE object = ?1 AND viewer = ?2 AND first <= ?5 AND first >= coalesce(
               (SELECT max(first) FROM trail WHERE object = ?1 AND viewer = ?2 AND first BETWEEN ?3 AND ?4), ?4) UNION ALL
             SELECT first, showings FROM trail_recent WHERE object = ?1 AND viewer = ?2 AND first <= ?5 AND first >= coalesce(
               (SELECT max(first) FROM trail_recent WHERE object = ?1 AND viewer = ?2 AND first BETWEEN ?3 AND ?4), ?4) ORDER BY first",
        )
        .step(STEP)?;
    let mut rows = query.query([of.object, of.viewer, start, low, high]).step(STEP)?;
    let mut run = Vec::new();
    while let Some(row) = rows.next().step(STEP)? {
        decode(row.get(0).step(STEP)?, row.get_ref(1).and_then(|bytes| Ok(bytes.as_blob()?)).step(STEP)?, &mut run)?;
        for showing in run.iter().filter(|showing| showing.op >= low) {
            if showing.op > high {
                break;
            }
            if visit(*showing)?.is_break() {
                return Ok(());
            }
        }
    }
    for showing in tail {
        if visit(showing)?.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// Where a session's runs end, and it itself.
#[derive(Debug, Clone, Copy)]
struct Trailed {
    op: i64,
    version: i64,
    last: i64,
}

fn trailed(db: &Connection, session: SessionNo) -> Result<Trailed> {
    let found = db
        .prepare_cached("SELECT trailed, trailed_version, last FROM session WHERE no = ?")
        .and_then(|mut query| query.query_row([session.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional())
        .step(STEP)?;
    let (seq, version, last): (u64, i64, u64) = found.unwrap_or((0, 0, 0));
    Ok(Trailed { op: op_id(session, Seq(seq)), version, last: op_id(session, Seq(last)) })
}

/// What of a part is in no run yet, in order, and the operation after which it begins.
fn tail(db: &Connection, of: Of, part: Part) -> Result<(i64, Vec<Showing>)> {
    let Trailed { op: after, version, last } = trailed(db, part.session)?;
    // Not beyond the session's end: the versions of later sessions would all be looked at.
    let (low, high) = (op_id(part.session, part.low).max(after.saturating_add(1)), op_id(part.session, part.high).min(last));
    if low > high {
        return Ok((after, Vec::new()));
    }
    let mut found = Vec::new();
    if of.viewer == WORLD {
        let mut query = db
            .prepare_cached(
                "SELECT op, id, 0 FROM version NOT INDEXED WHERE id > ?4 AND object = ?1 AND op BETWEEN ?2 AND ?3 AND head = 1 ORDER BY id",
            )
            .step(STEP)?;
        let rows = query.query_map([of.object, low, high, version], showing).step(STEP)?;
        for row in rows {
            found.push(row.step(STEP)?);
        }
    } else {
        let mut query = db
            .prepare_cached(
                "SELECT id, version, 0 FROM op WHERE id BETWEEN ?3 AND ?4 AND object = ?1 AND viewer = ?2 AND version IS NOT NULL UNION ALL
                 SELECT op, version, item = 0 FROM showing WHERE op BETWEEN ?3 AND ?4 AND object = ?1 AND viewer = ?2 ORDER BY 1",
            )
            .step(STEP)?;
        let rows = query.query_map([of.object, of.viewer, low, high], showing).step(STEP)?;
        for row in rows {
            found.push(row.step(STEP)?);
        }
    }
    Ok((after, found))
}

fn showing(row: &rusqlite::Row<'_>) -> rusqlite::Result<Showing> {
    Ok(Showing { op: row.get(0)?, version: row.get(1)?, concluded: row.get(2)? })
}

/// A showing with whose it is, as it is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) of: Of,
    pub(crate) showing: Showing,
}

/// Puts entries in the order of the runs. Of several showings to a viewer by one operation the one that was told last
/// stands; of the world all do, since each is a state of the object's history.
pub(crate) fn sort(entries: &mut Vec<Entry>) {
    // Entries come in the order in which they were told; sorting keeps it among equals.
    entries.sort_by_key(|entry| (entry.of, entry.showing.op));
    entries.dedup_by(|later, earlier| {
        let same = later.of == earlier.of && later.showing.op == earlier.showing.op && later.of.viewer != WORLD;
        if same {
            *earlier = *later;
        }
        same
    });
}

/// Where runs lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// `trail_recent`.
    Recent,
    /// `trail`.
    Long,
}

/// Writes sorted entries as runs. No run reaches from one session into another.
pub(crate) fn write(db: &Connection, place: Place, entries: &[Entry]) -> rusqlite::Result<()> {
    let sql = match place {
        Place::Recent => "INSERT OR REPLACE INTO trail_recent VALUES (?, ?, ?, ?)",
        Place::Long => "INSERT OR REPLACE INTO trail VALUES (?, ?, ?, ?)",
    };
    let mut insert = db.prepare_cached(sql)?;
    let mut run = Vec::with_capacity(RUN);
    for of_one in entries.chunk_by(|a, b| a.of == b.of && a.showing.op >> SEQ_BITS == b.showing.op >> SEQ_BITS) {
        let mut rest = of_one;
        while let Some(first) = rest.first() {
            // What one operation showed stays together: a run is found by its first operation.
            let mut length = rest.len().min(RUN);
            while rest.get(length).is_some_and(|next| next.showing.op == rest[length - 1].showing.op) {
                length += 1;
            }
            run.clear();
            run.extend(rest[..length].iter().map(|entry| entry.showing));
            insert.execute(params![first.of.object, first.of.viewer, first.showing.op, encode(&run)])?;
            rest = &rest[length..];
        }
    }
    Ok(())
}

/// All entries of the short runs.
pub(crate) fn read_recent(db: &Connection) -> Result<Vec<Entry>> {
    let mut query = db.prepare_cached("SELECT object, viewer, first, showings FROM trail_recent").step(STEP)?;
    let mut rows = query.query([]).step(STEP)?;
    let (mut entries, mut run) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next().step(STEP)? {
        let of = Of { object: row.get(0).step(STEP)?, viewer: row.get(1).step(STEP)? };
        decode(row.get(2).step(STEP)?, row.get_ref(3).and_then(|bytes| Ok(bytes.as_blob()?)).step(STEP)?, &mut run)?;
        entries.extend(run.iter().map(|showing| Entry { of, showing: *showing }));
    }
    Ok(entries)
}

/// What of a session is in no run yet, all of it.
pub(crate) fn read_tail(db: &Connection, session: SessionNo) -> Result<Vec<Entry>> {
    let Trailed { op: after, version, last: until } = trailed(db, session)?;
    let mut entries = Vec::new();
    let tail = [
        "SELECT object, viewer, id, version, 0 FROM op WHERE id > ?1 AND id <= ?2 AND version IS NOT NULL AND ?3 = ?3",
        "SELECT object, viewer, op, version, item = 0 FROM showing WHERE op > ?1 AND op <= ?2 AND ?3 = ?3",
        "SELECT object, 0, op, id, 0 FROM version NOT INDEXED WHERE id > ?3 AND op > ?1 AND op <= ?2 AND head = 1 ORDER BY id",
    ];
    for sql in tail {
        let mut query = db.prepare(sql).step(STEP)?;
        let rows = query.query_map([after, until, version], |row| {
            let of = Of { object: row.get(0)?, viewer: row.get(1)? };
            Ok(Entry { of, showing: Showing { op: row.get(2)?, version: row.get(3)?, concluded: row.get(4)? } })
        });
        for row in rows.step(STEP)? {
            entries.push(row.step(STEP)?);
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Showing, decode, encode};

    proptest! {
        #[test]
        fn runs_come_back(
            first in 0..i64::MAX / 4,
            steps in proptest::collection::vec((1..1i64 << 40, proptest::option::of(0..1i64 << 60), any::<bool>()), 0..60),
        ) {
            let mut op = first;
            let mut run = Vec::new();
            for (step, version, concluded) in steps {
                run.push(Showing { op, version, concluded });
                op += step;
            }
            let mut back = Vec::new();
            decode(first, &encode(&run), &mut back).unwrap();
            prop_assert_eq!(back, run);
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200), first in any::<i64>()) {
            let _maybe = decode(first, &bytes, &mut Vec::new());
        }
    }
}
