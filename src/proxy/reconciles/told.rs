//! Reconciles that the log names, among those that are inferred.
//!
//! A line may name a reconcile when it has made calls already (most operators print nothing before they have done something): then it is
//! the one that was inferred of that object, and gets the log's name and the log's word for it.

use std::sync::Arc;

use super::infer::{Actor, Inference, Open};
use super::keys::Account;
use super::logged::SKEW;
use super::things::{Delivery, Thing};
use kuberewind_model::{Certainty, Event, NewSpan, NewTrigger, SpanKey, Timestamp};

/// What the log says of a reconcile that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// That it runs.
    Mention,
    /// That it began.
    Beginning,
}

/// What becomes of an inferred reconcile when the log names one of the same object.
#[derive(Debug)]
pub enum Becomes {
    /// There was none.
    New,
    /// It is the same, and this actor's.
    Same(SpanKey, Arc<str>),
    /// It was the one before, and is over.
    Over(Box<Event>),
}

impl Inference {
    /// The log names a reconcile; and `program` runs it, where that is known.
    pub fn told(&mut self, span: &NewSpan, program: Option<&Arc<str>>) -> Becomes {
        let account = Account::of(span.key);
        let told = if account == Account::Mention { Told::Mention } else { Told::Beginning };
        let becomes = self.known(span, account, told, program);
        let name = program.cloned().unwrap_or_else(|| self.actor_of(span));
        let heard = self.knows(&name);
        let actor = self.actor(&name, span.at);
        actor.heard = heard;
        // Who reconciles is a controller, though its watches may not have passed here.
        actor.watches = true;
        actor.told |= told == Told::Beginning;
        if matches!(account, Account::Mention | Account::Beginning) && !matches!(becomes, Becomes::Same(..)) {
            actor.follow(span, told);
        }
        self.explain(span, program);
        becomes
    }

    /// The log speaks of a reconcile again.
    pub fn spoken_of(&mut self, key: SpanKey, at: Timestamp) {
        if let Some(open) = self.actors.values_mut().flat_map(|actor| &mut actor.open).find(|open| open.key == key) {
            open.last = open.last.max(at);
            open.dormant = false;
        }
    }

    /// The log's reader takes a reconcile for ended, `at` the latest word of it. Says when it ended: not before its last call.
    pub fn over(&mut self, key: SpanKey, at: Timestamp) -> Timestamp {
        for actor in self.actors.values_mut() {
            if let Some(place) = actor.open.iter().position(|open| open.key == key) {
                return actor.open.swap_remove(place).last.max(at);
            }
        }
        at
    }

    /// Whether calls by this name were seen.
    pub fn knows(&self, actor: &str) -> bool {
        self.actors.get(actor).is_some_and(|actor| actor.heard)
    }

    /// What is open of the same object, by the same program.
    fn known(&mut self, span: &NewSpan, account: Account, told: Told, program: Option<&Arc<str>>) -> Becomes {
        let own = |name: &Arc<str>| program.is_none_or(|program| program == name);
        for (name, actor) in self.actors.iter_mut().filter(|(name, _)| own(name)) {
            let Some(place) = actor.open.iter().position(|open| !open.dormant && is_of(&open.thing, span)) else { continue };
            let Some(open) = actor.open.get_mut(place) else { continue };
            // A line that tells the beginning may come a little after the first call, not more.
            let same = open.told == Told::Nothing && (account == Account::Mention || open.start >= span.at.minus(SKEW));
            if same && account != Account::Whole {
                open.told = told;
                open.last = open.last.max(span.at);
                return Becomes::Same(open.key, name.clone());
            }
            let open = actor.open.swap_remove(place);
            return if same { Becomes::Same(open.key, name.clone()) } else { Becomes::Over(Box::new(open.ends())) };
        }
        Becomes::New
    }

    /// What was delivered of the object before has made this reconcile run, and explains no other. Where several watch, and nothing
    /// shows which of them runs it, it may have.
    pub(super) fn explain(&mut self, span: &NewSpan, program: Option<&Arc<str>>) {
        let explains = |delivery: &Delivery| delivery.at <= span.at && is_of(&delivery.thing, span);
        let process = Some(process_of(&span.actor)).filter(|process| self.knows(process));
        let whose = program.map(|program| &**program).or(process);
        let doubtful = whose.is_none() && self.actors.values().filter(|actor| actor.watches).count() > 1;
        let own = |name: &Arc<str>| whose.is_none_or(|whose| *whose == **name);
        for actor in self.actors.iter_mut().filter(|(name, _)| own(name)).map(|(_, actor)| actor) {
            if doubtful {
                actor.deliveries.iter_mut().filter(|delivery| explains(delivery)).for_each(|delivery| delivery.doubtful = true);
            } else {
                actor.deliveries.retain(|delivery| !explains(delivery));
            }
        }
    }

    /// What made a reconcile run that `program` runs: what had been delivered to it of the object, or of what the object owns.
    pub fn triggers(&self, span: &NewSpan, program: &Arc<str>) -> Vec<NewTrigger> {
        let deliveries = || self.actors.get(program).into_iter().flat_map(|actor| &actor.deliveries);
        let uid =
            deliveries().find(|delivery| is_of(&delivery.thing, span)).map(|delivery| delivery.uid.clone()).unwrap_or_default();
        let concerns = |delivery: &&Delivery| is_of(&delivery.thing, span) || (!uid.is_empty() && delivery.owners.contains(&uid));
        let before: Vec<&Delivery> = deliveries().filter(|delivery| delivery.at <= span.at).filter(concerns).collect();
        let sure = before.iter().any(|delivery| !delivery.doubtful);
        let taken: Vec<&Delivery> = before.into_iter().filter(|delivery| !sure || !delivery.doubtful).collect();
        let reason = span.triggers.first().map(|trigger| trigger.reason.clone()).unwrap_or_default();
        // A run that was asked for by the one before would have come without any delivery.
        let exact = sure && taken.len() == 1 && !reason.contains("requested retry");
        let trigger = |delivery: &Delivery| NewTrigger {
            operation: Some(delivery.seq),
            uid: delivery.uid.clone(),
            resource_version: delivery.resource_version.clone(),
            reason: reason.clone(),
            certainty: if exact && is_of(&delivery.thing, span) { Certainty::Exact } else { Certainty::Likely },
        };
        taken.into_iter().map(trigger).collect()
    }

    /// Under which name the calls of a reconcile are made: the log knows the program, calls their user agent.
    fn actor_of(&self, span: &NewSpan) -> Arc<str> {
        let process = process_of(&span.actor);
        let shown = |name: &&Arc<str>| {
            self.actors.get(*name).is_some_and(|actor| actor.deliveries.iter().any(|delivery| is_of(&delivery.thing, span)))
        };
        let mut watching = self.actors.iter().filter(|(_, actor)| actor.watches).map(|(name, _)| name);
        if self.knows(process) {
            return process.into();
        }
        let by_object = self.actors.keys().filter(shown).min();
        by_object.or_else(|| watching.next().filter(|_| watching.next().is_none())).cloned().unwrap_or_else(|| process.into())
    }
}

impl Actor {
    /// Follows a reconcile that the log names.
    fn follow(&mut self, span: &NewSpan, told: Told) {
        let uid = self.deliveries.iter().find(|delivery| is_of(&delivery.thing, span)).map(|delivery| delivery.uid.clone());
        let (group, resource) = span.kind.as_ref().map(|kind| (kind.group.clone(), kind.resource.clone())).unwrap_or_default();
        self.begin(Open {
            key: span.key,
            thing: Thing { group, resource, namespace: span.namespace.clone(), name: span.name.clone() },
            uid: uid.unwrap_or_default(),
            opening: None,
            start: span.at,
            last: span.at,
            told,
            dormant: false,
        });
    }
}

/// The process of `process/controller`.
pub(super) fn process_of(actor: &str) -> &str {
    actor.split_once('/').map_or(actor, |(process, _)| process)
}

fn is_of(thing: &Thing, span: &NewSpan) -> bool {
    let resource = span.kind.as_ref().is_none_or(|kind| {
        kind.resource.is_empty() || (kind.resource == thing.resource && kind.group == thing.group) || thing.resource.is_empty()
    });
    resource && thing.namespace == span.namespace && thing.name == span.name
}
