//! Kubernetes audit events: every request that an API server handled, as the server logged it.
//!
//! - The stages of a request are joined by its audit id; the last one counts. A watch is open from `ResponseStarted` on.
//!   A request without an end is an operation with a lost response.
//! - If the policy recorded no bodies (level Metadata, or a truncated event), a successful write makes a version with
//!   unknown content, never an absence. At level Request a version is reconstructed from the request.
//! - An audit log has no watch events: no actor observes anything by a watch.

mod actor;
mod azure;
mod clean_name;
mod event;
mod google;
mod object_states;
mod reader;
mod sent;

pub(super) use azure::event as from_azure;
pub(super) use google::event as from_google;
pub(super) use reader::AuditReader;
