//! The deliveries and open reconciles of one actor.

use std::collections::VecDeque;
use std::sync::Arc;

use super::delivery::Delivery;
use super::in_order::in_order;
use super::log_evidence::LogEvidence;
use super::open_reconcile::OpenReconcile;
use super::reconciled_object::ReconciledObject;
use super::timing::QUIET;
use kuberewind_model::{Certainty, Duration, Event, KindRef, NewOperation, NewTrigger, ObjectKey, SpanKey, Timestamp};

/// After a pause of this length, and with a new delivery of the object, the next call starts the next reconcile.
const PAUSE: Duration = Duration(50_000_000);
/// Deliveries remembered per actor.
const DELIVERIES: usize = 128;
/// Open reconciles per actor.
const OPEN: usize = 16;

#[derive(Debug, Default)]
pub(super) struct ActorState {
    pub(super) watches: bool,
    /// True once a request under this actor name has been seen. The log may use another name.
    pub(super) seen_on_wire: bool,
    pub(super) deliveries: VecDeque<Delivery>,
    pub(super) open: Vec<OpenReconcile>,
    /// True if the log reports the starts of its reconciles. Then a call without a cause is in no reconcile.
    pub(super) logs_starts: bool,
    pub(super) last: Timestamp,
}

impl ActorState {
    pub(super) fn deliver(&mut self, delivery: Delivery) {
        if self.deliveries.len() >= DELIVERIES {
            self.deliveries.pop_front();
        }
        self.deliveries.push_back(delivery);
    }

    /// The open reconciles that are not dormant.
    pub(super) fn active(&mut self) -> impl Iterator<Item = &mut OpenReconcile> {
        self.open.iter_mut().filter(|open| !open.dormant)
    }

    /// The reconcile of this object that continues with a call; `None` if the call may start the next one.
    pub(super) fn find_continuing(
        &mut self,
        call: &NewOperation,
        target: &ObjectKey,
        owned_by: &[Arc<str>],
        start: Timestamp,
        may_start: bool,
    ) -> Option<SpanKey> {
        let deliveries = &self.deliveries;
        let mut active = self.open.iter_mut().filter(|open| !open.dormant);
        let open = active.find(|open| open.object == *target || owned_by.contains(&open.uid))?;
        let repeated = open.opening.as_ref() == Some(&(call.verb, target.clone())) || start.since(open.last) > PAUSE;
        let has_new_delivery =
            deliveries.iter().any(|delivery| !delivery.ambiguous && delivery.concerns(&open.object, &open.uid));
        // A controller that logs the start of one reconcile logs the start of the next.
        let starts_next = may_start && repeated && has_new_delivery && open.evidence != LogEvidence::Start;
        (!starts_next).then(|| open.add_call(call, target))
    }

    /// Ends the inferred reconciles of an object: no controller reconciles an object twice at the same time.
    pub(super) fn supersede(&mut self, object: &ObjectKey) -> Vec<Event> {
        let before = self.open.extract_if(.., |open| open.evidence == LogEvidence::None && open.object == *object);
        in_order(before.map(|open| (open.key, open.end_event())).collect())
    }

    /// Adds an open reconcile.
    pub(super) fn begin(&mut self, open: OpenReconcile) {
        if self.open.len() >= OPEN {
            // Controllers do not run this many at once: drop the one that was idle the longest without an end.
            let oldest = self.open.iter().enumerate().min_by_key(|(_, open)| open.last).map(|(at, _)| at);
            oldest.map(|at| self.open.swap_remove(at));
        }
        self.open.push(open);
    }

    /// The object of the reconcile that a call starts, by the newest delivery that explains the call.
    pub(super) fn cause(
        &self,
        target: &ObjectKey,
        uid: &Arc<str>,
        owned_by: &[Arc<str>],
        start: Timestamp,
    ) -> Option<(ReconciledObject, Certainty)> {
        let before = || self.deliveries.iter().rev().filter(|delivery| delivery.at <= start && !delivery.ambiguous);
        if let Some(same) = before().find(|delivery| delivery.object == *target) {
            return Some((ReconciledObject::of(same), Certainty::Likely));
        }
        if let Some(owner) = before().find(|delivery| owned_by.contains(&delivery.uid)) {
            return Some((ReconciledObject::of(owner), Certainty::Likely));
        }
        if let Some(owned) = before().find(|delivery| !uid.is_empty() && delivery.owners.contains(uid)) {
            let kind_name = Arc::from("");
            let kind = Some(KindRef {
                group: target.group.clone(),
                version: owned.kind.version.clone(),
                resource: target.resource.clone(),
            });
            return Some((ReconciledObject { kind, kind_name, object: target.clone(), uid: uid.clone() }, Certainty::Likely));
        }
        if self.open.iter().all(|open| open.dormant) {
            let recent = before().find(|delivery| start.since(delivery.at) <= QUIET)?;
            return Some((ReconciledObject::of(recent), Certainty::Guess));
        }
        None
    }

    /// Takes the deliveries that triggered the reconcile, so that each explains one reconcile. Several may coalesce.
    pub(super) fn triggers(&mut self, object: &ReconciledObject, certainty: Certainty, start: Timestamp) -> Vec<NewTrigger> {
        let mut triggers = Vec::new();
        self.deliveries.retain(|delivery| {
            let is_trigger = delivery.at <= start && delivery.concerns(&object.object, &object.uid);
            if is_trigger {
                triggers.push(NewTrigger {
                    operation: Some(delivery.seq),
                    uid: delivery.uid.clone(),
                    resource_version: delivery.resource_version.clone(),
                    reason: "delivery".into(),
                    certainty,
                });
            }
            !is_trigger
        });
        triggers
    }
}
