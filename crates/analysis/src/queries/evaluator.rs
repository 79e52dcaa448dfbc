//! Evaluates an expression over versions of an object.

use serde::Serialize;
use serde_json::Value;

use super::change_index::{self, ChangeIndex};
use super::context::QueryContext;
use super::serialize;
use super::world_versions::read_fields;
use crate::normalise::PathQuery;
use kuberewind_model::{Result, Seq, Version};
use kuberewind_query::cel::{Expression, Verdict};

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindResult {
    /// The moment at which it becomes true; none where it does not.
    #[serde(serialize_with = "serialize::optional_seq")]
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

/// Evaluates an expression over versions, each result kept for as long as what it reads stays the same.
pub(super) struct Evaluator<'a> {
    context: &'a QueryContext<'a>,
    expression: &'a Expression,
    index: ChangeIndex,
    /// Where the expression reads, of the object and of the one before; `None` where the index cannot tell.
    paths: Option<(Vec<PathQuery>, Vec<PathQuery>)>,
    /// The latest version with the one before it, and its verdict.
    latest: Option<(Version, Option<Version>, Verdict)>,
    last: Option<(Value, Option<Value>, Verdict)>,
    versions: usize,
    evaluated: usize,
    unread: usize,
    undecided: usize,
    remark: String,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(context: &'a QueryContext<'a>, expression: &'a Expression, index: ChangeIndex) -> Evaluator<'a> {
        let (needs, old_needs) = expression.needs();
        let paths = change_index::path_queries(needs).zip(change_index::path_queries(old_needs));
        Evaluator {
            context,
            expression,
            index,
            paths,
            latest: None,
            last: None,
            versions: 0,
            evaluated: 0,
            unread: 0,
            undecided: 0,
            remark: String::new(),
        }
    }

    pub(super) fn holds(&mut self, version: &Version, before: Option<&Version>) -> Result<bool> {
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
        let (Some((latest, latest_before, verdict)), Some((paths, old_paths))) = (&self.latest, &self.paths) else {
            return Ok(None);
        };
        if !self.index.is_unchanged(self.context, latest, version, paths)? {
            return Ok(None);
        }
        let same_before = match (latest_before, before) {
            (Some(one), Some(other)) => self.index.is_unchanged(self.context, one, other, old_paths)?,
            (None, None) => true,
            _ => false,
        };
        Ok(same_before.then(|| verdict.clone()))
    }

    fn read(&mut self, version: &Version, before: Option<&Version>) -> Result<Verdict> {
        let (needs, old_needs) = self.expression.needs();
        let Some(object) = read_fields(self.context, version, needs)? else {
            return Ok(Verdict::Undecided(format!("the version is known as {} only", version.shape.as_str())));
        };
        let old = match before {
            Some(before) => read_fields(self.context, before, old_needs)?,
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
    pub(super) fn result(self, found: Option<&Version>) -> FindResult {
        FindResult {
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
