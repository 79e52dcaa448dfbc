//! kamera's traces: the accesses of a controller-runtime client, as JSON lines or within a console log.
//!
//! Each access is a pair of lines: an event (actor, time, reconcile) and a record (the object), joined by the access' id. An
//! access is not a call: the trace has no request bodies, selectors or statuses, so that a list proves no absence. The other
//! lines of a console log become log lines.

mod access;
mod line;
mod reader;

use memchr::memmem::find;

use super::import_job::{ImportJob, ImportStats};
use super::log_import;
use super::progress::ProgressReporter;
use kuberewind_model::Result;

/// True for a trace.
pub(super) fn recognises(sample: &[u8]) -> bool {
    let has = |words: &[u8]| find(sample, words).is_some();
    has(b"\"reconcile_id\"") && has(b"\"op_type\"") && (has(b"\"controller_id\"") || has(b"\"operation_id\""))
}

pub(super) fn import(job: &ImportJob, stats: &mut ImportStats, progress: &mut ProgressReporter<'_>) -> Result<()> {
    log_import::import(job, stats, progress, &mut reader::TraceReader::default())
}
