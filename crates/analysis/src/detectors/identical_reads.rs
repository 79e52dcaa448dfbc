//! Repeated reads of an unchanged object or list.

use super::detector::Detector;
use super::input::Input;
use super::keys::{id_key, target_key};
use super::series::Series;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::OperationItem;
use crate::tracker::Tracker;
use kuberewind_model::{ActorId, Certainty, Duration, ListInfo, ObjectId, Rank, Verb};

const READS: u64 = 30;
const SLOWEST: Duration = Duration(500_000_000);

#[derive(Default)]
pub(super) struct IdenticalReads {
    objects: Lru<(ActorId, ObjectId), (Rank, Series), 8_192>,
    lists: Lru<u64, Series, 2_048>,
}

impl Detector for IdenticalReads {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(operation) = input.operation else { return };
        match (&operation.observed, &operation.op.list) {
            (Some(observed), _) if operation.op.verb == Verb::Get => {
                let rank = observed.version.rank;
                let (last, series) = self.objects.entry((operation.op.actor, observed.object.id), || (rank, Series::default()));
                if *last != rank {
                    (*last, *series) = (rank, Series::default());
                }
                record(series, operation, "reads", findings);
            }
            (_, Some(list)) if list.complete => {
                let lists = &mut self.lists;
                if list.changed > 0 {
                    lists.remove(&scope(operation, list));
                } else {
                    record(lists.entry(scope(operation, list), Series::default), operation, "lists", findings);
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.objects.retain(|(_, object), _| tracker.object(*object).is_some());
        self.lists.clear();
    }
}

/// A key of actor and list.
fn scope(operation: &OperationItem, list: &ListInfo) -> u64 {
    pair(pair(id_key(operation.op.actor.0), target_key(operation)), bytes(list.selector.as_bytes()))
}

fn record(series: &mut Series, operation: &OperationItem, does: &str, findings: &mut Findings) {
    series.cadence.record(operation.op.seq, operation.op.at);
    series.report(findings, |cadence| {
        let quick = cadence.count >= READS && cadence.median_gap().is_some_and(|gap| gap <= SLOWEST);
        quick.then(|| {
            let sentence = format!("{} {does} {} repeatedly although it is unchanged", operation.actor, operation.subject());
            let finding = Finding::new(Class::Slow, Severity::Warning, Certainty::Exact, sentence);
            finding.object(&operation.subject()).actors([&operation.actor])
        })
    });
}
