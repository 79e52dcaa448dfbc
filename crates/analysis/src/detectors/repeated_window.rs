//! Repeated windows of operations, of any period.
//!
//! Operations are partitioned by actor and reconciled object (else the operation's own object), since interleaved loops hide
//! each other in the merged stream. The contents must repeat as well, so a rollout, whose writes reach new states, is not
//! reported; a heartbeat has only one write per window, and a slow one.

use std::collections::VecDeque;

use super::detector::Detector;
use super::input::Input;
use super::keys::{id_key, target_key};
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::settings::Settings;
use crate::stream::OperationItem;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, Seq, Timestamp};

/// Consecutive windows required.
const WINDOWS: usize = 5;
const MAX_PERIOD: usize = 128;
/// Slower operations, on average, are normal variation.
const SLOWEST: Duration = Duration(5_000_000_000);

pub(super) struct RepeatedWindow {
    window: usize,
    partitions: Lru<u64, Partition, 2_048>,
}

struct Partition {
    items: VecDeque<WindowItem>,
    /// The latest tokens, newest last: at least as many as the longest period, once there are so many.
    tokens: Vec<u64>,
    /// For each period, the number of latest operations that equal the one a period before.
    runs: Vec<u32>,
    found: Option<(usize, Option<FindingId>, u64, Timestamp)>,
}

#[derive(Clone, Copy)]
struct WindowItem {
    token: u64,
    seq: Seq,
    at: Timestamp,
    writes: bool,
}

impl RepeatedWindow {
    pub fn new(settings: &Settings) -> RepeatedWindow {
        RepeatedWindow { window: settings.window.clamp(2, MAX_PERIOD), partitions: Lru::default() }
    }
}

impl Detector for RepeatedWindow {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(operation) = input.operation.filter(|operation| operation.op.kind.is_some()) else { return };
        if input.is_lease_or_event() {
            return;
        }
        let item = WindowItem {
            token: fingerprint(input, operation),
            seq: operation.op.seq,
            at: operation.op.at,
            writes: operation.is_done_write() && input.object.is_some(),
        };
        let window = self.window;
        let partition = self.partitions.entry(partition_key(input, operation), || Partition {
            items: VecDeque::new(),
            tokens: Vec::new(),
            runs: vec![0; window + 1],
            found: None,
        });
        partition.add(item, window);
        if let Some((period, finding_id, count, since)) = &mut partition.found {
            let broken = partition.runs.get(*period).is_none_or(|run| *run == 0);
            if broken {
                partition.found = None;
            } else if let Some(finding_id) = *finding_id {
                *count += 1;
                let ops = u64::try_from(*period).unwrap_or(u64::MAX).max(1);
                let (rounds, took) = (*count / ops, operation.op.at.since(*since));
                findings.update(finding_id, |finding| {
                    finding.add_evidence(operation.op.seq);
                    finding.rounds = rounds;
                    finding.set_pace(ops, rounds, took);
                });
            }
            return;
        }
        if let Some(period) = partition.period() {
            partition.found = Some(report(partition, period, operation, findings));
        }
    }

    fn forget(&mut self, _: &Tracker) {
        self.partitions.clear();
    }
}

impl Partition {
    fn add(&mut self, item: WindowItem, window: usize) {
        let (earlier, ever) = self.runs.split_at_mut(self.tokens.len().min(window) + 1);
        // Without branches, so that the compiler vectorises it: this runs for every call.
        for (run, token) in earlier.iter_mut().skip(1).zip(self.tokens.iter().rev()) {
            *run = run.wrapping_add(1) * u32::from(*token == item.token);
        }
        ever.fill(0);
        if self.tokens.len() >= window * 2 {
            self.tokens.drain(..window);
        }
        self.tokens.push(item.token);
        self.items.push_back(item);
        if self.items.len() > window * WINDOWS {
            self.items.pop_front();
        }
    }

    /// The shortest repeated period, if its window has at least two different writes.
    fn period(&self) -> Option<usize> {
        let repeats = |period: usize| {
            self.runs.get(period).is_some_and(|run| usize::try_from(*run).is_ok_and(|run| run >= period * (WINDOWS - 1)))
        };
        let period = (1..self.runs.len()).find(|period| repeats(*period))?;
        let latest = self.items.iter().rev().take(period);
        let mut writes: Vec<u64> = latest.filter(|item| item.writes).map(|item| item.token).collect();
        writes.sort_unstable();
        writes.dedup();
        let first = self.items.len().checked_sub(period * WINDOWS).and_then(|place| self.items.get(place))?;
        let took = self.items.back()?.at.since(first.at);
        let hot = took.0 / u64::try_from(period * WINDOWS).ok()? <= SLOWEST.0;
        (writes.len() >= 2 && hot).then_some(period)
    }
}

/// A key of actor and reconciled object.
fn partition_key(input: &Input<'_>, operation: &OperationItem) -> u64 {
    let actor = id_key(operation.op.actor.0);
    let text = |namespace: &str, name: &str| pair(bytes(namespace.as_bytes()), bytes(name.as_bytes()));
    if let Some(span) = operation.op.span.and_then(|id| input.tracker.span(id)) {
        return pair(pair(actor, bytes(span.kind_name.as_bytes())), text(&span.object.namespace, &span.object.name));
    }
    pair(actor, target_key(operation))
}

/// A hash of the operation and the content it observed. Writes of unknown content are all different.
fn fingerprint(input: &Input<'_>, operation: &OperationItem) -> u64 {
    let op =
        pair(pair(id_key(operation.op.verb.code()), u64::from(operation.op.status)), bytes(operation.op.subresource.as_bytes()));
    let about = pair(operation.op.kind.map_or(0, |kind| id_key(kind.0)), bytes(operation.op.name.as_bytes()));
    let content = match input.object.and_then(|object| object.latest()).and_then(|state| state.norm) {
        Some(norm) => norm,
        None if operation.op.verb.is_write() => operation.op.seq.0,
        None => 0,
    };
    pair(pair(op, about), content)
}

fn report(
    partition: &Partition,
    period: usize,
    operation: &OperationItem,
    findings: &mut Findings,
) -> (usize, Option<FindingId>, u64, Timestamp) {
    let items: Vec<WindowItem> = partition.items.iter().rev().take(period * WINDOWS).copied().collect();
    let since = items.last().map_or(operation.op.at, |item| item.at);
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let ops = u64::try_from(period).unwrap_or(u64::MAX).max(1);
    let sentence =
        format!("{} repeats the same {period} operations on {} with the same contents", operation.actor, operation.subject());
    let finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence)
            .object(&operation.subject())
            .actors([&operation.actor])
            .evidence(items.iter().rev().map(|item| item.seq))
            .rounds(count / ops)
            .pace(ops, count / ops, operation.op.at.since(since)),
    );
    (period, finding_id, count, since)
}
