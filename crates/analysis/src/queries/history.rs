//! The versions of an object, with their authors and changes.

use serde::Serialize;
use serde_json::Value;

use super::author::Author;
use super::context::QueryContext;
use super::one_read::in_one_read;
use super::serialize;
use super::transition::{Transition, VersionContent};
use super::volatile_fields::changes_on_every_write;
use kuberewind_model::json::paths::{self, Changed, Limits};
use kuberewind_model::{History, Lineage, Moment, ObjectId, Result, Seq, Shape, Timestamp, Version};

/// Limits of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryLimits {
    /// The most versions. The newest are returned.
    pub versions: usize,
    /// The most changed fields per version. The rest are counted.
    pub fields: usize,
}

impl Default for HistoryLimits {
    fn default() -> HistoryLimits {
        HistoryLimits { versions: 1_000, fields: 100 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    pub path: String,
    /// Null for an added field.
    pub before: Option<Value>,
    /// Null for a removed field.
    pub after: Option<Value>,
}

impl From<Changed> for FieldChange {
    fn from(changed: Changed) -> FieldChange {
        FieldChange { path: changed.path, before: changed.before, after: changed.after }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryEntry {
    /// The first observation.
    #[serde(serialize_with = "serialize::seq")]
    pub operation: Seq,
    #[serde(serialize_with = "serialize::optional_time")]
    pub time: Option<Timestamp>,
    /// '' for none.
    pub resource_version: String,
    pub generation: Option<i64>,
    /// True if the object is gone.
    pub gone: bool,
    pub shape: &'static str,
    pub writer: Author,
    /// Without `managedFields` and resourceVersion.
    pub changed: Vec<FieldChange>,
    /// Changed fields above the limit.
    pub more_changed: usize,
    /// Why the version was not compared, '' if it was.
    pub remark: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ObjectHistory {
    pub object: String,
    pub incarnation: u32,
    /// '' if unknown.
    pub uid: String,
    /// Oldest first.
    pub versions: Vec<HistoryEntry>,
    /// The number of older versions above the limit.
    pub left_out: usize,
}

/// The versions of an object known by `at`, in order.
///
/// # Errors
/// The moment is outside the lineage, the object is unknown, or the recording cannot be read.
pub fn history(
    history: &dyn History,
    lineage: &Lineage,
    object: ObjectId,
    at: Moment,
    limit: HistoryLimits,
) -> Result<ObjectHistory> {
    in_one_read(history, || history_of(&QueryContext::new(history, lineage), object, at, limit))
}

fn history_of(context: &QueryContext<'_>, object: ObjectId, at: Moment, limit: HistoryLimits) -> Result<ObjectHistory> {
    context.check(at)?;
    let found = context.object(object)?;
    let mut versions = context.versions_until(object, at)?;
    versions.reverse();
    let left_out = versions.len().saturating_sub(limit.versions);
    let mut entries = Vec::new();
    let mut before: Option<VersionContent> = None;
    for (index, version) in versions.into_iter().enumerate() {
        // The last version left out is the base of the first one included.
        let included = index >= left_out;
        if !included && index + 1 < left_out {
            continue;
        }
        let state = context.content(&version)?.map(|value| VersionContent { version: version.clone(), value });
        if included {
            entries.push(entry(context, &version, before.as_ref(), state.as_ref(), limit.fields)?);
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

/// A version with its author and its changes since `before`.
pub(super) fn entry(
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
        (None, _) if !version.gone => "its content is not stored".clone_into(&mut remark),
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
