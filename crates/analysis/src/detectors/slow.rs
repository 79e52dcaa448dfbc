//! Slow calls, by an absolute threshold.

use super::Detector;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use crate::settings::Settings;
use crate::stream::Observed;
use kuberewind_model::{Certainty, Duration, KindId, Verb};

pub(super) struct Slow {
    threshold: Duration,
    groups: Lru<(i64, Option<KindId>), Group, 1_024>,
}

#[derive(Default)]
struct Group {
    count: u64,
    ticket: Option<Ticket>,
}

impl Slow {
    pub fn new(settings: &Settings) -> Slow {
        Slow { threshold: settings.slow_threshold, groups: Lru::default() }
    }
}

/// Whether a call is one that is meant to end soon: watches, and streams of bytes and of logs, are not.
pub(crate) fn is_meant_to_end(seen: &Observed) -> bool {
    let streams = matches!(&*seen.op.subresource, "log" | "exec" | "attach" | "portforward" | "proxy");
    !(seen.op.verb.is_watch_event() || matches!(seen.op.verb, Verb::Watch | Verb::Connect) || streams)
}

impl Detector for Slow {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(seen) = step.seen.filter(|seen| seen.op.duration > self.threshold && is_meant_to_end(seen)) else { return };
        let group = self.groups.entry((seen.op.verb.code(), seen.op.kind), Group::default);
        group.count += 1;
        let count = group.count;
        if let Some(ticket) = group.ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = count;
            });
            return;
        }
        let kind = seen.kind.as_ref().map_or("other paths", |kind| kind.display_name());
        let sentence =
            format!("{} of {kind} took longer than {}, the first one {}", seen.op.verb, self.threshold, seen.op.duration);
        group.ticket = book.open(
            Finding::new(Class::Slow, Severity::Warning, Certainty::Exact, sentence)
                .object(&seen.subject())
                .actors([&seen.actor])
                .evidence([seen.op.seq])
                .rounds(count),
        );
    }

    fn forget(&mut self, _: &Scene) {}
}
