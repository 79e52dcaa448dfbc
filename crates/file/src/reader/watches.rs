//! Watches.

use rusqlite::{Connection, OptionalExtension};

use kuberewind_model::{KindId, Result, Scope, Seq, SessionNo, ViewerId, Watch, WatchId, WatchOutcome};

use crate::columns::{seq, text, word};
use crate::error::Context;

pub(super) fn watch(db: &Connection, watch: WatchId) -> Result<Option<Watch>> {
    db.prepare_cached(
        "SELECT w.id, w.session, w.viewer, w.kind, ns.value, s.value, w.from_rv, w.opened, w.progress, w.events, w.closed, w.outcome
         FROM watch w CROSS JOIN text ns ON ns.id = w.namespace LEFT JOIN text s ON s.id = w.selector WHERE w.id = ?",
    )
    .and_then(|mut query| {
        query
            .query_row([watch.0], |row| {
                Ok(Watch {
                    id: WatchId(row.get(0)?),
                    session: SessionNo(row.get(1)?),
                    viewer: ViewerId(row.get(2)?),
                    scope: Scope { kind: Some(KindId(row.get(3)?)), namespace: row.get(4)?, selector: text(row, 5)? },
                    from_resource_version: row.get(6)?,
                    opened: seq(row, 7)?,
                    progress: row.get(8)?,
                    events: row.get(9)?,
                    closed: row.get::<_, Option<u64>>(10)?.map(Seq),
                    outcome: word(row, 11, WatchOutcome::from_code)?,
                })
            })
            .optional()
    })
    .context("cannot read a watch")
}
