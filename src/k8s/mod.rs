//! Kubernetes' own conventions: request paths, kinds, selectors, statuses.

pub mod kinds;
pub mod request;
