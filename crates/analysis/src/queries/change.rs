//! The next or previous change of an object or a field.

use serde::Serialize;
use serde_json::Value;

use super::author::Author;
use super::change_index::ChangeIndex;
use super::context::QueryContext;
use super::serialize;
use super::transition::{Transition, VersionContent};
use super::world_versions;
use crate::normalise::PathQuery;
use kuberewind_model::json::paths;
use kuberewind_model::{Direction, History, Lineage, Moment, ObjectId, Result, Seq, Version};
use kuberewind_query::cel::Needs;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The operation by which the world changed.
    #[serde(serialize_with = "serialize::seq")]
    pub at: Seq,
    /// True if the change deleted the object.
    pub gone: bool,
    /// The old value of the requested field.
    pub before: Option<Value>,
    /// The new value of the requested field.
    pub after: Option<Value>,
    /// Set if both versions are known well enough.
    pub author: Option<Author>,
}

/// The nearest change strictly after (before) `from` of an object, given by all its incarnations; with a JSON pointer, of that
/// field. Versions known only in part are skipped.
///
/// # Errors
/// The moment is outside the lineage, an object is unknown, or the recording cannot be read.
pub fn change(
    history: &dyn History,
    lineage: &Lineage,
    objects: &[ObjectId],
    from: Moment,
    direction: Direction,
    field: Option<&str>,
) -> Result<Option<Change>> {
    let context = QueryContext::new(history, lineage);
    context.check(from)?;
    let versions = world_versions::world_versions(&context, objects)?;
    match field {
        None => {
            let mut pairs = (0..versions.len()).filter(|at| beyond(&versions[*at], from, direction));
            let found = match direction {
                Direction::Forward => pairs.next(),
                Direction::Backward => pairs.next_back(),
            };
            let Some(at) = found else { return Ok(None) };
            let before = at.checked_sub(1).and_then(|before| versions.get(before));
            describe(&context, before, &versions[at], None).map(Some)
        }
        Some(field) => field_change(&context, &versions, from, direction, field),
    }
}

fn beyond(version: &Version, from: Seq, direction: Direction) -> bool {
    match direction {
        Direction::Forward => version.first_observed > from,
        Direction::Backward => version.first_observed < from,
    }
}

fn field_change(
    context: &QueryContext<'_>,
    versions: &[Version],
    from: Seq,
    direction: Direction,
    field: &str,
) -> Result<Option<Change>> {
    let needs = Needs::of_pointers(&[field]);
    // Backwards, the walk starts at the last version before `from`; forwards, at the version current at `from`.
    let split = match direction {
        Direction::Forward => versions.partition_point(|version| version.first_observed <= from).saturating_sub(1),
        Direction::Backward => versions.partition_point(|version| version.first_observed < from),
    };
    let walk: Vec<&Version> = match direction {
        Direction::Forward => versions[split..].iter().collect(),
        Direction::Backward => versions[..split].iter().rev().collect(),
    };
    let mut index = ChangeIndex::for_walk(walk.iter().copied());
    let path: Vec<PathQuery> = PathQuery::of(field).into_iter().collect();
    let nothing_before = versions.first().is_some_and(|first| first.first_observed > from);
    let mut known: Option<(&Version, Option<Value>)> = None;
    for version in walk {
        if let Some((last, _)) = &mut known
            && !path.is_empty()
            && index.is_unchanged(context, last, version, &path)?
        {
            *last = version;
            continue;
        }
        let value = match world_versions::read_fields(context, version, &needs)? {
            Some(value) => paths::lookup(&value, field).cloned(),
            None if version.gone => None,
            None => continue,
        };
        if let Some((last, held)) = &known
            && *held != value
        {
            let (before, after) = if direction == Direction::Forward { (*last, version) } else { (version, *last) };
            return describe(context, Some(before), after, Some(field)).map(Some);
        }
        // The first observation of the object counts as a change of the field.
        if direction == Direction::Forward && nothing_before && known.is_none() && value.is_some() {
            return describe(context, None, version, Some(field)).map(Some);
        }
        known = Some((version, value));
    }
    // Reached the first observation of the object, which counts as a change of the field.
    match known {
        Some((first, Some(_))) if direction == Direction::Backward => describe(context, None, first, Some(field)).map(Some),
        _ => Ok(None),
    }
}

fn describe(context: &QueryContext<'_>, before: Option<&Version>, after: &Version, field: Option<&str>) -> Result<Change> {
    let state = |version: &Version| -> Result<Option<VersionContent>> {
        let value = if version.gone { None } else { context.content(version)? };
        Ok(value.map(|value| VersionContent { version: version.clone(), value }))
    };
    // Another incarnation is not comparable.
    let was = match before.filter(|before| before.object == after.object) {
        Some(before) => state(before)?,
        None => None,
    };
    let is = state(after)?;
    let at_field = |state: &Option<VersionContent>| Some(paths::lookup(&state.as_ref()?.value, field?)?.clone());
    let author = match &is {
        Some(is) => {
            let transition = Transition::new(context, was.as_ref(), is)?;
            Some(match field {
                Some(field) => transition.author_of(field)?,
                None => transition.author()?,
            })
        }
        None => None,
    };
    Ok(Change { at: after.first_observed, gone: after.gone, before: at_field(&was), after: at_field(&is), author })
}
