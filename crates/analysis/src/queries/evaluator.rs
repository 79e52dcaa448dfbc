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

/// The result of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindResult {
    /// The moment at which the expression becomes true, `None` if it does not.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub at: Option<Seq>,
    /// The resourceVersion at that moment, '' for none.
    pub resource_version: String,
    /// Versions searched.
    pub versions: usize,
    /// Versions evaluated. The others are equal in all fields that the expression reads.
    pub evaluated: usize,
    /// Versions that were not read, because their changes cannot affect the result.
    pub unread: usize,
    /// Versions without a result: a field is missing, or the content is unknown.
    pub undecided: usize,
    /// Why the last of these has no result, '' for none.
    pub remark: String,
}

/// Evaluates an expression over versions. Reuses a result while the fields it reads stay the same.
pub(super) struct Evaluator<'a> {
    context: &'a QueryContext<'a>,
    expression: &'a Expression,
    index: ChangeIndex,
    /// The paths read of the version and of the one before. `None` if the index cannot answer for one of them.
    paths: Option<(Vec<PathQuery>, Vec<PathQuery>)>,
    /// The latest version, the one before it, and the verdict.
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

    /// The verdict over a version. `before` is its `oldObject`.
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

    /// The previous verdict, if this version is equal in all fields that the expression reads.
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

    /// Finishes the search.
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
