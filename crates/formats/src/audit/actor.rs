//! Names the actors of audit events by the shared rule, and tells processes with one name apart.
//!
//! A log has no process ids. Two senders with one program are two processes if their pods differ, or their users. The log is read
//! before it is written, so a name is qualified only where it is ambiguous: `manager@shop-operator`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::clean_name::clean_name;
use super::event::Event;
use kuberewind_model::k8s::actor_name::{ActorName, Sender, service_account, short_user};
use kuberewind_model::k8s::request::Query;

/// Processes, and senders of one process, that are distinguished.
const MAX_KNOWN: usize = 4_096;

/// The user and the pod of an event.
type Account = (String, String);

/// The accounts of each process in a log.
#[derive(Debug, Default)]
pub(super) struct AuditActors {
    accounts: HashMap<String, BTreeSet<Account>>,
}

impl AuditActors {
    /// Notes the sender of an event. Called for all events before the first [`AuditActors::name`].
    pub(super) fn observe(&mut self, event: &Event<'_>) {
        let name = name_of(event);
        let Some(account) = account_of(event, &name) else { return };
        if self.accounts.len() >= MAX_KNOWN && !self.accounts.contains_key(&name.process) {
            return;
        }
        let accounts = self.accounts.entry(name.process).or_default();
        if accounts.len() < MAX_KNOWN {
            accounts.insert(account);
        }
    }

    /// The actor of an event.
    pub(super) fn name(&self, event: &Event<'_>) -> Arc<str> {
        let name = name_of(event);
        let Some((user, pod)) = account_of(event, &name) else { return name.to_string().into() };
        let qualifier = match self.accounts.get(&name.process) {
            Some(accounts) if accounts.len() > 1 && !pod.is_empty() => Some(pod),
            Some(accounts) if accounts.len() > 1 => qualifier(accounts, &user),
            _ => None,
        };
        match qualifier {
            Some(qualifier) if qualifier != name.process => name.qualified(&qualifier).to_string().into(),
            _ => name.to_string().into(),
        }
    }
}

/// The short name of a user, with the namespace of a service account if another user has the same short name.
fn qualifier(accounts: &BTreeSet<Account>, user: &str) -> Option<String> {
    let short = short_user(user)?;
    let same = |(other, _): &&Account| other != user && short_user(other).as_deref() == Some(short.as_str());
    let is_unique = accounts.iter().find(same).is_none();
    let full = service_account(user).filter(|_| !is_unique).map(|(namespace, name)| format!("{name}.{namespace}"));
    Some(full.unwrap_or(short))
}

fn name_of(event: &Event<'_>) -> ActorName {
    let uri = event.uri();
    let query = Query::parse(uri.split_once('?').map_or("", |(_, query)| query));
    let sender = Sender {
        user_agent: event.user_agent.as_deref().unwrap_or_default(),
        user: event.user(),
        field_manager: query.get("fieldManager"),
        ..Sender::default()
    };
    ActorName::of(&sender).unwrap_or_else(|| ActorName::new("unknown".to_owned(), String::new()))
}

/// The account that tells a process from others. `None` if the controller's own service account does not: one process has an account
/// for each of its controllers.
fn account_of(event: &Event<'_>, name: &ActorName) -> Option<Account> {
    let user = event.user();
    let is_controllers = service_account(user).is_some_and(|(_, account)| account == name.controller);
    (!is_controllers).then(|| (clean_name(user).unwrap_or_default(), event.pod().unwrap_or_default()))
}
