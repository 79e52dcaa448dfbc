//! Dictionaries: earlier bodies of a kind, against which the first bodies of other objects are compressed.
//!
//! A dictionary is raw content, not a trained one: in recordings of real control planes, a few joined bodies gave bodies of half the
//! size that a trained dictionary of the same length gave, and need no training time.

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::Result;

use crate::codec::{Hash, hash};
use crate::error::{Context, damaged};

/// The most bytes of a dictionary. A stored length beyond it is damage.
pub(crate) const MAX_DICTIONARY: usize = 64 << 10;
/// How hard a dictionary itself is compressed. It is written rarely.
const LEVEL: i32 = 6;

/// Returns the newest dictionary of a kind, and how many the kind has.
pub(crate) fn newest(db: &Connection, kind: i64) -> Result<Option<(i64, u32)>> {
    db.prepare_cached("SELECT max(id), count(*) FROM dictionary WHERE kind = ?")
        .and_then(|mut query| {
            query.query_row([kind], |row| Ok(row.get::<_, Option<i64>>(0)?.map(|id| (id, row.get(1).unwrap_or(u32::MAX)))))
        })
        .context("cannot read the dictionaries")
}

/// Writes a dictionary for the bodies from `first_body` on. Returns its row.
pub(crate) fn write(db: &Connection, kind: i64, first_body: i64, content: &[u8]) -> Result<i64> {
    let context = "cannot write a dictionary";
    let data = zstd::bulk::compress(content, LEVEL)
        .map_err(|error| kuberewind_model::Error::new(kuberewind_model::ErrorKind::Io, context).because(error))?;
    db.prepare_cached("INSERT INTO dictionary (kind, first_body, hash, bytes, data) VALUES (?, ?, ?, ?, ?)")
        .and_then(|mut insert| insert.insert(params![kind, first_body, hash(content), content.len(), data]))
        .context(context)
}

/// Reads a dictionary. Never allocates more than [`MAX_DICTIONARY`] bytes for it.
pub(crate) fn read(db: &Connection, id: i64) -> Result<Vec<u8>> {
    let row: Option<(Hash, u64, Vec<u8>)> = db
        .prepare_cached("SELECT hash, bytes, data FROM dictionary WHERE id = ? AND length(data) <= ?")
        .and_then(|mut query| query.query_row(params![id, 2 * MAX_DICTIONARY], |row| row.try_into()).optional())
        .context("cannot read a dictionary")?;
    let (stored_hash, bytes, data) = row.ok_or_else(|| damaged(format!("the dictionary {id} of bodies is missing")))?;
    let bytes = usize::try_from(bytes).ok().filter(|bytes| *bytes <= MAX_DICTIONARY);
    let content = bytes.and_then(|bytes| zstd::bulk::decompress(&data, bytes).ok().filter(|content| content.len() == bytes));
    content
        .filter(|content| hash(content) == stored_hash)
        .ok_or_else(|| damaged(format!("the dictionary {id} of bodies cannot be read")))
}
