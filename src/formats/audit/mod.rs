//! Kubernetes audit events: every request that an API server answered, seen from the server.
//!
//! - The stages of a request are joined by its audit id; the last one counts. A watch is open from `ResponseStarted` on.
//!   A request that was received and never answered is an operation whose answer was lost.
//! - Where the policy kept no bodies (level Metadata, or a truncated event), that a write succeeded makes a version whose
//!   content is unknown, never an absence. At level Request a version is put together from what was sent.
//! - What watches delivered is not in an audit log: nobody is shown anything by a watch.

mod actor;
mod bases;
mod envelope;
mod event;
mod google;
mod play;
mod recognise;
mod sent;

use super::lines;
use super::progress::Watcher;
use super::work::{Tally, Work};
use kuberewind_model::Result;

pub(super) use recognise::recognises;

/// Imports audit logs.
pub(super) fn import(work: &Work, tally: &mut Tally, watcher: &mut Watcher<'_>) -> Result<()> {
    lines::import(work, tally, watcher, &mut play::Audit::default())
}
