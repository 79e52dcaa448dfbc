//! Rows of texts, of actors with their incarnations, and of kinds, cached.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::k8s::kinds;
use kuberewind_model::{Kind, KindRef, Result, Seq, SessionNo};

use crate::error::Context;
use crate::kinds::kind_by_name;
use crate::maps::Map;

/// The most cached texts. A full cache is cleared.
const REMEMBERED: usize = 1 << 16;

/// Longer texts are not cached: 65,536 of them would fill the memory. Names in Kubernetes have at most 253 bytes.
const LONGEST: usize = 4_096;

/// The current incarnation of an actor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Incarnation {
    pub(super) actor: i64,
    pub(super) viewer: i64,
}

#[derive(Default)]
pub(super) struct Names {
    texts: Map<Arc<str>, i64>,
    actors: Map<Arc<str>, Incarnation>,
    /// By resource; kinds of the same resource name differ in their groups.
    kinds: Map<Arc<str>, Vec<KindRow>>,
    /// The last kind, its row, and true if the kind's name is known. The next operation usually has the same kind.
    last: Option<(KindRef, i64, bool)>,
}

struct KindRow {
    id: i64,
    kind: Kind,
}

impl Names {
    /// Returns the row of a text.
    pub(super) fn text(&mut self, db: &Connection, value: &Arc<str>) -> rusqlite::Result<i64> {
        if let Some(id) = self.texts.get(value) {
            return Ok(*id);
        }
        let found = db.prepare_cached("SELECT id FROM text WHERE value = ?")?.query_row([value], |row| row.get(0)).optional()?;
        let id = match found {
            Some(id) => id,
            None => db.prepare_cached("INSERT INTO text (value) VALUES (?)")?.insert([value])?,
        };
        if self.texts.len() >= REMEMBERED {
            self.texts.clear();
        }
        if value.len() <= LONGEST {
            self.texts.insert(value.clone(), id);
        }
        Ok(id)
    }

    /// Clears the cache: the ring buffer may have dropped texts from the file.
    pub(super) fn forget_texts(&mut self) {
        self.texts.clear();
    }

    /// Returns the row of a text, or `None` for an empty one.
    pub(super) fn some_text(&mut self, db: &Connection, value: &Arc<str>) -> rusqlite::Result<Option<i64>> {
        if value.is_empty() { Ok(None) } else { self.text(db, value).map(Some) }
    }

    /// Returns the actor's current incarnation. Begins the first one if there is none.
    pub(super) fn incarnation(
        &mut self,
        db: &Connection,
        name: &Arc<str>,
        session: SessionNo,
        since: Seq,
    ) -> rusqlite::Result<Incarnation> {
        if let Some(incarnation) = self.actors.get(name) {
            return Ok(*incarnation);
        }
        let actor = actor_row(db, name)?;
        let known = db
            .prepare_cached("SELECT id FROM viewer WHERE actor = ? AND session = ? ORDER BY incarnation DESC LIMIT 1")?
            .query_row(params![actor, session.0], |row| row.get(0))
            .optional()?;
        let viewer = match known {
            Some(viewer) => viewer,
            None => new_viewer(db, actor, session, since)?,
        };
        self.actors.insert(name.clone(), Incarnation { actor, viewer });
        Ok(Incarnation { actor, viewer })
    }

    /// Begins a new incarnation of an actor. Returns the previous one.
    pub(super) fn restart(
        &mut self,
        db: &Connection,
        name: &Arc<str>,
        session: SessionNo,
        since: Seq,
    ) -> rusqlite::Result<Option<Incarnation>> {
        let before = self.actors.remove(name);
        let actor = actor_row(db, name)?;
        let viewer = new_viewer(db, actor, session, since)?;
        self.actors.insert(name.clone(), Incarnation { actor, viewer });
        Ok(before)
    }

    /// Returns the row of a kind. A new row includes the facts of the built-in table.
    pub(super) fn kind(&mut self, db: &Connection, named: &KindRef) -> Result<i64> {
        match &self.last {
            Some((last, id, _)) if last == named => Ok(*id),
            _ => self.kind_row(db, named).map(|row| row.id),
        }
    }

    /// Sets the name of a kind from the `kind` of a body.
    pub(super) fn kind_name(&mut self, db: &Connection, named: &KindRef, kind_name: &Arc<str>) -> Result<i64> {
        if let Some((last, id, true)) = &self.last
            && last == named
        {
            return Ok(*id);
        }
        let row = self.kind_row(db, named)?;
        if row.kind.kind.is_empty() && !kind_name.is_empty() {
            row.kind.kind = kind_name.clone();
            store_kind(db, row)?;
        }
        let (id, has_name) = (row.id, !row.kind.kind.is_empty());
        self.last = Some((named.clone(), id, has_name));
        Ok(id)
    }

    /// Returns the cached kind.
    fn kind_row(&mut self, db: &Connection, named: &KindRef) -> Result<&mut KindRow> {
        let of_name = self.kinds.entry(named.resource.clone()).or_default();
        let position = match of_name.iter().position(|row| row.kind.group == named.group) {
            Some(position) => position,
            None => {
                of_name.push(load_kind(db, named)?);
                of_name.len() - 1
            }
        };
        let row = &mut of_name[position];
        if !named.version.is_empty() && !row.kind.versions.contains(&named.version) {
            row.kind.versions.push(named.version.clone());
            store_kind(db, row)?;
        }
        Ok(row)
    }

    /// Adds facts about a kind.
    pub(super) fn learn_kind(&mut self, db: &Connection, facts: &Kind) -> Result<()> {
        let version = facts.versions.last().cloned().unwrap_or_else(|| Arc::from(""));
        self.last = None;
        let row = self.kind_row(db, &KindRef { group: facts.group.clone(), version, resource: facts.resource.clone() })?;
        let mut known = row.kind.clone();
        let news: Vec<Arc<str>> = facts.versions.iter().filter(|version| !known.versions.contains(version)).cloned().collect();
        known.versions.extend(news);
        if !facts.kind.is_empty() {
            known.kind = facts.kind.clone();
        }
        known.namespaced = facts.namespaced.or(known.namespaced);
        for (mine, theirs) in [(&mut known.short_names, &facts.short_names), (&mut known.verbs, &facts.verbs)] {
            if !theirs.is_empty() {
                mine.clone_from(theirs);
            }
        }
        if !facts.list_keys.is_empty() {
            known.list_keys.clone_from(&facts.list_keys);
        }
        known.schema = facts.schema.clone().or(known.schema);
        if known != row.kind {
            row.kind = known;
            store_kind(db, row)?;
        }
        Ok(())
    }
}

/// Returns the row of an actor. Its parents (`process` of `process/controller`) get rows too, outermost first.
fn actor_row(db: &Connection, name: &str) -> rusqlite::Result<i64> {
    let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
    let mut parent = None;
    for end in ends.filter(|end| *end > 0) {
        let part = &name[..end];
        let found =
            db.prepare_cached("SELECT id FROM actor WHERE name = ?")?.query_row([part], |row| row.get::<_, i64>(0)).optional()?;
        parent = Some(match found {
            Some(id) => id,
            None => db.prepare_cached("INSERT INTO actor (name, parent) VALUES (?, ?)")?.insert(params![part, parent])?,
        });
    }
    match parent {
        Some(id) => Ok(id),
        // An actor without a name has a row too, because its calls need one.
        None => match db.prepare_cached("SELECT id FROM actor WHERE name = ?")?.query_row([name], |row| row.get(0)).optional()? {
            Some(id) => Ok(id),
            None => db.prepare_cached("INSERT INTO actor (name, parent) VALUES (?, NULL)")?.insert([name]),
        },
    }
}

fn new_viewer(db: &Connection, actor: i64, session: SessionNo, since: Seq) -> rusqlite::Result<i64> {
    // Incarnations are counted along the lineage, which only includes ancestors of the session.
    let incarnation: i64 = db
        .prepare_cached(
            "WITH RECURSIVE past(no) AS (SELECT ?2 UNION SELECT parent FROM session JOIN past USING (no) WHERE parent IS NOT NULL)
             SELECT count(*) + 1 FROM viewer WHERE actor = ?1 AND session IN past",
        )?
        .query_row(params![actor, session.0], |row| row.get(0))?;
    db.prepare_cached("INSERT INTO viewer (actor, session, incarnation, since) VALUES (?, ?, ?, ?)")?.insert(params![
        actor,
        session.0,
        incarnation,
        since.0
    ])
}

fn load_kind(db: &Connection, named: &KindRef) -> Result<KindRow> {
    let context = "cannot read a kind";
    if let Some((id, kind)) = kind_by_name(db, &named.group, &named.resource)? {
        return Ok(KindRow { id, kind });
    }
    let mut kind = Kind::named(named.group.clone(), named.resource.clone());
    if let Some(builtin) = kinds::by_resource(&named.group, &named.resource) {
        kind.kind = Arc::from(builtin.kind);
        kind.namespaced = Some(builtin.namespaced);
        kind.short_names = builtin.short_names.iter().map(|name| Arc::from(*name)).collect();
    }
    let id = db
        .prepare_cached("INSERT INTO kind (grp, resource) VALUES (?, ?)")
        .and_then(|mut insert| insert.insert(params![named.group, named.resource]))
        .context(context)?;
    let row = KindRow { id, kind };
    store_kind(db, &row)?;
    Ok(row)
}

fn store_kind(db: &Connection, row: &KindRow) -> Result<()> {
    let list =
        |texts: &[Arc<str>]| serde_json::Value::from(texts.iter().map(ToString::to_string).collect::<Vec<_>>()).to_string();
    let keys: Vec<(String, Vec<String>)> = row
        .kind
        .list_keys
        .iter()
        .map(|(path, keys)| (path.to_string(), keys.iter().map(ToString::to_string).collect()))
        .collect();
    let keys = serde_json::json!(keys).to_string();
    let (kind, schema) = (&row.kind, row.kind.schema.as_deref());
    db.prepare_cached(
        "UPDATE kind SET versions = ?2, kind = ?3, namespaced = ?4, short_names = ?5, verbs = ?6, list_keys = ?7, schema = ?8 WHERE id = ?1",
    )
    .and_then(|mut update| {
        let lists = (list(&kind.versions), list(&kind.short_names), list(&kind.verbs));
        update.execute(params![row.id, lists.0, kind.kind, kind.namespaced, lists.1, lists.2, keys, schema])
    })
    .context("cannot write a kind")?;
    Ok(())
}
