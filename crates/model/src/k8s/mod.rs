//! Kubernetes' own conventions: request paths, kinds, selectors, statuses.

pub mod kinds;
pub mod managed_fields;
pub mod request;
pub mod selector;
pub mod status;
pub mod user_agent;
