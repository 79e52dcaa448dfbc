//! Repeated identical reads: an actor asks for what it has just been told, one object or a whole list.

use super::Detector;
use super::beat::{Series, number, place};
use crate::finding::{Book, Class, Finding, Severity};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use crate::stream::Observed;
use kuberewind_model::{ActorId, Certainty, Duration, ListInfo, ObjectId, Rank, Verb};

const READS: u64 = 30;
const SLOWEST: Duration = Duration(500_000_000);

#[derive(Default)]
pub(super) struct IdenticalReads {
    objects: Lru<(ActorId, ObjectId), (Rank, Series), 8_192>,
    lists: Lru<u64, Series, 2_048>,
}

impl Detector for IdenticalReads {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(seen) = step.seen else { return };
        match (&seen.fact, &seen.op.list) {
            (Some(fact), _) if seen.op.verb == Verb::Get => {
                let rank = fact.version.rank;
                let (last, series) = self.objects.entry((seen.op.actor, fact.object.id), || (rank, Series::default()));
                if *last != rank {
                    (*last, *series) = (rank, Series::default());
                }
                tell(series, seen, "reads", book);
            }
            (_, Some(list)) if list.complete => {
                let lists = &mut self.lists;
                if list.changed > 0 {
                    lists.remove(&scope(seen, list));
                } else {
                    tell(lists.entry(scope(seen, list), Series::default), seen, "lists", book);
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, scene: &Scene) {
        self.objects.retain(|(_, object), _| scene.object(*object).is_some());
        self.lists.clear();
    }
}

/// Who lists what.
fn scope(seen: &Observed, list: &ListInfo) -> u64 {
    pair(pair(number(seen.op.actor.0), place(seen)), bytes(list.selector.as_bytes()))
}

fn tell(series: &mut Series, seen: &Observed, does: &str, book: &mut Book) {
    series.beat.strike(seen.op.seq, seen.op.at);
    series.tell(book, |beat| {
        let quick = beat.count >= READS && beat.median_gap().is_some_and(|gap| gap <= SLOWEST);
        quick.then(|| {
            let sentence = format!("{} {does} {} again and again and finds it unchanged", seen.actor, seen.subject());
            let finding = Finding::new(Class::Slow, Severity::Warning, Certainty::Exact, sentence);
            finding.object(&seen.subject()).actors([&seen.actor])
        })
    });
}
