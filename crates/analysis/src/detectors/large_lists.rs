//! Large collections fetched in one piece. client-go's page is 500.

use super::Detector;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use kuberewind_model::{ActorId, Certainty, KindId};

const PAGE: u64 = 500;
const LARGE: u64 = 5_000;

#[derive(Default)]
pub(super) struct LargeLists(Lru<(ActorId, Option<KindId>), (Option<Ticket>, u64), 1_024>);

impl Detector for LargeLists {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some((seen, list)) = step.seen.and_then(|seen| Some((seen, seen.op.list.as_ref()?))) else { return };
        if list.items <= PAGE {
            return;
        }
        let found = &mut self.0;
        let severity = if list.items >= LARGE { Severity::Warning } else { Severity::Info };
        if let Some((ticket, count)) = found.get(&(seen.op.actor, seen.op.kind)) {
            *count += 1;
            let count = *count;
            if let Some(ticket) = *ticket {
                book.extend(ticket, |finding| {
                    finding.add_evidence(seen.op.seq);
                    finding.rounds = count;
                    finding.severity = finding.severity.max(severity);
                });
            }
            return;
        }
        let sentence = format!("{} lists {} in one piece of {} items", seen.actor, seen.subject(), list.items);
        let ticket = book.open(
            Finding::new(Class::Slow, severity, Certainty::Exact, sentence)
                .object(&seen.subject())
                .actors([&seen.actor])
                .evidence([seen.op.seq])
                .rounds(1),
        );
        found.insert((seen.op.actor, seen.op.kind), (ticket, 1));
    }

    fn forget(&mut self, _: &Scene) {}
}
