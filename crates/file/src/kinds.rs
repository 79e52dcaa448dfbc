//! Kinds in the recording.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};

use kuberewind_model::{Kind, KindId, Result};

use crate::error::Context;

const KIND: &str = "SELECT id, grp, resource, versions, kind, namespaced, short_names, verbs, list_keys, schema FROM kind ";

fn kind_row(row: &Row<'_>) -> rusqlite::Result<Kind> {
    // A list that is not JSON comes from a damaged file and reads as empty.
    let list = |column: usize| -> rusqlite::Result<Vec<Arc<str>>> {
        let texts: Vec<String> = serde_json::from_str(row.get_ref(column)?.as_str()?).unwrap_or_default();
        Ok(texts.into_iter().map(Arc::from).collect())
    };
    let keys: Vec<(String, Vec<String>)> = serde_json::from_str(row.get_ref(8)?.as_str()?).unwrap_or_default();
    Ok(Kind {
        id: Some(KindId(row.get(0)?)),
        group: row.get(1)?,
        resource: row.get(2)?,
        versions: list(3)?,
        kind: row.get(4)?,
        namespaced: row.get(5)?,
        short_names: list(6)?,
        verbs: list(7)?,
        list_keys: keys.into_iter().map(|(path, keys)| (path.into(), keys.into_iter().map(Arc::from).collect())).collect(),
        schema: row.get(9)?,
    })
}

pub(crate) fn kinds(db: &Connection) -> Result<Vec<Kind>> {
    let context = "cannot read the kinds";
    let mut query = db.prepare_cached(&format!("{KIND} ORDER BY id")).context(context)?;
    let rows = query.query_map([], kind_row).context(context)?;
    rows.collect::<rusqlite::Result<_>>().context(context)
}

pub(crate) fn kind(db: &Connection, kind: KindId) -> Result<Option<Kind>> {
    db.prepare_cached(&format!("{KIND} WHERE id = ?"))
        .and_then(|mut query| query.query_row([kind.0], kind_row).optional())
        .context("cannot read a kind")
}

/// Returns the kind with this group and plural, and its row id.
pub(crate) fn kind_by_name(db: &Connection, group: &str, resource: &str) -> Result<Option<(i64, Kind)>> {
    let found = db
        .prepare_cached(&format!("{KIND} WHERE grp = ? AND resource = ?"))
        .and_then(|mut query| query.query_row([group, resource], kind_row).optional())
        .context("cannot read a kind")?;
    Ok(found.and_then(|mut kind| kind.id.take().map(|id| (id.0, kind))))
}
