//! Class I: ping-pong over several objects, a cycle in the causality graph.
//!
//! A rollout also goes back and forth between a Deployment and its ReplicaSets, but each of its writes reaches a new state.
//! Only writes that reach no new state count.

use super::alternation::Alternation;
use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{Map, pair};
use crate::lru::Lru;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker};
use kuberewind_model::{ActorId, Certainty, ObjectId, Rank, Seq, Timestamp};

const ROUNDS: usize = 4;
const MAX_CYCLE: usize = 6;

#[derive(Default)]
pub(super) struct PingPong {
    /// Recent writes by the version they made.
    writes: Lru<(ObjectId, Rank), Write, 4_096>,
    open: Map<u64, Open>,
    /// For actors without recorded deliveries.
    alternation: Alternation,
}

#[derive(Clone)]
struct Write {
    actor: ActorId,
    name: std::sync::Arc<str>,
    label: std::sync::Arc<kuberewind_model::Object>,
    seq: Seq,
    at: Timestamp,
    cause: Option<(ObjectId, Rank)>,
    certainty: Certainty,
    new_state: bool,
}

struct Open {
    finding_id: Option<FindingId>,
    writes: u64,
    length: u64,
    since: Timestamp,
}

impl Detector for PingPong {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(object), Some(state)) = (input.object, input.authored) else { return };
        let Some(author) = &state.author else { return };
        let new_state = is_new_state(object, state);
        self.alternation.authored(input, (object, state), new_state, findings);
        let id = object.object.id;
        let cause = author.cause;
        let write = Write {
            actor: author.actor,
            name: author.name.clone(),
            label: object.object.clone(),
            seq: author.seq,
            at: author.at,
            cause: cause.map(|cause| (cause.object, cause.rank)),
            certainty: cause.map_or(Certainty::Guess, |cause| cause.certainty),
            new_state,
        };
        let writes = &mut self.writes;
        let at = (id, state.rank);
        writes.insert(at, write);
        let Some(chain) = chain(writes, at) else { return };
        // The same cycle may be found at any of its writes.
        let key = chain.writes().fold(0_u64, |sum, write| {
            sum.wrapping_add(pair(
                u64::from_ne_bytes(write.actor.0.to_ne_bytes()),
                u64::from_ne_bytes(write.label.id.0.to_ne_bytes()),
            ))
        });
        let latest = &chain.writes[0];
        if let Some(open) = self.open.get_mut(&key) {
            open.writes += 1;
            let (rounds, took) = (open.writes / open.length, latest.at.since(open.since));
            if let Some(finding_id) = open.finding_id {
                findings.update(finding_id, |finding| {
                    finding.add_evidence(latest.seq);
                    finding.rounds = rounds;
                    finding.set_pace(open.length, rounds, took);
                });
            }
            return;
        }
        if self.open.len() < 1_024 {
            let open = report(&chain, findings);
            self.open.insert(key, open);
        }
    }

    fn forget(&mut self, _: &Tracker) {
        self.writes.clear();
        self.open.clear();
        self.alternation.forget();
    }
}

/// True if the object did not have this state before.
fn is_new_state(object: &TrackedObject, state: &TrackedVersion) -> bool {
    let Some(norm) = state.norm else { return true };
    !object.history.iter().take_while(|known| known.rank < state.rank).any(|known| known.norm == Some(norm))
}

/// Writes along a cycle of `length` pairs of actor and object, the latest first.
struct Chain {
    writes: Vec<Write>,
    length: usize,
}

impl Chain {
    fn writes(&self) -> impl Iterator<Item = &Write> {
        self.writes.iter().take(self.length)
    }
}

/// Follows the causes back from a write. Returns `Some` for four rounds of a cycle over at least two objects with no new state
/// in the last three.
fn chain(writes: &Lru<(ObjectId, Rank), Write, 4_096>, from: (ObjectId, Rank)) -> Option<Chain> {
    let mut walked: Vec<Write> = Vec::new();
    let mut at = from;
    while walked.len() < MAX_CYCLE * ROUNDS {
        let Some(write) = writes.peek(&at) else { break };
        if walked.last().is_some_and(|later| write.seq >= later.seq) {
            break;
        }
        walked.push(write.clone());
        let Some(cause) = write.cause else { break };
        at = cause;
    }
    let place = |write: &Write| (write.actor, write.label.id);
    let length = (2..=MAX_CYCLE).take_while(|length| length * ROUNDS <= walked.len()).find(|length| {
        walked[..length * ROUNDS].windows(length + 1).all(|window| place(&window[0]) == place(&window[*length]))
    })?;
    walked.truncate(length * ROUNDS);
    let objects = walked[..length].iter().any(|write| write.label.id != walked[0].label.id);
    let nothing_new = walked[..length * (ROUNDS - 1)].iter().all(|write| !write.new_state);
    (objects && nothing_new).then_some(Chain { writes: walked, length })
}

fn report(chain: &Chain, findings: &mut Findings) -> Open {
    let mut steps: Vec<String> = chain.writes().map(|write| format!("{} writes {}", write.name, write.label)).collect();
    steps.reverse();
    let mut actors: Vec<&str> = chain.writes().map(|write| &*write.name).collect();
    actors.reverse();
    let certainty = chain.writes.iter().map(|write| write.certainty).min().unwrap_or(Certainty::Guess);
    let sentence =
        format!("writes trigger each other in a cycle and change nothing: {}, and so on", steps.join(", which triggers: "));
    let (first, last) = (&chain.writes[chain.writes.len() - 1], &chain.writes[0]);
    let length = u64::try_from(chain.length).unwrap_or(u64::MAX);
    let count = u64::try_from(chain.writes.len()).unwrap_or(u64::MAX);
    let finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, certainty, sentence)
            .object(&first.label)
            .others(chain.writes().map(|write| write.label.to_string()))
            .actors(actors)
            .evidence(chain.writes.iter().rev().map(|write| write.seq))
            .rounds(count / length.max(1))
            .pace(length, count / length.max(1), last.at.since(first.at)),
    );
    Open { finding_id, writes: count, length: length.max(1), since: first.at }
}
