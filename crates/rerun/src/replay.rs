//! Decides which change is replayed when. A state machine without I/O and without a clock.

use std::collections::HashMap;

use super::plan::{Others, Plan};
use kuberewind_analysis::compare::{ComparedName, NormalisedChange};
use kuberewind_model::{Duration, Timestamp};

/// How long the operator must have made no call before the next change.
const QUIET: Duration = Duration(250_000_000);
/// How long the operator may take for its first call.
const FIRST_CALL: Duration = Duration(10_000_000_000);

/// When changes are replayed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pacing {
    /// The next change, when the operator is quiet.
    Quiet,
    /// In their recorded spacing, this many times as fast.
    Speed(f64),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    pub pacing: Pacing,
    /// How long the operator must be quiet after the last change.
    pub settle: Duration,
    /// The most time that the rerun takes.
    pub limit: Duration,
}

/// What the operator does now. Watches, leases, Events, discovery and health checks do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// Calls without a response.
    pub outstanding: usize,
    /// The last call or delivered event; `None` before the first call.
    pub last: Option<Timestamp>,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Make the change with this index of the plan, then call [`Replay::applied`].
    Apply(usize),
    /// Ask again at this time, or when the operator did something.
    Wait(Timestamp),
    End(Ending),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All changes are made, and the operator is quiet.
    Settled,
    /// The limit of time is reached.
    Limit,
    /// The operator made no call.
    NoCall,
}

/// Numbers of changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Changes that were made again, matched reactions included.
    pub replayed: u64,
    pub reactions_matched: u64,
    /// Reactions to writes that the operator did not make.
    pub reactions_dropped: u64,
    /// Changes of fields that had another value than in the recording, and changes that the server refused.
    pub conflicts: u64,
}

pub struct Replay {
    others: Others,
    timing: Timing,
    start: Timestamp,
    changes: Vec<Change>,
    /// The writes of the old operator that have reactions, by what they change, the last one first.
    unmatched: HashMap<(ComparedName, NormalisedChange), Vec<usize>>,
    summary: Summary,
}

#[derive(Debug, Clone, Copy)]
struct Change {
    at: Timestamp,
    /// The write that it reacts to, by its place in the plan.
    reacts_to: Option<usize>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not before the operator has made the write that it reacts to.
    Held,
    Due,
    Done,
}

impl Replay {
    /// Starts a replay. `controllers` react in place of the recorded reactions.
    #[must_use]
    pub fn start(plan: &Plan, others: Others, controllers: bool, timing: Timing, start: Timestamp) -> Replay {
        let state = |reacts_to: Option<usize>| match (others, reacts_to) {
            (Others::None, _) => State::Done,
            (Others::Causal, Some(_)) if controllers => State::Done,
            (Others::Causal, Some(_)) => State::Held,
            (Others::Causal | Others::All, _) => State::Due,
        };
        let change = |change: &super::plan::PlannedChange| Change {
            at: change.at,
            reacts_to: change.reacts_to,
            state: state(change.reacts_to),
        };
        let mut unmatched: HashMap<_, Vec<usize>> = HashMap::new();
        for (place, write) in plan.writes.iter().enumerate().rev() {
            unmatched.entry((write.object.clone(), write.change)).or_default().push(place);
        }
        let changes = plan.changes.iter().map(change).collect();
        Replay { others, timing, start, changes, unmatched, summary: Summary::default() }
    }

    /// The operator made a write. The reactions to the first such write of the old operator become due.
    pub fn wrote(&mut self, object: &ComparedName, change: NormalisedChange) {
        let Some(place) = self.unmatched.get_mut(&(object.clone(), change)).and_then(Vec::pop) else { return };
        for change in self.changes.iter_mut().filter(|change| change.reacts_to == Some(place)) {
            if change.state == State::Held {
                change.state = State::Due;
            }
        }
    }

    /// A change was made. With `is_conflict`, a field had another value than in the recording, or the server refused it.
    pub fn applied(&mut self, index: usize, is_conflict: bool) {
        let Some(change) = self.changes.get_mut(index) else { return };
        change.state = State::Done;
        self.summary.replayed += 1;
        self.summary.conflicts += u64::from(is_conflict);
        self.summary.reactions_matched += u64::from(change.reacts_to.is_some() && self.others == Others::Causal);
    }

    #[must_use]
    pub fn next(&self, now: Timestamp, activity: Activity) -> Step {
        let limit = self.start.plus(self.timing.limit);
        if now >= limit {
            return Step::End(Ending::Limit);
        }
        let Some(last) = activity.last else {
            let deadline = self.start.plus(FIRST_CALL);
            return if now >= deadline { Step::End(Ending::NoCall) } else { Step::Wait(deadline.min(limit)) };
        };
        let due = self.changes.iter().position(|change| change.state == State::Due);
        let (step, after) = match (due, self.timing.pacing) {
            (Some(index), Pacing::Speed(speed)) => {
                let at = self.at_speed(index, speed);
                return if now >= at { Step::Apply(index) } else { Step::Wait(at.min(limit)) };
            }
            (Some(index), Pacing::Quiet) => (Step::Apply(index), QUIET),
            (None, _) => (Step::End(Ending::Settled), self.timing.settle),
        };
        let at = last.plus(after);
        match activity.outstanding {
            0 if now >= at => step,
            0 => Step::Wait(at.min(limit)),
            _ => Step::Wait(limit),
        }
    }

    /// The time of a change in the recorded spacing. A reaction that is due is late already.
    fn at_speed(&self, index: usize, speed: f64) -> Timestamp {
        let (Some(first), Some(change)) = (self.changes.first(), self.changes.get(index)) else { return self.start };
        if self.others == Others::Causal && change.reacts_to.is_some() {
            return self.start;
        }
        let seconds = std::time::Duration::from_nanos(change.at.since(first.at).0).as_secs_f64() / speed;
        let spacing = std::time::Duration::try_from_secs_f64(seconds).unwrap_or(std::time::Duration::MAX);
        self.start.plus(Duration::from_std(spacing))
    }

    /// The numbers so far. A reaction that is still held counts as dropped.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let dropped = self.changes.iter().filter(|change| change.reacts_to.is_some() && change.state != State::Done).count();
        Summary { reactions_dropped: u64::try_from(dropped).unwrap_or(u64::MAX), ..self.summary }
    }

    /// True if every change that the operator's writes allow is made.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.changes.iter().all(|change| change.state != State::Due)
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::{OperatorWrite, PlannedChange};
    use super::*;
    use kuberewind_model::{ObjectKey, Seq};

    const START: Timestamp = Timestamp(1_000_000_000_000);

    fn at(millis: u64) -> Timestamp {
        START.plus(Duration::from_millis(millis))
    }

    fn name(name: &str) -> ComparedName {
        let key = ObjectKey { group: "apps".into(), resource: "deployments".into(), namespace: "shop".into(), name: name.into() };
        ComparedName::of(&key)
    }

    fn scaled(to: u64) -> NormalisedChange {
        NormalisedChange { values: to, fields: 9 }
    }

    /// The operator scales to 5 twice; something reacts to each. Between them, and at the end, a user makes a change.
    fn plan() -> Plan {
        let change = |seq: u64, reacts_to| PlannedChange { reacts_to, ..PlannedChange::of(Seq(seq), at(seq * 100)) };
        let write = || OperatorWrite { object: name("checkout"), change: scaled(5) };
        Plan {
            changes: vec![change(1, Some(0)), change(2, None), change(3, Some(1)), change(4, None)],
            writes: vec![write(), write()],
        }
    }

    fn replay(others: Others, controllers: bool, pacing: Pacing) -> Replay {
        let timing = Timing { pacing, settle: Duration::from_millis(2_000), limit: Duration::from_millis(60_000) };
        Replay::start(&plan(), others, controllers, timing, START)
    }

    fn quiet_since(millis: u64) -> Activity {
        Activity { outstanding: 0, last: Some(at(millis)) }
    }

    #[test]
    fn a_reaction_waits_for_its_write_and_is_dropped_without_it() {
        let mut replay = replay(Others::Causal, false, Pacing::Quiet);
        assert_eq!(replay.next(at(249), quiet_since(0)), Step::Wait(at(250)));
        assert_eq!(replay.next(at(250), quiet_since(0)), Step::Apply(1), "the user's change does not wait for the operator");
        replay.applied(1, false);
        replay.wrote(&name("checkout"), scaled(4));
        assert_eq!(replay.next(at(500), quiet_since(0)), Step::Apply(3), "scaling to 4 is not the same write");
        replay.wrote(&name("checkout"), scaled(5));
        assert_eq!(replay.next(at(500), quiet_since(0)), Step::Apply(0), "in the recorded order");
        replay.applied(0, true);
        replay.applied(3, false);
        assert_eq!(replay.next(at(1_000), quiet_since(500)), Step::Wait(at(2_500)));
        assert_eq!(replay.next(at(2_500), quiet_since(500)), Step::End(Ending::Settled));
        assert_eq!(replay.summary(), Summary { replayed: 3, reactions_matched: 1, reactions_dropped: 1, conflicts: 1 });
    }

    #[test]
    fn controllers_react_in_place_of_the_recording() {
        let mut replay = replay(Others::Causal, true, Pacing::Quiet);
        replay.wrote(&name("checkout"), scaled(5));
        assert_eq!(replay.next(at(250), quiet_since(0)), Step::Apply(1));
        replay.applied(1, false);
        replay.applied(3, false);
        assert_eq!(replay.next(at(2_000), quiet_since(0)), Step::End(Ending::Settled));
        assert_eq!(replay.summary().reactions_matched, 0);
    }

    #[test]
    fn all_and_none_are_simple() {
        let mut all = replay(Others::All, false, Pacing::Quiet);
        for index in 0..4 {
            assert_eq!(all.next(at(250), quiet_since(0)), Step::Apply(index));
            all.applied(index, false);
        }
        let none = replay(Others::None, false, Pacing::Quiet);
        assert_eq!(none.next(at(2_000), quiet_since(0)), Step::End(Ending::Settled));
    }

    #[test]
    fn nothing_happens_while_a_call_is_outstanding_and_the_limit_ends_it() {
        let replay = replay(Others::Causal, false, Pacing::Quiet);
        let busy = Activity { outstanding: 1, last: Some(START) };
        assert_eq!(replay.next(at(5_000), busy), Step::Wait(at(60_000)));
        assert_eq!(replay.next(at(60_000), busy), Step::End(Ending::Limit));
        let silent = Activity { outstanding: 0, last: None };
        assert_eq!(replay.next(at(9_999), silent), Step::Wait(at(10_000)));
        assert_eq!(replay.next(at(10_000), silent), Step::End(Ending::NoCall));
    }

    #[test]
    fn a_speed_keeps_the_recorded_spacing() {
        let mut replay = replay(Others::All, false, Pacing::Speed(2.0));
        let busy = Activity { outstanding: 3, last: Some(START) };
        assert_eq!(replay.next(START, busy), Step::Apply(0));
        replay.applied(0, false);
        assert_eq!(replay.next(START, busy), Step::Wait(at(50)));
        assert_eq!(replay.next(at(50), busy), Step::Apply(1));
    }
}
