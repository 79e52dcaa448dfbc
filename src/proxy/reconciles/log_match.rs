//! Matches reconciles of the log with inferred ones.
//!
//! Most operators print nothing before they have made a call. When the log names a reconcile late, the inferred reconcile of
//! that object takes its name.

use std::sync::Arc;

use super::actor_name::process_of;
use super::actor_state::ActorState;
use super::delivery::Delivery;
use super::inference::Inference;
use super::log_evidence::LogEvidence;
use super::open_reconcile::OpenReconcile;
use super::span_source::SpanSource;
use super::timing::SKEW;
use kuberewind_model::{Certainty, Event, NewSpan, NewTrigger, ObjectKey, SpanKey, Timestamp};

/// The inferred reconcile that matches a reconcile of the log.
#[derive(Debug)]
pub enum LogMatch {
    /// There is none.
    New,
    /// It is this reconcile of this actor.
    Same(SpanKey, Arc<str>),
    /// It is an earlier reconcile, which is over.
    Previous(Box<Event>),
}

impl Inference {
    /// The log names a reconcile, run by `program` if that is known.
    pub fn logged(&mut self, span: &NewSpan, program: Option<&Arc<str>>) -> LogMatch {
        let source = SpanSource::of(span.key);
        let evidence = if source == SpanSource::Mention { LogEvidence::Mention } else { LogEvidence::Start };
        let matched = self.match_open(span, source, evidence, program);
        let name = program.cloned().unwrap_or_else(|| self.actor_of(span));
        let seen_on_wire = self.has_calls(&name);
        let actor = self.actor(&name, span.at);
        actor.seen_on_wire = seen_on_wire;
        // An actor that reconciles is a controller, even if its watches bypass the proxy.
        actor.watches = true;
        actor.logs_starts |= evidence == LogEvidence::Start;
        if matches!(source, SpanSource::Mention | SpanSource::Start) && !matches!(matched, LogMatch::Same(..)) {
            actor.follow(span, evidence);
        }
        self.consume_deliveries(span, program);
        matched
    }

    /// The log mentions a reconcile again.
    pub fn mentioned(&mut self, key: SpanKey, at: Timestamp) {
        if let Some(open) = self.actors.values_mut().flat_map(|actor| &mut actor.open).find(|open| open.key == key) {
            open.last = open.last.max(at);
            open.dormant = false;
        }
    }

    /// The log ended a reconcile, with its last line at `at`. Returns the end: not before the last call.
    pub fn ended(&mut self, key: SpanKey, at: Timestamp) -> Timestamp {
        for actor in self.actors.values_mut() {
            if let Some(index) = actor.open.iter().position(|open| open.key == key) {
                return actor.open.swap_remove(index).last.max(at);
            }
        }
        at
    }

    /// True once calls under this name were seen.
    pub fn has_calls(&self, actor: &str) -> bool {
        self.actors.get(actor).is_some_and(|actor| actor.seen_on_wire)
    }

    /// Matches an open reconcile of the same object by the same program.
    fn match_open(&mut self, span: &NewSpan, source: SpanSource, evidence: LogEvidence, program: Option<&Arc<str>>) -> LogMatch {
        let runs_it = |name: &Arc<str>| program.is_none_or(|program| program == name);
        for (name, actor) in self.actors.iter_mut().filter(|(name, _)| runs_it(name)) {
            let Some(index) = actor.open.iter().position(|open| !open.dormant && is_object_of(&open.object, span)) else {
                continue;
            };
            let Some(open) = actor.open.get_mut(index) else { continue };
            // The line of a start may come shortly after the first call, not later.
            let same = open.evidence == LogEvidence::None && (source == SpanSource::Mention || open.start >= span.at.minus(SKEW));
            if same && source != SpanSource::Whole {
                open.evidence = evidence;
                open.last = open.last.max(span.at);
                return LogMatch::Same(open.key, name.clone());
            }
            let open = actor.open.swap_remove(index);
            return if same { LogMatch::Same(open.key, name.clone()) } else { LogMatch::Previous(Box::new(open.end_event())) };
        }
        LogMatch::New
    }

    /// The earlier deliveries of the object triggered this reconcile, and explain no other. If several actors watch and the
    /// program is unknown, they become ambiguous.
    pub(super) fn consume_deliveries(&mut self, span: &NewSpan, program: Option<&Arc<str>>) {
        let is_trigger = |delivery: &Delivery| delivery.at <= span.at && is_object_of(&delivery.object, span);
        let process = Some(process_of(&span.actor)).filter(|process| self.has_calls(process));
        let process_name = program.map(|program| &**program).or(process);
        let ambiguous = process_name.is_none() && self.actors.values().filter(|actor| actor.watches).count() > 1;
        let runs_it = |name: &Arc<str>| process_name.is_none_or(|process_name| *process_name == **name);
        for actor in self.actors.iter_mut().filter(|(name, _)| runs_it(name)).map(|(_, actor)| actor) {
            if ambiguous {
                actor
                    .deliveries
                    .iter_mut()
                    .filter(|delivery| is_trigger(delivery))
                    .for_each(|delivery| delivery.ambiguous = true);
            } else {
                actor.deliveries.retain(|delivery| !is_trigger(delivery));
            }
        }
    }

    /// The triggers of a reconcile that `program` runs: its deliveries of the object and of objects that it owns.
    pub fn triggers(&self, span: &NewSpan, program: &Arc<str>) -> Vec<NewTrigger> {
        let deliveries = || self.actors.get(program).into_iter().flat_map(|actor| &actor.deliveries);
        let uid = deliveries()
            .find(|delivery| is_object_of(&delivery.object, span))
            .map(|delivery| delivery.uid.clone())
            .unwrap_or_default();
        let concerns =
            |delivery: &&Delivery| is_object_of(&delivery.object, span) || (!uid.is_empty() && delivery.owners.contains(&uid));
        let before: Vec<&Delivery> = deliveries().filter(|delivery| delivery.at <= span.at).filter(concerns).collect();
        let unambiguous = before.iter().any(|delivery| !delivery.ambiguous);
        let chosen: Vec<&Delivery> = before.into_iter().filter(|delivery| !unambiguous || !delivery.ambiguous).collect();
        let reason = span.triggers.first().map(|trigger| trigger.reason.clone()).unwrap_or_default();
        // A requested retry runs without any delivery.
        let exact = unambiguous && chosen.len() == 1 && !reason.contains("requested retry");
        let trigger = |delivery: &Delivery| NewTrigger {
            operation: Some(delivery.seq),
            uid: delivery.uid.clone(),
            resource_version: delivery.resource_version.clone(),
            reason: reason.clone(),
            certainty: if exact && is_object_of(&delivery.object, span) { Certainty::Exact } else { Certainty::Likely },
        };
        chosen.into_iter().map(trigger).collect()
    }

    /// The name under which the calls of a reconcile are made. The log has the program's name, calls have their user agent.
    fn actor_of(&self, span: &NewSpan) -> Arc<str> {
        let process = process_of(&span.actor);
        let received = |name: &&Arc<str>| {
            self.actors
                .get(*name)
                .is_some_and(|actor| actor.deliveries.iter().any(|delivery| is_object_of(&delivery.object, span)))
        };
        let mut watching = self.actors.iter().filter(|(_, actor)| actor.watches).map(|(name, _)| name);
        if self.has_calls(process) {
            return process.into();
        }
        let by_object = self.actors.keys().filter(received).min();
        by_object.or_else(|| watching.next().filter(|_| watching.next().is_none())).cloned().unwrap_or_else(|| process.into())
    }
}

impl ActorState {
    /// Follows a reconcile that the log names.
    fn follow(&mut self, span: &NewSpan, evidence: LogEvidence) {
        let uid =
            self.deliveries.iter().find(|delivery| is_object_of(&delivery.object, span)).map(|delivery| delivery.uid.clone());
        let (group, resource) = span.kind.as_ref().map(|kind| (kind.group.clone(), kind.resource.clone())).unwrap_or_default();
        self.begin(OpenReconcile {
            key: span.key,
            object: ObjectKey { group, resource, namespace: span.namespace.clone(), name: span.name.clone() },
            uid: uid.unwrap_or_default(),
            opening: None,
            start: span.at,
            last: span.at,
            evidence,
            dormant: false,
        });
    }
}

fn is_object_of(object: &ObjectKey, span: &NewSpan) -> bool {
    let resource = span.kind.as_ref().is_none_or(|kind| {
        kind.resource.is_empty() || (kind.resource == object.resource && kind.group == object.group) || object.resource.is_empty()
    });
    resource && object.namespace == span.namespace && object.name == span.name
}
