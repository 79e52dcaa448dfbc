//! When an expression over an object becomes true: the nearest moment at which it holds and did not hold just before.
//!
//! Of each version only what the expression reads is parsed; versions that show the same there are not evaluated, and
//! where it is kept what a version changed, those that changed nothing of it are not even read.

use serde::Serialize;
use serde_json::Value;

use super::json;
use super::past::Past;
pub use super::scan::{Progress, Watcher};
use super::scan::{glance, report, world_changes};
use super::sieve::{self, Sieve};
use crate::normalise::Print;
use kuberewind_model::{Direction, History, Lineage, Moment, ObjectId, Result, Seq, Version};
use kuberewind_query::cel::{Expression, Verdict};

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
    /// Versions that were not even read, since what they changed cannot alter the result.
    pub unread: usize,
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
    let mut found = None;
    let mut search;
    match direction {
        Direction::Forward => {
            let start = versions.partition_point(|version| version.first_observed <= from);
            let before = start.saturating_sub(1);
            search = Search::new(&past, expression, Sieve::along(&versions[before..]));
            let mut held = false;
            for (done, version) in versions.iter().enumerate().skip(before) {
                report(&mut watcher, Progress { done: done - before, total: versions.len() - before })?;
                let holds = search.holds(version, done.checked_sub(1).and_then(|at| versions.get(at)))?;
                if holds && !held && version.first_observed > from {
                    found = Some(version);
                    break;
                }
                held = holds;
            }
        }
        Direction::Backward => {
            let end = versions.partition_point(|version| version.first_observed < from);
            search = Search::new(&past, expression, Sieve::along(versions[..end].iter().rev()));
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
    sieve: Sieve,
    /// Where the expression reads, of the object and of the one before; `None` where the sieve cannot tell.
    places: Option<(Vec<Print>, Vec<Print>)>,
    /// The latest version with the one before it, and its verdict.
    latest: Option<(Version, Option<Version>, Verdict)>,
    last: Option<(Value, Option<Value>, Verdict)>,
    versions: usize,
    evaluated: usize,
    unread: usize,
    undecided: usize,
    remark: String,
}

impl<'a> Search<'a> {
    pub(super) fn new(past: &'a Past<'a>, expression: &'a Expression, sieve: Sieve) -> Search<'a> {
        let (needs, old_needs) = expression.needs();
        let places = sieve::places(needs).zip(sieve::places(old_needs));
        Search {
            past,
            expression,
            sieve,
            places,
            latest: None,
            last: None,
            versions: 0,
            evaluated: 0,
            unread: 0,
            undecided: 0,
            remark: String::new(),
        }
    }

    fn holds(&mut self, version: &Version, before: Option<&Version>) -> Result<bool> {
        Ok(self.verdict(version, before)? == Verdict::True)
    }

    /// The verdict over a version; `before` is the one that `oldObject` means.
    pub(super) fn verdict(&mut self, version: &Version, before: Option<&Version>) -> Result<Verdict> {
        self.versions += 1;
        if version.gone {
            self.latest = None;
            return Ok(Verdict::False);
        }
        let before = before.filter(|before| self.expression.compares_versions() && before.object == version.object);
        let verdict = match self.same_as_latest(version, before)? {
            Some(verdict) => {
                self.unread += 1;
                verdict
            }
            None => self.read(version, before)?,
        };
        if let Verdict::Undecided(why) = &verdict {
            self.undecided += 1;
            self.remark.clone_from(why);
        }
        self.latest = Some((version.clone(), before.cloned(), verdict.clone()));
        Ok(verdict)
    }

    /// The verdict over the version looked at last, where this one shows the same.
    fn same_as_latest(&mut self, version: &Version, before: Option<&Version>) -> Result<Option<Verdict>> {
        let (Some((latest, latest_before, verdict)), Some((here, there))) = (&self.latest, &self.places) else {
            return Ok(None);
        };
        if !self.sieve.alike(self.past, latest, version, here)? {
            return Ok(None);
        }
        let same_before = match (latest_before, before) {
            (Some(one), Some(other)) => self.sieve.alike(self.past, one, other, there)?,
            (None, None) => true,
            _ => false,
        };
        Ok(same_before.then(|| verdict.clone()))
    }

    fn read(&mut self, version: &Version, before: Option<&Version>) -> Result<Verdict> {
        let (needs, old_needs) = self.expression.needs();
        let Some(object) = glance(self.past, version, needs)? else {
            return Ok(Verdict::Undecided(format!("the version is known as {} only", version.shape.as_str())));
        };
        let old = match before {
            Some(before) => glance(self.past, before, old_needs)?,
            None => None,
        };
        Ok(self.evaluate(object, old))
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
            at: found.map(|version| version.first_observed),
            resource_version: found.map(|version| version.resource_version.to_string()).unwrap_or_default(),
            versions: self.versions,
            evaluated: self.evaluated,
            unread: self.unread,
            undecided: self.undecided,
            remark: self.remark,
        }
    }
}
