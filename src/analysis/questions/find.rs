//! When an expression over an object becomes true: the nearest moment at which it holds and did not hold just before.
//!
//! Of each version only what the expression reads is parsed; versions that show the same there are not evaluated.

use serde::Serialize;
use serde_json::Value;

use super::json;
use super::past::Past;
pub use super::scan::{Progress, Watcher};
use super::scan::{glance, report, world_changes};
use crate::expr::cel::{Expression, Verdict};
use crate::model::{Direction, History, Lineage, Moment, ObjectId, Result, Seq, Version};

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The moment at which it becomes true; none where it does not.
    #[serde(serialize_with = "json::optional_seq")]
    pub at: Option<Seq>,
    /// The resourceVersion shown then, '' for none.
    pub resource_version: String,
    /// Versions looked at.
    pub versions: usize,
    /// Versions over which the expression was evaluated; the others show the same where it reads.
    pub evaluated: usize,
    /// Versions over which nothing could be said: a field is missing, or the content is not known.
    pub undecided: usize,
    /// Why nothing could be said over the last of these, '' where there are none.
    pub remark: String,
}

/// The nearest moment strictly after (before) `from` at which the expression becomes true over the object, given by the
/// incarnations of its name. Where it is gone or unknown nothing is true of it.
///
/// # Errors
/// When the moment lies outside the lineage, an object is unknown, the search is cancelled, or the recording cannot be read.
pub fn find(
    history: &dyn History,
    lineage: &Lineage,
    objects: &[ObjectId],
    expression: &Expression,
    (from, direction): (Moment, Direction),
    mut watcher: Watcher<'_>,
) -> Result<Found> {
    let past = Past::new(history, lineage);
    past.check(from)?;
    let versions = world_changes(&past, objects)?;
    let mut search = Search::new(&past, expression);
    let mut found = None;
    match direction {
        Direction::Forward => {
            let start = versions.partition_point(|version| version.first_shown <= from);
            let before = start.saturating_sub(1);
            let mut held = false;
            for (done, version) in versions.iter().enumerate().skip(before) {
                report(&mut watcher, Progress { done: done - before, total: versions.len() - before })?;
                let holds = search.holds(version, done.checked_sub(1).and_then(|at| versions.get(at)))?;
                if holds && !held && version.first_shown > from {
                    found = Some(version);
                    break;
                }
                held = holds;
            }
        }
        Direction::Backward => {
            let end = versions.partition_point(|version| version.first_shown < from);
            let mut candidate = None;
            for (done, at) in (0..end).rev().enumerate() {
                report(&mut watcher, Progress { done, total: end })?;
                if search.holds(&versions[at], at.checked_sub(1).and_then(|before| versions.get(before)))? {
                    candidate = Some(&versions[at]);
                } else if candidate.is_some() {
                    break;
                }
            }
            found = candidate;
        }
    }
    Ok(search.told(found))
}

/// Evaluates an expression over versions, each result kept for as long as what it reads stays the same.
pub(super) struct Search<'a> {
    past: &'a Past<'a>,
    expression: &'a Expression,
    last: Option<(Value, Option<Value>, Verdict)>,
    versions: usize,
    evaluated: usize,
    undecided: usize,
    remark: String,
}

impl<'a> Search<'a> {
    pub(super) fn new(past: &'a Past<'a>, expression: &'a Expression) -> Search<'a> {
        Search { past, expression, last: None, versions: 0, evaluated: 0, undecided: 0, remark: String::new() }
    }

    fn holds(&mut self, version: &Version, before: Option<&Version>) -> Result<bool> {
        Ok(self.verdict(version, before)? == Verdict::True)
    }

    /// The verdict over a version; `before` is the one that `oldObject` means.
    pub(super) fn verdict(&mut self, version: &Version, before: Option<&Version>) -> Result<Verdict> {
        self.versions += 1;
        let (needs, old_needs) = self.expression.needs();
        let verdict = match glance(self.past, version, needs)? {
            Some(object) => {
                let same_object = before.filter(|before| self.expression.compares_versions() && before.object == version.object);
                let old = match same_object {
                    Some(before) => glance(self.past, before, old_needs)?,
                    None => None,
                };
                self.evaluate(object, old)
            }
            None if version.gone => return Ok(Verdict::False),
            None => Verdict::Undecided(format!("the version is known as {} only", version.shape.as_str())),
        };
        if let Verdict::Undecided(why) = &verdict {
            self.undecided += 1;
            self.remark.clone_from(why);
        }
        Ok(verdict)
    }

    fn evaluate(&mut self, object: Value, old: Option<Value>) -> Verdict {
        if let Some((last, last_old, verdict)) = &self.last
            && *last == object
            && *last_old == old
        {
            return verdict.clone();
        }
        self.evaluated += 1;
        let verdict = self.expression.evaluate(&object, old.as_ref());
        self.last = Some((object, old, verdict.clone()));
        verdict
    }

    /// Versions looked at, evaluated, undecided, and why.
    pub(super) fn told(self, found: Option<&Version>) -> Found {
        Found {
            at: found.map(|version| version.first_shown),
            resource_version: found.map(|version| version.resource_version.to_string()).unwrap_or_default(),
            versions: self.versions,
            evaluated: self.evaluated,
            undecided: self.undecided,
            remark: self.remark,
        }
    }
}
