//! Kubernetes' own conventions: request paths, kinds, selectors, statuses.

pub mod request;
