//! Matches reconciles of the log with inferred ones.
//!
//! Most operators print nothing before they have made a call. When the log names a reconcile late, the inferred reconcile of
//! that object takes its name.

use std::sync::Arc;

use super::actor_state::ActorState;
use super::delivery::Delivery;
use super::inference::{Inference, ProcessState};
use super::known_objects::GroupKind;
use super::log_evidence::LogEvidence;
use super::open_reconcile::OpenReconcile;
use super::span_source::SpanSource;
use super::timing::SKEW;
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{Certainty, Duration, Event, NewSpan, NewTrigger, ObjectKey, Seq, SpanKey, Timestamp};

/// The line with the error of a reconcile comes this soon after the call that was refused.
const LATE_LINE: Duration = Duration(250_000_000);
/// Objects with ambiguous deliveries that are remembered.
const MAX_AMBIGUOUS: usize = 4_096;

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
        let by_line = matches!(source, SpanSource::Mention | SpanSource::Failure);
        let evidence = if by_line { LogEvidence::Mention } else { LogEvidence::Start };
        let matched = self.match_open(span, source, evidence, program);
        let name = self.caller_of(span, program);
        let object = object_of(span);
        // A process that reconciles is a controller, even if its watches bypass the proxy.
        self.process(&name, span.at).watches = true;
        let actor = self.actor(&name);
        actor.logs_starts |= evidence == LogEvidence::Start;
        if !span.kind_name.is_empty() {
            actor.kinds.learn(&GroupKind { group: object.group.clone(), kind: span.kind_name.clone() });
        }
        if source != SpanSource::Whole && !matches!(matched, LogMatch::Same(..)) {
            actor.follow(span, evidence, object);
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
        for actor in self.actors.values_mut().filter(|actor| actor.is_open(key)) {
            if let Some(index) = actor.open.iter().position(|open| open.key == key) {
                return actor.open.swap_remove(index).last.max(at);
            }
        }
        at
    }

    /// The actor's name of an open reconcile.
    pub fn actor_of(&self, key: SpanKey) -> Option<&Arc<str>> {
        self.actors.values().flat_map(|actor| &actor.open).find(|open| open.key == key).map(|open| &open.actor)
    }

    /// True once calls of this process were seen.
    pub fn has_calls(&self, process: &str) -> bool {
        self.processes.get(process).is_some_and(|process| process.seen_on_wire)
    }

    /// Matches an open reconcile of the same object by the same program, and best of the same controller.
    fn match_open(&mut self, span: &NewSpan, source: SpanSource, evidence: LogEvidence, program: Option<&Arc<str>>) -> LogMatch {
        let process = program.map(|program| &**program).or(Some(process_of(&span.actor)).filter(|name| self.has_calls(name)));
        let runs_it = |name: &str| process.is_none_or(|process| process == process_of(name));
        let has_it = |actor: &ActorState| actor.open.iter().any(|open| !open.dormant && is_object_of(&open.object, span));
        let running = self.actors.iter().filter(|(name, actor)| runs_it(name) && has_it(actor)).map(|(name, _)| name.clone());
        let mut candidates: Vec<Arc<str>> = running.collect();
        if let Some(same) = candidates.iter().position(|name| *name == span.actor) {
            candidates = vec![candidates.swap_remove(same)];
        }
        // Several controllers reconcile this object, and the log has another name for each of them.
        let ([name], true) = (candidates.as_slice(), candidates.len() == 1) else { return LogMatch::New };
        let shared =
            self.controllers.share(process_of(name), &GroupKind { group: object_of(span).group, kind: span.kind_name.clone() });
        let Some(actor) = self.actors.get_mut(name) else { return LogMatch::New };
        // One of several controllers of the object made each call. Only an error tells which one.
        let index = if shared { actor.refused(span, source) } else { actor.position(span) };
        let Some((index, open)) = index.and_then(|index| Some((index, actor.open.get_mut(index)?))) else { return LogMatch::New };
        // The line of a start may come shortly after the first call, not later.
        let by_line = matches!(source, SpanSource::Mention | SpanSource::Failure);
        let same = open.evidence == LogEvidence::None && (by_line || open.start >= span.at.minus(SKEW));
        if same && source != SpanSource::Whole {
            open.evidence = evidence;
            open.last = open.last.max(span.at);
            open.actor = if name.contains('/') { name.clone() } else { span.actor.clone() };
            return LogMatch::Same(open.key, name.clone());
        }
        let open = actor.open.swap_remove(index);
        if same { LogMatch::Same(open.key, name.clone()) } else { LogMatch::Previous(Box::new(open.end_event())) }
    }

    /// The earlier deliveries of the object triggered this reconcile, and explain no other reconcile of its actor. If several processes
    /// watch and the program is unknown, they become ambiguous.
    pub(super) fn consume_deliveries(&mut self, span: &NewSpan, program: Option<&Arc<str>>) {
        let process = program.cloned().or_else(|| Some(Arc::from(process_of(&span.actor))).filter(|name| self.has_calls(name)));
        let object = object_of(span);
        if process.is_none() && self.processes.values().filter(|process| process.watches).count() > 1 {
            self.processes.values_mut().for_each(|process| process.blur(&object, span.at));
            return;
        }
        let name = self.caller_of(span, program);
        let uid = self.objects.uid_of(&object);
        let Some(process) = self.processes.get(process_of(&name)) else { return };
        let before = process.deliveries.concerning(&object, &uid, Seq::START);
        let latest = before.into_iter().filter(|delivery| delivery.at <= span.at).map(|delivery| delivery.seq).max();
        if let Some(latest) = latest {
            self.actor(&name).consume(&object, latest, span.at);
        }
    }

    /// The triggers of a reconcile that `program` runs: its deliveries of the object and of objects that it owns.
    pub fn triggers(&self, span: &NewSpan, program: &Arc<str>) -> Vec<NewTrigger> {
        let object = object_of(span);
        let uid = self.objects.uid_of(&object);
        let Some(process) = self.processes.get(program) else { return Vec::new() };
        let consumed = self.actors.get(&self.caller_of(span, Some(program))).map(|actor| actor.last_run(&object).consumed);
        let chosen = process.deliveries.concerning(&object, &uid, consumed.unwrap_or_default());
        let chosen: Vec<&Arc<Delivery>> = chosen.into_iter().filter(|delivery| delivery.at <= span.at).collect();
        let ambiguous = process.ambiguous.get(&object).copied().unwrap_or_default();
        let unambiguous = chosen.iter().any(|delivery| delivery.seq > ambiguous);
        let chosen: Vec<_> = chosen.into_iter().filter(|delivery| !unambiguous || delivery.seq > ambiguous).collect();
        let reason = span.triggers.first().map(|trigger| trigger.reason.clone()).unwrap_or_default();
        // A requested retry runs without any delivery.
        let exact = unambiguous && chosen.len() == 1 && !reason.contains("requested retry");
        let trigger = |delivery: &Arc<Delivery>| NewTrigger {
            operation: Some(delivery.seq),
            uid: delivery.uid.clone(),
            resource_version: delivery.resource_version.clone(),
            reason: reason.clone(),
            certainty: if exact && is_object_of(&delivery.object, span) { Certainty::Exact } else { Certainty::Likely },
        };
        chosen.into_iter().map(trigger).collect()
    }

    /// The name under which the calls of a reconcile are made. The log has the program's name, calls have their user agent.
    fn caller_of(&self, span: &NewSpan, program: Option<&Arc<str>>) -> Arc<str> {
        if self.actors.get(&span.actor).is_some_and(|actor| actor.seen_on_wire) {
            return span.actor.clone();
        }
        if let Some(program) = program {
            return program.clone();
        }
        let process = process_of(&span.actor);
        if self.has_calls(process) {
            return process.into();
        }
        let object = object_of(span);
        let received = |(_, process): &(&Arc<str>, &ProcessState)| {
            !process.deliveries.concerning(&object, &"".into(), Seq::START).is_empty()
        };
        let by_object = self.processes.iter().filter(received).map(|(name, _)| name).min();
        let mut watching = self.processes.iter().filter(|(_, process)| process.watches).map(|(name, _)| name);
        by_object.or_else(|| watching.next().filter(|_| watching.next().is_none())).cloned().unwrap_or_else(|| process.into())
    }
}

impl ProcessState {
    /// Marks the deliveries of an object before a time: they may have triggered a reconcile of another process.
    fn blur(&mut self, object: &ObjectKey, before: Timestamp) {
        let known = self.deliveries.concerning(object, &"".into(), Seq::START);
        let latest = known.into_iter().filter(|delivery| delivery.at <= before).map(|delivery| delivery.seq).max();
        if self.ambiguous.len() >= MAX_AMBIGUOUS {
            self.ambiguous.clear();
        }
        if let Some(latest) = latest {
            self.ambiguous.insert(object.clone(), latest);
        }
    }
}

impl ActorState {
    /// The open reconcile of this object.
    fn position(&self, span: &NewSpan) -> Option<usize> {
        self.open.iter().position(|open| !open.dormant && is_object_of(&open.object, span))
    }

    /// The only reconcile of this object whose call was refused just before a line with an error.
    fn refused(&self, span: &NewSpan, source: SpanSource) -> Option<usize> {
        let is_it = |open: &OpenReconcile| {
            let refused = open.refused.is_some() && open.evidence == LogEvidence::None && !open.dormant;
            refused
                && is_object_of(&open.object, span)
                && span.at.plus(SKEW) >= open.last
                && span.at.since(open.last) <= LATE_LINE
        };
        let mut matching = self.open.iter().enumerate().filter(|(_, open)| is_it(open)).map(|(index, _)| index);
        matching.next().filter(|_| source == SpanSource::Failure && matching.next().is_none())
    }

    /// Follows a reconcile that the log names.
    fn follow(&mut self, span: &NewSpan, evidence: LogEvidence, object: ObjectKey) {
        self.begin(OpenReconcile {
            key: span.key,
            object,
            opening: None,
            start: span.at,
            last: span.at,
            evidence,
            certainty: Certainty::Exact,
            actor: span.actor.clone(),
            status_written: false,
            refused: None,
            dormant: false,
        });
    }
}

pub(super) fn object_of(span: &NewSpan) -> ObjectKey {
    let (group, resource) = span.kind.as_ref().map(|kind| (kind.group.clone(), kind.resource.clone())).unwrap_or_default();
    ObjectKey { group, resource, namespace: span.namespace.clone(), name: span.name.clone() }
}

fn is_object_of(object: &ObjectKey, span: &NewSpan) -> bool {
    let resource = span.kind.as_ref().is_none_or(|kind| {
        kind.resource.is_empty() || (kind.resource == object.resource && kind.group == object.group) || object.resource.is_empty()
    });
    resource && object.namespace == span.namespace && object.name == span.name
}
