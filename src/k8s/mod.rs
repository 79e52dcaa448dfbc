//! Kubernetes' own conventions: request paths, kinds, selectors, statuses.

pub mod managed_fields;
pub mod kinds;
pub mod request;
