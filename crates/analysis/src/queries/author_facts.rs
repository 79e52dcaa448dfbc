//! Facts other than the response of a write that name the author of a change.

use serde_json::Value;

use super::author::Author;
use super::transition::{Transition, VersionContent};
use kuberewind_model::k8s::managed_fields;
use kuberewind_model::{Certainty, Outcome, Result};

/// The label of kamera's tracer that names the reconcile which wrote an object last.
const LAST_WRITER: &str = "discrete.events/prev-write-reconcile-id";

impl<'a> Transition<'a> {
    /// The author by a precondition: the only write that required the earlier version, if its response is not known. Only one such
    /// write can succeed. Others may follow it, unless the two resourceVersions are consecutive.
    pub(super) fn by_precondition(&self, path: &str) -> Result<Option<Author>> {
        let Some(earlier) = self.earlier else { return Ok(None) };
        let base = &earlier.version.resource_version;
        if base.is_empty() || self.later.version.resource_version == *base {
            return Ok(None);
        }
        let mut writes = self.writes_between()?;
        writes.retain(|write| write.detail.precondition == *base && write.operation.outcome == Outcome::Done);
        let [write] = writes.as_slice() else { return Ok(None) };
        let returned = write.operation.version.map(|version| self.context.version(version)).transpose()?.flatten();
        // Some sources return the state before the write. Any other state means that the write made another version.
        let returned = returned.map(|returned| returned.rank);
        let (shows_base, shows_later) = (returned == Some(earlier.version.rank), returned == Some(self.later.version.rank));
        let made_another = returned.is_some() && !shows_base && !shows_later;
        let sent = self.candidate_reason(write, path)? == Some("sent this value");
        if made_another || !(sent || self.versions_are_consecutive()) {
            return Ok(None);
        }
        let certainty = if self.versions_are_consecutive() && !shows_base { Certainty::Exact } else { Certainty::Likely };
        self.by_write(write, certainty, format!("its precondition was resourceVersion {base}")).map(Some)
    }

    /// The author by the label with which a tracer marks each write: the reconcile that wrote this version. Writes of the status leave
    /// the label as it is, so only a changed label proves anything.
    pub(super) fn by_trace(&self, path: &str) -> Result<Option<Author>> {
        let label = |state: &'a VersionContent| {
            let mut marks =
                ["labels", "annotations"].iter().filter_map(|part| state.value.get("metadata")?.get(part)?.get(LAST_WRITER));
            marks.find_map(Value::as_str)
        };
        let (Some(earlier), Some(reconcile)) = (self.earlier, label(self.later)) else { return Ok(None) };
        let consecutive = self.versions_are_consecutive();
        if label(earlier) == Some(reconcile) || (!consecutive && path.starts_with("/status")) {
            return Ok(None);
        }
        let mut writes = Vec::new();
        for write in self.writes_between()? {
            let span = write.operation.span.map(|span| self.context.history.span(span)).transpose()?.flatten();
            if span.is_some_and(|span| *span.label == *reconcile) {
                writes.push(write);
            }
        }
        let evidence = format!("the object's label names reconcile {reconcile} as the last writer");
        match writes.as_slice() {
            [write] => self.by_write(write, if consecutive { Certainty::Exact } else { Certainty::Likely }, evidence).map(Some),
            // Of several writes of the reconcile, any may be the author.
            [.., last] => self.by_write(last, Certainty::Guess, evidence).map(Some),
            [] => Ok(None),
        }
    }

    /// The author of what a Binding sets: the scheduler. The API server makes no `managedFields` entry for it.
    pub(super) fn by_binding(&self, path: &str) -> Result<Option<Author>> {
        let object = self.context.object(self.later.version.object)?;
        if &*object.key.resource != "pods" || !object.key.group.is_empty() || self.earlier.is_none() {
            return Ok(None);
        }
        let of_binding = path == "/spec/nodeName" || self.is_scheduled_condition(path);
        if !of_binding || self.fresh_owners(path).any(|entry| entry.subresource != "binding") {
            return Ok(None);
        }
        let evidence = "a Binding sets this field";
        let mut bindings = self.writes_between()?;
        bindings.retain(|write| &*write.operation.subresource == "binding");
        if let [write] = bindings.as_slice() {
            return self.by_write(write, Certainty::Exact, evidence.to_owned()).map(Some);
        }
        let scheduler = self.later.value.pointer("/spec/schedulerName").and_then(Value::as_str).unwrap_or("default-scheduler");
        let evidence = format!("{evidence}; the Pod names {scheduler}");
        Ok(Some(Author { actor: Some(scheduler.to_owned()), certainty: Certainty::Likely, evidence, ..self.unknown_author() }))
    }

    /// True for a field of the `PodScheduled` condition.
    fn is_scheduled_condition(&self, path: &str) -> bool {
        let Some(rest) = path.strip_prefix("/status/conditions/") else { return false };
        let index = rest.split('/').next().unwrap_or_default();
        let kind = self.later.value.pointer(&format!("/status/conditions/{index}/type"));
        kind.and_then(Value::as_str) == Some("PodScheduled")
    }

    /// The only field manager of the object: no other manager has written it.
    pub(super) fn by_sole_owner(&self) -> Result<Option<Author>> {
        // A deletion is no write of a field manager.
        let dying = |state: &VersionContent| state.value.pointer("/metadata/deletionTimestamp").is_some();
        if dying(self.later) && !self.earlier.is_some_and(dying) {
            return Ok(None);
        }
        let mut entries = managed_fields::entries(&self.later.value);
        let Some(first) = entries.next().filter(|first| !first.manager.is_empty()) else { return Ok(None) };
        if entries.any(|other| other.manager != first.manager) {
            return Ok(None);
        }
        let evidence = format!("{} is the only field manager of the object", first.manager);
        let mut writes = self.writes_between()?;
        writes.retain(|write| write.manager() == first.manager);
        if let [write] = writes.as_slice() {
            return self.by_write(write, Certainty::Likely, evidence).map(Some);
        }
        let mut actors: Vec<_> = writes.iter().map(|write| write.operation.actor).collect();
        actors.dedup();
        let actor = match actors.as_slice() {
            [actor] => self.context.actor_name(*actor)?.to_string(),
            _ => first.manager.to_owned(),
        };
        Ok(Some(Author { actor: Some(actor), certainty: Certainty::Likely, evidence, ..self.unknown_author() }))
    }
}
