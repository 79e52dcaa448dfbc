//! Chains of writes, each of which triggered the next one, and the cycles in them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::written::follows_clock;
use crate::lru::Lru;
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{ActorId, Certainty, Duration, Object, ObjectId, Rank, Seq, Timestamp};

/// Rounds of a cycle whose writes reach no new state.
const ROUNDS: usize = 4;
/// Rounds of a cycle whose writes give the same fields new values.
const NEW_VALUE_ROUNDS: usize = 12;
const MAX_CYCLE: usize = 6;

#[derive(Clone)]
pub(super) struct Write {
    pub actor: ActorId,
    pub name: Arc<str>,
    pub label: Arc<Object>,
    pub seq: Seq,
    pub at: Timestamp,
    pub began: Timestamp,
    /// The version whose delivery triggered it.
    pub cause: Option<(ObjectId, Rank)>,
    /// The time from that delivery to the start of the write.
    pub reaction: Option<Duration>,
    pub certainty: Certainty,
    /// True if the object did not have this state before.
    pub new_state: bool,
    /// The changed fields, at most two.
    pub paths: Vec<u64>,
    /// A hash of their new values.
    pub values: u64,
    /// True if a number changed and another object was delivered before: a counter follows other objects.
    pub counts_others: bool,
}

/// Recent writes by the version that they made.
#[derive(Default)]
pub(super) struct Writes(Lru<(ObjectId, Rank), Write, 4_096>);

/// Writes along a cycle of `length` pairs of actor and object, the latest first.
pub(super) struct Chain {
    pub writes: Vec<Write>,
    pub length: usize,
    /// True if each write gives the same fields new values, false if the writes reach no new state.
    pub new_values: bool,
}

impl Chain {
    /// The latest round, the latest write first.
    pub fn round(&self) -> impl Iterator<Item = &Write> {
        self.writes.iter().take(self.length)
    }

    /// True if the writers are controllers with a name.
    pub fn names_controllers(&self) -> bool {
        self.round().all(|write| write.name.contains('/'))
    }
}

impl Writes {
    pub fn insert(&mut self, at: (ObjectId, Rank), write: Write) {
        self.0.insert(at, write);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Follows the causes back from a write. Returns `Some` for a cycle over at least two objects: four rounds with no new state in the
    /// last three, or twelve rounds in which each write gives the same fields new values.
    pub fn cycle(&self, from: (ObjectId, Rank)) -> Option<Chain> {
        let walked = self.walk(from, MAX_CYCLE * ROUNDS);
        let length = (2..=MAX_CYCLE)
            .take_while(|length| length * ROUNDS <= walked.len())
            .find(|length| repeats(&walked[..length * ROUNDS], *length))?;
        if walked[..length].iter().all(|write| write.label.id == walked[0].label.id) {
            return None;
        }
        if walked[..length * (ROUNDS - 1)].iter().all(|write| !write.new_state) {
            return Some(chain(&walked[..length * ROUNDS], length, false));
        }
        let wanted = length * NEW_VALUE_ROUNDS;
        let walked = self.walk(from, wanted);
        let endless = walked.len() == wanted
            && repeats(&walked, length)
            && (0..length).all(|place| gives_new_values(&walked, place, length));
        endless.then(|| chain(&walked, length, true))
    }

    fn walk(&self, from: (ObjectId, Rank), most: usize) -> Vec<&Write> {
        let mut walked: Vec<&Write> = Vec::new();
        let mut at = from;
        while walked.len() < most {
            let Some(write) = self.0.peek(&at) else { break };
            if walked.last().is_some_and(|later| write.seq >= later.seq) {
                break;
            }
            walked.push(write);
            let Some(cause) = write.cause else { break };
            at = cause;
        }
        walked
    }
}

fn chain(walked: &[&Write], length: usize, new_values: bool) -> Chain {
    Chain { writes: walked.iter().map(|write| (*write).clone()).collect(), length, new_values }
}

/// True if each write is followed by one like it after `length` writes.
fn repeats(walked: &[&Write], length: usize) -> bool {
    walked.windows(length + 1).all(|window| is_alike(window[0], window[length]))
}

/// True for writes of one object by one actor. The name of a process may become that of its controller later.
fn is_alike(one: &Write, two: &Write) -> bool {
    let unnamed = |write: &Write, other: &Write| *write.name == *process_of(&other.name);
    one.label.id == two.label.id && (one.actor == two.actor || unnamed(one, two) || unnamed(two, one))
}

/// True if the writes at one place of a cycle change the same fields to values that never return, and follow no clock.
fn gives_new_values(walked: &[&Write], place: usize, length: usize) -> bool {
    let same_place = || walked.iter().skip(place).step_by(length);
    let mut values: Vec<u64> = same_place().map(|write| write.values).collect();
    let count = values.len();
    values.sort_unstable();
    values.dedup();
    let paths = &walked[place].paths;
    let is_endless =
        !paths.is_empty() && values.len() == count && same_place().all(|write| write.paths == *paths && !write.counts_others);
    let gaps: VecDeque<Duration> =
        same_place().zip(same_place().skip(1)).map(|(later, earlier)| later.began.since(earlier.began)).collect();
    let reactions = same_place().filter_map(|write| write.reaction).collect();
    is_endless && !follows_clock(&gaps, &reactions)
}
