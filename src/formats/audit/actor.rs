//! Names the actor of an audit event.
//!
//! It is the user or impersonated user, with the pod (among replicas) and the component or program. So the scheduler's leader
//! election and its work are two actors of one user.

use std::sync::Arc;

use super::clean_name::clean_name;
use super::event::Event;
use kuberewind_model::k8s::request::Query;
use kuberewind_model::k8s::user_agent;

pub(super) fn actor(event: &Event<'_>) -> Arc<str> {
    let user = clean_name(event.user()).unwrap_or_else(|| "unknown".to_owned());
    let mut name = user.clone();
    let agent = event.user_agent.as_deref().unwrap_or_default();
    let component = user_agent::component(agent);
    let manager = || {
        let uri = event.uri();
        clean_name(Query::parse(uri.split_once('?').map_or("", |(_, query)| query)).get("fieldManager"))
    };
    let part = match component {
        // It would repeat the name of the user.
        Some(component) if component == user => None,
        Some(component) => clean_name(component),
        None => user_agent::program(agent).and_then(clean_name).or_else(manager),
    };
    for part in [event.pod(), part].into_iter().flatten() {
        name.push('/');
        name.push_str(&part);
    }
    name.into()
}
