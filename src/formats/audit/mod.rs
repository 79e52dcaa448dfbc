//! Kubernetes audit events: every request that an API server handled, as the server logged it.
//!
//! - The stages of a request are joined by its audit id; the last one counts. A watch is open from `ResponseStarted` on.
//!   A request without an end is an operation with a lost response.
//! - If the policy recorded no bodies (level Metadata, or a truncated event), a successful write makes a version with
//!   unknown content, never an absence. At level Request a version is reconstructed from the request.
//! - An audit log has no watch events: no actor observes anything by a watch.

mod actor;
mod clean_name;
mod envelope;
mod event;
mod google;
mod object_states;
mod reader;
mod recognise;
mod sent;

use super::import_job::{ImportJob, ImportStats};
use super::log_import;
use super::progress::ProgressReporter;
use kuberewind_model::Result;

pub(super) use recognise::recognises;

pub(super) fn import(job: &ImportJob, stats: &mut ImportStats, progress: &mut ProgressReporter<'_>) -> Result<()> {
    log_import::import(job, stats, progress, &mut reader::AuditReader::default())
}
