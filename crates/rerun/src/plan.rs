//! The changes of the other actors after a moment, each with its cause.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::replacement::Replacement;
use kuberewind_analysis::compare::{ComparedName, NormalisedChange, changed_paths};
use kuberewind_analysis::queries::Author;
use kuberewind_analysis::queries::causality::{NodeType, Window, causality};
use kuberewind_analysis::queries::history::{HistoryLimits, history as history_of};
use kuberewind_model::{
    Actor, BodyId, Certainty, Error, ErrorKind, History, Lineage, Object, ObjectId, Outcome, Result, Seq, SessionRange, Shape,
    Timestamp, Version, VersionId,
};

/// Operations per read.
const PAGE: usize = 4_096;
/// The most versions of one object.
const MAX_VERSIONS: usize = 20_000;
/// The most changes of a plan.
const MAX_CHANGES: usize = 200_000;

/// Which changes of the other actors are replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Reactions to writes of the operator after the new operator has made the same write, all others in order.
    Causal,
    All,
    None,
}

/// What the other actors did after a moment.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// In their order.
    pub changes: Vec<PlannedChange>,
    /// The writes of the replaced actor that others reacted to.
    pub writes: Vec<OperatorWrite>,
}

/// A change of another actor.
#[derive(Debug, Clone)]
pub struct PlannedChange {
    /// The operation in which it was first observed.
    pub seq: Seq,
    pub at: Timestamp,
    /// `Kind/namespace/name`.
    pub object: String,
    /// The plural, as in URLs.
    pub resource: Arc<str>,
    pub namespace: Arc<str>,
    pub name: Arc<str>,
    /// The text before it; `None` for a create.
    pub before: Option<BodyId>,
    /// The text after it; `None` for a deletion.
    pub after: Option<BodyId>,
    /// The actor, or the field manager if its calls are not recorded. '' if unknown.
    pub actor: Arc<str>,
    /// The field manager of the write, '' if unknown.
    pub manager: Arc<str>,
    /// The write of the replaced actor that it is a reaction to, as a place in [`Plan::writes`].
    pub reacts_to: Option<usize>,
}

impl PlannedChange {
    /// A change of nothing, first observed in an operation.
    #[must_use]
    pub fn of(seq: Seq, at: Timestamp) -> PlannedChange {
        let none: Arc<str> = "".into();
        PlannedChange {
            seq,
            at,
            object: String::new(),
            resource: none.clone(),
            namespace: none.clone(),
            name: none.clone(),
            before: None,
            after: None,
            actor: none.clone(),
            manager: none,
            reacts_to: None,
        }
    }
}

/// A write of the replaced actor.
#[derive(Debug, Clone)]
pub struct OperatorWrite {
    pub object: ComparedName,
    pub change: NormalisedChange,
}

impl Plan {
    /// Reads what happened after a moment.
    ///
    /// # Errors
    /// The recording cannot be read, or there are more than 200,000 changes.
    pub fn read(history: &dyn History, lineage: &Lineage, after: Seq, replaced: &Replacement) -> Result<Plan> {
        let later = |range: &SessionRange| SessionRange { from: range.from.max(after.next()), ..*range };
        let range = Lineage::new(lineage.ranges().iter().map(later));
        if range.is_empty() {
            return Ok(Plan::default());
        }
        let actors = history.actors()?.into_iter().map(|Actor { id, name, .. }| (id, name)).collect::<HashMap<_, _>>();
        let (authors, objects, causes) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut reader = Reader { history, lineage, range, replaced, authors, objects, causes };
        let observed = reader.observed(&|operation| actors.get(&operation.actor).cloned().unwrap_or_else(|| "".into()))?;
        reader.plan(&observed)
    }
}

/// A version that was first observed after the moment.
struct Observed {
    seq: Seq,
    at: Timestamp,
    version: Version,
    /// The actor, if the operation is its write.
    written_by: Option<Arc<str>>,
}

struct Reader<'a> {
    history: &'a dyn History,
    lineage: &'a Lineage,
    range: Lineage,
    replaced: &'a Replacement,
    authors: HashMap<ObjectId, HashMap<Seq, Author>>,
    objects: HashMap<ObjectId, Object>,
    /// By uid: the last write of the replaced actor to the object, or to what owns it.
    causes: HashMap<Arc<str>, Seq>,
}

impl Reader<'_> {
    fn observed(&self, actor_of: &dyn Fn(&kuberewind_model::Operation) -> Arc<str>) -> Result<Vec<Observed>> {
        let (mut next, last) = (self.range.first(), self.range.last());
        let mut found = Vec::new();
        while next <= last {
            let page = self.history.operations(&self.range, next..=last, PAGE)?;
            let Some(end) = page.last() else { break };
            next = end.seq.next();
            let mut wanted: HashMap<VersionId, usize> = HashMap::new();
            for (at, operation) in page.iter().enumerate() {
                if operation.changed_world
                    && let Some(version) = operation.version
                {
                    wanted.entry(version).or_insert(at);
                }
                if operation.list.as_ref().is_some_and(|list| list.changed > 0) {
                    let items = self.history.list_items(&self.range, operation.seq, 0, usize::MAX)?;
                    items.into_iter().filter_map(|(_, version)| version).for_each(|version| {
                        wanted.entry(version).or_insert(at);
                    });
                }
            }
            let mut ids: Vec<VersionId> = wanted.keys().copied().collect();
            ids.sort_unstable();
            for version in self.history.versions_of_ids(&ids)? {
                let Some(operation) = wanted.get(&version.id).and_then(|at| page.get(*at)) else { continue };
                if version.first_observed == operation.seq && (version.gone || version.shape >= Shape::Reconstructed) {
                    let written = operation.verb.is_write() && operation.outcome == Outcome::Done;
                    let written_by = written.then(|| actor_of(operation));
                    found.push(Observed { seq: operation.seq, at: operation.at, version, written_by });
                }
            }
            if found.len() > MAX_CHANGES {
                return Err(Error::new(ErrorKind::Invalid, format!("more than {MAX_CHANGES} changes follow the moment"))
                    .hint("choose a later moment"));
            }
        }
        found.sort_by_key(|one| (one.seq, one.version.rank));
        Ok(found)
    }

    fn plan(&mut self, observed: &[Observed]) -> Result<Plan> {
        let roots = self.roots()?;
        let mut plan = Plan::default();
        let mut places: HashMap<Seq, usize> = HashMap::new();
        for one in observed {
            let Some(object) = self.object(one.version.object)? else { continue };
            if is_bookkeeping(&object.key.group, &object.key.resource) {
                continue;
            }
            let (actor, write) = self.author(one)?;
            if self.replaced.includes(&actor) {
                self.causes.extend(write.map(|write| (object.uid.clone(), write)));
                continue;
            }
            let before = self.history.previous_version(self.lineage, one.version.id)?.filter(|before| !before.gone);
            let root = match write {
                Some(write) => roots.get(&write).copied(),
                None => self.by_owner(one, before.as_ref(), &object)?,
            };
            let reacts_to = match root {
                Some(root) => self.place(root, &mut places, &mut plan.writes)?,
                None => None,
            };
            let detail = write.map(|write| self.history.operation_detail(self.lineage, write)).transpose()?.flatten();
            let manager = detail.map(|detail| detail.detail.field_manager).filter(|manager| !manager.is_empty());
            plan.changes.push(PlannedChange {
                object: object.to_string(),
                resource: object.key.resource.clone(),
                namespace: object.key.namespace.clone(),
                name: object.key.name.clone(),
                before: before.and_then(|before| before.body),
                after: one.version.body.filter(|_| !one.version.gone),
                manager: manager.unwrap_or_else(|| actor.clone()),
                actor,
                reacts_to,
                ..PlannedChange::of(one.seq, one.at)
            });
        }
        Ok(plan)
    }

    /// For a change whose write is not recorded: the last write of the replaced actor to an owner of the object, or to an owner of that.
    /// A change of the status alone also reacts to a write to the object itself.
    fn by_owner(&mut self, one: &Observed, before: Option<&Version>, object: &Object) -> Result<Option<Seq>> {
        let last = before.filter(|_| one.version.gone).unwrap_or(&one.version);
        let (text, earlier) = (self.text(Some(last))?, self.text(before)?);
        let content: Value = text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let owners = content["metadata"]["ownerReferences"].as_array().into_iter().flatten();
        let of_owner = owners.filter_map(|owner| self.causes.get(owner["uid"].as_str()?)).max().copied();
        if let Some(root) = of_owner {
            self.causes.insert(object.uid.clone(), root);
            return Ok(Some(root));
        }
        let is_status = match (earlier.as_deref(), text.as_deref()) {
            (Some(earlier), Some(text)) => {
                changed_paths(earlier, text).iter().all(|changed| changed.path().starts_with("/status"))
            }
            _ => false,
        };
        Ok(self.causes.get(&object.uid).copied().filter(|_| is_status))
    }

    fn text(&self, version: Option<&Version>) -> Result<Option<Arc<str>>> {
        let body = version.filter(|version| !version.gone).and_then(|version| version.body);
        Ok(body.map(|body| self.history.body(body)).transpose()?.flatten())
    }

    /// The author of a version, and its write if that is recorded.
    fn author(&mut self, one: &Observed) -> Result<(Arc<str>, Option<Seq>)> {
        if let Some(actor) = &one.written_by {
            return Ok((actor.clone(), Some(one.seq)));
        }
        let object = one.version.object;
        if !self.authors.contains_key(&object) {
            let limits = HistoryLimits { versions: MAX_VERSIONS, fields: 0 };
            let entries = history_of(self.history, self.lineage, object, self.lineage.last(), limits)?.versions;
            self.authors.insert(object, entries.into_iter().map(|entry| (entry.operation, entry.writer)).collect());
        }
        let author = self.authors.get(&object).and_then(|authors| authors.get(&one.seq));
        let known = author.filter(|author| author.certainty >= Certainty::Likely);
        Ok((
            known.and_then(|author| author.actor.as_deref()).unwrap_or_default().into(),
            known.and_then(|author| author.operation),
        ))
    }

    fn object(&mut self, id: ObjectId) -> Result<Option<Object>> {
        if let Some(known) = self.objects.get(&id) {
            return Ok(Some(known.clone()));
        }
        let found = self.history.object(id)?;
        self.objects.extend(found.clone().map(|object| (id, object)));
        Ok(found)
    }

    /// For each write of another actor whose chain of causes begins at a write of the replaced actor: that write. Of several, the last.
    fn roots(&self) -> Result<HashMap<Seq, Seq>> {
        let window = Window { from: self.range.first(), to: self.range.last(), ..Window::default() };
        let graph = causality(self.history, &self.range, &window)?;
        let is_root: Vec<bool> =
            graph.nodes.iter().map(|node| node.node_type == NodeType::Op && self.replaced.includes(&node.actor_id)).collect();
        let mut effects: HashMap<usize, Vec<usize>> = HashMap::new();
        for edge in graph.edges.iter().filter(|edge| edge.certainty >= Certainty::Likely) {
            effects.entry(edge.ends.0).or_default().push(edge.ends.1);
        }
        let mut roots: HashMap<usize, Seq> = HashMap::new();
        // In order, so that a later root replaces an earlier one. Each root goes over each node at most once.
        for start in (0..graph.nodes.len()).filter(|node| is_root[*node]) {
            let root = graph.nodes[start].at;
            let mut open = vec![start];
            while let Some(node) = open.pop() {
                for effect in effects.get(&node).into_iter().flatten().copied() {
                    if !is_root[effect] && roots.insert(effect, root) != Some(root) {
                        open.push(effect);
                    }
                }
            }
        }
        let of_write = |(node, root): (usize, Seq)| {
            let node = graph.nodes.get(node).filter(|node| node.node_type == NodeType::Op)?;
            Some((node.at, root))
        };
        Ok(roots.into_iter().filter_map(of_write).collect())
    }

    /// The place of a write of the replaced actor in the plan.
    fn place(&mut self, root: Seq, places: &mut HashMap<Seq, usize>, writes: &mut Vec<OperatorWrite>) -> Result<Option<usize>> {
        if let Some(known) = places.get(&root) {
            return Ok(Some(*known));
        }
        let Some(operation) = self.history.operation(self.lineage, root)? else { return Ok(None) };
        let version = operation.version.map(|version| self.history.version(version)).transpose()?.flatten();
        let (Some(object), Some(version)) = (operation.object, version) else { return Ok(None) };
        let Some(object) = self.object(object)? else { return Ok(None) };
        let before = self.history.previous_version(self.lineage, version.id)?.filter(|before| !before.gone);
        let (earlier, text) = (self.text(before.as_ref())?, self.text(Some(&version))?);
        let change = NormalisedChange::of_texts(earlier.as_deref(), text.as_deref());
        writes.push(OperatorWrite { object: ComparedName::of(&object.key), change });
        places.insert(root, writes.len() - 1);
        Ok(Some(writes.len() - 1))
    }
}

/// True for objects that are not replayed: leases and Events.
pub(super) fn is_bookkeeping(group: &str, resource: &str) -> bool {
    matches!((group, resource), ("coordination.k8s.io", "leases") | ("" | "events.k8s.io", "events"))
}
