//! Invariants: an expression that every version of every object of a kind should satisfy, over all time.

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

/// The most objects of a kind that are looked at.
const MAX_OBJECTS: usize = 100_000;

/// `Deployment: object.spec.replicas <= 10`.
#[derive(Debug)]
pub struct Invariant {
    /// The kind, plural or short name.
    pub kind: String,
    /// What should hold.
    pub expression: Expression,
}

impl Invariant {
    /// Reads `KIND: EXPRESSION`.
    ///
    /// # Errors
    /// With the place of the mistake.
    pub fn parse(text: &str) -> Result<Invariant, SyntaxError> {
        let Some((kind, source)) = text.split_once(':') else {
            return Err(SyntaxError::new("an invariant is written KIND: EXPRESSION", text, text.len()));
        };
        let kind = kind.trim();
        if kind.is_empty() || !kind.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-')) {
            return Err(SyntaxError::new("a kind must come before the colon", text, 0));
        }
        let skipped = text.len() - source.len() + (source.len() - source.trim_start().len());
        let expression =
            Expression::compile(source.trim()).map_err(|wrong| SyntaxError::new(wrong.message, text, skipped + wrong.at))?;
        Ok(Invariant { kind: kind.to_owned(), expression })
    }
}

/// A range over which an object broke it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Violation {
    /// `Kind/namespace/name`.
    pub object: String,
    /// The operation that first showed the broken state.
    #[serde(serialize_with = "serialize::seq")]
    pub first: Seq,
    /// The operation that showed it mended, or the object gone; none where it stayed broken.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub mended: Option<Seq>,
    /// How many versions were broken.
    pub versions: usize,
    /// Who broke it.
    pub author: Option<Author>,
}

impl Violation {
    /// As a finding, its sentence without the numbers that findings end with.
    #[must_use]
    pub fn finding(&self, expression: &str) -> Finding {
        // Who is only guessed is not named: that it does not hold is sure.
        let author = self.author.as_ref().filter(|author| author.certainty > Certainty::Guess);
        let certainty = author.map_or(Certainty::Exact, |author| author.certainty);
        let mended = self.mended.map_or_else(|| "and stays so".to_owned(), |seq| format!("until {seq}"));
        let by = author.and_then(|author| author.actor.as_deref()).map_or_else(String::new, |actor| format!(", by {actor},"));
        let sentence = format!("{} breaks `{expression}`{by} {mended}", self.object);
        let write = author.and_then(|author| author.operation);
        let mut operations: Vec<Seq> = write.into_iter().chain([self.first]).chain(self.mended).collect();
        operations.sort_unstable();
        Finding::new(Class::Invariants, Severity::Error, certainty, sentence)
            .object(&self.object)
            .actors(author.and_then(|author| author.actor.as_deref()))
            .evidence(operations)
    }
}

/// What became of an invariant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InvariantReport {
    /// As it was written, without the kind.
    pub expression: String,
    /// The kind.
    pub kind: String,
    /// Objects looked at, incarnations counted.
    pub objects: usize,
    /// Versions looked at.
    pub versions: usize,
    /// Versions over which it was evaluated; the others show the same where it reads.
    pub evaluated: usize,
    /// Versions that were not even read, since what they changed cannot alter the result.
    pub unread: usize,
    /// Versions over which nothing could be said.
    pub undecided: usize,
    /// Why nothing could be said over the last of these, '' where there are none.
    pub remark: String,
    /// Where it was broken, by object and time.
    pub violations: Vec<Violation>,
    /// Whether there were more objects than are looked at.
    pub more: bool,
}

/// Checks an invariant over every version of the kind's objects that the lineage shows.
///
/// # Errors
/// When the recording knows no object of the kind, the check is cancelled, or the recording cannot be read.
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

/// Who set the fields by which it was broken.
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
