//! Rows of operations and objects as values of the model.

use std::sync::Arc;

use rusqlite::Row;

use kuberewind_model::{
    ActorId, BodyId, KindId, ListInfo, Object, ObjectId, ObjectKey, Operation, Outcome, Seq, SpanId, Timestamp, Verb, VersionId,
    ViewerId, WatchId,
};

use crate::columns::{duration, id, name, text, word};
use crate::schema::op_flags::CHANGED_WORLD;
use crate::schema::split_op_id;

/// The columns of [`operation`].
pub(super) const OPERATION: &str =
    "SELECT o.id, o.at, o.duration, o.started, o.viewer, w.actor, o.verb, o.status, o.outcome, o.flags,
  o.object, o.version, coalesce(o.kind, j.kind), ns.value, nm.value, sr.value, o.span, o.watch, e.value, o.request,
  coalesce(o.response, v.body), l.rv, ls.value, l.complete, l.items, l.changed
FROM op o CROSS JOIN viewer w ON w.id = o.viewer LEFT JOIN object j ON j.id = o.object LEFT JOIN version v ON v.id = o.version
  LEFT JOIN text ns ON ns.id = coalesce(o.namespace, j.namespace) LEFT JOIN text nm ON nm.id = coalesce(o.name, j.name)
  LEFT JOIN text sr ON sr.id = o.subresource LEFT JOIN text e ON e.id = o.error
  LEFT JOIN list l ON o.verb = 1 AND l.op = o.id LEFT JOIN text ls ON ls.id = l.selector ";

pub(super) fn operation(row: &Row<'_>) -> rusqlite::Result<Operation> {
    let (session, number) = split_op_id(row.get(0)?);
    let started: u64 = row.get(3)?;
    let list = match row.get::<_, Option<Arc<str>>>(21)? {
        Some(resource_version) => Some(ListInfo {
            resource_version,
            selector: text(row, 22)?,
            complete: row.get(23)?,
            items: row.get(24)?,
            changed: row.get(25)?,
        }),
        None => None,
    };
    Ok(Operation {
        session,
        seq: number,
        at: Timestamp(row.get(1)?),
        duration: duration(row, 2)?,
        started_after: Seq(number.0.saturating_sub(started)),
        actor: ActorId(row.get(5)?),
        viewer: ViewerId(row.get(4)?),
        verb: word(row, 6, Verb::from_code)?,
        kind: id(row, 12, KindId)?,
        subresource: text(row, 15)?,
        namespace: name(row, 13)?,
        name: name(row, 14)?,
        status: row.get(7)?,
        outcome: word(row, 8, Outcome::from_code)?,
        object: id(row, 10, ObjectId)?,
        version: id(row, 11, VersionId)?,
        changed_world: row.get::<_, i64>(9)? & CHANGED_WORLD != 0,
        span: id(row, 16, SpanId)?,
        watch: id(row, 17, WatchId)?,
        list,
        error: text(row, 18)?,
        request_body: id(row, 19, BodyId)?,
        response_body: id(row, 20, BodyId)?,
    })
}

/// The columns of [`object`].
pub(super) const OBJECT: &str = "SELECT j.id, j.kind, k.grp, k.resource, ns.value, nm.value, k.kind, j.incarnation, j.uid
FROM object j CROSS JOIN kind k ON k.id = j.kind CROSS JOIN text ns ON ns.id = j.namespace CROSS JOIN text nm ON nm.id = j.name ";

pub(super) fn object(row: &Row<'_>) -> rusqlite::Result<Object> {
    let resource: Arc<str> = row.get(3)?;
    let kind: Arc<str> = row.get(6)?;
    Ok(Object {
        id: ObjectId(row.get(0)?),
        kind: KindId(row.get(1)?),
        key: ObjectKey { group: row.get(2)?, resource: resource.clone(), namespace: name(row, 4)?, name: name(row, 5)? },
        kind_name: if kind.is_empty() { resource } else { kind },
        incarnation: row.get(7)?,
        uid: row.get(8)?,
    })
}
