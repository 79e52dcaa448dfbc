//! Invariants: expressions that must hold for every version of every object of a kind.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::author::Author;
use super::change_index::ChangeIndex;
use super::context::QueryContext;
use super::evaluator::Evaluator;
use super::serialize;
use super::transition::{Transition, VersionContent};
pub use super::world_versions::{ProgressCallback, SearchProgress};
use super::world_versions::{report_progress, world_versions};
use crate::finding::{Class, Finding, Severity};
use kuberewind_model::json::paths::{self, Limits};
use kuberewind_model::{Certainty, Error, ErrorKind, History, Lineage, ObjectId, ObjectQuery, Result, Seq, Version};
use kuberewind_query::SyntaxError;
use kuberewind_query::cel::{Expression, Verdict};

/// The most objects that are checked.
const MAX_OBJECTS: usize = 100_000;

/// For example `Deployment: object.spec.replicas <= 10`.
#[derive(Debug)]
pub struct Invariant {
    /// Kind, plural or short name.
    pub kind: String,
    pub expression: Expression,
}

impl Invariant {
    /// Parses `KIND: EXPRESSION`.
    ///
    /// # Errors
    /// The syntax error with its position.
    pub fn parse(text: &str) -> Result<Invariant, SyntaxError> {
        let Some((kind, source)) = text.split_once(':') else {
            return Err(SyntaxError::new("expected KIND: EXPRESSION", text, text.len()));
        };
        let kind = kind.trim();
        if kind.is_empty() || !kind.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-')) {
            return Err(SyntaxError::new("expected a kind before the colon", text, 0));
        }
        let skipped = text.len() - source.len() + (source.len() - source.trim_start().len());
        let expression =
            Expression::compile(source.trim()).map_err(|wrong| SyntaxError::new(wrong.message, text, skipped + wrong.at))?;
        Ok(Invariant { kind: kind.to_owned(), expression })
    }
}

/// A range over which an object violated the invariant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Violation {
    pub object: String,
    /// The operation that first observed the violation.
    #[serde(serialize_with = "serialize::seq")]
    pub first: Seq,
    /// The operation that observed its end, or the deletion. `None` if it did not end.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub mended: Option<Seq>,
    /// Versions in violation.
    pub versions: usize,
    /// The author of the first version in violation.
    pub author: Option<Author>,
}

impl Violation {
    /// Converts to a finding. Numbers are appended to its sentence later.
    #[must_use]
    pub fn finding(&self, expression: &str) -> Finding {
        // A guessed author is not named. The violation itself is certain.
        let author = self.author.as_ref().filter(|author| author.certainty > Certainty::Guess);
        let certainty = author.map_or(Certainty::Exact, |author| author.certainty);
        let mended = self.mended.map_or_else(|| "and still does".to_owned(), |seq| format!("until {seq}"));
        let by = author.and_then(|author| author.actor.as_deref()).map_or_else(String::new, |actor| format!(", by {actor},"));
        let sentence = format!("{} violates `{expression}`{by} {mended}", self.object);
        let write = author.and_then(|author| author.operation);
        let mut operations: Vec<Seq> = write.into_iter().chain([self.first]).chain(self.mended).collect();
        operations.sort_unstable();
        Finding::new(Class::Invariants, Severity::Error, certainty, sentence)
            .object(&self.object)
            .actors(author.and_then(|author| author.actor.as_deref()))
            .evidence(operations)
    }
}

/// The result of checking an invariant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InvariantReport {
    /// Without the kind.
    pub expression: String,
    pub kind: String,
    /// Objects checked, counting incarnations.
    pub objects: usize,
    /// Versions checked.
    pub versions: usize,
    /// Versions evaluated. The others are equal in all fields that the expression reads.
    pub evaluated: usize,
    /// Versions that were not read, because their changes cannot affect the result.
    pub unread: usize,
    /// Versions without a result.
    pub undecided: usize,
    /// Why the last of these has no result, '' for none.
    pub remark: String,
    /// By object and time.
    pub violations: Vec<Violation>,
    /// True if there are more objects than the limit.
    pub more: bool,
}

/// Checks an invariant over every version of the kind's objects in the lineage.
///
/// # Errors
/// The recording has no object of the kind, the check is cancelled, or the recording cannot be read.
pub fn invariant(
    history: &dyn History,
    lineage: &Lineage,
    invariant: &Invariant,
    mut callback: ProgressCallback<'_>,
) -> Result<InvariantReport> {
    let context = QueryContext::new(history, lineage);
    let query = ObjectQuery { kind: invariant.kind.clone(), ..ObjectQuery::default() };
    let objects = history.find_objects(&query, MAX_OBJECTS + 1)?;
    if objects.is_empty() {
        let message = format!("the recording has no object of the kind {:?}", invariant.kind);
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    let total = objects.len().min(MAX_OBJECTS);
    let mut report = InvariantReport {
        expression: invariant.expression.source().to_owned(),
        kind: invariant.kind.clone(),
        objects: total,
        versions: 0,
        evaluated: 0,
        unread: 0,
        undecided: 0,
        remark: String::new(),
        violations: Vec::new(),
        more: objects.len() > MAX_OBJECTS,
    };
    for (done, object) in objects.into_iter().take(MAX_OBJECTS).enumerate() {
        report_progress(&mut callback, SearchProgress { done, total })?;
        check_object(&context, invariant, &mut report, object.id, &Arc::from(object.to_string()))?;
    }
    Ok(report)
}

fn check_object(
    context: &QueryContext<'_>,
    invariant: &Invariant,
    report: &mut InvariantReport,
    object: ObjectId,
    name: &Arc<str>,
) -> Result<()> {
    let versions = world_versions(context, &[object])?;
    let mut evaluator = Evaluator::new(context, &invariant.expression, ChangeIndex::for_walk(&versions));
    let mut open: Option<Violation> = None;
    for (at, version) in versions.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| versions.get(before));
        let verdict = if version.gone { Verdict::True } else { evaluator.verdict(version, before)? };
        match (verdict, &mut open) {
            (Verdict::False, Some(violation)) => violation.versions += 1,
            (Verdict::False, none) => {
                let author = author(context, invariant, before, version)?;
                let object = name.to_string();
                *none = Some(Violation { object, first: version.first_observed, mended: None, versions: 1, author });
            }
            (Verdict::True, some) => report.violations.extend(some.take().map(|violation| ended(violation, version))),
            (Verdict::Undecided(_), _) => {}
        }
    }
    report.violations.extend(open);
    let result = evaluator.result(None);
    report.versions += versions.len();
    report.evaluated += result.evaluated;
    report.unread += result.unread;
    report.undecided += result.undecided;
    if !result.remark.is_empty() {
        report.remark = result.remark;
    }
    Ok(())
}

fn ended(violation: Violation, version: &Version) -> Violation {
    Violation { mended: Some(version.first_observed), ..violation }
}

/// The author of the fields that violate the invariant.
fn author(
    context: &QueryContext<'_>,
    invariant: &Invariant,
    before: Option<&Version>,
    version: &Version,
) -> Result<Option<Author>> {
    let state = |version: &Version, value: Value| VersionContent { version: version.clone(), value };
    let Some(is) = context.content(version)? else { return Ok(None) };
    let was = match before.filter(|before| !before.gone) {
        Some(before) => context.content(before)?.map(|value| state(before, value)),
        None => None,
    };
    let is = state(version, is);
    let transition = Transition::new(context, was.as_ref(), &is)?;
    let Some(was) = &was else { return transition.author().map(Some) };
    let changes = paths::changed(&was.value, &is.value, Limits::default());
    let needs = invariant.expression.needs().0;
    let read = changes.leaves.iter().map(|leaf| leaf.path.as_str()).filter(|path| needs.can_see(path));
    transition.author_of_all(read).map(Some)
}
