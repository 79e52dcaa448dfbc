//! Replaces secrets in what is stored already: a Secret may be seen after other objects and log lines that hold its value.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, params, params_from_iter};

use super::connection::prepare;
use crate::body_reader::BodyReader;
use crate::codec::{Against, Encoder, hash};
use crate::dictionary;
use crate::error::Context;
use crate::lock::WriterLock;
use crate::text_columns::{TextColumns, text_columns};
use kuberewind_model::{Result, TextCleaner};

const CONTEXT: &str = "cannot remove a secret from what is stored";

/// Cleans every text and body of a finished recording.
///
/// # Errors
/// If another process writes it, or it cannot be read or written.
pub fn clean(path: &Path, cleaner: &dyn TextCleaner) -> Result<()> {
    let _lock = WriterLock::take(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).context(CONTEXT)?;
    prepare(&db, path)?;
    db.execute_batch("BEGIN IMMEDIATE").context(CONTEXT)?;
    clean_stored(&db, cleaner, i64::MAX)?;
    db.execute_batch("COMMIT").context(CONTEXT)
}

/// Cleans every text and the bodies below an id, inside the caller's transaction. Returns how many were changed.
pub(super) fn clean_stored(db: &Connection, cleaner: &dyn TextCleaner, bodies_below: i64) -> Result<u64> {
    db.pragma_update(None, "secure_delete", true).context(CONTEXT)?;
    let mut changed = clean_bodies(db, cleaner, bodies_below)?;
    for table in text_columns(db)? {
        changed += clean_table(db, cleaner, &table)?;
    }
    Ok(changed)
}

fn clean_bodies(db: &Connection, cleaner: &dyn TextCleaner, below: i64) -> Result<u64> {
    let ids = ids_of(db, "SELECT id FROM body WHERE id < ? ORDER BY id", below)?;
    let mut reader = BodyReader::default();
    let mut dirty = BTreeSet::new();
    for id in ids {
        if reader.text(db, id)?.is_some_and(|text| cleaner.body(&text).is_some()) {
            dirty.insert(id);
        }
    }
    let mut encoder = Encoder::new();
    if !dirty.is_empty() || dictionaries_are_dirty(db, cleaner)? {
        drop_dictionaries(db, cleaner, &mut reader, &mut encoder)?;
    }
    // Bodies that are stored as the difference from a dirty one come first, as they are read with its help.
    for keyframe in dirty.iter().copied() {
        for dependent in ids_of(db, "SELECT id FROM body WHERE codec = 2 AND keyframe = ?", keyframe)? {
            if let Some(text) = reader.text(db, dependent)? {
                store(db, &mut encoder, dependent, &cleaner.body(&text).unwrap_or_else(|| text.to_string()))?;
            }
        }
        if let Some(text) = reader.text(db, keyframe)?
            && let Some(cleaned) = cleaner.body(&text)
        {
            store(db, &mut encoder, keyframe, &cleaned)?;
        }
    }
    Ok(dirty.len() as u64)
}

/// True if a dictionary, which consists of earlier bodies, holds a secret.
fn dictionaries_are_dirty(db: &Connection, cleaner: &dyn TextCleaner) -> Result<bool> {
    for id in ids_of(db, "SELECT id FROM dictionary WHERE id > ?", 0)? {
        if cleaner.text(&String::from_utf8_lossy(&dictionary::read(db, id)?)).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes all dictionaries: each may hold a part of a secret that begins or ends where the dictionary does. Their bodies are stored without.
fn drop_dictionaries(db: &Connection, cleaner: &dyn TextCleaner, reader: &mut BodyReader, encoder: &mut Encoder) -> Result<()> {
    for id in ids_of(db, "SELECT id FROM body WHERE codec = 3 AND id > ?", 0)? {
        if let Some(text) = reader.text(db, id)? {
            let cleaned = cleaner.body(&text);
            store(db, encoder, id, cleaned.as_deref().unwrap_or(&text))?;
        }
    }
    db.execute("DELETE FROM dictionary", []).map(drop).context(CONTEXT)
}

fn ids_of(db: &Connection, query: &str, argument: i64) -> Result<Vec<i64>> {
    db.prepare_cached(query).and_then(|mut query| query.query_map([argument], |row| row.get(0))?.collect()).context(CONTEXT)
}

fn store(db: &Connection, encoder: &mut Encoder, id: i64, text: &str) -> Result<()> {
    let (codec, data) = encoder.encode(text.as_bytes(), &Against::Nothing);
    let bytes = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let update = "UPDATE body SET hash = ?, bytes = ?, codec = ?, keyframe = NULL, data = ? WHERE id = ?";
    let mut update = db.prepare_cached(update).context(CONTEXT)?;
    let hash = hash(text.as_bytes());
    let done = match std::str::from_utf8(data) {
        // A plain text is stored as text.
        Ok(plain) if codec as i64 == 0 => update.execute(params![hash, bytes, codec as i64, plain, id]),
        _ => update.execute(params![hash, bytes, codec as i64, data, id]),
    };
    done.map(drop).context(CONTEXT)
}

fn clean_table(db: &Connection, cleaner: &dyn TextCleaner, table: &TextColumns) -> Result<u64> {
    let TextColumns { name: table, columns, keys } = table;
    let key_list = keys.join(", ");
    let mut changed = 0;
    for column in columns {
        let mut dirty: Vec<(Vec<rusqlite::types::Value>, String)> = Vec::new();
        let mut read = || -> rusqlite::Result<()> {
            let mut query = db.prepare(&format!("SELECT {column}, {key_list} FROM {table} WHERE {column} != ''"))?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let ValueRef::Text(text) = row.get_ref(0)? else { continue };
                if let Some(cleaned) = std::str::from_utf8(text).ok().and_then(|text| cleaner.text(text)) {
                    let key = (1..=keys.len()).map(|at| row.get(at)).collect::<rusqlite::Result<_>>()?;
                    dirty.push((key, cleaned));
                }
            }
            Ok(())
        };
        read().context(CONTEXT)?;
        let matches = keys.iter().map(|key| format!("{key} = ?")).collect::<Vec<_>>().join(" AND ");
        // Two texts of a unique column can become the same text.
        let update = format!("UPDATE OR IGNORE {table} SET {column} = ? WHERE {matches}");
        let numbered = format!("UPDATE {table} SET {column} = ? || ' (' || rowid || ')' WHERE {matches}");
        for (key, cleaned) in dirty {
            let values = || std::iter::once(rusqlite::types::Value::from(cleaned.clone())).chain(key.clone());
            let done = db.execute(&update, params_from_iter(values())).context(CONTEXT)?;
            if done == 0 {
                db.execute(&numbered, params_from_iter(values())).context(CONTEXT)?;
            }
            changed += 1;
        }
    }
    Ok(changed)
}
