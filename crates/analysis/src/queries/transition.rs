//! Determines the author of the change between two known versions. A wrong author is worse than none.
//!
//! | certainty | when |
//! |---|---|
//! | exact | the later version is a write's response, and the earlier version is proven to be its base: by the write's precondition, by a create, or because `managedFields` name the write's manager, operation and time for this field |
//! | likely | only `managedFields` name the author |
//! | exact | a tracer's label on the object names the reconcile of the write; or the field is set by a recorded Binding |
//! | likely | the manager is the only one in `managedFields`; a Binding that is not recorded sets the field |
//! | guess | someone between the two; the write whose response is the later version is a candidate only if it sent this value, or if the two resourceVersions are consecutive |

use serde_json::Value;

use super::author::Author;
use super::context::QueryContext;
use super::volatile_fields::changes_on_every_write;
use kuberewind_model::json::paths::{self, Limits};
use kuberewind_model::k8s::managed_fields::{self, Entry};

use kuberewind_model::{Certainty, Detail, Direction, Operation, Outcome, Result, Seq, Timestamp, Verb, Version};

/// Operations on the object after its first observation that are searched for its write. A response may arrive after the
/// deliveries.
const MAX_SEARCHED: usize = 64;
/// Operations between two versions that are searched for a write whose response was lost.
const MAX_BETWEEN: usize = 512;
/// Fields of one version whose authors are compared.
const MAX_FIELDS: usize = 24;
/// A field that every write changes.
const RESOURCE_VERSION: &str = "/metadata/resourceVersion";
/// `managedFields` have whole seconds of the server's clock.
const CLOCK_TOLERANCE: i64 = 2_000_000_000;

pub(super) struct VersionContent {
    pub(super) version: Version,
    pub(super) value: Value,
}

/// The change from one version to the next, with everything needed to attribute its fields.
pub(super) struct Transition<'a> {
    pub(super) context: &'a QueryContext<'a>,
    pub(super) earlier: Option<&'a VersionContent>,
    pub(super) later: &'a VersionContent,
    answer: Option<Write>,
    between: (Seq, Seq),
}

/// A write with its details.
pub(super) struct Write {
    pub(super) operation: Operation,
    pub(super) detail: Detail,
}

impl Write {
    /// The field manager that the server records: the given one, else the start of the user agent, else `unknown`.
    pub(super) fn manager(&self) -> &str {
        let detail = &self.detail;
        let agent = detail.user_agent.split('/').next().unwrap_or_default();
        [&*detail.field_manager, agent].into_iter().find(|name| !name.is_empty()).unwrap_or("unknown")
    }

    fn is_apply(&self) -> bool {
        self.detail.media_type.contains("apply-patch")
    }

    /// True if the `managedFields` entry may belong to this write.
    fn agrees(&self, entry: &Entry<'_>) -> bool {
        let Some(at) = time_of(entry) else { return false };
        let began = self.operation.at.minus(self.operation.duration);
        !entry.manager.is_empty()
            && self.manager() == entry.manager
            && (entry.operation == "Apply") == self.is_apply()
            && at.0 >= began.0.saturating_sub(CLOCK_TOLERANCE)
            && at.0 <= self.operation.at.0.saturating_add(CLOCK_TOLERANCE)
    }
}

fn time_of(entry: &Entry<'_>) -> Option<Timestamp> {
    entry.time.parse().ok().map(Timestamp::from_jiff)
}

impl<'a> Transition<'a> {
    pub(super) fn new(
        context: &'a QueryContext<'a>,
        earlier: Option<&'a VersionContent>,
        later: &'a VersionContent,
    ) -> Result<Transition<'a>> {
        let answer = match write_of_version(context, &later.version)? {
            Some(operation) => Some(with_detail(context, operation)?),
            None => None,
        };
        let from = earlier.map_or(Seq::START, |earlier| earlier.version.first_observed);
        let between = (from.min(later.version.first_observed), later.version.first_observed);
        Ok(Transition { context, earlier, later, answer, between })
    }

    /// The author of the field at `path` of the later version, or of a removed field of the earlier one.
    pub(super) fn author_of(&self, path: &str) -> Result<Author> {
        if let Some(write) = &self.answer
            && let Some(proof) = self.proof(write, path)
        {
            return self.by_write(write, Certainty::Exact, proof);
        }
        if let Some(author) = self.by_precondition(path)? {
            return Ok(author);
        }
        if let Some(author) = self.by_trace(path)? {
            return Ok(author);
        }
        if let Some(author) = self.by_binding(path)? {
            return Ok(author);
        }
        if let Some(author) = self.by_managed_fields(path)? {
            return Ok(author);
        }
        let author = self.candidate_or_unknown(path)?;
        Ok(if author.operation.is_none() { self.by_sole_owner()?.unwrap_or(author) } else { author })
    }

    /// The author of the whole change.
    pub(super) fn author(&self) -> Result<Author> {
        let Some(earlier) = self.earlier else { return self.author_of(RESOURCE_VERSION) };
        let changes = paths::changed(&earlier.value, &self.later.value, Limits::default());
        let fields = changes.leaves.iter().map(|leaf| leaf.path.as_str()).filter(|path| !changes_on_every_write(path));
        self.author_of_all(fields)
    }

    /// The author of all these fields, if there is a single one.
    pub(super) fn author_of_all<'b>(&self, paths: impl IntoIterator<Item = &'b str>) -> Result<Author> {
        let mut paths = paths.into_iter();
        let Some(first) = paths.next() else { return self.author_of(RESOURCE_VERSION) };
        let mut author = self.author_of(first)?;
        for path in paths.take(MAX_FIELDS) {
            if author.certainty == Certainty::Exact && author.evidence.contains("precondition") {
                break;
            }
            let other = self.author_of(path)?;
            if (other.operation, &other.actor) == (author.operation, &author.actor) {
                author.certainty = author.certainty.min(other.certainty);
            } else if author.actor.is_none() {
                author = other;
            } else if other.actor.is_some() {
                let (from, to) = self.between;
                let evidence = format!("several authors between {from} and {to}; blame names them per field");
                return Ok(Author { evidence, ..self.unknown_author() });
            }
        }
        Ok(author)
    }

    pub(super) fn unknown_author(&self) -> Author {
        let evidence = String::new();
        Author { operation: None, actor: None, time: None, certainty: Certainty::Guess, evidence, between: self.between }
    }

    /// Why the earlier version is the write's base.
    fn proof(&self, write: &Write, path: &str) -> Option<String> {
        let Some(earlier) = self.earlier else {
            let created = write.operation.verb == Verb::Create || write.operation.status == 201;
            return created.then(|| "it created the object".to_owned());
        };
        let base = &earlier.version.resource_version;
        if !base.is_empty() && write.detail.precondition == *base && self.later.version.resource_version != *base {
            return Some(format!("its precondition was resourceVersion {base}"));
        }
        let entry = self.fresh_owners(path).find(|entry| write.agrees(entry))?;
        Some(format!("managedFields name {} for this field, {} at {}", entry.manager, entry.operation, entry.time))
    }

    /// The entries that own the field in the later version, but not in the same way in the earlier one.
    pub(super) fn fresh_owners<'b>(&'b self, path: &'b str) -> impl Iterator<Item = Entry<'a>> + 'b {
        let later: &'a Value = &self.later.value;
        managed_fields::entries(later).filter(move |entry| {
            entry.owns(later, path)
                && !self.earlier.is_some_and(|earlier| {
                    managed_fields::entries(&earlier.value).any(|before| {
                        (before.manager, before.operation, before.subresource, before.time)
                            == (entry.manager, entry.operation, entry.subresource, entry.time)
                            && before.owns(&earlier.value, path)
                    })
                })
        })
    }

    pub(super) fn by_write(&self, write: &Write, certainty: Certainty, evidence: String) -> Result<Author> {
        Ok(Author {
            operation: Some(write.operation.seq),
            actor: Some(self.context.actor_name(write.operation.actor)?.to_string()),
            time: Some(write.operation.at),
            certainty,
            evidence,
            between: self.between,
        })
    }

    fn by_managed_fields(&self, path: &str) -> Result<Option<Author>> {
        let mut owners: Vec<Entry<'a>> = self.fresh_owners(path).collect();
        owners.sort_by(|one, other| other.time.cmp(one.time));
        let entry = match owners.as_slice() {
            [only] => *only,
            [newest, next, ..] if newest.time > next.time => *newest,
            _ => return Ok(None),
        };
        let evidence = format!("managedFields name {} for this field, {} at {}", entry.manager, entry.operation, entry.time);
        let mut found = self.writes_between()?;
        found.retain(|write| write.agrees(&entry));
        if let [write] = found.as_slice() {
            let lost = if write.operation.outcome == Outcome::MaybeApplied { "; the response of the write was lost" } else { "" };
            return self.by_write(write, Certainty::Likely, evidence + lost).map(Some);
        }
        let mut actors: Vec<_> = found.iter().map(|write| write.operation.actor).collect();
        actors.dedup();
        let actor = match actors.as_slice() {
            [actor] => self.context.actor_name(*actor)?.to_string(),
            _ => entry.manager.to_owned(),
        };
        let time = time_of(&entry);
        Ok(Some(Author {
            operation: None,
            actor: Some(actor),
            time,
            certainty: Certainty::Likely,
            evidence,
            between: self.between,
        }))
    }

    /// The writes that may have made the later version: successful or lost, started before its first observation.
    pub(super) fn writes_between(&self) -> Result<Vec<Write>> {
        let object = self.context.object(self.later.version.object)?;
        let Some(from) = self.between.0.next().0.checked_add(0).map(Seq) else { return Ok(Vec::new()) };
        let start =
            if self.earlier.is_some() { from } else { Seq(self.between.1.0.saturating_sub(MAX_BETWEEN as u64 / 2).max(1)) };
        let found = self.context.history.operations(self.context.lineage, start..=Seq::MAX, MAX_BETWEEN)?;
        let about = |operation: &Operation| {
            operation.kind == Some(object.kind)
                && operation.name == object.key.name
                && operation.namespace == object.key.namespace
        };
        let mut writes = Vec::new();
        for operation in found {
            let may = matches!(operation.outcome, Outcome::Done | Outcome::MaybeApplied);
            if operation.verb.is_write()
                && may
                && about(&operation)
                && operation.started_after < self.later.version.first_observed
            {
                writes.push(with_detail(self.context, operation)?);
            }
        }
        Ok(writes)
    }

    fn candidate_or_unknown(&self, path: &str) -> Result<Author> {
        let (from, to) = self.between;
        let mut author = self.unknown_author();
        if self.earlier.is_some() && self.context.gap_between(self.later.version.object, from, to)? {
            author.evidence = format!("unknown across the gap between {from} and {to}");
            return Ok(author);
        }
        let span = match self.earlier {
            Some(_) => format!("someone between {from} and {to}"),
            None => format!("someone before {to}, the first observation of the object"),
        };
        let Some(write) = &self.answer else {
            author.evidence = span;
            return Ok(author);
        };
        let Some(why) = self.candidate_reason(write, path)? else {
            author.evidence = format!("{span}; {} is a write in between, but not of this value", write.operation.seq);
            return Ok(author);
        };
        self.by_write(write, Certainty::Guess, format!("{span}; {} {why}", write.operation.seq))
    }

    /// Why the write is a candidate although its base is not proven.
    pub(super) fn candidate_reason(&self, write: &Write, path: &str) -> Result<Option<&'static str>> {
        if self.earlier.is_none() {
            return Ok(None);
        }
        let deletes = write.operation.verb == Verb::Delete;
        if deletes && matches!(path, "/metadata/deletionTimestamp" | "/metadata/deletionGracePeriodSeconds") {
            return Ok(Some("deleted the object"));
        }
        // A request never contains the resourceVersion of its result.
        if let Some(body) = write.operation.request_body.filter(|_| path != RESOURCE_VERSION) {
            let sent = self.context.history.body(body)?.and_then(|text| serde_json::from_str::<Value>(&text).ok());
            let value = paths::lookup(&self.later.value, path);
            let same = sent.as_ref().is_some_and(|sent| value.is_some() && paths::lookup(sent, path) == value);
            return Ok(same.then_some("sent this value"));
        }
        Ok(self.versions_are_consecutive().then_some("returned the version that follows the earlier one"))
    }

    /// True if the resourceVersions are consecutive, so that no version is between them.
    pub(super) fn versions_are_consecutive(&self) -> bool {
        let number = |state: &VersionContent| state.version.resource_version.parse::<u64>().ok();
        match (self.earlier.and_then(number), number(self.later)) {
            (Some(earlier), Some(later)) => earlier.checked_add(1) == Some(later),
            _ => false,
        }
    }
}

fn with_detail(context: &QueryContext<'_>, operation: Operation) -> Result<Write> {
    let detail = context.history.operation_detail(context.lineage, operation.seq)?;
    Ok(Write { operation, detail: detail.map(|found| found.detail).unwrap_or_default() })
}

/// The write whose response is this version. A write that started after the version's first observation did not make it. The version
/// may have been observed earlier in another shape, for example in full by the write and by its metadata in a watch event.
pub(super) fn write_of_version(context: &QueryContext<'_>, version: &Version) -> Result<Option<Operation>> {
    let first = first_observation(context, version)?;
    let mut at = first;
    for searched in 0..MAX_SEARCHED {
        if let Some(operation) = context.operation(at)?
            && operation.verb.is_write()
            && operation.outcome == Outcome::Done
            && (searched == 0 || operation.started_after < first)
            && observes(context, &operation, version)?
        {
            return Ok(Some(operation));
        }
        let next = context.nearest_on(version.object, at, Direction::Forward)?;
        match next {
            Some(next) if next > at => at = next,
            _ => break,
        }
    }
    Ok(None)
}

/// The first observation of this version in any shape.
fn first_observation(context: &QueryContext<'_>, version: &Version) -> Result<Seq> {
    let (mut at, mut first) = (version.first_observed, version.first_observed);
    for _ in 0..MAX_SEARCHED {
        let next = context.nearest_on(version.object, at, Direction::Backward)?;
        let Some(next) = next.filter(|next| *next < at) else { break };
        at = next;
        let Some(operation) = context.operation(at)? else { continue };
        let Some(observed) = operation.version.map(|id| context.version(id)).transpose()?.flatten() else { continue };
        if observed.object != version.object {
            continue;
        }
        if observed.rank == version.rank && observed.gone == version.gone {
            first = at;
        } else if observed.rank < version.rank && !operation.verb.is_watch_event() {
            // Views lag behind by more than one version, the responses of writes do not.
            break;
        }
    }
    Ok(first)
}

/// True if the operation observed this version, in any shape.
pub(super) fn observes(context: &QueryContext<'_>, operation: &Operation, version: &Version) -> Result<bool> {
    let Some(observed) = operation.version else { return Ok(false) };
    if operation.object != Some(version.object) {
        return Ok(false);
    }
    if observed == version.id {
        return Ok(true);
    }
    Ok(context.version(observed)?.is_some_and(|observed| observed.rank == version.rank && observed.gone == version.gone))
}
