//! Class V without deliveries: the writes of one process to several objects repeat in the same order and reach no new state.
//!
//! The causes of the writes are unknown, so the whole sequence must recur. Heartbeats of two objects alternate as well, but each
//! follows the clock.

use std::collections::VecDeque;
use std::sync::Arc;

use super::cadence::is_regular;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::tracker::{TrackedObject, TrackedVersion};
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{Certainty, Duration, Object, ObjectId, Seq, Timestamp};

const ROUNDS: usize = 5;
const MAX_PERIOD: usize = 6;
const SLOWEST: Duration = Duration(10_000_000_000);
/// No heartbeat is faster.
const QUICK: Duration = Duration(200_000_000);
/// Standard deviation of the gaps of a clock, relative to their mean.
const JITTER: f64 = 0.15;

#[derive(Default)]
pub(super) struct Alternation(Lru<u64, Sequence, 1_024>);

#[derive(Default)]
struct Sequence {
    writes: VecDeque<Write>,
    found: Option<(FindingId, u64, Timestamp)>,
}

struct Write {
    object: ObjectId,
    label: Arc<Object>,
    actor: Arc<str>,
    manager: Arc<str>,
    norm: u64,
    seq: Seq,
    at: Timestamp,
    began: Timestamp,
}

impl Alternation {
    /// Adds the write that made `state`. `new_state` tells whether the object did not have this state before.
    pub fn authored(
        &mut self,
        input: &Input<'_>,
        (object, state): (&TrackedObject, &TrackedVersion),
        new_state: bool,
        findings: &mut Findings,
    ) {
        let Some(author) = state.author.as_ref().filter(|author| input.tracker.last_delivery(&author.name).is_none()) else {
            return;
        };
        if input.is_lease_or_event() {
            return;
        }
        let key = pair(bytes(process_of(&author.name).as_bytes()), bytes(object.object.key.namespace.as_bytes()));
        // A state that the object did not have before ends the cycle.
        let Some(norm) = state.norm.filter(|_| !new_state) else {
            if !self.0.is_empty() {
                self.0.remove(&key);
            }
            return;
        };
        let sequence = self.0.entry(key, Sequence::default);
        sequence.writes.push_back(Write {
            object: object.object.id,
            label: Arc::clone(&object.object),
            actor: Arc::clone(&author.name),
            manager: Arc::clone(&author.manager),
            norm,
            seq: author.seq,
            at: author.at,
            began: author.began,
        });
        if sequence.writes.len() > MAX_PERIOD * ROUNDS {
            sequence.writes.pop_front();
        }
        sequence.judge(findings);
    }

    pub fn forget(&mut self) {
        self.0.clear();
    }
}

impl Write {
    /// The actor, with its field manager if that says more.
    fn writer(&self) -> String {
        if self.manager.is_empty() || self.actor.contains(&*self.manager) {
            return self.actor.to_string();
        }
        format!("{} (as {})", self.actor, self.manager)
    }
}

impl Sequence {
    fn judge(&mut self, findings: &mut Findings) {
        let Some(period) = self.period() else {
            self.found = None;
            return;
        };
        let Some(last) = self.writes.back() else { return };
        let length = u64::try_from(period).unwrap_or(u64::MAX).max(1);
        if let Some((finding_id, writes, since)) = &mut self.found {
            *writes += 1;
            let (rounds, took) = (*writes / length, last.at.since(*since));
            findings.update(*finding_id, |finding| {
                finding.add_evidence(last.seq);
                finding.rounds = rounds;
                finding.set_pace(length, rounds, took);
            });
            return;
        }
        let round: Vec<&Write> = self.writes.iter().rev().take(period * ROUNDS).collect();
        let Some(first) = round.last() else { return };
        let steps: Vec<String> =
            round.iter().take(period).rev().map(|write| format!("{} writes {}", write.writer(), write.label)).collect();
        let sentence = format!("writes follow each other in a cycle and change nothing: {}, and so on", steps.join(", then "));
        let mut actors: Vec<&str> = round.iter().take(period).map(|write| &*write.actor).collect();
        actors.reverse();
        let count = u64::try_from(ROUNDS).unwrap_or(u64::MAX);
        let since = first.at;
        let finding = Finding::new(Class::Loops, Severity::Error, Certainty::Likely, sentence)
            .object(&first.label)
            .others(round.iter().take(period).map(|write| write.label.to_string()))
            .actors(actors)
            .evidence(round.iter().rev().map(|write| write.seq))
            .rounds(count)
            .pace(length, count, last.at.since(since));
        self.found = findings.report(finding).map(|finding_id| (finding_id, count * length, since));
    }

    /// The shortest repeated period over at least two objects that no clock explains.
    fn period(&self) -> Option<usize> {
        let count = self.writes.len();
        let same = |one: &Write, two: &Write| one.object == two.object && one.norm == two.norm;
        let period = (2..=MAX_PERIOD)
            .take_while(|period| period * ROUNDS <= count)
            .find(|period| (count - period * (ROUNDS - 1)..count).all(|at| same(&self.writes[at], &self.writes[at - period])))?;
        let round = || self.writes.iter().rev().take(period);
        let newest = self.writes.back()?;
        let several = round().any(|write| write.object != newest.object)
            && round().any(|write| write.actor != newest.actor || write.manager != newest.manager);
        let took = newest.at.since(self.writes[count - period * ROUNDS].at);
        let steps = u64::try_from(period * ROUNDS).ok()?;
        let gaps: Vec<Duration> = self
            .writes
            .iter()
            .skip(count - period * ROUNDS)
            .filter(|write| write.object == newest.object)
            .zip(self.writes.iter().skip(count - period * ROUNDS).filter(|write| write.object == newest.object).skip(1))
            .map(|(one, two)| two.began.since(one.began))
            .collect();
        // A heartbeat writes the same state each time.
        let one_state = round().all(|one| round().all(|two| one.object != two.object || one.norm == two.norm));
        let by_clock = one_state && gaps.iter().all(|gap| *gap >= QUICK) && is_regular(gaps.into_iter(), JITTER);
        (several && took.0 / steps <= SLOWEST.0 && !by_clock).then_some(period)
    }
}
