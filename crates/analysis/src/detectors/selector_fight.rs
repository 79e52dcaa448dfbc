//! Class J: two owners with overlapping selectors.
//!
//! One creates children, the other deletes them at once, and their number stays the same. Jobs are also created and deleted by
//! different actors, but only after they have completed.

use std::collections::VecDeque;

use super::detector::Detector;
use super::input::Input;
use super::lifecycle::has_ended;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::stream::OperationItem;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, KindId, ObjectId, Outcome, Seq, Timestamp, Verb};

const ROUNDS: usize = 5;
/// A child that lives longer is not part of a fight.
const AT_ONCE: Duration = Duration(5_000_000_000);
/// The range of the number of living children that counts as constant.
const SPREAD: i64 = 3;

#[derive(Default)]
pub(super) struct SelectorFight(Lru<KindId, Children, 256>);

#[derive(Default)]
struct Children {
    /// Recently created children.
    created: VecDeque<Child>,
    /// Deletions of another reconciler's new children.
    rounds: VecDeque<Round>,
    alive: i64,
    finding_id: Option<(FindingId, u64)>,
}

struct Child {
    object: ObjectId,
    reconciler: String,
    actor: String,
    seq: Seq,
    at: Timestamp,
    wanted: u64,
}

struct Round {
    creator: (String, String),
    deleter: (String, String),
    operations: [Seq; 2],
    at: Timestamp,
    alive: i64,
    wanted: u64,
}

/// The reconciled object of the call if known, else the actor.
pub(super) fn reconciler(operation: &OperationItem, tracker: &Tracker) -> String {
    match operation.op.span.and_then(|id| tracker.span(id)) {
        Some(span) => format!("{}/{}/{}", span.kind_name, span.object.namespace, span.object.name),
        None => operation.actor.to_string(),
    }
}

impl Detector for SelectorFight {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(operation), Some(object)) = (input.operation, input.object) else { return };
        let whole = operation.op.outcome == Outcome::Done && operation.op.subresource.is_empty();
        if !whole || !matches!(operation.op.verb, Verb::Create | Verb::Delete) || input.is_lease_or_event() {
            return;
        }
        let kinds = &mut self.0;
        let children = kinds.entry(object.object.kind, Children::default);
        let reconciler = reconciler(operation, input.tracker);
        if operation.op.verb == Verb::Create {
            children.alive += 1;
            let wanted = object.latest().map_or(0, |state| state.wanted);
            if children.created.len() >= 512 {
                children.created.pop_front();
            }
            children.created.push_back(Child {
                object: object.object.id,
                reconciler,
                actor: operation.actor.to_string(),
                seq: operation.op.seq,
                at: operation.op.at,
                wanted,
            });
            return;
        }
        children.alive -= 1;
        let Some(place) = children.created.iter().position(|child| child.object == object.object.id) else { return };
        let Some(child) = children.created.remove(place) else { return };
        let fresh =
            operation.op.at.since(child.at) <= AT_ONCE && !object.content.as_ref().is_some_and(|content| has_ended(content));
        if child.reconciler == reconciler || !fresh {
            return;
        }
        children.rounds.push_back(Round {
            creator: (child.reconciler, child.actor),
            deleter: (reconciler, operation.actor.to_string()),
            operations: [child.seq, operation.op.seq],
            at: operation.op.at,
            alive: children.alive,
            wanted: child.wanted,
        });
        if children.rounds.len() > ROUNDS * 2 {
            children.rounds.pop_front();
        }
        report(children, &object.object.kind_name, &object.object.key.namespace, findings);
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}

fn report(children: &mut Children, kind: &str, namespace: &str, findings: &mut Findings) {
    let Some(latest) = children.rounds.back() else { return };
    let alike: Vec<&Round> = children
        .rounds
        .iter()
        .filter(|round| round.creator == latest.creator && round.deleter == latest.deleter && round.wanted == latest.wanted)
        .collect();
    let number = |round: &&Round| round.alive;
    let (low, high) = (alike.iter().map(number).min().unwrap_or(0), alike.iter().map(number).max().unwrap_or(0));
    if alike.len() < ROUNDS || high - low > SPREAD {
        return;
    }
    if let Some((finding_id, rounds)) = &mut children.finding_id {
        *rounds += 1;
        let count = *rounds;
        findings.update(*finding_id, |finding| {
            latest.operations.into_iter().for_each(|seq| finding.add_evidence(seq));
            finding.rounds = count;
        });
        return;
    }
    let rounds = u64::try_from(alike.len()).unwrap_or(u64::MAX);
    let took = latest.at.since(alike[0].at);
    let sentence = format!(
        "{} creates {kind} objects in {namespace} that {} deletes at once; their number stays the same",
        latest.creator.0, latest.deleter.0
    );
    let mut operations: Vec<Seq> = alike.iter().flat_map(|round| round.operations).collect();
    operations.sort_unstable();
    let finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, Certainty::Likely, sentence)
            .object(&format!("{kind}/{namespace}"))
            .actors([&latest.creator.1, &latest.deleter.1])
            .evidence(operations)
            .rounds(rounds)
            .pace(2, rounds.saturating_sub(1), took),
    );
    children.finding_id = finding_id.map(|finding_id| (finding_id, rounds));
}
