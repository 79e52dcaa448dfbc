//! Calls that are slow for what they do: far above the median of their verb and resource.

use std::collections::VecDeque;

use super::Detector;
use super::slow::is_meant_to_end;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use crate::settings::Settings;
use kuberewind_model::{Certainty, Duration, KindId};

const SAMPLES: usize = 64;
const ENOUGH: usize = 30;
const TIMES: u64 = 20;
/// Below this nobody waits.
const AT_LEAST: Duration = Duration(100_000_000);

pub(super) struct RelativelySlow {
    threshold: Duration,
    groups: Lru<(i64, KindId), Group, 1_024>,
}

#[derive(Default)]
struct Group {
    samples: VecDeque<Duration>,
    count: u64,
    ticket: Option<Ticket>,
}

impl RelativelySlow {
    pub fn new(settings: &Settings) -> RelativelySlow {
        RelativelySlow { threshold: settings.slow_threshold, groups: Lru::default() }
    }
}

impl Detector for RelativelySlow {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some((seen, kind)) = step.seen.filter(|seen| is_meant_to_end(seen)).and_then(|seen| Some((seen, seen.op.kind?)))
        else {
            return;
        };
        let group = self.groups.entry((seen.op.verb.code(), kind), Group::default);
        let took = seen.op.duration;
        // What is slow absolutely is reported as such.
        if took >= AT_LEAST && took <= self.threshold && group.samples.len() >= ENOUGH {
            let mut sorted: Vec<Duration> = group.samples.iter().copied().collect();
            sorted.sort_unstable();
            let median = sorted[sorted.len() / 2];
            if took.0 >= median.0.saturating_mul(TIMES) {
                group.count += 1;
                let count = group.count;
                if let Some(ticket) = group.ticket {
                    book.extend(ticket, |finding| {
                        finding.add_evidence(seen.op.seq);
                        finding.rounds = count;
                    });
                } else {
                    let name = seen.kind.as_ref().map_or("objects", |kind| kind.display_name());
                    let sentence = format!("{} of {name} usually takes {median}, but {took} in {}", seen.op.verb, seen.op.seq);
                    group.ticket = book.open(
                        Finding::new(Class::Slow, Severity::Info, Certainty::Exact, sentence)
                            .object(&seen.subject())
                            .actors([&seen.actor])
                            .evidence([seen.op.seq])
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

    fn forget(&mut self, _: &Scene) {}
}
