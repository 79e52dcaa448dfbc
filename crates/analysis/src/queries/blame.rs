//! Field blame: the write that last set each field of an object at a moment.
//!
//! Compares versions from the newest backwards. Each field belongs to the latest change; list items are followed when they
//! move. Stops when every field has an author, and parses only versions that changed a field without one.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use super::author::Author;
use super::change_index::ChangeIndex;
use super::context::{MAX_VERSIONS, QueryContext};
use super::one_read::in_one_read;
use super::transition::{Transition, VersionContent};
use crate::normalise::{Content, leaf_fingerprint, visit_pointers};
use kuberewind_model::json::paths::{self, Changes, Limits, before_moves, is_below};
use kuberewind_model::{History, Lineage, Moment, ObjectId, Result, Shape, Version, VersionId};

/// Which fields to blame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlameOptions {
    /// Only fields at or below this JSON pointer, '' for all.
    pub below: String,
    /// Include `metadata.managedFields`, which change on every write.
    pub managed_fields: bool,
}

/// A field and its author.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    pub path: String,
    pub value: Value,
    #[serde(flatten)]
    pub author: Author,
    /// Null if there was none, or if it is unknown.
    pub before: Option<Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Blame {
    pub object: String,
    /// The newest complete version by then.
    pub version: Version,
    /// In document order.
    pub fields: Vec<Field>,
    /// Notes for the reader: skipped versions, a deleted object.
    pub remarks: Vec<String>,
}

/// Blames the fields of an object at `at`. `None` if none of its content was known by then.
///
/// # Errors
/// The moment is outside the lineage, the object is unknown, or the recording cannot be read.
pub fn blame(
    history: &dyn History,
    lineage: &Lineage,
    object: ObjectId,
    at: Moment,
    options: &BlameOptions,
) -> Result<Option<Blame>> {
    in_one_read(history, || blame_of(&QueryContext::new(history, lineage), object, at, options))
}

fn blame_of(context: &QueryContext<'_>, object: ObjectId, at: Moment, options: &BlameOptions) -> Result<Option<Blame>> {
    context.check(at)?;
    let name = context.object(object)?.to_string();
    let mut remarks = Vec::new();
    let versions = context.versions_until(object, at)?;
    if versions.first().is_some_and(|newest| newest.gone) {
        remarks.push("the object is gone; these are the fields of its last state".to_owned());
    }
    if versions.len() >= MAX_VERSIONS {
        remarks.push(format!("only the last {MAX_VERSIONS} versions were searched"));
    }
    let whole = whole_versions(&versions, &mut remarks);
    let mut walk = BackwardWalk::new(context, &whole);
    let Some(newest) = walk.first(&mut remarks)? else { return Ok(None) };
    let version = newest.version.clone();
    let mut open_fields = OpenFields::new(&newest, context, options)?;
    walk.walk(newest, &mut open_fields, &mut remarks)?;
    Ok(Some(Blame { object: name, version, fields: open_fields.into_fields(), remarks }))
}

/// The versions with complete content, newest first.
fn whole_versions(versions: &[Version], remarks: &mut Vec<String>) -> Vec<Version> {
    let alive = versions.iter().filter(|version| !version.gone);
    let (whole, parts): (Vec<_>, Vec<_>) = alive.cloned().partition(|version| version.shape >= Shape::Reconstructed);
    if !parts.is_empty() {
        remarks.push(format!("{} versions that are known only in part were skipped", parts.len()));
    }
    whole
}

/// A walk backwards through the versions. Parses only versions that changed a field without author.
struct BackwardWalk<'a> {
    context: &'a QueryContext<'a>,
    versions: std::slice::Iter<'a, Version>,
    index: ChangeIndex,
    /// The content read last, for versions without stored changed paths.
    content: Option<(VersionId, Option<Content>)>,
}

impl<'a> BackwardWalk<'a> {
    fn new(context: &'a QueryContext<'a>, versions: &'a [Version]) -> BackwardWalk<'a> {
        BackwardWalk { context, versions: versions.iter(), index: ChangeIndex::for_walk(versions), content: None }
    }

    /// Reads the newest version with content.
    fn first(&mut self, remarks: &mut Vec<String>) -> Result<Option<VersionContent>> {
        while let Some(version) = self.versions.next() {
            if let Some(state) = self.state(version, remarks)? {
                return Ok(Some(state));
            }
        }
        Ok(None)
    }

    fn state(&self, version: &Version, remarks: &mut Vec<String>) -> Result<Option<VersionContent>> {
        let value = self.context.content(version)?;
        if value.is_none() && remarks.last().is_none_or(|last| !last.starts_with("a version")) {
            remarks.push("a version without stored content was skipped".to_owned());
        }
        Ok(value.map(|value| VersionContent { version: version.clone(), value }))
    }

    fn walk(&mut self, newest: VersionContent, open_fields: &mut OpenFields, remarks: &mut Vec<String>) -> Result<()> {
        let mut later = Later { version: newest.version.clone(), state: Some(newest) };
        while !open_fields.open.is_empty() {
            let Some(earlier) = self.versions.next() else {
                let first = self.load(later, open_fields, remarks)?;
                return first.map_or(Ok(()), |first| open_fields.first(self.context, &first));
            };
            if !self.may_touch(open_fields, earlier, &later.version)? {
                later = Later { version: earlier.clone(), state: None };
                continue;
            }
            let Some(earlier) = self.state(earlier, remarks)? else { continue };
            let Some(state) = self.load(later, open_fields, remarks)? else { return Ok(()) };
            open_fields.step(self.context, &earlier, &state)?;
            later = Later { version: earlier.version.clone(), state: Some(earlier) };
        }
        Ok(())
    }

    /// Parses a version that was skipped, and finds the paths of the open fields in it.
    fn load(&self, later: Later, open_fields: &mut OpenFields, remarks: &mut Vec<String>) -> Result<Option<VersionContent>> {
        if later.state.is_some() {
            return Ok(later.state);
        }
        let state = self.state(&later.version, remarks)?;
        if state.is_some() {
            open_fields.relocate(self.context, &later.version)?;
        }
        Ok(state)
    }

    /// True if a field without author may have changed between two versions.
    fn may_touch(&mut self, open_fields: &OpenFields, earlier: &Version, later: &Version) -> Result<bool> {
        if earlier.body == later.body && earlier.body.is_some() {
            return Ok(false);
        }
        if let Some(changed) = self.index.between(self.context, earlier, later)? {
            return Ok(open_fields.is_touched(changed));
        }
        if open_fields.open.values().any(|open| open.path.is_none()) {
            return Ok(true);
        }
        let after = match self.content.take() {
            Some((id, content)) if id == later.id => content,
            _ => self.read(later)?,
        };
        let before = self.read(earlier)?;
        let changed = after.as_ref().zip(before.as_ref()).and_then(|(after, before)| after.changed_paths_from(before));
        self.content = Some((earlier.id, before));
        Ok(changed.is_none_or(|changed| open_fields.is_touched(&changed)))
    }

    fn read(&self, version: &Version) -> Result<Option<Content>> {
        Ok(self.context.text(version)?.and_then(Content::read))
    }
}

/// The current version of the walk, parsed if needed.
struct Later {
    version: Version,
    state: Option<VersionContent>,
}

/// The author, and the value before.
type SetBy = (Author, Option<Value>);

/// A field without author.
struct OpenField {
    /// Its index in the result.
    field: usize,
    /// The fingerprint of its path, to follow it through versions that are not parsed. `None` if only parsing shows whether it
    /// changed.
    path: Option<u64>,
}

/// The fields without author.
struct OpenFields {
    fields: Vec<(String, Value, Option<SetBy>)>,
    /// By their pointer in the current version.
    open: HashMap<String, OpenField>,
}

/// True for fields that change on every write and are in no stored set.
fn is_not_indexed(pointer: &str) -> bool {
    matches!(pointer, "/metadata/resourceVersion" | "/metadata/selfLink") || is_below(pointer, "/metadata/managedFields")
}

impl OpenFields {
    fn new(newest: &VersionContent, context: &QueryContext<'_>, options: &BlameOptions) -> Result<OpenFields> {
        let wanted =
            |path: &str| is_below(path, &options.below) && (options.managed_fields || !is_below(path, "/metadata/managedFields"));
        let leaves = paths::leaves(&newest.value, Limits::default()).into_iter().filter(|(path, _)| wanted(path));
        let fields: Vec<_> = leaves.map(|(path, value)| (path, value.clone(), None)).collect();
        let open = fields.iter().enumerate().map(|(field, (path, ..))| (path.clone(), OpenField { field, path: None })).collect();
        let mut open_fields = OpenFields { fields, open };
        open_fields.fingerprint(context, &newest.version)?;
        Ok(open_fields)
    }

    /// Sets the path fingerprints of the open fields. A fingerprint shared by two leaves is not used.
    fn fingerprint(&mut self, context: &QueryContext<'_>, version: &Version) -> Result<()> {
        let Some(text) = context.text(version)? else { return Ok(()) };
        let mut seen: HashMap<u64, usize> = HashMap::new();
        let open = &mut self.open;
        open.values_mut().for_each(|open| open.path = None);
        let visited = visit_pointers(&text, |pointer, path| {
            *seen.entry(path).or_default() += 1;
            let pointer = pointer();
            if let Some(open) = open.get_mut(&pointer).filter(|_| !is_not_indexed(&pointer)) {
                open.path = Some(path);
            }
        });
        let is_unique = |path: &u64| visited.is_some() && seen.get(path) == Some(&1);
        open.values_mut().for_each(|open| open.path = open.path.filter(is_unique));
        Ok(())
    }

    /// Updates the pointers of the open fields from their fingerprints.
    fn relocate(&mut self, context: &QueryContext<'_>, version: &Version) -> Result<()> {
        let Some(text) = context.text(version)? else { return Ok(()) };
        let mut places: HashMap<u64, String> = HashMap::new();
        let wanted: std::collections::HashSet<u64> = self.open.values().filter_map(|open| open.path).collect();
        let visited = visit_pointers(&text, |pointer, path| {
            if wanted.contains(&path) {
                places.insert(path, pointer());
            }
        });
        if visited.is_some() {
            let place =
                |(pointer, open): (String, OpenField)| (open.path.and_then(|path| places.remove(&path)).unwrap_or(pointer), open);
            self.open = std::mem::take(&mut self.open).into_iter().map(place).collect();
        }
        Ok(())
    }

    fn is_touched(&self, changed: &[u32]) -> bool {
        let touched = |open: &OpenField| open.path.is_none_or(|path| changed.binary_search(&leaf_fingerprint(path)).is_ok());
        self.open.values().any(touched)
    }

    fn step(&mut self, context: &QueryContext<'_>, earlier: &VersionContent, later: &VersionContent) -> Result<()> {
        if earlier.version.body == later.version.body {
            return Ok(());
        }
        let changes = paths::changed(&earlier.value, &later.value, Limits::default());
        self.attribute(context, &changes, earlier, later)?;
        if !changes.moves.is_empty() {
            let moved = |path: String| before_moves(&path, &changes.moves).unwrap_or(path);
            self.open = std::mem::take(&mut self.open).into_iter().map(|(path, open)| (moved(path), open)).collect();
        }
        self.fingerprint(context, &earlier.version)
    }

    fn attribute(
        &mut self,
        context: &QueryContext<'_>,
        changes: &Changes,
        earlier: &VersionContent,
        later: &VersionContent,
    ) -> Result<()> {
        let mut transition = None;
        for leaf in changes.leaves.iter().filter(|leaf| leaf.after.is_some()) {
            let Some(open) = self.open.remove(&leaf.path) else { continue };
            let transition = match &mut transition {
                Some(transition) => transition,
                none => none.insert(Transition::new(context, Some(earlier), later)?),
            };
            let author = transition.author_of(&leaf.path)?;
            if let Some(field) = self.fields.get_mut(open.field) {
                field.2 = Some((author, leaf.before.clone()));
            }
        }
        Ok(())
    }

    /// The remaining fields existed when the object was first observed.
    fn first(&mut self, context: &QueryContext<'_>, first: &VersionContent) -> Result<()> {
        let transition = Transition::new(context, None, first)?;
        for (path, open) in self.open.drain() {
            let author = transition.author_of(&path)?;
            if let Some(field) = self.fields.get_mut(open.field) {
                field.2 = Some((author, None));
            }
        }
        Ok(())
    }

    fn into_fields(self) -> Vec<Field> {
        let known = self.fields.into_iter().filter_map(|(path, value, found)| Some((path, value, found?)));
        known.map(|(path, value, (author, before))| Field { path, value, author, before }).collect()
    }
}
