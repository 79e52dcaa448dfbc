//! Class M: create storms.
//!
//! Endless creates with the same content for one owner. A batch job creates many objects too, but they complete; an owner that
//! requests a thousand replicas gets them and stops.

use super::cadence::Cadence;
use super::detector::Detector;
use super::input::Input;
use super::lifecycle::has_ended;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::normalise::Section;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, ObjectId, Outcome, Verb};

/// More living children than this need a request for that many.
const ALIVE: u64 = 50;

#[derive(Default)]
pub(super) struct CreateStorm {
    families: Lru<u64, Family, 2_048>,
    /// The family of each living child.
    children: Lru<ObjectId, u64, 16_384>,
}

#[derive(Default)]
struct Family {
    alive: u64,
    cadence: Cadence,
    finding_id: Option<FindingId>,
}

impl Detector for CreateStorm {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(object) = input.object.filter(|_| !input.is_lease_or_event()) else { return };
        let children = &mut self.children;
        let families = &mut self.families;
        let id = object.object.id;
        let ended =
            input.new.is_some_and(|state| state.gone) || object.content.as_ref().is_some_and(|content| has_ended(content));
        let whole = |operation: &&crate::stream::OperationItem| {
            operation.op.outcome == Outcome::Done && operation.op.subresource.is_empty()
        };
        let deleted = input.operation.filter(whole).is_some_and(|operation| operation.op.verb == Verb::Delete);
        if ended || deleted {
            if let Some(family) = children.remove(&id).and_then(|family| families.get(&family)) {
                family.alive = family.alive.saturating_sub(1);
            }
            return;
        }
        let Some(operation) = input.operation.filter(whole).filter(|operation| operation.op.verb == Verb::Create) else { return };
        let Some(content) = &object.content else { return };
        // Objects without owner are usually applied in bulk.
        let Some(owner) = content.owner() else { return };
        let kind = u64::from_ne_bytes(object.object.kind.0.to_ne_bytes());
        let key = pair(pair(kind, content.wanted), bytes(owner.as_bytes()));
        let family = families.entry(key, Family::default);
        family.alive += 1;
        family.cadence.record(operation.op.seq, operation.op.at);
        children.insert(id, key);
        let (count, took) = (family.cadence.count, family.cadence.took());
        if let Some(finding_id) = family.finding_id {
            findings.update(finding_id, |finding| {
                finding.add_evidence(operation.op.seq);
                finding.rounds = count;
                finding.set_pace(1, count.saturating_sub(1), took);
            });
        } else if family.alive > ALIVE && family.alive > largest_desired_number(input.tracker, owner) {
            let owner_name =
                input.tracker.by_uid(owner).and_then(|id| input.tracker.object(id)).map(|state| state.object.to_string());
            let sentence = format!(
                "{} creates one {} after another with the same content for {}, and none of them completes",
                operation.actor,
                object.object.kind_name,
                owner_name.as_deref().unwrap_or("the same owner")
            );
            let name = owner_name.unwrap_or_else(|| format!("{}/{}", object.object.kind_name, object.object.key.namespace));
            family.finding_id = findings.report(
                Finding::new(Class::Loops, Severity::Error, Certainty::Likely, sentence)
                    .object(&name)
                    .actors([&operation.actor])
                    .evidence(family.cadence.seqs())
                    .rounds(count)
                    .pace(1, count.saturating_sub(1), took),
            );
        }
    }

    fn forget(&mut self, _: &Tracker) {
        *self = CreateStorm::default();
    }
}

/// The largest integer in the owner's desired state: replicas, parallelism, completions or another field.
fn largest_desired_number(tracker: &Tracker, uid: &str) -> u64 {
    let Some(content) = tracker.by_uid(uid).and_then(|id| tracker.object(id)).and_then(|state| state.content.as_ref()) else {
        return 0;
    };
    let wanted = content.leaves.iter().filter(|leaf| leaf.section == Section::Wanted);
    wanted
        .filter_map(|leaf| content.value_text(leaf, 12).parse::<u64>().ok())
        .filter(|number| *number <= 100_000)
        .max()
        .unwrap_or(0)
}
