//! Kubernetes' own conventions: request paths, kinds, selectors, statuses.

pub mod kinds;
pub mod request;
pub mod selector;
pub mod status;
