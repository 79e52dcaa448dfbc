//! Class L: conflict storms.
//!
//! One 409 followed by a success is normal optimistic concurrency. 409 AlreadyExists is a different error.

use std::collections::VecDeque;
use std::sync::Arc;

use super::detector::Detector;
use super::failing_reconcile::subject;
use super::input::Input;
use super::keys::target_key;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::{Item, OperationItem};
use crate::tracker::Tracker;
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{Certainty, Duration, Seq, Span, Timestamp, Verb};

const CONFLICTS: usize = 5;
const WITHIN: Duration = Duration(30_000_000_000);
const MAX_RECENT: usize = 64;
const MAX_ACTORS: usize = 16;
/// Fewer conflicts than this in a burst are retries until the cache has the latest version.
const BURST: usize = 12;
const SUSTAINED: Duration = Duration(5_000_000_000);
/// The words of a 409 in the error of a reconcile.
const MODIFIED: &str = "the object has been modified";
/// So many conflicts within 30 s are a storm even if others succeed.
const MANY: usize = 48;

#[derive(Default)]
pub(super) struct ConflictStorm {
    runs: Lru<u64, Run, 4_096>,
    /// By object: the controllers whose reconciles failed with a conflict, from the log. Their process made the calls.
    failed: Lru<u64, Vec<Arc<str>>, 1_024>,
}

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
        if let Item::SpanEnded(span) = input.item {
            return self.reconcile_ended(span, input.tracker);
        }
        let Some(operation) = input.operation.filter(|operation| !operation.op.name.is_empty()) else { return };
        if input.is_lease_or_event() {
            return;
        }
        let runs = &mut self.runs;
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
        run.add_actor(&operation.actor);
        let failed = self.failed.peek(&bytes(operation.subject().as_bytes()));
        let in_process = |name: &&Arc<str>| process_of(name) == &*operation.actor;
        failed.into_iter().flatten().filter(in_process).for_each(|name| run.add_actor(name));
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
        self.runs.clear();
        self.failed.clear();
    }
}

impl ConflictStorm {
    fn reconcile_ended(&mut self, span: &Span, tracker: &Tracker) {
        let Some(name) = tracker.actor_name(span.actor).filter(|_| span.error.contains(MODIFIED)) else { return };
        let known = self.failed.entry(bytes(subject(span).as_bytes()), Vec::new);
        if !known.contains(name) && known.len() < MAX_ACTORS {
            known.push(Arc::clone(name));
        }
    }
}

impl Run {
    /// Adds an actor. The name of a process says less than those of its controllers.
    fn add_actor(&mut self, actor: &str) {
        let is_within = |name: &str, process: &str| process_of(name) == process && name != process;
        if self.actors.iter().any(|known| known == actor || is_within(known, actor)) || self.actors.len() >= MAX_ACTORS {
            return;
        }
        self.actors.retain(|known| !is_within(actor, known));
        self.actors.push(actor.to_owned());
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
            if finding.actors != run.actors {
                finding.actors.clone_from(&run.actors);
                finding.sentence = sentence(run, operation);
            }
        });
        return;
    }
    // If a third of the writes succeeds, each conflict is resolved by a fresh read: contention, not a storm. In a rollout,
    // several controllers write one object's status, and a controller retries until its cache has its own last write.
    let successes = run.successes.iter().filter(|at| operation.op.at.since(**at) <= WITHIN).count();
    let conflicts = run.conflicts.len();
    let is_resolved = successes * 2 >= conflicts && conflicts < MANY;
    if conflicts < CONFLICTS || is_resolved || (conflicts < BURST && took < SUSTAINED) {
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
