//! Writes of clients: a cluster lies over the moment's world. What it changes goes into the tables and the log, as a move does.

use std::sync::Arc;

use http::Response;
use http::request::Parts;
use kuberewind_cluster::{Below, Change, ClusterBody, ClusterOptions, Fidelity, Name, Overlay, TableKey, Version, Written};
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::k8s::status::Status;
use kuberewind_model::{ManualClock, Presence, Verb};

use super::options::WritePolicy;
use super::past::Past;
use super::refusals::{missing, refusal, unreadable};
use super::state::State;
use super::written::WrittenObject;

/// True for a write that fails without the object.
fn needs_object(request: &ResourceRequest, parts: &Parts) -> bool {
    let media = parts.headers.get(http::header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    let creates = request.verb == Verb::Patch && media.starts_with("application/apply-patch");
    !request.name.is_empty() && !creates && matches!(request.verb, Verb::Update | Verb::Patch | Verb::Delete)
}

impl Past {
    /// Serves a write.
    pub(crate) fn write(&mut self, parts: &Parts, body: &[u8]) -> Result<Response<ClusterBody>, Status> {
        if self.options.writes == WritePolicy::Refuse {
            return Err(refusal(self, "start with --writable to change it"));
        }
        self.check_known(parts)?;
        let mut overlay = self.writes.overlay.take().unwrap_or_else(|| self.new_overlay());
        // If objects cannot be read, the overlay is dropped, and what it did of the write with it.
        let Written { response, changes, registry } = overlay.write(self, parts, body)?;
        for change in &changes {
            self.take_write(change)?;
        }
        self.writes.overlay = Some(overlay);
        if let Some(registry) = registry {
            self.registry = Arc::new(registry);
        }
        Ok(response)
    }

    /// A cluster that continues after the newest revision. Its clock stands at the moment.
    fn new_overlay(&self) -> Overlay {
        let revision = self.log.revision();
        // Each overlay with a write leaves a higher revision, so no two give the same uids.
        let seed = revision ^ self.time.0.unsigned_abs();
        let clock = Arc::new(ManualClock::at(self.time));
        let options = ClusterOptions { fidelity: Fidelity::Real, ..ClusterOptions::new(clock, seed) };
        Overlay::new(revision, (*self.registry).clone(), options)
    }

    /// Refuses a write of an object that the world does not have, with the same words as a read.
    fn check_known(&mut self, parts: &Parts) -> Result<(), Status> {
        let query = parts.uri.query().unwrap_or_default();
        let request = ResourceRequest::parse(&parts.method, parts.uri.path(), query);
        let Some(request) = request.filter(|request| needs_object(request, parts)) else { return Ok(()) };
        let table = TableKey { group: request.kind.group.clone(), plural: request.kind.resource.clone() };
        // The namespace is its own name in the path of a namespace.
        let namespace = if &*table.plural == "namespaces" && table.group.is_empty() { "" } else { &request.namespace };
        let name = Name::new(namespace, &request.name);
        if self.table(&table).map_err(|error| unreadable(&error))?.contains_key(&name) {
            return Ok(());
        }
        Err(missing(self, &table, &name))
    }

    /// Enters a change by the overlay in the tables and the log.
    fn take_write(&mut self, change: &Change) -> Result<(), Status> {
        let (table, name) = (TableKey::new(change.group(), change.plural()), Name::new(change.namespace(), change.name()));
        self.table(&table).map_err(|error| unreadable(&error))?;
        let objects = self.tables.entry(table.clone()).or_default();
        let after = change.after().cloned();
        let before = match &after {
            Some(version) => objects.insert(name.clone(), State::Written(version.clone())),
            None => objects.remove(&name),
        };
        let place = (table.clone(), name.clone());
        let here = match self.writes.objects.get(&place) {
            Some(known) => known.here,
            None => before.as_ref().and_then(State::recorded),
        };
        self.log.add_at(change.revision(), &table, name, before, after.clone().map(State::Written));
        if here.is_none() && after.is_none() {
            // Created and deleted by clients.
            self.writes.objects.remove(&place);
        } else {
            let written = WrittenObject { base: here, written: after, here, revision: change.revision() };
            self.writes.objects.insert(place, written);
        }
        Ok(())
    }
}

impl Below for Past {
    fn tables(&self) -> Vec<TableKey> {
        let mut tables: Vec<TableKey> = self.kinds.iter().map(super::kinds::key_of).collect();
        tables.extend(self.tables.keys().cloned());
        tables
    }

    fn objects(&mut self, table: &TableKey) -> Result<Vec<(Name, Arc<Version>)>, Status> {
        let known = |state: &State| state.recorded().is_none_or(|recorded| recorded.version.is_some());
        let all = self.table(table).map_err(|error| unreadable(&error))?;
        let states: Vec<(Name, State)> =
            all.iter().filter(|(_, state)| known(state)).map(|(name, state)| (name.clone(), state.clone())).collect();
        let versions = self.versions(table, &states).map_err(|error| unreadable(&error))?;
        Ok(states.into_iter().map(|(name, _)| name).zip(versions).collect())
    }

    fn is_unknown(&mut self, table: &TableKey, name: &Name) -> Result<bool, Status> {
        if self.writes.objects.contains_key(&(table.clone(), name.clone())) {
            return Ok(false);
        }
        Ok(self.presence(table, name).map_err(|error| unreadable(&error))? == Presence::Unknown)
    }
}
