//! Actors and their incarnations.

use rusqlite::{Connection, OptionalExtension, Row, params};

use kuberewind_model::{Actor, ActorId, Lineage, Result, SessionNo, Viewer, ViewerId};

use crate::columns::{name, seq};
use crate::error::Context;

pub(super) fn actors(db: &Connection) -> Result<Vec<Actor>> {
    let context = "cannot read the actors";
    let mut query = db.prepare_cached("SELECT id, name, parent FROM actor ORDER BY id").context(context)?;
    let rows = query
        .query_map([], |row| {
            Ok(Actor { id: ActorId(row.get(0)?), name: name(row, 1)?, parent: row.get::<_, Option<i64>>(2)?.map(ActorId) })
        })
        .context(context)?;
    rows.collect::<rusqlite::Result<_>>().context(context)
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
    let context = "cannot read the actors";
    let mut query = db
        .prepare_cached(&format!("{VIEWER} WHERE actor = ? AND session = ? AND since < ? ORDER BY incarnation"))
        .context(context)?;
    let mut viewers = Vec::new();
    for range in lineage.ranges() {
        let rows = query.query_map(params![actor.0, range.session.0, range.to.0], viewer_row).context(context)?;
        for viewer in rows {
            viewers.push(viewer.context(context)?);
        }
    }
    Ok(viewers)
}

pub(super) fn viewer(db: &Connection, viewer: ViewerId) -> Result<Option<Viewer>> {
    db.prepare_cached(&format!("{VIEWER} WHERE id = ?"))
        .and_then(|mut query| query.query_row([viewer.0], viewer_row).optional())
        .context("cannot read an actor")
}
