//! Values that a later pass derives from versions, stored beside the recording (see `results`). Sets of changed paths repeat, and
//! each is stored once.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use kuberewind_model::{Derived, Result, VersionId};

use super::recording::Recording;
use crate::error::Context;
use crate::maps::{Map, Set};

const CONTEXT: &str = "cannot read values derived from versions";
/// The most paths in a set that is read. A file may claim anything.
const MAX_PATHS: usize = 4_096;
/// The most cached sets.
const REMEMBERED: usize = 4_096;

/// Reads from the recording, and what it lacks from the results beside it.
pub(super) fn of(recording: &Recording, versions: &[VersionId]) -> Result<Vec<Derived>> {
    let mut found = read(&recording.db, versions)?;
    if found.len() < versions.len()
        && let Some(results) = recording.open_results(false)?
    {
        let known: Set<VersionId> = found.iter().map(|row| row.version).collect();
        let missing: Vec<VersionId> = versions.iter().filter(|version| !known.contains(version)).copied().collect();
        found.extend(read(&results, &missing)?);
    }
    Ok(found)
}

pub(super) fn keep(recording: &Recording, rows: &[Derived]) -> Result<()> {
    recording.write_results("cannot store values derived from versions", |db, _| write(db, rows))
}

type Sets = Map<i64, Option<Arc<[u32]>>>;

fn read(db: &Connection, versions: &[VersionId]) -> Result<Vec<Derived>> {
    let mut sets = Sets::default();
    let mut found = Vec::new();
    let mut rows = || -> rusqlite::Result<()> {
        let mut query = db.prepare_cached("SELECT base, norm_hash, change_set FROM derived WHERE version = ? AND scheme = ?")?;
        for version in versions {
            let row = query.query_row([version.0, i64::from(Derived::SCHEME)], |row: &Row<'_>| {
                Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(2)?))
            });
            let Some((base, norm, set)) = row.optional()? else { continue };
            found.push(Derived {
                version: *version,
                base: base.map(VersionId),
                norm_hash: u64::from_ne_bytes(norm.to_ne_bytes()),
                changed: set.map_or(Ok(None), |set| paths(db, &mut sets, set))?,
            });
        }
        Ok(())
    };
    rows().context(CONTEXT)?;
    Ok(found)
}

fn paths(db: &Connection, sets: &mut Sets, id: i64) -> rusqlite::Result<Option<Arc<[u32]>>> {
    if let Some(known) = sets.get(&id) {
        return Ok(known.clone());
    }
    let text = db
        .prepare_cached("SELECT paths FROM change_set WHERE id = ?")
        .and_then(|mut query| query.query_row([id], |row| Ok(decode(row.get_ref(0)?.as_bytes()?))).optional())?
        .flatten();
    if sets.len() < REMEMBERED {
        sets.insert(id, text.clone());
    }
    Ok(text)
}

/// Returns `None` for an invalid set: then any path may have changed.
fn decode(blob: &[u8]) -> Option<Arc<[u32]>> {
    let (numbers, rest) = blob.as_chunks::<4>();
    let rising = numbers.windows(2).all(|two| u32::from_le_bytes(two[0]) < u32::from_le_bytes(two[1]));
    let sound = rest.is_empty() && numbers.len() <= MAX_PATHS && rising;
    sound.then(|| numbers.iter().map(|number| u32::from_le_bytes(*number)).collect())
}

fn encode(paths: &[u32]) -> Vec<u8> {
    paths.iter().flat_map(|path| path.to_le_bytes()).collect()
}

fn write(db: &Connection, rows: &[Derived]) -> rusqlite::Result<usize> {
    let change = db.unchecked_transaction()?;
    let mut sets: Map<Arc<[u32]>, i64> = Map::default();
    {
        let mut insert = change.prepare_cached(
            "INSERT OR REPLACE INTO derived (version, scheme, base, norm_hash, change_set) VALUES (?, ?, ?, ?, ?)",
        )?;
        for row in rows {
            let set = match &row.changed {
                Some(paths) => Some(set_of(&change, &mut sets, paths)?),
                None => None,
            };
            let norm = i64::from_ne_bytes(row.norm_hash.to_ne_bytes());
            insert.execute(params![row.version.0, Derived::SCHEME, row.base.map(|base| base.0), norm, set])?;
        }
    }
    change.commit()?;
    Ok(rows.len())
}

fn set_of(db: &Connection, sets: &mut Map<Arc<[u32]>, i64>, paths: &Arc<[u32]>) -> rusqlite::Result<i64> {
    if let Some(id) = sets.get(paths) {
        return Ok(*id);
    }
    let blob = encode(paths);
    db.prepare_cached("INSERT OR IGNORE INTO change_set (paths) VALUES (?)")?.execute([&blob])?;
    let id = db.prepare_cached("SELECT id FROM change_set WHERE paths = ?")?.query_row([&blob], |row| row.get(0))?;
    if sets.len() < REMEMBERED {
        sets.insert(Arc::clone(paths), id);
    }
    Ok(id)
}
