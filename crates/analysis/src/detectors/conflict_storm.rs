//! Class L: conflict storms.
//!
//! One 409 followed by a success is normal optimistic concurrency. 409 AlreadyExists is a different error.

use std::collections::VecDeque;

use super::detector::Detector;
use super::input::Input;
use super::keys::target_key;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::OperationItem;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, Seq, Timestamp, Verb};

const CONFLICTS: usize = 5;
const WITHIN: Duration = Duration(30_000_000_000);
const MAX_RECENT: usize = 64;
/// So many conflicts within 30 s are a storm even if others succeed.
const MANY: usize = 48;

#[derive(Default)]
pub(super) struct ConflictStorm(Lru<u64, Run, 4_096>);

#[derive(Default)]
struct Run {
    conflicts: VecDeque<(Seq, Timestamp)>,
    successes: VecDeque<Timestamp>,
    actors: Vec<String>,
    bases: Vec<u64>,
    same_base: u64,
    total: u64,
    since: Timestamp,
    finding_id: Option<FindingId>,
}

impl Detector for ConflictStorm {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(operation) = input.operation.filter(|operation| !operation.op.name.is_empty()) else { return };
        if input.is_lease_or_event() {
            return;
        }
        let runs = &mut self.0;
        let key = target_key(operation);
        if !is_conflict(operation) {
            if let Some(run) = runs.get(&key).filter(|_| operation.is_done_write()) {
                record_recent(&mut run.successes, operation.op.at);
            }
            return;
        }
        let run = runs.entry(key, Run::default);
        if run.conflicts.back().is_some_and(|(_, at)| operation.op.at.since(*at) > WITHIN) {
            *run = Run::default();
        }
        if run.total == 0 {
            run.since = operation.op.at;
        }
        run.total += 1;
        run.conflicts.push_back((operation.op.seq, operation.op.at));
        while run.conflicts.front().is_some_and(|(_, at)| operation.op.at.since(*at) > WITHIN) || run.conflicts.len() > MAX_RECENT
        {
            run.conflicts.pop_front();
        }
        if !run.actors.iter().any(|actor| **actor == *operation.actor) && run.actors.len() < 16 {
            run.actors.push(operation.actor.to_string());
        }
        let base = operation
            .detail
            .as_ref()
            .map(|detail| pair(bytes(detail.precondition.as_bytes()), bytes(operation.actor.as_bytes())));
        if let Some(base) = base {
            run.same_base += u64::from(run.bases.contains(&base));
            run.bases.push(base);
            if run.bases.len() > 16 {
                run.bases.remove(0);
            }
        }
        report(run, operation, findings);
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}

fn is_conflict(operation: &OperationItem) -> bool {
    let reason = operation.detail.as_ref().map_or("", |detail| &*detail.reason);
    // Without a reason, a 409 of a create means AlreadyExists, of any other verb Conflict.
    operation.op.status == 409 && (reason == "Conflict" || (reason.is_empty() && operation.op.verb != Verb::Create))
}

fn record_recent(times: &mut VecDeque<Timestamp>, at: Timestamp) {
    times.push_back(at);
    while times.front().is_some_and(|first| at.since(*first) > WITHIN) || times.len() > MAX_RECENT {
        times.pop_front();
    }
}

fn report(run: &mut Run, operation: &OperationItem, findings: &mut Findings) {
    let took = operation.op.at.since(run.since);
    if let Some(finding_id) = run.finding_id {
        findings.update(finding_id, |finding| {
            finding.add_evidence(operation.op.seq);
            finding.rounds = run.total;
            finding.set_pace(1, run.total.saturating_sub(1), took);
            if finding.actors.len() < run.actors.len() {
                finding.actors.clone_from(&run.actors);
                finding.sentence = sentence(run, operation);
            }
        });
        return;
    }
    // If at least half of the writes succeed, each conflict is resolved by a fresh read: contention, not a storm. In a rollout,
    // several controllers write one object's status.
    let successes = run.successes.iter().filter(|at| operation.op.at.since(**at) <= WITHIN).count();
    if run.conflicts.len() < CONFLICTS || (successes >= run.conflicts.len() && run.conflicts.len() < MANY) {
        return;
    }
    run.finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, Certainty::Exact, sentence(run, operation))
            .object(&operation.subject())
            .actors(&run.actors)
            .evidence(run.conflicts.iter().map(|(seq, _)| *seq))
            .rounds(run.total)
            .pace(1, run.total.saturating_sub(1), took),
    );
}

fn sentence(run: &Run, operation: &OperationItem) -> String {
    let who = run.actors.join(", ");
    let stale = if run.same_base > 0 { ", repeatedly from the same old version" } else { "" };
    format!("writes of {who} to {} fail with 409 Conflict and are retried{stale}", operation.subject())
}
