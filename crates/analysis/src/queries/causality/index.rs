//! Writes and deliveries, indexed to find the triggers of reconciles.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::super::context::QueryContext;
use kuberewind_model::{ActorId, ObjectId, Operation, Outcome, Rank, Result, Seq, Span, Version};
use kuberewind_query::cel::Needs;

/// The most deliveries before a reconcile that are considered if its trigger is unknown.
const MAX_WAITING: usize = 256;

#[derive(Clone, Copy)]
pub(super) struct Delivery {
    pub(super) seq: Seq,
    pub(super) object: ObjectId,
}

/// An owner reference.
struct Owner {
    kind: String,
    name: String,
}

/// The index, built in one pass over the operations.
#[derive(Default)]
pub(super) struct CausalityIndex {
    /// By object and rank: the write whose response was that version.
    writes: HashMap<ObjectId, BTreeMap<Rank, Seq>>,
    /// By actor, in order.
    deliveries: HashMap<ActorId, Vec<Delivery>>,
    by_uid: HashMap<Arc<str>, ObjectId>,
    owners: HashMap<ObjectId, Vec<Owner>>,
}

impl CausalityIndex {
    pub(super) fn add_operation(&mut self, context: &QueryContext<'_>, operation: &Operation) -> Result<Option<Version>> {
        let (Some(object), Some(version)) = (operation.object, operation.version) else { return Ok(None) };
        if operation.verb.is_watch_event() {
            let deliveries = self.deliveries.entry(operation.actor).or_default();
            deliveries.push(Delivery { seq: operation.seq, object });
            self.add_object(context, object)?;
            return Ok(None);
        }
        if !operation.verb.is_write() || operation.outcome != Outcome::Done {
            return Ok(None);
        }
        self.add_object(context, object)?;
        let version = context.history.version(version)?;
        if let Some(version) = &version {
            // The response of a no-op write is a version of an earlier write, which stays.
            self.writes.entry(object).or_default().entry(version.rank).or_insert(operation.seq);
        }
        Ok(version)
    }

    fn add_object(&mut self, context: &QueryContext<'_>, object: ObjectId) -> Result<()> {
        if self.owners.contains_key(&object) {
            return Ok(());
        }
        let found = context.object(object)?;
        if !found.uid.is_empty() {
            self.by_uid.insert(found.uid, object);
        }
        // Owners seldom change, so the first known version is used.
        let first =
            context.history.versions(context.lineage, object, Seq(1)..=Seq::MAX, kuberewind_model::Direction::Forward, 1)?;
        let needs = Needs::of_pointers(&["/metadata/ownerReferences"]);
        let text = first.first().map(|version| context.text(version)).transpose()?.flatten();
        let state = text.and_then(|text| needs.prune(&text).ok());
        let list = state.as_ref().and_then(|state| state.pointer("/metadata/ownerReferences")).and_then(Value::as_array);
        let owner =
            |one: &Value| Some(Owner { kind: one.get("kind")?.as_str()?.into(), name: one.get("name")?.as_str()?.into() });
        let owners = list.map(|list| list.iter().filter_map(owner).collect()).unwrap_or_default();
        self.owners.insert(object, owners);
        Ok(())
    }

    pub(super) fn object_with_uid(&self, uid: &str) -> Option<ObjectId> {
        self.by_uid.get(uid).copied()
    }

    /// The write that made this version.
    pub(super) fn write_of(&self, object: ObjectId, rank: Rank) -> Option<Seq> {
        self.writes.get(&object)?.get(&rank).copied()
    }

    /// The write that made the nearest version before this one.
    pub(super) fn write_before(&self, object: ObjectId, rank: Rank) -> Option<Seq> {
        self.writes.get(&object)?.range(..rank).next_back().map(|(_, seq)| *seq)
    }

    /// The deliveries to an actor after `from`, up to `to`; those to its process if it has no watches of its own.
    pub(super) fn delivered(&self, actor: ActorId, process: ActorId, from: Seq, to: Seq) -> &[Delivery] {
        let Some(all) = self.deliveries.get(&actor).or_else(|| self.deliveries.get(&process)) else { return &[] };
        let start = all.partition_point(|delivery| delivery.seq <= from);
        let end = all.partition_point(|delivery| delivery.seq <= to);
        let start = start.max(end.saturating_sub(MAX_WAITING));
        all.get(start..end).unwrap_or_default()
    }

    /// True if the object has an owner reference to the reconciled object.
    pub(super) fn is_owned_by(&self, context: &QueryContext<'_>, object: ObjectId, span: &Span) -> Result<bool> {
        let named = |owner: &Owner| owner.name == *span.object.name && owner.kind == *span.kind_name;
        let owned = self.owners.get(&object).is_some_and(|owners| owners.iter().any(named));
        Ok(owned && (span.object.namespace.is_empty() || context.object(object)?.key.namespace == span.object.namespace))
    }
}
