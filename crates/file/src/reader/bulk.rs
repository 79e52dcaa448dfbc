//! Bulk reads of operations, versions and details.
//!
//! Each query reads consecutive rows of one table, without joins. Actors, names and objects, which rows repeat, are looked up
//! once and cached. Versions are read as runs of neighbouring ids, because versions written together are stored together.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};

use kuberewind_model::{
    ActorId, BodyId, Detail, KindId, Lineage, ListInfo, ObjectId, Operation, OperationDetail, Outcome, Result, Seq, SpanId,
    Timestamp, Verb, Version, VersionId, ViewerId, WatchId,
};

use crate::columns::{cut_name, duration, word};
use crate::error::Context;
use crate::id_runs::runs;
use crate::lineages::row_id;
use crate::maps::{Map, Set};
use crate::remarks;
use crate::schema::op_flags::CHANGED_WORLD;
use crate::schema::split_op_id;
use crate::version_row::{self, API_VERSION, BARE_VERSION};

const CONTEXT: &str = "cannot read the operations";
/// The most cached texts, objects and incarnations. When a cache is full, it is cleared.
const REMEMBERED: usize = 65_536;
/// Longer texts rarely repeat.
const LONGEST_WORD: usize = 64;

/// A cache of the names that rows repeat. Names never change in a recording.
#[derive(Default)]
pub(super) struct NameCache {
    texts: Map<i64, Arc<str>>,
    /// Texts that rows contain directly and repeat.
    words: Set<Arc<str>>,
    actors: Map<i64, i64>,
    objects: Map<i64, ObjectNames>,
}

/// The kind, namespace and name of an object.
#[derive(Clone)]
struct ObjectNames {
    kind: i64,
    namespace: Arc<str>,
    name: Arc<str>,
}

impl NameCache {
    pub(super) fn text(&mut self, db: &Connection, id: Option<i64>) -> rusqlite::Result<Arc<str>> {
        let Some(id) = id else { return Ok(Arc::default()) };
        if let Some(text) = self.texts.get(&id) {
            return Ok(Arc::clone(text));
        }
        let found: Option<Arc<str>> = db
            .prepare_cached("SELECT value FROM text WHERE id = ?")
            .and_then(|mut query| query.query_row([id], |row| row.get(0)).optional())?;
        let text = found.unwrap_or_default();
        remember(&mut self.texts, id, Arc::clone(&text));
        Ok(text)
    }

    /// Returns a text that many rows contain, shared among them.
    pub(super) fn word(&mut self, row: &Row<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
        let text = row.get_ref(column)?.as_str()?;
        if let Some(word) = self.words.get(text) {
            return Ok(Arc::clone(word));
        }
        let word: Arc<str> = text.into();
        if self.words.len() >= REMEMBERED {
            self.words.clear();
        }
        if word.len() <= LONGEST_WORD {
            self.words.insert(Arc::clone(&word));
        }
        Ok(word)
    }

    /// Returns the actor of an incarnation, or `None` if a damaged file lacks it.
    fn actor(&mut self, db: &Connection, viewer: i64) -> rusqlite::Result<Option<ActorId>> {
        if let Some(actor) = self.actors.get(&viewer) {
            return Ok(Some(ActorId(*actor)));
        }
        let found: Option<i64> = db
            .prepare_cached("SELECT actor FROM viewer WHERE id = ?")
            .and_then(|mut query| query.query_row([viewer], |row| row.get(0)).optional())?;
        if let Some(actor) = found {
            remember(&mut self.actors, viewer, actor);
        }
        Ok(found.map(ActorId))
    }

    fn object_names(&mut self, db: &Connection, object: i64) -> rusqlite::Result<Option<ObjectNames>> {
        if let Some(object_names) = self.objects.get(&object) {
            return Ok(Some(object_names.clone()));
        }
        let found: Option<(i64, i64, i64)> = db
            .prepare_cached("SELECT kind, namespace, name FROM object WHERE id = ?")
            .and_then(|mut query| query.query_row([object], |row| row.try_into()).optional())?;
        let Some((kind, namespace, name)) = found else { return Ok(None) };
        let object_names = ObjectNames {
            kind,
            namespace: cut_name(self.text(db, Some(namespace))?),
            name: cut_name(self.text(db, Some(name))?),
        };
        remember(&mut self.objects, object, object_names.clone());
        Ok(Some(object_names))
    }

    /// Returns at most `limit` operations with row ids from `from` to `to`.
    pub(super) fn operations(&mut self, db: &Connection, (from, to): (i64, i64), limit: usize) -> Result<Vec<Operation>> {
        let mut read = || -> rusqlite::Result<Vec<Operation>> {
            let mut query = db.prepare_cached(
                "SELECT id, at, duration, started, viewer, verb, status, outcome, flags, object, version, kind, namespace, name,
                 subresource, span, watch, error, request, response FROM op WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
            )?;
            let mut rows = query.query([from, to, i64::try_from(limit).unwrap_or(i64::MAX)])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.extend(self.operation(db, row)?);
            }
            Ok(found)
        };
        let mut found = read().context(CONTEXT)?;
        with_bodies(db, &mut found)?;
        Ok(found)
    }

    /// Reads one operation, without the body of its version. Returns `None` if its incarnation is missing.
    fn operation(&mut self, db: &Connection, row: &Row<'_>) -> rusqlite::Result<Option<Operation>> {
        let id: i64 = row.get(0)?;
        let (session, seq) = split_op_id(id);
        let viewer: i64 = row.get(4)?;
        let Some(actor) = self.actor(db, viewer)? else { return Ok(None) };
        let object: Option<i64> = row.get(9)?;
        let object_names = match object {
            Some(object) => self.object_names(db, object)?,
            None => None,
        };
        let verb = word(row, 5, Verb::from_code)?;
        let list = if verb == Verb::List { self.list(db, id)? } else { None };
        let kind: Option<i64> = row.get(11)?;
        Ok(Some(Operation {
            session,
            seq,
            at: Timestamp(row.get(1)?),
            duration: duration(row, 2)?,
            started_after: Seq(seq.0.saturating_sub(row.get(3)?)),
            actor,
            viewer: ViewerId(viewer),
            verb,
            kind: kind.or(object_names.as_ref().map(|object_names| object_names.kind)).map(KindId),
            subresource: self.text(db, row.get(14)?)?,
            namespace: self.text_or(db, row.get(12)?, object_names.as_ref().map(|object_names| &object_names.namespace))?,
            name: self.text_or(db, row.get(13)?, object_names.as_ref().map(|object_names| &object_names.name))?,
            status: row.get(6)?,
            outcome: word(row, 7, Outcome::from_code)?,
            object: object.map(ObjectId),
            version: row.get::<_, Option<i64>>(10)?.map(VersionId),
            changed_world: row.get::<_, i64>(8)? & CHANGED_WORLD != 0,
            span: row.get::<_, Option<i64>>(15)?.map(SpanId),
            watch: row.get::<_, Option<i64>>(16)?.map(WatchId),
            list,
            error: self.text(db, row.get(17)?)?,
            request_body: row.get::<_, Option<i64>>(18)?.map(BodyId),
            response_body: row.get::<_, Option<i64>>(19)?.map(BodyId),
        }))
    }

    fn text_or(&mut self, db: &Connection, id: Option<i64>, other: Option<&Arc<str>>) -> rusqlite::Result<Arc<str>> {
        match (id, other) {
            (None, Some(other)) => Ok(Arc::clone(other)),
            (id, _) => self.text(db, id).map(cut_name),
        }
    }

    fn list(&mut self, db: &Connection, op: i64) -> rusqlite::Result<Option<ListInfo>> {
        let found =
            db.prepare_cached("SELECT rv, selector, complete, items, changed FROM list WHERE op = ?").and_then(|mut query| {
                query
                    .query_row([op], |row| {
                        let info = ListInfo {
                            resource_version: row.get(0)?,
                            selector: Arc::default(),
                            complete: row.get(2)?,
                            items: row.get(3)?,
                            changed: row.get(4)?,
                        };
                        Ok((info, row.get::<_, Option<i64>>(1)?))
                    })
                    .optional()
            })?;
        let Some((info, selector)) = found else { return Ok(None) };
        Ok(Some(ListInfo { selector: self.text(db, selector)?, ..info }))
    }

    /// Returns the details of these operations of a lineage, in their order. Operations without details are skipped.
    pub(super) fn details(&mut self, db: &Connection, lineage: &Lineage, seqs: &[Seq]) -> Result<Vec<OperationDetail>> {
        let ids: Vec<i64> = seqs.iter().filter_map(|seq| row_id(lineage, *seq)).collect();
        let mut found = Vec::new();
        let mut read = || -> rusqlite::Result<()> {
            let columns = remarks::columns(db)?;
            let mut query = db.prepare_cached(&format!(
                "SELECT id, uri, user_agent, field_manager, media_type, precondition, audit_id, traceparent, reason, request_bytes,
                 response_bytes, {columns} FROM detail d WHERE id BETWEEN ? AND ? ORDER BY id",
            ))?;
            for run in runs(&ids) {
                let mut wanted = run.iter().copied().peekable();
                let mut rows = query.query([run[0], run[run.len() - 1]])?;
                while let Some(row) = rows.next()? {
                    let id: i64 = row.get(0)?;
                    while wanted.next_if(|wanted| *wanted < id).is_some() {}
                    if wanted.peek() == Some(&id) {
                        let detail = self.detail(db, row)?;
                        found.push(OperationDetail { seq: split_op_id(id).1, detail });
                    }
                }
            }
            Ok(())
        };
        read().context("cannot read the details of operations")?;
        Ok(found)
    }

    /// Returns the versions with these ids that exist, in the order of their ids.
    pub(super) fn versions(&mut self, db: &Connection, ids: &[VersionId]) -> Result<Vec<Version>> {
        let mut ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut found = Vec::with_capacity(ids.len());
        let mut read = || -> rusqlite::Result<()> {
            let mut query = db.prepare_cached(&format!("{BARE_VERSION} WHERE v.id BETWEEN ? AND ? ORDER BY v.id"))?;
            for run in runs(&ids) {
                let mut rows = query.query([run[0], run[run.len() - 1]])?;
                while let Some(row) = rows.next()? {
                    if run.binary_search(&row.get(0)?).is_ok() {
                        let api_version = self.text(db, row.get(API_VERSION)?)?;
                        found.push(version_row::version_of(row, api_version)?);
                    }
                }
            }
            Ok(())
        };
        read().context("cannot read the versions")?;
        Ok(found)
    }

    fn detail(&mut self, db: &Connection, row: &Row<'_>) -> rusqlite::Result<Detail> {
        Ok(Detail {
            uri: row.get(1)?,
            user_agent: self.text(db, row.get(2)?)?,
            field_manager: self.text(db, row.get(3)?)?,
            media_type: self.text(db, row.get(4)?)?,
            precondition: row.get(5)?,
            audit_id: row.get(6)?,
            traceparent: row.get(7)?,
            reason: self.text(db, row.get(8)?)?,
            request_bytes: row.get(9)?,
            response_bytes: row.get(10)?,
            user: self.text(db, row.get(11)?)?,
            remarks: remarks::decode(row, 12)?,
        })
    }
}

fn remember<T>(known: &mut Map<i64, T>, id: i64, value: T) {
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(id, value);
}

/// Sets the response body of operations that have none to the body of their version.
fn with_bodies(db: &Connection, operations: &mut [Operation]) -> Result<()> {
    let bare = |operation: &Operation| operation.version.filter(|_| operation.response_body.is_none());
    let mut ids: Vec<i64> = operations.iter().filter_map(bare).map(|version| version.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut bodies: Map<i64, i64> = Map::default();
    bodies.reserve(ids.len());
    let mut read = || -> rusqlite::Result<()> {
        let mut query = db.prepare_cached("SELECT id, body FROM version WHERE id BETWEEN ? AND ? AND body IS NOT NULL")?;
        for run in runs(&ids) {
            let mut rows = query.query([run[0], run[run.len() - 1]])?;
            while let Some(row) = rows.next()? {
                bodies.insert(row.get(0)?, row.get(1)?);
            }
        }
        Ok(())
    };
    read().context(CONTEXT)?;
    for operation in operations {
        if let Some(body) = bare(operation).and_then(|version| bodies.get(&version.0)) {
            operation.response_body = Some(BodyId(*body));
        }
    }
    Ok(())
}
