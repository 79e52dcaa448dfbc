//! Large collections read in one page. The page size of client-go is 500.

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::tracker::Tracker;
use kuberewind_model::{ActorId, Certainty, KindId};

const PAGE: u64 = 500;
const LARGE: u64 = 5_000;

#[derive(Default)]
pub(super) struct LargeLists(Lru<(ActorId, Option<KindId>), (Option<FindingId>, u64), 1_024>);

impl Detector for LargeLists {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some((operation, list)) = input.operation.and_then(|operation| Some((operation, operation.op.list.as_ref()?))) else {
            return;
        };
        if list.items <= PAGE {
            return;
        }
        let found = &mut self.0;
        let severity = if list.items >= LARGE { Severity::Warning } else { Severity::Info };
        if let Some((finding_id, count)) = found.get(&(operation.op.actor, operation.op.kind)) {
            *count += 1;
            let count = *count;
            if let Some(finding_id) = *finding_id {
                findings.update(finding_id, |finding| {
                    finding.add_evidence(operation.op.seq);
                    finding.rounds = count;
                    finding.severity = finding.severity.max(severity);
                });
            }
            return;
        }
        let sentence = format!("{} lists {} in one page of {} items", operation.actor, operation.subject(), list.items);
        let finding_id = findings.report(
            Finding::new(Class::Slow, severity, Certainty::Exact, sentence)
                .object(&operation.subject())
                .actors([&operation.actor])
                .evidence([operation.op.seq])
                .rounds(1),
        );
        found.insert((operation.op.actor, operation.op.kind), (finding_id, 1));
    }

    fn forget(&mut self, _: &Tracker) {}
}
