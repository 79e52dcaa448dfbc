//! The versions of an object, each with who wrote it and what it changed.

use serde::Serialize;
use serde_json::Value;

use super::author::Author;
use super::context::QueryContext;
use super::serialize;
use super::transition::{Transition, VersionContent};
use super::volatile_fields::changes_on_every_write;
use kuberewind_model::json::paths::{self, Changed, Limits};
use kuberewind_model::{History, Lineage, Moment, ObjectId, Result, Seq, Shape, Timestamp, Version};

/// How much to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryLimits {
    /// At most this many versions, the newest.
    pub versions: usize,
    /// At most this many changed fields of each; the rest is counted.
    pub fields: usize,
}

impl Default for HistoryLimits {
    fn default() -> HistoryLimits {
        HistoryLimits { versions: 1_000, fields: 100 }
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
pub struct HistoryEntry {
    /// The operation that first showed it.
    #[serde(serialize_with = "serialize::seq")]
    pub operation: Seq,
    /// When that was.
    #[serde(serialize_with = "serialize::optional_time")]
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
    pub versions: Vec<HistoryEntry>,
    /// How many older ones the limit left out.
    pub left_out: usize,
}

/// The versions of an object that were known by `at`, in their order.
///
/// # Errors
/// When the moment lies outside the lineage, the object is unknown, or the recording cannot be read.
pub fn history(
    history: &dyn History,
    lineage: &Lineage,
    object: ObjectId,
    at: Moment,
    limit: HistoryLimits,
) -> Result<ObjectHistory> {
    let context = QueryContext::new(history, lineage);
    context.check(at)?;
    let found = context.object(object)?;
    let mut versions = context.versions_until(object, at)?;
    versions.reverse();
    let left_out = versions.len().saturating_sub(limit.versions);
    let mut entries = Vec::new();
    let mut before: Option<VersionContent> = None;
    for (index, version) in versions.into_iter().enumerate() {
        // The last one that is left out is still needed, to say what the first one that is told changed.
        let included = index >= left_out;
        if !included && index + 1 < left_out {
            continue;
        }
        let state = context.content(&version)?.map(|value| VersionContent { version: version.clone(), value });
        if included {
            entries.push(entry(&context, &version, before.as_ref(), state.as_ref(), limit.fields)?);
        }
        before = state.filter(|state| !state.version.gone && state.version.shape >= Shape::Reconstructed).or(before);
    }
    Ok(ObjectHistory {
        object: found.to_string(),
        incarnation: found.incarnation,
        uid: found.uid.to_string(),
        versions: entries,
        left_out,
    })
}

fn entry(
    context: &QueryContext<'_>,
    version: &Version,
    before: Option<&VersionContent>,
    state: Option<&VersionContent>,
    max_fields: usize,
) -> Result<HistoryEntry> {
    let mut remark = String::new();
    let mut changed = Vec::new();
    let whole = !version.gone && version.shape >= Shape::Reconstructed;
    match (state, before) {
        (None, _) if !version.gone => "its content is not kept".clone_into(&mut remark),
        (Some(state), Some(before)) if whole => {
            let all = paths::changed(&before.value, &state.value, Limits::default()).leaves;
            changed = all.into_iter().filter(|leaf| !changes_on_every_write(&leaf.path)).collect();
        }
        (Some(_), Some(_)) if !version.gone => remark = format!("{}: not compared", version.shape.as_str()),
        _ => {}
    }
    let empty = VersionContent { version: version.clone(), value: Value::Null };
    let step = Transition::new(context, before, state.filter(|_| whole).unwrap_or(&empty))?;
    let writer = step.author_of_all(changed.iter().map(|leaf| leaf.path.as_str()))?;
    let more_changed = changed.len().saturating_sub(max_fields);
    Ok(HistoryEntry {
        operation: version.first_observed,
        time: context.time(version.first_observed)?,
        resource_version: version.resource_version.to_string(),
        generation: version.generation,
        gone: version.gone,
        shape: version.shape.as_str(),
        writer,
        changed: changed.into_iter().take(max_fields).map(FieldChange::from).collect(),
        more_changed,
        remark,
    })
}
