//! Who made a request, as far as an audit event tells.
//!
//! The user, or whom that user acts as; below it the part of the program or the program, and among replicas the pod. So
//! the scheduler's leader election and its work are two actors of one user.

use std::sync::Arc;

use super::event::Event;
use kuberewind_model::k8s::request::Query;
use kuberewind_model::k8s::user_agent;

/// Names are cut here: they come from a file.
const LONGEST: usize = 128;

/// The actor's name.
pub(super) fn actor(event: &Event<'_>) -> Arc<str> {
    let user = plain(event.user()).unwrap_or_else(|| "unknown".to_owned());
    let mut name = user.clone();
    let agent = event.user_agent.as_deref().unwrap_or_default();
    let component = user_agent::component(agent);
    let manager = || {
        let uri = event.uri();
        plain(Query::parse(uri.split_once('?').map_or("", |(_, query)| query)).get("fieldManager"))
    };
    let part = match component {
        // The name of the user again.
        Some(component) if component == user => None,
        Some(component) => plain(component),
        None => user_agent::program(agent).and_then(plain).or_else(manager),
    };
    for part in [event.pod(), part].into_iter().flatten() {
        name.push('/');
        name.push_str(&part);
    }
    name.into()
}

/// A name that is fit to be shown; `None` where nothing is left of it.
pub(super) fn plain(name: &str) -> Option<String> {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    (!name.is_empty()).then_some(name)
}
