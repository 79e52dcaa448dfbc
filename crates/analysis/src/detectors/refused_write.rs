//! Class X: the same write is refused over minutes.
//!
//! No rate is high: a pipeline applies every few minutes, or a controller backs off. One refusal followed by a success, or by a
//! forced apply, is normal.

use super::detector::Detector;
use super::input::Input;
use super::keys::{id_key, is_person, target_key};
use super::server_words::{apply_conflicts, kind, quote};
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::OperationItem;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, Seq, Timestamp, Verb};

const REFUSALS: u64 = 4;
const SHORTEST: Duration = Duration(120_000_000_000);
/// A later refusal is a new story.
const LONGEST_GAP: Duration = Duration(1_800_000_000_000);
const MAX_EVIDENCE: usize = 32;

#[derive(Default)]
pub(super) struct RefusedWrite(Lru<u64, Run, 4_096>);

#[derive(Default)]
struct Run {
    status: u16,
    words: u64,
    count: u64,
    since: Timestamp,
    last: Timestamp,
    operations: Vec<Seq>,
    finding_id: Option<FindingId>,
}

impl Detector for RefusedWrite {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(operation) = input.operation.filter(|operation| operation.op.kind.is_some()) else { return };
        if input.is_lease_or_event() {
            return;
        }
        let key = call(operation);
        if operation.is_done_write() {
            self.0.remove(&key);
            return;
        }
        if !is_refusal(operation) {
            return;
        }
        let (status, words, at) = (operation.op.status, kind(operation), operation.op.at);
        let run = self.0.entry(key, Run::default);
        if run.status != status || run.words != words || at.since(run.last) > LONGEST_GAP {
            *run = Run { status, words, since: at, ..Run::default() };
        }
        (run.count, run.last) = (run.count + 1, at);
        if run.operations.len() < MAX_EVIDENCE {
            run.operations.push(operation.op.seq);
        }
        report(run, operation, findings);
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}

fn call(operation: &OperationItem) -> u64 {
    let who = pair(id_key(operation.op.actor.0), id_key(operation.op.verb.code()));
    pair(pair(who, target_key(operation)), bytes(operation.op.subresource.as_bytes()))
}

/// True for a refused write. A create of what exists is often a check, and an eviction that a disruption budget refuses is
/// tried again by design.
fn is_refusal(operation: &OperationItem) -> bool {
    let exists = operation.op.verb == Verb::Create && operation.op.status == 409;
    let eviction = &*operation.op.subresource == "eviction";
    operation.op.status >= 400 && operation.op.status != 404 && !exists && !eviction && !is_person(&operation.actor)
}

fn report(run: &mut Run, operation: &OperationItem, findings: &mut Findings) {
    let took = run.last.since(run.since);
    if let Some(finding_id) = run.finding_id {
        findings.update(finding_id, |finding| {
            finding.add_evidence(operation.op.seq);
            finding.rounds = run.count;
            finding.set_pace(1, run.count.saturating_sub(1), took);
        });
        return;
    }
    if run.count < REFUSALS || took < SHORTEST {
        return;
    }
    let message = quote(&operation.op.error);
    let (managers, fields) = apply_conflicts(&message);
    let every = Duration(took.0 / run.count.saturating_sub(1).max(1));
    let subject = operation.subject();
    let verb = operation.op.verb;
    let sentence = if managers.is_empty() {
        format!(
            "{} repeats {verb} {subject} about every {every} and is refused each time ({}): {message}",
            operation.actor, run.status
        )
    } else {
        format!(
            "{} applies {subject} about every {every} and is refused each time: {} owns {}; the server says: {message}",
            operation.actor,
            managers.join(" and "),
            fields.join(", ")
        )
    };
    run.finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, Certainty::Exact, sentence)
            .object(&subject)
            .actors([&*operation.actor])
            .actors(&managers)
            .fields(fields)
            .evidence(run.operations.drain(..))
            .message(&message)
            .rounds(run.count)
            .pace(1, run.count.saturating_sub(1), took),
    );
}
