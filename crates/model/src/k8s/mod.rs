//! Kubernetes conventions: names of actors, request paths, kinds, selectors, statuses, managed fields, user agents.

pub mod actor_name;
pub mod kinds;
pub mod managed_fields;
pub mod request;
pub mod selector;
pub mod status;
pub mod user_agent;
