//! Invariants: an expression that every version of every object of a kind should satisfy, over all time.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::author::{Author, State, Step};
use super::find::Search;
use super::json;
use super::past::Past;
pub use super::scan::{Progress, Watcher};
use super::scan::{report, world_changes};
use super::sieve::Sieve;
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
    #[serde(serialize_with = "json::seq")]
    pub first: Seq,
    /// The operation that showed it mended, or the object gone; none where it stayed broken.
    #[serde(serialize_with = "json::optional_seq")]
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
pub struct Checked {
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
pub fn invariant(history: &dyn History, lineage: &Lineage, invariant: &Invariant, mut watcher: Watcher<'_>) -> Result<Checked> {
    let past = Past::new(history, lineage);
    let query = ObjectQuery { kind: invariant.kind.clone(), ..ObjectQuery::default() };
    let objects = history.find_objects(&query, MAX_OBJECTS + 1)?;
    if objects.is_empty() {
        let said = format!("the recording has no object of the kind {:?}", invariant.kind);
        return Err(Error::new(ErrorKind::NotFound, said));
    }
    let total = objects.len().min(MAX_OBJECTS);
    let mut checked = Checked {
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
        report(&mut watcher, Progress { done, total })?;
        check_object(&past, invariant, &mut checked, object.id, &Arc::from(object.to_string()))?;
    }
    Ok(checked)
}

fn check_object(past: &Past<'_>, invariant: &Invariant, checked: &mut Checked, object: ObjectId, name: &Arc<str>) -> Result<()> {
    let versions = world_changes(past, &[object])?;
    let mut search = Search::new(past, &invariant.expression, Sieve::along(&versions));
    let mut open: Option<Violation> = None;
    for (at, version) in versions.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| versions.get(before));
        let verdict = if version.gone { Verdict::True } else { search.verdict(version, before)? };
        match (verdict, &mut open) {
            (Verdict::False, Some(violation)) => violation.versions += 1,
            (Verdict::False, none) => {
                let author = author(past, invariant, before, version)?;
                let object = name.to_string();
                *none = Some(Violation { object, first: version.first_observed, mended: None, versions: 1, author });
            }
            (Verdict::True, some) => checked.violations.extend(some.take().map(|violation| mended(violation, version))),
            (Verdict::Undecided(_), _) => {}
        }
    }
    checked.violations.extend(open);
    let told = search.told(None);
    checked.versions += versions.len();
    checked.evaluated += told.evaluated;
    checked.unread += told.unread;
    checked.undecided += told.undecided;
    if !told.remark.is_empty() {
        checked.remark = told.remark;
    }
    Ok(())
}

fn mended(violation: Violation, version: &Version) -> Violation {
    Violation { mended: Some(version.first_observed), ..violation }
}

/// Who set the fields by which it was broken.
fn author(past: &Past<'_>, invariant: &Invariant, before: Option<&Version>, version: &Version) -> Result<Option<Author>> {
    let state = |version: &Version, value: Value| State { version: version.clone(), value };
    let Some(is) = past.content(version)? else { return Ok(None) };
    let was = match before.filter(|before| !before.gone) {
        Some(before) => past.content(before)?.map(|value| state(before, value)),
        None => None,
    };
    let is = state(version, is);
    let step = Step::new(past, was.as_ref(), &is)?;
    let Some(was) = &was else { return step.author().map(Some) };
    let changes = paths::changed(&was.value, &is.value, Limits::default());
    let needs = invariant.expression.needs().0;
    let read = changes.leaves.iter().map(|leaf| leaf.path.as_str()).filter(|path| needs.can_see(path));
    step.author_of_all(read).map(Some)
}
