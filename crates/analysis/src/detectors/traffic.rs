//! Received bytes per actor and kind.

use std::sync::Arc;

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::lru::Lru;
use crate::stream::OperationItem;
use crate::tracker::Tracker;
use kuberewind_model::{ActorId, Certainty, Kind, KindId, Seq, Verb};

/// Smaller sums are not reported.
const MIN_REPORTED_BYTES: u64 = 16 << 20;
/// The number of sums reported.
const MAX_REPORTED: usize = 5;

#[derive(Default)]
pub(super) struct Traffic {
    sums: Lru<(ActorId, KindId), Sum, 2_048>,
    total: u64,
}

struct Sum {
    actor: Arc<str>,
    kind: Arc<Kind>,
    bytes: u64,
    /// By lists and by watches. The rest are single reads and responses to writes.
    lists: u64,
    watches: u64,
    /// The largest response.
    largest: (u64, Seq),
}

impl Detector for Traffic {
    fn handle(&mut self, input: &Input<'_>, _: &mut Findings) {
        let Some(operation) = input.operation else { return };
        let (Some(id), Some(kind)) = (operation.op.kind, &operation.kind) else { return };
        let bytes = received(operation);
        if bytes == 0 {
            return;
        }
        self.total = self.total.saturating_add(bytes);
        let sum = self.sums.entry((operation.op.actor, id), || Sum {
            actor: Arc::clone(&operation.actor),
            kind: Arc::clone(kind),
            bytes: 0,
            lists: 0,
            watches: 0,
            largest: (0, operation.op.seq),
        });
        sum.bytes = sum.bytes.saturating_add(bytes);
        if operation.op.verb == Verb::List {
            sum.lists = sum.lists.saturating_add(bytes);
        } else if operation.op.verb.is_watch_event() {
            sum.watches = sum.watches.saturating_add(bytes);
        }
        sum.largest = sum.largest.max((bytes, operation.op.seq));
    }

    fn forget(&mut self, _: &Tracker) {}

    fn end(&self, _: &Tracker, findings: &mut Findings) {
        let mut sums: Vec<&Sum> = self.sums.iter().map(|(_, sum)| sum).filter(|sum| sum.bytes >= MIN_REPORTED_BYTES).collect();
        sums.sort_by_key(|sum| (std::cmp::Reverse(sum.bytes), sum.largest.1));
        for sum in sums.into_iter().take(MAX_REPORTED) {
            let share = u128::from(sum.bytes) * 100 / u128::from(self.total.max(1));
            let sentence = format!(
                "{} receives {} of {} ({share} % of all): {} by lists, {} by watches; largest response {}",
                sum.actor,
                size(sum.bytes),
                sum.kind.display_name(),
                size(sum.lists),
                size(sum.watches),
                size(sum.largest.0)
            );
            findings.report(
                Finding::new(Class::Slow, Severity::Info, Certainty::Exact, sentence)
                    .actors([&sum.actor])
                    .evidence([sum.largest.1]),
            );
        }
    }
}

/// The length of the response if known, else of the observed object.
fn received(operation: &OperationItem) -> u64 {
    let noted = operation.detail.as_ref().map_or(0, |detail| detail.response_bytes);
    if noted > 0 { noted } else { operation.observed.as_ref().map_or(0, |observed| observed.version.bytes) }
}

/// Formats a size with a binary unit.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}
