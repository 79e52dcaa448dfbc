//! Writing runs.

use rusqlite::{Connection, params};

use super::entry::IndexEntry;
use super::run::encode;
use crate::heads::WORLD;
use crate::schema::SEQ_BITS;

/// The most observations in one run: decoding one must be quick.
const RUN: usize = 256;

/// Puts entries in the order of the runs. Of several showings to a viewer by one operation the one that was told last
/// stands; of the world all do, since each is a state of the object's history.
pub(crate) fn sort(entries: &mut Vec<IndexEntry>) {
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
pub(crate) enum RunTable {
    /// `trail_recent`.
    Recent,
    /// `trail`.
    Long,
}

/// Writes sorted entries as runs. No run reaches from one session into another.
pub(crate) fn write(db: &Connection, place: RunTable, entries: &[IndexEntry]) -> rusqlite::Result<()> {
    let sql = match place {
        RunTable::Recent => "INSERT OR REPLACE INTO trail_recent VALUES (?, ?, ?, ?)",
        RunTable::Long => "INSERT OR REPLACE INTO trail VALUES (?, ?, ?, ?)",
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
