//! Calls above the absolute threshold.

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::settings::Settings;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, KindId};

pub(super) struct Slow {
    threshold: Duration,
    groups: Lru<(i64, Option<KindId>), Group, 1_024>,
}

#[derive(Default)]
struct Group {
    count: u64,
    finding_id: Option<FindingId>,
}

impl Slow {
    pub fn new(settings: &Settings) -> Slow {
        Slow { threshold: settings.slow_threshold, groups: Lru::default() }
    }
}

impl Detector for Slow {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(operation) =
            input.operation.filter(|operation| operation.op.duration >= self.threshold && operation.is_bounded())
        else {
            return;
        };
        let group = self.groups.entry((operation.op.verb.code(), operation.op.kind), Group::default);
        group.count += 1;
        let count = group.count;
        if let Some(finding_id) = group.finding_id {
            findings.update(finding_id, |finding| {
                finding.add_evidence(operation.op.seq);
                finding.rounds = count;
            });
            return;
        }
        let kind = operation.kind.as_ref().map_or("other paths", |kind| kind.display_name());
        let sentence = format!(
            "{} of {kind} took longer than {}, the first one {}",
            operation.op.verb, self.threshold, operation.op.duration
        );
        group.finding_id = findings.report(
            Finding::new(Class::Slow, Severity::Warning, Certainty::Exact, sentence)
                .object(&operation.subject())
                .actors([&operation.actor])
                .evidence([operation.op.seq])
                .rounds(count),
        );
    }

    fn forget(&mut self, _: &Tracker) {}
}
