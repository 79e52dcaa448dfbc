//! Actors, their incarnations, and kinds.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use kuberewind_model::{Actor, ActorId, Kind, KindId, Lineage, Result, SessionNo, Viewer, ViewerId};

use super::super::schema::Step;
use super::rows::seq;

pub(super) fn actors(db: &Connection) -> Result<Vec<Actor>> {
    let step = "cannot read the actors";
    let mut query = db.prepare_cached("SELECT id, name, parent FROM actor ORDER BY id").step(step)?;
    let rows = query
        .query_map([], |row| {
            Ok(Actor { id: ActorId(row.get(0)?), name: row.get(1)?, parent: row.get::<_, Option<i64>>(2)?.map(ActorId) })
        })
        .step(step)?;
    rows.collect::<rusqlite::Result<_>>().step(step)
}

const VIEWER: &str = "SELECT id, actor, session, incarnation, since FROM viewer ";

fn viewer_row(row: &Row<'_>) -> rusqlite::Result<Viewer> {
    Ok(Viewer {
        id: ViewerId(row.get(0)?),
        actor: ActorId(row.get(1)?),
        session: SessionNo(row.get(2)?),
        incarnation: row.get(3)?,
        since: seq(row, 4)?,
    })
}

pub(super) fn viewers(db: &Connection, lineage: &Lineage, actor: ActorId) -> Result<Vec<Viewer>> {
    let step = "cannot read the actors";
    let mut query =
        db.prepare_cached(&format!("{VIEWER} WHERE actor = ? AND session = ? AND since < ? ORDER BY incarnation")).step(step)?;
    let mut viewers = Vec::new();
    for range in lineage.ranges() {
        let rows = query.query_map(params![actor.0, range.session.0, range.to.0], viewer_row).step(step)?;
        for viewer in rows {
            viewers.push(viewer.step(step)?);
        }
    }
    Ok(viewers)
}

pub(super) fn viewer(db: &Connection, viewer: ViewerId) -> Result<Option<Viewer>> {
    db.prepare_cached(&format!("{VIEWER} WHERE id = ?"))
        .and_then(|mut query| query.query_row([viewer.0], viewer_row).optional())
        .step("cannot read an actor")
}

const KIND: &str = "SELECT id, grp, resource, versions, kind, namespaced, short_names, verbs, list_keys, schema FROM kind ";

fn kind_row(row: &Row<'_>) -> rusqlite::Result<Kind> {
    // A list that is no JSON (a damaged file's) is an empty one: the kind is still a kind.
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

pub(super) fn kinds(db: &Connection) -> Result<Vec<Kind>> {
    let step = "cannot read the kinds";
    let mut query = db.prepare_cached(&format!("{KIND} ORDER BY id")).step(step)?;
    let rows = query.query_map([], kind_row).step(step)?;
    rows.collect::<rusqlite::Result<_>>().step(step)
}

pub(super) fn kind(db: &Connection, kind: KindId) -> Result<Option<Kind>> {
    db.prepare_cached(&format!("{KIND} WHERE id = ?"))
        .and_then(|mut query| query.query_row([kind.0], kind_row).optional())
        .step("cannot read a kind")
}

/// The kind with this group and plural, and its row.
pub(crate) fn kind_by_name(db: &Connection, group: &str, resource: &str) -> Result<Option<(i64, Kind)>> {
    let found = db
        .prepare_cached(&format!("{KIND} WHERE grp = ? AND resource = ?"))
        .and_then(|mut query| query.query_row([group, resource], kind_row).optional())
        .step("cannot read a kind")?;
    Ok(found.and_then(|mut kind| kind.id.take().map(|id| (id.0, kind))))
}
