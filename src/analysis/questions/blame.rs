//! Field blame: for each field of an object as of a moment, the write that last set it.
//!
//! Versions are compared from the newest backwards. A field belongs to the latest step at which it changed; items of
//! lists are followed where they moved. Only as many versions are read as it takes to find an author for every field.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use super::author::{Author, State, Step};
use super::json;
use super::past::{MAX_VERSIONS, Past};
use crate::json::paths::{self, Changes, Limits, before_moves, is_below};
use crate::model::{Certainty, History, Lineage, Moment, ObjectId, Result, Seq, Shape, Timestamp, Version};

/// What to leave out, and where to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Which {
    /// Only fields at or below this JSON pointer; '' for all.
    pub below: String,
    /// Also `metadata.managedFields`, which every write changes.
    pub managed_fields: bool,
}

/// One field and who set it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// JSON pointer.
    pub path: String,
    /// The value.
    pub value: Value,
    /// The write that set it.
    #[serde(serialize_with = "json::optional_seq")]
    pub operation: Option<Seq>,
    /// Who made that write.
    pub actor: Option<String>,
    /// When.
    #[serde(serialize_with = "json::optional_time")]
    pub time: Option<Timestamp>,
    /// How sure.
    #[serde(serialize_with = "json::certainty")]
    pub certainty: Certainty,
    /// What it rests on.
    pub evidence: String,
    /// The value before; null where there was none, or none is known.
    pub before: Option<Value>,
    /// The change lies between these two operations.
    #[serde(serialize_with = "json::between")]
    pub between: (Seq, Seq),
}

/// The blame of an object at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Blame {
    /// The object, `Kind/namespace/name`.
    pub object: String,
    /// The version that is blamed: the newest whole one by then.
    pub version: Version,
    /// Its fields, in the order of the document.
    pub fields: Vec<Field>,
    /// What a reader should know: versions left out, the object gone, and the like.
    pub remarks: Vec<String>,
}

/// Blames the fields of an object as of `at`. `None` where nothing of its content was known by then.
///
/// # Errors
/// When the moment lies outside the lineage, the object is unknown, or the recording cannot be read.
pub fn blame(history: &dyn History, lineage: &Lineage, object: ObjectId, at: Moment, which: &Which) -> Result<Option<Blame>> {
    let past = Past::new(history, lineage);
    past.check(at)?;
    let name = past.object(object)?.to_string();
    let mut remarks = Vec::new();
    let versions = past.versions_until(object, at)?;
    if versions.first().is_some_and(|newest| newest.gone) {
        remarks.push("the object is gone; these are the fields of its last state".to_owned());
    }
    if versions.len() >= MAX_VERSIONS {
        remarks.push(format!("only the last {MAX_VERSIONS} versions were looked at"));
    }
    let mut whole = whole_versions(&versions, &mut remarks);
    let Some(newest) = next_state(&past, &mut whole, &mut remarks)? else { return Ok(None) };
    let version = newest.version.clone();
    let mut search = Search::new(&newest, which);
    let mut later = newest;
    while !search.open.is_empty() {
        match next_state(&past, &mut whole, &mut remarks)? {
            Some(earlier) => {
                search.step(&past, &earlier, &later)?;
                later = earlier;
            }
            None => {
                search.first(&past, &later)?;
                break;
            }
        }
    }
    Ok(Some(Blame { object: name, version, fields: search.done(), remarks }))
}

/// The versions whose content is all known, newest first.
fn whole_versions(versions: &[Version], remarks: &mut Vec<String>) -> std::vec::IntoIter<Version> {
    let alive = versions.iter().filter(|version| !version.gone);
    let (whole, parts): (Vec<_>, Vec<_>) = alive.cloned().partition(|version| version.shape >= Shape::Reconstructed);
    if !parts.is_empty() {
        remarks.push(format!("{} versions that are known in part only were left out", parts.len()));
    }
    whole.into_iter()
}

fn next_state(past: &Past<'_>, versions: &mut impl Iterator<Item = Version>, remarks: &mut Vec<String>) -> Result<Option<State>> {
    for version in versions {
        if let Some(value) = past.content(&version)? {
            return Ok(Some(State { version, value }));
        }
        if remarks.last().is_none_or(|last| !last.starts_with("a version")) {
            remarks.push("a version whose content is not kept was left out".to_owned());
        }
    }
    Ok(None)
}

/// Who set a field, and what it was before.
type Cause = (Author, Option<Value>);

/// Fields whose author is not yet found.
struct Search {
    fields: Vec<(String, Value, Option<Cause>)>,
    /// Where they are in the version at hand → their place in `fields`.
    open: HashMap<String, usize>,
}

impl Search {
    fn new(newest: &State, which: &Which) -> Search {
        let wanted =
            |path: &str| is_below(path, &which.below) && (which.managed_fields || !is_below(path, "/metadata/managedFields"));
        let leaves = paths::leaves(&newest.value, Limits::default()).into_iter().filter(|(path, _)| wanted(path));
        let fields: Vec<_> = leaves.map(|(path, value)| (path, value.clone(), None)).collect();
        let open = fields.iter().enumerate().map(|(at, (path, ..))| (path.clone(), at)).collect();
        Search { fields, open }
    }

    fn step(&mut self, past: &Past<'_>, earlier: &State, later: &State) -> Result<()> {
        if earlier.version.body == later.version.body {
            return Ok(());
        }
        let changes = paths::changed(&earlier.value, &later.value, Limits::default());
        self.attribute(past, &changes, earlier, later)?;
        if !changes.moves.is_empty() {
            let moved = |path: String| before_moves(&path, &changes.moves).unwrap_or(path);
            self.open = std::mem::take(&mut self.open).into_iter().map(|(path, at)| (moved(path), at)).collect();
        }
        Ok(())
    }

    fn attribute(&mut self, past: &Past<'_>, changes: &Changes, earlier: &State, later: &State) -> Result<()> {
        let mut step = None;
        for leaf in changes.leaves.iter().filter(|leaf| leaf.after.is_some()) {
            let Some(at) = self.open.remove(&leaf.path) else { continue };
            let step = match &mut step {
                Some(step) => step,
                none => none.insert(Step::new(past, Some(earlier), later)?),
            };
            let author = step.author_of(&leaf.path)?;
            if let Some(field) = self.fields.get_mut(at) {
                field.2 = Some((author, leaf.before.clone()));
            }
        }
        Ok(())
    }

    /// What is left was there when the object was first shown.
    fn first(&mut self, past: &Past<'_>, first: &State) -> Result<()> {
        let step = Step::new(past, None, first)?;
        for (path, at) in self.open.drain() {
            let author = step.author_of(&path)?;
            if let Some(field) = self.fields.get_mut(at) {
                field.2 = Some((author, None));
            }
        }
        Ok(())
    }

    fn done(self) -> Vec<Field> {
        let known = self.fields.into_iter().filter_map(|(path, value, found)| Some((path, value, found?)));
        known
            .map(|(path, value, (author, before))| Field {
                path,
                value,
                operation: author.operation,
                actor: author.actor,
                time: author.time,
                certainty: author.certainty,
                evidence: author.evidence,
                before,
                between: author.between,
            })
            .collect()
    }
}
