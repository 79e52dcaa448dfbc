//! Class I: ping-pong over several objects, a cycle in the causality graph.
//!
//! A rollout also goes back and forth between a Deployment and its ReplicaSets, but each of its writes reaches a new state. So writes count
//! if they reach no new state, or if they give the same one or two fields new values in many rounds.

use super::alternation::Alternation;
use super::detector::Detector;
use super::input::Input;
use super::write_chain::{Chain, Write, Writes};
use super::written::{changed_paths, counts, values};
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{Map, bytes, pair};
use crate::tracker::{Cause, TrackedObject, TrackedVersion, Tracker, VersionAuthor};
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{Certainty, Duration, Timestamp};

#[derive(Default)]
pub(super) struct PingPong {
    writes: Writes,
    open: Map<u64, Open>,
    /// For actors without recorded deliveries.
    alternation: Alternation,
}

struct Open {
    finding_id: Option<FindingId>,
    /// True if the finding names the controllers, not only their process.
    named: bool,
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
        let at = (object.object.id, state.rank);
        self.writes.insert(at, write(input, (object, state), author, new_state));
        let Some(chain) = self.writes.cycle(at) else { return };
        let key = key(&chain);
        if let Some(open) = self.open.get_mut(&key) {
            open.goes_on(&chain, findings);
        } else if self.open.len() < 1_024 {
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

fn write(
    input: &Input<'_>,
    (object, state): (&TrackedObject, &TrackedVersion),
    author: &VersionAuthor,
    new_state: bool,
) -> Write {
    let others = |cause: Cause| input.tracker.delivered_others(author, [object.object.id, cause.object]);
    Write {
        actor: author.actor,
        name: author.name.clone(),
        label: object.object.clone(),
        seq: author.seq,
        at: author.at,
        began: author.began,
        cause: author.cause.map(|cause| (cause.object, cause.rank)),
        reaction: author.cause.and_then(|cause| reaction(input.tracker, author, cause)),
        certainty: author.cause.map_or(Certainty::Guess, |cause| cause.certainty),
        new_state,
        paths: changed_paths(state),
        values: values(state),
        counts_others: counts(state) && author.cause.is_none_or(others),
    }
}

/// The time from the delivery of a cause to the start of the write.
fn reaction(tracker: &Tracker, author: &VersionAuthor, cause: Cause) -> Option<Duration> {
    let (_, at) = tracker.deliveries_of(author, cause.object).find(|(rank, _)| *rank == cause.rank)?;
    Some(author.began.since(at))
}

/// Identifies a cycle by its processes and objects: it may be found at any of its writes, and its controllers may be named later.
fn key(chain: &Chain) -> u64 {
    let place =
        |write: &Write| pair(bytes(process_of(&write.name).as_bytes()), u64::from_ne_bytes(write.label.id.0.to_ne_bytes()));
    chain.round().fold(0, |sum, write| sum.wrapping_add(place(write)))
}

impl Open {
    fn goes_on(&mut self, chain: &Chain, findings: &mut Findings) {
        self.writes += 1;
        let latest = &chain.writes[0];
        let (rounds, took) = (self.writes / self.length, latest.at.since(self.since));
        let renamed = !self.named && chain.names_controllers();
        self.named |= renamed;
        let Some(finding_id) = self.finding_id else { return };
        findings.update(finding_id, |finding| {
            finding.add_evidence(latest.seq);
            finding.rounds = rounds;
            finding.set_pace(self.length, rounds, took);
            if renamed {
                finding.sentence = sentence(chain);
                finding.actors = Vec::new();
                finding.add_actors(writers(chain));
            }
        });
    }
}

/// The writers of a round, in the order of their writes.
fn writers(chain: &Chain) -> Vec<&str> {
    let mut writers: Vec<&str> = chain.round().map(|write| &*write.name).collect();
    writers.reverse();
    writers
}

fn sentence(chain: &Chain) -> String {
    let effect = if chain.new_values { "and never settle" } else { "and change nothing" };
    let mut round: Vec<&Write> = chain.round().collect();
    round.reverse();
    let writers = writers(chain);
    if writers.iter().all(|writer| *writer == writers[0]) {
        let objects: Vec<String> = round.iter().map(|write| write.label.to_string()).collect();
        return format!(
            "writes of {} trigger each other in a cycle {effect}: {}, and so on",
            writers[0],
            objects.join(", then ")
        );
    }
    let steps: Vec<String> = round.iter().map(|write| format!("{} writes {}", write.name, write.label)).collect();
    format!("writes trigger each other in a cycle {effect}: {}, and so on", steps.join(", which triggers: "))
}

fn report(chain: &Chain, findings: &mut Findings) -> Open {
    let certainty = chain.writes.iter().map(|write| write.certainty).min().unwrap_or(Certainty::Guess);
    let (first, last) = (&chain.writes[chain.writes.len() - 1], &chain.writes[0]);
    let length = u64::try_from(chain.length).unwrap_or(u64::MAX).max(1);
    let count = u64::try_from(chain.writes.len()).unwrap_or(u64::MAX);
    let finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, certainty, sentence(chain))
            .object(&first.label)
            .others(chain.round().map(|write| write.label.to_string()))
            .actors(writers(chain))
            .evidence(chain.writes.iter().rev().map(|write| write.seq))
            .rounds(count / length)
            .pace(length, count / length, last.at.since(first.at)),
    );
    Open { finding_id, named: chain.names_controllers(), writes: count, length, since: first.at }
}
