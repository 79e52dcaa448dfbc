//! Class O: back in time.
//!
//! After a reconnect or a restart, perhaps to another API server, an actor is shown an older state than before and acts
//! on it. A relist that is not older is the normal thing after 410. What counts is what lists and watches show: a
//! watch may well be behind an actor's own reads and writes.

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::stream::{Item, ObservedVersion, OperationItem};
use crate::tracker::Tracker;
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Outcome, Rank, Seq, Timestamp, Verb, WatchId};

/// An act this long after the look back is taken to follow from it.
const SOON: Duration = Duration(30_000_000_000);

#[derive(Default)]
pub(super) struct BackInTime {
    shown: Lru<(ActorId, ObjectId), Observations, 32_768>,
    /// The latest look back of each actor, until it is shown what it knew before.
    behind: Lru<ActorId, Behind, 1_024>,
}

#[derive(Clone, Copy)]
struct Observations {
    rank: Rank,
    seq: Seq,
    watch: Option<WatchId>,
}

struct Behind {
    object: ObjectId,
    name: String,
    knew: Observations,
    older: Seq,
    at: Timestamp,
    finding_id: Option<FindingId>,
    acts: u64,
}

impl Detector for BackInTime {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        match input.item {
            Item::ListItem(item) => {
                if let Some(observed) = &item.observed {
                    self.told(item.actor, observed, item.seq, item.at, None);
                }
            }
            Item::Operation(operation) if operation.op.verb.is_watch_event() => {
                if let Some(observed) = &operation.observed {
                    self.told(operation.op.actor, observed, operation.op.seq, operation.op.at, operation.op.watch);
                }
            }
            Item::Operation(operation) if operation.op.verb.is_write() => self.acted(operation, findings),
            _ => {}
        }
    }

    fn forget(&mut self, _: &Tracker) {
        *self = BackInTime::default();
    }
}

impl BackInTime {
    fn told(&mut self, actor: ActorId, observed: &ObservedVersion, seq: Seq, at: Timestamp, watch: Option<WatchId>) {
        // Without a number of its own a version has no order but that of its arrival.
        if observed.version.rank.arrival != 0 || observed.version.rank.number == 0 {
            return;
        }
        let shown = &mut self.shown;
        let behind = &mut self.behind;
        let now = Observations { rank: observed.version.rank, seq, watch };
        let known = shown.entry((actor, observed.object.id), || now);
        if now.rank >= known.rank {
            *known = now;
            if behind.peek(&actor).is_some_and(|behind| behind.object == observed.object.id) {
                behind.remove(&actor);
            }
            return;
        }
        // A second watch that lags behind the first is not the actor going back.
        let same_source = watch.is_none() || watch == known.watch || known.watch.is_none();
        if same_source && behind.peek(&actor).is_none() {
            let name = observed.object.to_string();
            behind.insert(
                actor,
                Behind { object: observed.object.id, name, knew: *known, older: seq, at, finding_id: None, acts: 0 },
            );
        }
    }

    fn acted(&mut self, operation: &OperationItem, findings: &mut Findings) {
        let Some(behind) = self.behind.get(&operation.op.actor) else { return };
        let on_it = operation.op.object == Some(behind.object);
        let destroys = matches!(operation.op.verb, Verb::Delete | Verb::DeleteCollection);
        let soon = operation.began().since(behind.at) <= SOON && operation.op.started_after >= behind.older;
        if operation.op.outcome != Outcome::Done || !soon || !(on_it || destroys) {
            return;
        }
        behind.acts += 1;
        let acts = behind.acts;
        if let Some(finding_id) = behind.finding_id {
            findings.update(finding_id, |finding| {
                finding.add_evidence(operation.op.seq);
                finding.rounds = acts;
            });
            return;
        }
        let does = if destroys { "deletes" } else { "writes" };
        let sentence = format!(
            "{} is shown {} as it was before what it already knew from {}, and {does} {}",
            operation.actor,
            behind.name,
            behind.knew.seq,
            if on_it { "it".to_owned() } else { operation.subject() },
        );
        let (severity, certainty) =
            if destroys { (Severity::Error, Certainty::Likely) } else { (Severity::Warning, Certainty::Likely) };
        behind.finding_id = findings.report(
            Finding::new(Class::Races, severity, certainty, sentence)
                .object(&behind.name)
                .actors([&operation.actor])
                .evidence([behind.knew.seq, behind.older, operation.op.seq])
                .rounds(acts),
        );
    }
}
