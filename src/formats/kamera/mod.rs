//! kamera's traces: what a controller-runtime client asked and was answered, as JSON lines or within a console log.
//!
//! Each access is a pair of lines: an event (who, when, in which reconcile) and a record (the object), joined by the
//! access' id. They are accesses of a client, not calls: what was sent, selectors and statuses are not told, so that
//! nothing is concluded from what a list lacks. The lines of a console log between them are its log lines.

mod access;
mod line;
mod play;

use memchr::memmem::find;

use super::lines;
use super::progress::Watcher;
use super::work::{Tally, Work};
use kuberewind_model::Result;

/// Whether a file is a trace.
pub(super) fn recognises(sample: &[u8]) -> bool {
    let has = |words: &[u8]| find(sample, words).is_some();
    has(b"\"reconcile_id\"") && has(b"\"op_type\"") && (has(b"\"controller_id\"") || has(b"\"operation_id\""))
}

/// Imports traces.
pub(super) fn import(work: &Work, tally: &mut Tally, watcher: &mut Watcher<'_>) -> Result<()> {
    lines::import(work, tally, watcher, &mut play::Trace::default())
}
