//! The writes of a session, each with the fingerprint of its change.

use std::collections::HashMap;
use std::sync::Arc;

use super::bookkeeping::is_bookkeeping;
use super::change::{NormalisedChange, paths_between};
use super::contents::{BodyPair, visit_pairs};
use super::names::{ComparedName, Names};
use super::side::Side;
use crate::hash::{bytes, pair};
use crate::normalise::{Content, visit_pointers};
use kuberewind_model::{
    BodyId, History, Kind, KindId, Lineage, ObjectId, ObjectKey, Operation, Outcome, Rank, Result, Seq, Shape, Verb, Version,
    VersionId,
};

/// Operations, versions and list items per read.
const PAGE: usize = 4_096;
/// The most paths of a created object.
const MAX_PATHS: usize = 64;

/// One write that the server accepted.
pub(super) struct Write {
    pub seq: Seq,
    pub actor: Arc<str>,
    pub object: Arc<ComparedName>,
    /// Equal for writes that made the same change.
    pub change: u64,
    /// Equal for writes that changed the same fields.
    pub fields: u64,
    /// Its class: see [`class_of`].
    class: u64,
    /// The texts before and after it, if they are known and it changed something.
    bodies: BodyPair,
}

/// The writes of a session in their order.
pub(super) struct Writes {
    pub all: Vec<Write>,
}

impl Writes {
    /// Reads the writes of a side. Memory grows with the writes, and with the versions that the side observed.
    pub fn read(side: &Side<'_>) -> Result<Writes> {
        let mut reader = Reader {
            side,
            range: side.range(),
            kinds: side.history.kinds()?.into_iter().filter_map(|kind| Some((kind.id?, kind))).collect(),
            names: Names::of_actors(side.history)?,
            compared: HashMap::new(),
            writes: Vec::new(),
            observed: Vec::new(),
        };
        reader.read_operations()?;
        let chains = reader.chains()?;
        reader.into_writes(&chains)
    }

    /// The paths that a write changed.
    pub fn paths(&self, history: &dyn History, seq: Seq) -> Result<Vec<String>> {
        let Ok(at) = self.all.binary_search_by_key(&seq, |write| write.seq) else { return Ok(Vec::new()) };
        let mut paths = Vec::new();
        visit_pairs(history, &[self.all[at].bodies], &mut |_, before, after| {
            paths = match (before, after) {
                (Some(before), Some(after)) => {
                    paths_between(before, after).iter().map(|changed| changed.path().to_owned()).collect()
                }
                (None, Some(created)) => leaves_of(created),
                (_, None) => Vec::new(),
            };
            Ok(())
        })?;
        Ok(paths)
    }
}

/// The paths of a created object below `spec` and `data`, or all if it has neither.
fn leaves_of(created: &Content) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    visit_pointers(&created.text, |pointer, _| {
        if paths.len() < MAX_PATHS {
            paths.push(pointer());
        }
    })
    .unwrap_or_default();
    let wanted = |path: &String| path.starts_with("/spec") || path.starts_with("/data");
    if paths.iter().any(wanted) {
        paths.retain(wanted);
    }
    paths
}

/// A version in the history of its object.
#[derive(Clone, Copy)]
struct State {
    rank: Rank,
    shape: Shape,
    id: VersionId,
    body: Option<BodyId>,
    gone: bool,
}

impl State {
    fn of(version: &Version) -> State {
        State { rank: version.rank, shape: version.shape, id: version.id, body: version.body, gone: version.gone }
    }

    /// The body, if the object exists and is known as a whole.
    fn whole(&self) -> Option<BodyId> {
        self.body.filter(|_| !self.gone && self.shape >= Shape::Reconstructed)
    }
}

/// The versions of each object by rank, one per rank.
type Chains = HashMap<ObjectId, Vec<State>>;

struct Reader<'a> {
    side: &'a Side<'a>,
    range: Lineage,
    kinds: HashMap<KindId, Kind>,
    names: Names,
    compared: HashMap<Arc<ObjectKey>, Arc<ComparedName>>,
    writes: Vec<Operation>,
    observed: Vec<VersionId>,
}

impl Reader<'_> {
    fn read_operations(&mut self) -> Result<()> {
        let (mut next, last) = (self.range.first(), self.range.last());
        while next <= last && !self.range.is_empty() {
            let page = self.side.history.operations(&self.range, next..=last, PAGE)?;
            let Some(end) = page.last() else { return Ok(()) };
            next = end.seq.next();
            for operation in page {
                self.observed.extend(operation.version);
                if operation.list.as_ref().is_some_and(|list| list.changed > 0) {
                    self.read_items(operation.seq)?;
                }
                if operation.verb.is_write() && operation.outcome == Outcome::Done && !self.is_bookkeeping(&operation) {
                    self.writes.push(operation);
                }
            }
        }
        Ok(())
    }

    fn read_items(&mut self, seq: Seq) -> Result<()> {
        let mut skip = 0;
        loop {
            let items = self.side.history.list_items(&self.range, seq, skip, PAGE)?;
            skip += items.len();
            self.observed.extend(items.iter().filter_map(|(_, version)| *version));
            if items.len() < PAGE {
                return Ok(());
            }
        }
    }

    fn is_bookkeeping(&self, operation: &Operation) -> bool {
        let kind = operation.kind.and_then(|kind| self.kinds.get(&kind));
        kind.is_none_or(|kind| is_bookkeeping(&kind.group, &kind.resource))
    }

    /// Reads the histories of the written objects.
    fn chains(&mut self) -> Result<Chains> {
        self.observed.sort_unstable();
        self.observed.dedup();
        let mut chains: Chains = self.writes.iter().filter_map(|write| write.object).map(|object| (object, Vec::new())).collect();
        for ids in self.observed.chunks(PAGE) {
            for version in self.side.history.versions_of_ids(ids)? {
                if let Some(chain) = chains.get_mut(&version.object) {
                    chain.push(State::of(&version));
                }
            }
        }
        for chain in chains.values_mut() {
            chain.sort_unstable_by_key(|state| (state.rank, std::cmp::Reverse(state.shape)));
            chain.dedup_by_key(|state| state.rank);
            if let Some(first) = chain.first()
                && let Some(before) = self.side.history.previous_version(self.side.lineage, first.id)?
            {
                chain.insert(0, State::of(&before));
            }
        }
        Ok(chains)
    }

    fn into_writes(mut self, chains: &Chains) -> Result<Writes> {
        let versions = self.versions_of_writes()?;
        let mut writes = Vec::with_capacity(self.writes.len());
        let mut unread = Vec::new();
        for operation in std::mem::take(&mut self.writes) {
            let version = operation.version.and_then(|version| versions.get(&version));
            let known = known_change(&operation, version);
            let place = version.filter(|_| known.is_none()).and_then(|version| place_of(chains.get(&version.object)?, version));
            let bodies = place.and_then(|(before, after)| bodies_of(before, after)).unwrap_or_default();
            if bodies.1.is_some() {
                unread.push(((operation.object, version.map(|version| version.rank)), writes.len()));
            }
            let class = class_of(&operation);
            let change = known.unwrap_or(NormalisedChange::UNKNOWN);
            writes.push(Write {
                seq: operation.seq,
                actor: self.names.actor(operation.actor),
                object: self.compared(&operation)?,
                class,
                change: pair(class, change.values),
                fields: pair(class, change.fields),
                bodies,
            });
        }
        // Neighbours in an object's history share a body.
        unread.sort_unstable();
        let pairs: Vec<BodyPair> = unread.iter().map(|(_, at)| writes[*at].bodies).collect();
        visit_pairs(self.side.history, &pairs, &mut |at, before, after| {
            if let Some(after) = after {
                let change = NormalisedChange::between(before, after);
                let write = &mut writes[unread[at].1];
                (write.change, write.fields) = (pair(write.class, change.values), pair(write.class, change.fields));
            }
            Ok(())
        })?;
        Ok(Writes { all: writes })
    }

    fn versions_of_writes(&self) -> Result<HashMap<VersionId, Version>> {
        let mut ids: Vec<VersionId> = self.writes.iter().filter_map(|write| write.version).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(PAGE) {
            found.extend(self.side.history.versions_of_ids(ids)?.into_iter().map(|version| (version.id, version)));
        }
        Ok(found)
    }

    fn compared(&mut self, operation: &Operation) -> Result<Arc<ComparedName>> {
        let known = operation.object.map(|object| self.names.object(self.side.history, object)).transpose()?.flatten();
        let key = known.unwrap_or_else(|| {
            let kind = operation.kind.and_then(|kind| self.kinds.get(&kind));
            let (group, resource) = kind.map_or_else(Default::default, |kind| (kind.group.clone(), kind.resource.clone()));
            Arc::new(ObjectKey { group, resource, namespace: operation.namespace.clone(), name: operation.name.clone() })
        });
        let compared = || Arc::new(ComparedName::of(&key));
        Ok(self.compared.entry(key.clone()).or_insert_with(compared).clone())
    }
}

/// The version before a version, and the version itself in its fullest shape.
fn place_of<'a>(chain: &'a [State], version: &Version) -> Option<(Option<&'a State>, &'a State)> {
    let at = chain.binary_search_by_key(&version.rank, |state| state.rank).ok()?;
    Some((at.checked_sub(1).and_then(|before| chain.get(before)), chain.get(at)?))
}

/// The bodies before and after a write. `None` if one of them should be known and is not.
fn bodies_of(before: Option<&State>, after: &State) -> Option<BodyPair> {
    let written = after.whole()?;
    match before.filter(|before| !before.gone) {
        Some(before) => Some((Some(before.whole()?), Some(written))),
        None => Some((None, Some(written))),
    }
}

/// The change of a write for which no content is needed.
fn known_change(operation: &Operation, version: Option<&Version>) -> Option<NormalisedChange> {
    match version {
        _ if matches!(operation.verb, Verb::Delete | Verb::DeleteCollection) => Some(NormalisedChange::DELETED),
        None => Some(NormalisedChange::UNKNOWN),
        Some(version) if version.gone => Some(NormalisedChange::DELETED),
        Some(version) if operation.changed_nothing(version) => Some(NormalisedChange::NOTHING),
        Some(_) => None,
    }
}

/// Writes of different classes are different. An update and a patch with the same effect are the same.
fn class_of(operation: &Operation) -> u64 {
    match operation.verb {
        Verb::Create if operation.subresource.is_empty() => 1,
        Verb::Update | Verb::Patch => 2,
        Verb::Delete => 3,
        Verb::DeleteCollection => 4,
        _ => bytes(operation.subresource.as_bytes()),
    }
}
