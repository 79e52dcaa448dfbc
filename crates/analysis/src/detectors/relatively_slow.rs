//! Calls far above the median duration of their verb and resource.

use std::collections::VecDeque;

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::settings::Settings;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, KindId};

const SAMPLES: usize = 64;
const ENOUGH: usize = 30;
const TIMES: u64 = 20;
/// Faster calls do not matter.
const AT_LEAST: Duration = Duration(100_000_000);

pub(super) struct RelativelySlow {
    threshold: Duration,
    groups: Lru<(i64, KindId), Group, 1_024>,
}

#[derive(Default)]
struct Group {
    samples: VecDeque<Duration>,
    count: u64,
    finding_id: Option<FindingId>,
}

impl RelativelySlow {
    pub fn new(settings: &Settings) -> RelativelySlow {
        RelativelySlow { threshold: settings.slow_threshold, groups: Lru::default() }
    }
}

impl Detector for RelativelySlow {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some((operation, kind)) = input
            .operation
            .filter(|operation| operation.is_bounded())
            .and_then(|operation| Some((operation, operation.op.kind?)))
        else {
            return;
        };
        let group = self.groups.entry((operation.op.verb.code(), kind), Group::default);
        let took = operation.op.duration;
        // Calls above the absolute threshold are reported by the `slow` detector.
        if took >= AT_LEAST && took < self.threshold && group.samples.len() >= ENOUGH {
            let mut sorted: Vec<Duration> = group.samples.iter().copied().collect();
            sorted.sort_unstable();
            let median = sorted[sorted.len() / 2];
            if took.0 >= median.0.saturating_mul(TIMES) {
                group.count += 1;
                let count = group.count;
                if let Some(finding_id) = group.finding_id {
                    findings.update(finding_id, |finding| {
                        finding.add_evidence(operation.op.seq);
                        finding.rounds = count;
                    });
                } else {
                    let name = operation.kind.as_ref().map_or("objects", |kind| kind.display_name());
                    let sentence =
                        format!("{} of {name} usually takes {median}, but {took} in {}", operation.op.verb, operation.op.seq);
                    group.finding_id = findings.report(
                        Finding::new(Class::Slow, Severity::Info, Certainty::Exact, sentence)
                            .object(&operation.subject())
                            .actors([&operation.actor])
                            .evidence([operation.op.seq])
                            .rounds(count),
                    );
                }
            }
        }
        group.samples.push_back(took);
        if group.samples.len() > SAMPLES {
            group.samples.pop_front();
        }
    }

    fn forget(&mut self, _: &Tracker) {}
}
