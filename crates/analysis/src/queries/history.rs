//! The versions of an object, each with who wrote it and what it changed.

use serde::Serialize;
use serde_json::Value;

use super::author::{Author, State, Step};
use super::json;
use super::past::Past;
use kuberewind_model::json::paths::{self, Changed, Limits};
use kuberewind_model::{History, Lineage, Moment, ObjectId, Result, Seq, Shape, Timestamp, Version};

/// How much to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// At most this many versions, the newest.
    pub versions: usize,
    /// At most this many changed fields of each; the rest is counted.
    pub fields: usize,
}

impl Default for Limit {
    fn default() -> Limit {
        Limit { versions: 1_000, fields: 100 }
    }
}

/// A field that a version changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// JSON pointer.
    pub path: String,
    /// Null where there was none.
    pub before: Option<Value>,
    /// Null where it is gone.
    pub after: Option<Value>,
}

impl From<Changed> for FieldChange {
    fn from(changed: Changed) -> FieldChange {
        FieldChange { path: changed.path, before: changed.before, after: changed.after }
    }
}

/// One version of an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// The operation that first showed it.
    #[serde(serialize_with = "json::seq")]
    pub operation: Seq,
    /// When that was.
    #[serde(serialize_with = "json::optional_time")]
    pub time: Option<Timestamp>,
    /// Its resourceVersion; '' where there is none.
    pub resource_version: String,
    /// Its generation, where it has one.
    pub generation: Option<i64>,
    /// Whether it says that the object is gone.
    pub gone: bool,
    /// How completely it is known.
    pub shape: &'static str,
    /// Who made it.
    pub writer: Author,
    /// The fields that it changed, `managedFields` and resourceVersion left out.
    pub changed: Vec<FieldChange>,
    /// How many more there are.
    pub more_changed: usize,
    /// Why nothing is said of changes, where that is so; '' otherwise.
    pub remark: String,
}

/// The history of an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ObjectHistory {
    /// `Kind/namespace/name`.
    pub object: String,
    /// Which incarnation of its name.
    pub incarnation: u32,
    /// Its uid, '' where unknown.
    pub uid: String,
    /// Its versions, oldest first.
    pub versions: Vec<Entry>,
    /// How many older ones the limit left out.
    pub left_out: usize,
}

/// The versions of an object that were known by `at`, in their order.
///
/// # Errors
/// When the moment lies outside the lineage, the object is unknown, or the recording cannot be read.
pub fn history(history: &dyn History, lineage: &Lineage, object: ObjectId, at: Moment, limit: Limit) -> Result<ObjectHistory> {
    let past = Past::new(history, lineage);
    past.check(at)?;
    let told = past.object(object)?;
    let mut versions = past.versions_until(object, at)?;
    versions.reverse();
    let left_out = versions.len().saturating_sub(limit.versions);
    let mut entries = Vec::new();
    let mut before: Option<State> = None;
    for (index, version) in versions.into_iter().enumerate() {
        // The last one that is left out is still needed, to say what the first one that is told changed.
        let told = index >= left_out;
        if !told && index + 1 < left_out {
            continue;
        }
        let state = past.content(&version)?.map(|value| State { version: version.clone(), value });
        if told {
            entries.push(entry(&past, &version, before.as_ref(), state.as_ref(), limit.fields)?);
        }
        before = state.filter(|state| !state.version.gone && state.version.shape >= Shape::Reconstructed).or(before);
    }
    Ok(ObjectHistory {
        object: told.to_string(),
        incarnation: told.incarnation,
        uid: told.uid.to_string(),
        versions: entries,
        left_out,
    })
}

/// Whether a change of this field says nothing: every write makes it.
pub(super) fn is_noise(path: &str) -> bool {
    paths::is_below(path, "/metadata/managedFields") || path == "/metadata/resourceVersion"
}

fn entry(past: &Past<'_>, version: &Version, before: Option<&State>, state: Option<&State>, most: usize) -> Result<Entry> {
    let mut remark = String::new();
    let mut changed = Vec::new();
    let whole = !version.gone && version.shape >= Shape::Reconstructed;
    match (state, before) {
        (None, _) if !version.gone => "its content is not kept".clone_into(&mut remark),
        (Some(state), Some(before)) if whole => {
            let all = paths::changed(&before.value, &state.value, Limits::default()).leaves;
            changed = all.into_iter().filter(|leaf| !is_noise(&leaf.path)).collect();
        }
        (Some(_), Some(_)) if !version.gone => remark = format!("{}: not compared", version.shape.as_str()),
        _ => {}
    }
    let empty = State { version: version.clone(), value: Value::Null };
    let step = Step::new(past, before, state.filter(|_| whole).unwrap_or(&empty))?;
    let writer = step.author_of_all(changed.iter().map(|leaf| leaf.path.as_str()))?;
    let more_changed = changed.len().saturating_sub(most);
    Ok(Entry {
        operation: version.first_observed,
        time: past.time(version.first_observed)?,
        resource_version: version.resource_version.to_string(),
        generation: version.generation,
        gone: version.gone,
        shape: version.shape.as_str(),
        writer,
        changed: changed.into_iter().take(most).map(FieldChange::from).collect(),
        more_changed,
        remark,
    })
}
