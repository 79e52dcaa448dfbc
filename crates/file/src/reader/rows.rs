//! From rows to the model's values. Every number is checked: the file may be anybody's.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::FromSql;

use kuberewind_model::{
    ActorId, BodyId, Duration, KindId, ListInfo, Object, ObjectId, ObjectKey, Operation, Outcome, Rank, Seq, Shape, SpanId,
    Timestamp, Verb, Version, VersionId, ViewerId, WatchId,
};

use super::super::schema::split_op_id;
use super::super::writer::operations::CHANGED_WORLD;

/// A code of the file as one of the model's words.
pub(super) fn word<T>(row: &Row<'_>, column: usize, from_code: impl Fn(i64) -> Option<T>) -> rusqlite::Result<T> {
    let code = row.get(column)?;
    from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, code))
}

/// A length of time; a negative one cannot be.
pub(super) fn duration(row: &Row<'_>, column: usize) -> rusqlite::Result<Duration> {
    row.get(column).map(Duration)
}

/// A text, '' where there is none.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
    row.get::<_, Option<Arc<str>>>(column).map(Option::unwrap_or_default)
}

/// A number of an operation.
pub(super) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    row.get(column).map(|number: u64| Seq(number.min(Seq::MAX.0)))
}

fn id<T: FromSql, I>(row: &Row<'_>, column: usize, make: impl Fn(T) -> I) -> rusqlite::Result<Option<I>> {
    row.get::<_, Option<T>>(column).map(|id| id.map(make))
}

/// What [`operation`] reads.
pub(super) const OPERATION: &str =
    "SELECT o.id, o.at, o.duration, o.started, o.viewer, w.actor, o.verb, o.status, o.outcome, o.flags,
  o.object, o.version, coalesce(o.kind, j.kind), ns.value, nm.value, sr.value, o.span, o.watch, e.value, o.request,
  coalesce(o.response, v.body), l.rv, ls.value, l.complete, l.items, l.changed
FROM op o CROSS JOIN viewer w ON w.id = o.viewer LEFT JOIN object j ON j.id = o.object LEFT JOIN version v ON v.id = o.version
  LEFT JOIN text ns ON ns.id = coalesce(o.namespace, j.namespace) LEFT JOIN text nm ON nm.id = coalesce(o.name, j.name)
  LEFT JOIN text sr ON sr.id = o.subresource LEFT JOIN text e ON e.id = o.error
  LEFT JOIN list l ON o.verb = 1 AND l.op = o.id LEFT JOIN text ls ON ls.id = l.selector ";

/// One operation.
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
        namespace: text(row, 13)?,
        name: text(row, 14)?,
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

/// What [`version`] reads.
pub(super) const VERSION: &str = "SELECT v.id, v.object, v.op, v.rank_number, v.rank_arrival, v.rv, v.gone, v.shape, t.value,
  v.generation, v.body, b.bytes FROM version v LEFT JOIN text t ON t.id = v.api_version LEFT JOIN body b ON b.id = v.body ";

/// What [`version_of`] reads: the text of its apiVersion is looked up by whoever asks.
pub(super) const BARE_VERSION: &str = "SELECT v.id, v.object, v.op, v.rank_number, v.rank_arrival, v.rv, v.gone, v.shape,
  v.api_version, v.generation, v.body, b.bytes FROM version v LEFT JOIN body b ON b.id = v.body ";
/// The column of the apiVersion.
pub(super) const API_VERSION: usize = 8;

/// One version.
pub(super) fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    let api_version = text(row, API_VERSION)?;
    version_of(row, api_version)
}

/// One version of this apiVersion.
pub(super) fn version_of(row: &Row<'_>, api_version: Arc<str>) -> rusqlite::Result<Version> {
    let (session, first_observed) = split_op_id(row.get(2)?);
    let rank = Rank { number: row.get(3)?, arrival: row.get(4)? };
    let resource_version = match row.get::<_, Option<Arc<str>>>(5)? {
        Some(text) => text,
        None if rank.arrival == 0 => itoa::Buffer::new().format(rank.number).into(),
        None => Arc::default(),
    };
    Ok(Version {
        id: VersionId(row.get(0)?),
        object: ObjectId(row.get(1)?),
        resource_version,
        rank,
        gone: row.get(6)?,
        shape: word(row, 7, Shape::from_code)?,
        api_version,
        generation: row.get(9)?,
        body: id(row, 10, BodyId)?,
        bytes: row.get::<_, Option<u64>>(11)?.unwrap_or(0),
        session,
        first_observed,
    })
}

/// What [`object`] reads.
pub(super) const OBJECT: &str = "SELECT j.id, j.kind, k.grp, k.resource, ns.value, nm.value, k.kind, j.incarnation, j.uid
FROM object j CROSS JOIN kind k ON k.id = j.kind CROSS JOIN text ns ON ns.id = j.namespace CROSS JOIN text nm ON nm.id = j.name ";

/// One incarnation of an object.
pub(super) fn object(row: &Row<'_>) -> rusqlite::Result<Object> {
    let resource: Arc<str> = row.get(3)?;
    let kind: Arc<str> = row.get(6)?;
    Ok(Object {
        id: ObjectId(row.get(0)?),
        kind: KindId(row.get(1)?),
        key: ObjectKey { group: row.get(2)?, resource: resource.clone(), namespace: row.get(4)?, name: row.get(5)? },
        kind_name: if kind.is_empty() { resource } else { kind },
        incarnation: row.get(7)?,
        uid: row.get(8)?,
    })
}
