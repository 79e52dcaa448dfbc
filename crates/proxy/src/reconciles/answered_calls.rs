//! Calls on one object that belong to the reconcile of another one.

use std::sync::Arc;

use super::inference::Inference;
use super::known_objects::Candidate;
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{NewOperation, ObjectKey, Timestamp};

/// Deliveries between two calls that are looked at.
const MAX_DELIVERED: usize = 64;

impl Inference {
    /// Learns from a call of a process with several named controllers which delivery it answers. Returns the reconciled object, if another
    /// one than the target is proven and waits for its reconcile.
    pub(super) fn answered(&mut self, call: &NewOperation, target: &ObjectKey, start: Timestamp) -> Option<Candidate> {
        if call.actor.contains('/') || !self.controllers.are_several(&call.actor) {
            return None;
        }
        let process = self.processes.get_mut(&call.actor)?;
        let before = process.answers.start_before(start).unwrap_or_default();
        let between = process.deliveries.since(before).take(MAX_DELIVERED);
        let mut delivered: Vec<ObjectKey> = Vec::new();
        for delivery in between.filter(|delivery| delivery.at > before && delivery.at <= start) {
            if !delivered.contains(&delivery.object) {
                delivered.push(delivery.object.clone());
            }
        }
        process.answers.called(target, (start, call.at), &delivered);
        let trigger = process.answers.trigger_of(target)?;
        let candidate = self.objects.known(trigger);
        let actor = self.actors.get(&call.actor)?;
        let names_controller = self.controllers.actor_of(&call.actor, &candidate.kind).contains('/');
        let consumed = actor.last_run(trigger).consumed;
        let waits = || {
            let deliveries = process.deliveries.concerning(trigger, &candidate.uid, consumed);
            deliveries.iter().any(|delivery| delivery.at <= start)
        };
        let is_open = || actor.open.iter().any(|open| !open.dormant && open.object == *trigger);
        (names_controller && (is_open() || waits())).then_some(candidate)
    }

    /// The controller that a call names by its field manager, if the log has named that controller.
    pub fn controller_of(&self, call: &NewOperation) -> Option<Arc<str>> {
        let manager = &*call.detail.field_manager;
        if manager.is_empty() || call.actor.contains('/') {
            return None;
        }
        self.controllers.named(process_of(&call.actor), manager)
    }
}
