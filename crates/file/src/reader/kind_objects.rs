//! The objects of one kind at a moment.

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{KindId, Lineage, Moment, Object, ObjectId, Perspective, Presence, Result, VersionId};

use super::objects;
use super::rows::{self, OBJECT};
use crate::error::Context;

const CONTEXT: &str = "cannot read the objects of a kind";

/// Up to this many objects of a kind, including past incarnations, are looked up one by one. For more, the heads are read.
const FEW: usize = 64;

/// The objects that the caller selects.
pub(super) struct Selection<'a> {
    pub(super) kind: KindId,
    /// `None` for all namespaces.
    pub(super) namespace: Option<&'a str>,
    pub(super) after: Option<ObjectId>,
    pub(super) limit: usize,
}

pub(super) fn at(
    db: &Connection,
    lineage: &Lineage,
    moment: Moment,
    from: Perspective,
    selection: &Selection<'_>,
) -> Result<Vec<(Object, VersionId)>> {
    let namespace = match selection.namespace {
        None => None,
        Some(name) => match text_row(db, name)? {
            // No object has a namespace whose name is not in the recording.
            None => return Ok(Vec::new()),
            row => row,
        },
    };
    if let Some(ids) = few_of_kind(db, selection, namespace)? {
        return one_by_one(db, lineage, moment, from, selection, &ids);
    }
    let mut found = Vec::new();
    let of_kind = format!("{OBJECT} WHERE j.id = ?1 AND j.kind = ?2 AND (?3 IS NULL OR j.namespace = ?3)");
    let mut query = db.prepare_cached(&of_kind).context(CONTEXT)?;
    let wanted = |object: ObjectId| {
        query.query_row(params![object.0, selection.kind.0, namespace], rows::object).optional().context(CONTEXT)
    };
    objects::select_at(db, lineage, moment, from, selection.after, selection.limit, wanted, |object, version| {
        found.push((object, version));
    })?;
    Ok(found)
}

fn text_row(db: &Connection, text: &str) -> Result<Option<i64>> {
    db.prepare_cached("SELECT id FROM text WHERE value = ?")
        .and_then(|mut query| query.query_row([text], |row| row.get(0)).optional())
        .context(CONTEXT)
}

/// Returns the objects of the kind after `after`, by id, or `None` if there are more than [`FEW`].
fn few_of_kind(db: &Connection, selection: &Selection<'_>, namespace: Option<i64>) -> Result<Option<Vec<ObjectId>>> {
    let sql = match namespace {
        Some(_) => "SELECT id FROM object INDEXED BY object_by_key WHERE kind = ?1 AND namespace = ?2 LIMIT ?3",
        None => "SELECT id FROM object INDEXED BY object_by_key WHERE kind = ?1 AND ?2 IS NULL LIMIT ?3",
    };
    let limit = i64::try_from(FEW.saturating_add(1)).unwrap_or(i64::MAX);
    let mut query = db.prepare_cached(sql).context(CONTEXT)?;
    let rows = query.query_map(params![selection.kind.0, namespace, limit], |row| row.get(0).map(ObjectId)).context(CONTEXT)?;
    let mut ids: Vec<ObjectId> = rows.collect::<rusqlite::Result<_>>().context(CONTEXT)?;
    if ids.len() > FEW {
        return Ok(None);
    }
    ids.retain(|id| selection.after.is_none_or(|after| *id > after));
    ids.sort_unstable();
    Ok(Some(ids))
}

fn one_by_one(
    db: &Connection,
    lineage: &Lineage,
    moment: Moment,
    from: Perspective,
    selection: &Selection<'_>,
    ids: &[ObjectId],
) -> Result<Vec<(Object, VersionId)>> {
    let mut found = Vec::new();
    for id in ids {
        if found.len() >= selection.limit {
            break;
        }
        let Some(version) = objects::head_at(db, lineage, moment, from, *id)? else { continue };
        if objects::at(db, lineage, moment, from, *id)?.presence == Presence::Present
            && let Some(object) = objects::one(db, *id)?
        {
            found.push((object, version));
        }
    }
    Ok(found)
}
