//! The open reconciles of one actor, and what it has reconciled.

use lru::LruCache;

use super::in_order::in_order;
use super::log_evidence::LogEvidence;
use super::open_reconcile::OpenReconcile;
use super::reconciled_kinds::ReconciledKinds;
use super::timing::PROMPT;
use kuberewind_model::{Duration, Event, NewOperation, ObjectKey, Seq, SpanKey, Timestamp};

/// After a pause of this length, and with a new delivery of the object, the next call starts the next reconcile.
const PAUSE: Duration = Duration(50_000_000);
/// Open reconciles per actor. Controllers run fewer workers.
const OPEN: usize = 512;
/// Objects whose latest reconcile is remembered.
const MAX_OBJECTS: usize = 16_384;

/// The latest reconcile of one object.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LastRun {
    /// Deliveries up to this number explain this reconcile or an earlier one.
    pub(super) consumed: Seq,
    pub(super) start: Timestamp,
    /// The time between the starts of the two latest reconciles without a new delivery.
    pub(super) interval: Option<Duration>,
    /// The status of its last write, if that was refused.
    pub(super) refused: Option<u16>,
}

#[derive(Debug)]
pub(super) struct ActorState {
    /// True once a request under this actor name has been seen. The log may use another name.
    pub(super) seen_on_wire: bool,
    pub(super) open: Vec<OpenReconcile>,
    /// True if the log reports the starts of its reconciles. Then a call without a cause is in no reconcile.
    pub(super) logs_starts: bool,
    pub(super) kinds: ReconciledKinds,
    pub(super) last: Timestamp,
    /// The start of the latest burst of calls: the actor has not paused since then.
    pub(super) busy_since: Timestamp,
    runs: LruCache<ObjectKey, LastRun>,
}

impl Default for ActorState {
    fn default() -> ActorState {
        ActorState {
            seen_on_wire: false,
            open: Vec::new(),
            logs_starts: false,
            kinds: ReconciledKinds::default(),
            last: Timestamp::default(),
            busy_since: Timestamp::default(),
            // A bounded one allocates its whole table at once, and most actors reconcile few objects.
            runs: LruCache::unbounded(),
        }
    }
}

impl ActorState {
    /// Notes a call that started at `start`.
    pub(super) fn called(&mut self, start: Timestamp, end: Timestamp) {
        if start.since(self.last) > PROMPT {
            self.busy_since = start;
        }
        self.last = self.last.max(end);
    }

    /// The open reconciles that are not dormant.
    pub(super) fn active(&mut self) -> impl Iterator<Item = &mut OpenReconcile> {
        self.open.iter_mut().filter(|open| !open.dormant)
    }

    /// The active reconcile, if there is exactly one.
    pub(super) fn only_active(&mut self) -> Option<&mut OpenReconcile> {
        let mut active = self.active();
        active.next().filter(|_| active.next().is_none())
    }

    /// The reconcile of this object that continues with a call; `None` if the call starts the next one.
    pub(super) fn continuing(
        &mut self,
        object: &ObjectKey,
        call: &NewOperation,
        target: &ObjectKey,
        start: Timestamp,
        has_new_delivery: bool,
    ) -> Option<&mut OpenReconcile> {
        let open = self.active().find(|open| open.object == *object)?;
        let repeated = open.opening.as_ref() == Some(&(call.verb, target.clone()));
        let over = repeated || open.status_written || start.since(open.last) > PAUSE;
        // A reconcile whose write was refused runs again without a delivery.
        let again = (has_new_delivery && over) || (open.refused.is_some() && repeated);
        // A controller that logs the start of one reconcile logs the start of the next.
        (!again || open.evidence == LogEvidence::Start).then_some(open)
    }

    /// Ends the inferred reconciles of an object: no controller reconciles an object twice at the same time.
    pub(super) fn supersede(&mut self, object: &ObjectKey) -> Vec<Event> {
        let before: Vec<OpenReconcile> =
            self.open.extract_if(.., |open| open.evidence == LogEvidence::None && open.object == *object).collect();
        before.iter().for_each(|open| self.ended(open));
        in_order(before.iter().filter(|open| !open.dormant).map(|open| (open.key, open.end_event())).collect())
    }

    /// Adds an open reconcile. Returns the end of the one that was idle the longest, if there are too many.
    pub(super) fn begin(&mut self, open: OpenReconcile) -> Option<Event> {
        let mut ended = None;
        if self.open.len() >= OPEN {
            let oldest = self.open.iter().enumerate().min_by_key(|(_, open)| open.last).map(|(at, _)| at);
            let oldest = oldest.map(|at| self.open.swap_remove(at));
            ended = oldest.filter(|open| !open.dormant).map(|open| open.end_event());
        }
        self.open.push(open);
        ended
    }

    /// Remembers how a reconcile ended.
    pub(super) fn ended(&mut self, open: &OpenReconcile) {
        if let Some(run) = self.runs.get_mut(&open.object) {
            run.refused = open.refused;
        }
    }

    pub(super) fn last_run(&self, object: &ObjectKey) -> LastRun {
        self.runs.peek(object).copied().unwrap_or_default()
    }

    pub(super) fn set_last_run(&mut self, object: &ObjectKey, run: LastRun) {
        if self.runs.len() >= MAX_OBJECTS && !self.runs.contains(object) {
            self.runs.pop_lru();
        }
        self.runs.put(object.clone(), run);
    }

    /// Deliveries of an object up to a number explain a reconcile that the log has named.
    pub(super) fn consume(&mut self, object: &ObjectKey, upto: Seq, start: Timestamp) {
        let before = self.last_run(object);
        self.set_last_run(object, LastRun { consumed: before.consumed.max(upto), start, ..LastRun::default() });
    }

    /// True if the reconcile with this key is open.
    pub(super) fn is_open(&self, key: SpanKey) -> bool {
        self.open.iter().any(|open| open.key == key)
    }
}
