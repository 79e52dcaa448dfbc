//! The names behind the row ids of operations.

use std::cell::RefCell;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use kuberewind_model::json::paths::{Limits, changed_texts};
use kuberewind_model::k8s::kinds;
use kuberewind_model::{Kind, KindId, Lineage, Result, Version, VersionId};

use super::plan::Dictionary;
use crate::body_reader::BodyReader;
use crate::error::Context;
use crate::{kinds as stored_kinds, versions};

const CONTEXT: &str = "cannot read a name";
/// The most changed fields of one version that a filter looks at.
const MAX_PATHS: usize = 1_000;

pub(super) struct Names<'a> {
    db: &'a Connection,
    bodies: &'a RefCell<BodyReader>,
    lineage: &'a Lineage,
}

impl<'a> Names<'a> {
    pub(super) fn new(db: &'a Connection, bodies: &'a RefCell<BodyReader>, lineage: &'a Lineage) -> Names<'a> {
        Names { db, bodies, lineage }
    }

    /// Reads one text by id. Returns '' if the row does not exist.
    fn one(&self, sql: &str, id: i64) -> Result<Arc<str>> {
        let found: Option<Option<Arc<str>>> = self
            .db
            .prepare_cached(sql)
            .and_then(|mut query| query.query_row([id], |row| row.get(0)).optional())
            .context(CONTEXT)?;
        Ok(found.flatten().unwrap_or_default())
    }

    fn content(&self, version: &Version) -> Result<Option<Arc<str>>> {
        version.body.map_or(Ok(None), |body| self.bodies.borrow_mut().text(self.db, body.0))
    }
}

impl Dictionary for Names<'_> {
    fn text(&self, text: i64) -> Result<Arc<str>> {
        self.one("SELECT value FROM text WHERE id = ?", text)
    }

    fn actor_of(&self, viewer: i64) -> Result<i64> {
        let found = self
            .db
            .prepare_cached("SELECT actor FROM viewer WHERE id = ?")
            .and_then(|mut query| query.query_row([viewer], |row| row.get(0)).optional())
            .context(CONTEXT)?;
        Ok(found.unwrap_or(-1))
    }

    fn actor(&self, actor: i64) -> Result<Arc<str>> {
        self.one("SELECT name FROM actor WHERE id = ?", actor)
    }

    /// Adds the built-in short names if discovery did not provide any.
    fn kind(&self, kind: i64) -> Result<Option<Arc<Kind>>> {
        let Some(mut found) = stored_kinds::kind(self.db, KindId(kind))? else { return Ok(None) };
        if found.short_names.is_empty()
            && let Some(builtin) = kinds::by_resource(&found.group, &found.resource)
        {
            found.short_names = builtin.short_names.iter().map(|name| Arc::from(*name)).collect();
        }
        Ok(Some(Arc::new(found)))
    }

    fn object(&self, object: i64) -> Result<(i64, i64, i64)> {
        let found = self
            .db
            .prepare_cached("SELECT kind, namespace, name FROM object WHERE id = ?")
            .and_then(|mut query| query.query_row([object], |row| row.try_into()).optional())
            .context(CONTEXT)?;
        Ok(found.unwrap_or((-1, -1, -1)))
    }

    fn reconcile(&self, span: i64) -> Result<Arc<str>> {
        self.one("SELECT label FROM span WHERE id = ?", span)
    }

    fn resource_version(&self, version: i64) -> Result<Arc<str>> {
        Ok(versions::one(self.db, VersionId(version))?.map(|version| version.resource_version).unwrap_or_default())
    }

    /// Returns nothing if either state is gone, incomplete or not JSON, because then the changed fields are unknown.
    fn changed_paths(&self, version: i64) -> Result<Vec<Arc<str>>> {
        let none = Vec::new();
        let Some(after) = versions::one(self.db, VersionId(version))?.filter(|version| !version.gone) else { return Ok(none) };
        let before = versions::previous(self.db, self.lineage, after.id)?;
        let Some(before) = before.filter(|before| !before.gone && before.shape.comparable(after.shape)) else { return Ok(none) };
        let (Some(was), Some(is)) = (self.content(&before)?, self.content(&after)?) else { return Ok(none) };
        let limits = Limits { changes: MAX_PATHS, ..Limits::default() };
        let Ok(changes) = changed_texts(&was, &is, limits) else { return Ok(none) };
        Ok(changes.leaves.into_iter().map(|leaf| Arc::from(leaf.path)).collect())
    }
}
