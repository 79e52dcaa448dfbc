//! The API server's reads of the recording.

use std::sync::Arc;
use std::time::Duration;

use http::Response;
use http::request::Parts;
use kuberewind_cluster::source_api::Writes;
use kuberewind_cluster::{Change, ClusterBody, Feed, Name, Objects, Registry, Source, States, TableKey, Version};
use kuberewind_model::Timestamp;
use kuberewind_model::k8s::status::Status;
use serde_json::Value;
use tokio::sync::watch::Receiver;

use super::past::Past;
use super::refusals::{missing, refusal, unreadable};
use super::served::Served;
use super::state::{State, Table};

/// The interval of bookmarks on a quiet watch.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

impl Feed for Served {
    fn now(&self) -> Timestamp {
        self.lock().time
    }

    fn revision(&self) -> u64 {
        self.lock().log.revision()
    }

    fn subscribe(&self) -> Receiver<u64> {
        self.revision.subscribe()
    }

    fn bookmark_every(&self) -> Duration {
        BOOKMARK_EVERY
    }

    fn all(&self, table: &TableKey, namespace: &str) -> Result<Objects, Status> {
        let mut past = self.lock();
        let states = within(past.table(table).map_err(|error| unreadable(&error))?, namespace);
        let versions = versions(&mut past, table, &states)?;
        Ok((past.log.revision(), states.into_iter().map(|(name, _)| name).zip(versions).collect()))
    }

    fn changes_after(&self, revision: u64, table: &TableKey, limit: usize) -> Result<(u64, Vec<Arc<Change>>), Status> {
        let mut past = self.lock();
        let Some(changes) = past.log.after(revision) else {
            return Err(Status::expired(format!("too old resource version: {revision} ({})", past.log.compacted())));
        };
        let (mut position, mut logged) = (revision, Vec::new());
        for change in changes.take(limit) {
            position = change.revision;
            if change.table == *table {
                logged.push(change.clone());
            }
        }
        let mut found = Vec::new();
        for change in logged {
            let mut version = |state: Option<State>| -> Result<Option<Arc<Version>>, Status> {
                let Some(state) = state else { return Ok(None) };
                Ok(versions(&mut past, table, &[(change.name.clone(), state)])?.pop())
            };
            let (before, after) = (version(change.before)?, version(change.after)?);
            found.push(Arc::new(Change::new(change.revision, change.table, change.name, before, after)));
        }
        Ok((position, found))
    }
}

impl Source for Served {
    type State = State;

    fn registry(&self) -> Arc<Registry> {
        self.lock().registry.clone()
    }

    fn version(&self) -> Option<Value> {
        self.lock().version()
    }

    fn get(&self, table: &TableKey, name: &Name) -> Result<Arc<Version>, Status> {
        let mut past = self.lock();
        let state = past.table(table).map_err(|error| unreadable(&error))?.get(name).cloned();
        let Some(state) = state else { return Err(missing(&past, table, name)) };
        let mut found = versions(&mut past, table, &[(name.clone(), state)])?;
        found.pop().ok_or_else(|| missing(&past, table, name))
    }

    fn states_at(&self, table: &TableKey, namespace: &str, revision: u64) -> Result<Option<States<State>>, Status> {
        let mut past = self.lock();
        past.table(table).map_err(|error| unreadable(&error))?;
        let empty = Table::new();
        let today = past.tables.get(table).unwrap_or(&empty);
        if revision >= past.log.revision() {
            return Ok(Some(within(today, namespace)));
        }
        Ok(past.log.table_at(table, today, revision).map(|past| within(&past, namespace)))
    }

    fn load(&self, table: &TableKey, states: &[(Name, State)]) -> Result<Vec<Arc<Version>>, Status> {
        versions(&mut self.lock(), table, states)
    }

    fn without_kubelet(&self) -> Status {
        refusal(&self.lock(), "it has no running containers")
    }
}

impl Writes for Served {
    fn write(&self, parts: &Parts, body: &[u8]) -> Result<Response<ClusterBody>, Status> {
        self.act(|past| past.write(parts, body))
    }
}

/// The objects of a namespace ('' for all), by name.
fn within(table: &Table, namespace: &str) -> Vec<(Name, State)> {
    let from = Name::new(namespace, "");
    let chosen = table.range(from..).take_while(|(name, _)| namespace.is_empty() || *name.namespace == *namespace);
    chosen.map(|(name, state)| (name.clone(), state.clone())).collect()
}

fn versions(past: &mut Past, table: &TableKey, states: &[(Name, State)]) -> Result<Vec<Arc<Version>>, Status> {
    past.versions(table, states).map_err(|error| unreadable(&error))
}
