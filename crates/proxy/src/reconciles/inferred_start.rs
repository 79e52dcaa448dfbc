//! The start of an inferred reconcile, and its triggers.

use std::sync::Arc;

use super::actor_state::{ActorState, LastRun};
use super::delivery::Delivery;
use super::known_objects::Candidate;
use super::log_evidence::LogEvidence;
use super::open_reconcile::OpenReconcile;
use super::span_source::SpanSource;
use super::timing::PROMPT;
use kuberewind_model::{
    Certainty, Duration, Event, KindRef, NewOperation, NewSpan, NewTrigger, ObjectKey, Seq, SpanKey, Timestamp,
};

/// Triggers of one reconcile.
const MAX_TRIGGERS: usize = 16;
/// Two intervals are equal if they differ by less than this part.
const SAME_INTERVAL: u64 = 10;
/// Shorter intervals are no requeue intervals.
const SHORTEST_INTERVAL: Duration = Duration(200_000_000);

/// A reconcile that starts.
pub(super) struct NewRun {
    pub(super) key: SpanKey,
    /// The actor's name.
    pub(super) name: Arc<str>,
    pub(super) certainty: Certainty,
    /// The deliveries of its object since the last reconcile.
    pub(super) deliveries: Vec<Arc<Delivery>>,
}

/// The events of a reconcile that starts, with the ends of those before it.
pub(super) struct InferredStart {
    pub(super) events: Vec<Event>,
}

impl InferredStart {
    /// Starts the reconcile of `candidate` with `call`.
    pub(super) fn of(
        actor: &mut ActorState,
        call: &NewOperation,
        target: &ObjectKey,
        candidate: Candidate,
        run: NewRun,
    ) -> InferredStart {
        let start = call.at.minus(call.duration);
        let mut events = actor.supersede(&candidate.object);
        let before = actor.last_run(&candidate.object);
        let triggers = triggers(actor, &before, &run, start);
        let consumed = run.deliveries.iter().map(|delivery| delivery.seq).max().unwrap_or(before.consumed);
        let since = start.since(before.start);
        let interval = (run.deliveries.is_empty() && before.start > Timestamp::default()).then_some(since);
        actor.set_last_run(&candidate.object, LastRun { consumed, start, interval, refused: None });
        events.extend(actor.begin(opened(call, target, &candidate, &run)));
        events.push(started(candidate, run, start, triggers));
        InferredStart { events }
    }

    /// Starts a reconcile of `candidate` that may be another controller's than the open ones of the same object.
    pub(super) fn beside_others(
        actor: &mut ActorState,
        call: &NewOperation,
        target: &ObjectKey,
        candidate: Candidate,
        run: NewRun,
    ) -> InferredStart {
        let mut events: Vec<Event> = actor.begin(opened(call, target, &candidate, &run)).into_iter().collect();
        events.push(started(candidate, run, call.at.minus(call.duration), Vec::new()));
        InferredStart { events }
    }
}

/// A reconcile that `call` begins.
fn opened(call: &NewOperation, target: &ObjectKey, candidate: &Candidate, run: &NewRun) -> OpenReconcile {
    let mut open = OpenReconcile {
        key: run.key,
        object: candidate.object.clone(),
        opening: Some((call.verb, target.clone())),
        start: call.at.minus(call.duration),
        last: call.at,
        evidence: LogEvidence::None,
        certainty: run.certainty,
        actor: run.name.clone(),
        status_written: false,
        refused: None,
        dormant: false,
    };
    open.note(call, target);
    open
}

fn started(candidate: Candidate, run: NewRun, start: Timestamp, triggers: Vec<NewTrigger>) -> Event {
    let Candidate { object, version, kind, .. } = candidate;
    Event::SpanStarted(NewSpan {
        key: run.key,
        label: format!("inferred-{}", SpanSource::number(run.key)).into(),
        at: start,
        actor: run.name,
        kind: Some(KindRef { group: object.group, version, resource: object.resource }),
        kind_name: kind.kind,
        namespace: object.namespace,
        name: object.name,
        attempt: 1,
        inferred: Some(run.certainty),
        triggers,
    })
}

/// What started a reconcile: the deliveries of its object, if the actor reacted promptly or was busy since then. A delivery that an
/// idle actor left alone is a guess at most: a timer may have started the reconcile.
fn triggers(actor: &ActorState, before: &LastRun, run: &NewRun, start: Timestamp) -> Vec<NewTrigger> {
    if let Some(status) = before.refused.filter(|_| run.deliveries.is_empty()) {
        return vec![without_delivery(format!("retry after status {status}"))];
    }
    let newest = run.deliveries.iter().map(|delivery| delivery.at).max();
    let prompt = newest.is_some_and(|at| start.since(at) <= PROMPT || at >= actor.busy_since.minus(PROMPT));
    let since = start.since(before.start);
    let periodic = before.interval.is_some_and(|interval| is_same(interval, since)) && since >= SHORTEST_INTERVAL;
    if !prompt && periodic {
        return vec![without_delivery(format!("requeue after {} s", seconds(since)))];
    }
    let certainty = if prompt { run.certainty } else { Certainty::Guess };
    let trigger = |delivery: &Arc<Delivery>| NewTrigger {
        operation: Some(delivery.seq),
        uid: delivery.uid.clone(),
        resource_version: delivery.resource_version.clone(),
        reason: if prompt {
            "delivery".into()
        } else {
            format!("delivery {} s earlier", seconds(start.since(delivery.at))).into()
        },
        certainty,
    };
    let skipped = run.deliveries.len().saturating_sub(MAX_TRIGGERS);
    run.deliveries.iter().skip(skipped).map(trigger).collect()
}

fn without_delivery(reason: String) -> NewTrigger {
    NewTrigger {
        operation: None::<Seq>,
        uid: "".into(),
        resource_version: "".into(),
        reason: reason.into(),
        certainty: Certainty::Guess,
    }
}

fn is_same(one: Duration, other: Duration) -> bool {
    one.0.abs_diff(other.0) <= one.0.max(other.0) / SAME_INTERVAL
}

/// Seconds with one decimal.
fn seconds(duration: Duration) -> String {
    let tenths = duration.0 / 100_000_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}
