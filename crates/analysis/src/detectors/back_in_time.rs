//! Class O: back in time.
//!
//! After a reconnect or a restart, possibly to another API server, an actor receives an older version than before and writes on
//! it. Relists are normal after a 410, as long as they are not older. Only lists and watches count: a watch may lag behind the
//! actor's own reads and writes.

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::stream::{Item, ObservedVersion, OperationItem};
use crate::tracker::Tracker;
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Outcome, Rank, Seq, Timestamp, Verb, WatchId};

/// A write this soon after the older version is attributed to it.
const SOON: Duration = Duration(30_000_000_000);

#[derive(Default)]
pub(super) struct BackInTime {
    delivered: Lru<(ActorId, ObjectId), Delivered, 32_768>,
    /// The latest older version that each actor received, until it receives the known one again.
    behind: Lru<ActorId, Behind, 1_024>,
}

#[derive(Clone, Copy)]
struct Delivered {
    rank: Rank,
    seq: Seq,
    watch: Option<WatchId>,
}

struct Behind {
    object: ObjectId,
    name: String,
    knew: Delivered,
    older: Seq,
    at: Timestamp,
    finding_id: Option<FindingId>,
    writes: u64,
}

impl Detector for BackInTime {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        match input.item {
            Item::ListItem(item) => {
                if let Some(observed) = &item.observed {
                    self.delivered(item.actor, observed, item.seq, item.at, None);
                }
            }
            Item::Operation(operation) if operation.op.verb.is_watch_event() => {
                if let Some(observed) = &operation.observed {
                    self.delivered(operation.op.actor, observed, operation.op.seq, operation.op.at, operation.op.watch);
                }
            }
            Item::Operation(operation) if operation.op.verb.is_write() => self.wrote(operation, findings),
            _ => {}
        }
    }

    fn forget(&mut self, _: &Tracker) {
        *self = BackInTime::default();
    }
}

impl BackInTime {
    fn delivered(&mut self, actor: ActorId, observed: &ObservedVersion, seq: Seq, at: Timestamp, watch: Option<WatchId>) {
        // A version without decimal resourceVersion is ordered by arrival only.
        if observed.version.rank.arrival != 0 || observed.version.rank.number == 0 {
            return;
        }
        let delivered = &mut self.delivered;
        let behind = &mut self.behind;
        let now = Delivered { rank: observed.version.rank, seq, watch };
        let known = delivered.entry((actor, observed.object.id), || now);
        if now.rank >= known.rank {
            *known = now;
            if behind.peek(&actor).is_some_and(|behind| behind.object == observed.object.id) {
                behind.remove(&actor);
            }
            return;
        }
        // A second watch that lags behind the first does not take the actor back.
        let same_source = watch.is_none() || watch == known.watch || known.watch.is_none();
        if same_source && behind.peek(&actor).is_none() {
            let name = observed.object.to_string();
            behind.insert(
                actor,
                Behind { object: observed.object.id, name, knew: *known, older: seq, at, finding_id: None, writes: 0 },
            );
        }
    }

    fn wrote(&mut self, operation: &OperationItem, findings: &mut Findings) {
        let Some(behind) = self.behind.get(&operation.op.actor) else { return };
        let on_it = operation.op.object == Some(behind.object);
        let destroys = matches!(operation.op.verb, Verb::Delete | Verb::DeleteCollection);
        let soon = operation.began().since(behind.at) <= SOON && operation.op.started_after >= behind.older;
        if operation.op.outcome != Outcome::Done || !soon || !(on_it || destroys) {
            return;
        }
        behind.writes += 1;
        let writes = behind.writes;
        if let Some(finding_id) = behind.finding_id {
            findings.update(finding_id, |finding| {
                finding.add_evidence(operation.op.seq);
                finding.rounds = writes;
            });
            return;
        }
        let does = if destroys { "deletes" } else { "writes" };
        let sentence = format!(
            "{} receives {} in an older version than it had from {}, and {does} {}",
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
                .rounds(writes),
        );
    }
}
