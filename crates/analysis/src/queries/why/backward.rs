//! Follows a chain from each link to its cause.

use super::super::context::QueryContext;
use super::super::transition::{Transition, VersionContent, write_of_version};
use super::absence::{absence, deletion_of, missing_owner};
use super::chain::{Basis, Chain, LastSeen, Link, LinkKind, basis_of};
use super::names::{reconcile_name, subject};
use kuberewind_model::{Certainty, Operation, Outcome, Perspective, Result, Seq, Span, Trigger, Version};

/// Operations before a call that are searched for its actor's last observation.
const LOOK_BACK: usize = 512;
/// The highest count of versions behind.
const MAX_BEHIND: usize = 100;
/// Reconciles that are searched for the one that requeued this one.
const SPANS_BACK: usize = 4_096;

/// The longest chain.
const MAX_DEPTH: usize = 1_000;

/// The next step of the walk.
enum Next {
    Operation(Box<Operation>, Basis),
    Span(Box<Span>, Basis, LinkKind),
    End(String),
}

/// Follows the causes of `operation`.
pub(super) fn walk(
    context: &QueryContext<'_>,
    chain: &mut Chain,
    operation: Operation,
    basis: Basis,
    depth: usize,
) -> Result<()> {
    let mut next = Next::Operation(Box::new(operation), basis);
    // Positions must fall from one operation to the next, so no chain loops.
    let mut before = None;
    let depth = depth.min(MAX_DEPTH);
    loop {
        if chain.links.len() >= depth {
            let links = if depth == 1 { "link" } else { "links" };
            chain.end = format!("the limit of {depth} {links} is reached");
            return Ok(());
        }
        next = match next {
            Next::End(why) => {
                chain.end = why;
                return Ok(());
            }
            Next::Operation(operation, _) if before.is_some_and(|before| position(&operation) >= before) => {
                Next::End("the recorded cause came later: the recording contradicts itself".to_owned())
            }
            Next::Operation(operation, basis) => {
                before = Some(position(&operation));
                chain.links.push(operation_link(context, &operation, basis)?);
                cause_of(context, &operation)?
            }
            Next::Span(span, basis, kind) => {
                let (link, next) = through_span(context, &span, basis, kind)?;
                chain.links.push(link);
                next
            }
        };
    }
}

/// The earliest effect of an operation: a delivery at its number, a call after the last number known at its start, since its
/// response may arrive after its effects.
fn position(operation: &Operation) -> u64 {
    if operation.verb.is_watch_event() {
        operation.seq.0.saturating_mul(2)
    } else {
        operation.started_after.min(operation.seq.prev()).0.saturating_mul(2).saturating_add(1)
    }
}

pub(super) fn operation_link(context: &QueryContext<'_>, operation: &Operation, (certainty, evidence): Basis) -> Result<Link> {
    let actor = context.actor_name(operation.actor)?.to_string();
    let kind = match operation.verb {
        verb if verb.is_watch_event() => LinkKind::Delivery,
        verb if verb.is_write() => LinkKind::Write,
        _ => LinkKind::Read,
    };
    let mut text = format!("{actor} {} {}", operation.verb, subject(context, operation)?);
    if let Some(version) = operation.version.map(|version| context.version(version)).transpose()?.flatten()
        && !version.resource_version.is_empty()
    {
        text.push_str(&format!(" rv {}", version.resource_version));
    }
    match operation.outcome {
        Outcome::Refused => text.push_str(&format!(", refused with {}", operation.status)),
        Outcome::MaybeApplied => text.push_str(", response lost"),
        Outcome::DryRun => text.push_str(", dry run"),
        Outcome::Done | Outcome::Lost => {}
    }
    let seen = if kind == LinkKind::Write { last_seen(context, operation)? } else { Vec::new() };
    let (operation_no, time) = (Some(operation.seq), Some(operation.at));
    Ok(Link { text, operation: operation_no, actor: Some(actor), time, seen, ..Link::of(kind, certainty, evidence) })
}

/// The state of the written object that the actor or its process had observed at the start of the write.
fn last_seen(context: &QueryContext<'_>, operation: &Operation) -> Result<Vec<LastSeen>> {
    let Some(object) = operation.object else { return Ok(Vec::new()) };
    let at = operation.started_after.min(operation.seq.prev());
    let viewers = context.viewers_at(operation.actor, at)?;
    let Some(view) = context.seen(&viewers, at, object)? else { return Ok(Vec::new()) };
    let Some(mine) = &view.version else { return Ok(Vec::new()) };
    let world = context.history.object_at(context.lineage, at, Perspective::World, object)?;
    let versions_behind = versions_between(context, mine, world.version)?;
    let object = context.object(object)?.to_string();
    Ok(vec![LastSeen {
        object,
        resource_version: mine.resource_version.to_string(),
        operation: view.observed_at,
        versions_behind,
    }])
}

/// The number of versions that the world was ahead, up to a limit.
fn versions_between(context: &QueryContext<'_>, mine: &Version, world: Option<Version>) -> Result<usize> {
    let (mut at, mut count) = (world, 0);
    while let Some(version) = at.filter(|version| version.rank > mine.rank && count < MAX_BEHIND) {
        count += 1;
        at = context.history.previous_version(context.lineage, version.id)?;
    }
    Ok(count)
}

fn cause_of(context: &QueryContext<'_>, operation: &Operation) -> Result<Next> {
    if operation.verb.is_watch_event() {
        return cause_of_delivery(context, operation);
    }
    if let Some(next) = by_missing_owner(context, operation)? {
        return Ok(next);
    }
    if let Some(next) = of_absence(context, operation)? {
        return Ok(next);
    }
    if let Some(span) = span_of(context, operation)? {
        return Ok(span);
    }
    if operation.verb.is_write() {
        return by_time(context, operation);
    }
    Ok(Next::End(format!("no reconcile is recorded around {}", operation.seq)))
}

/// For a delete by a garbage collector: its own 404 of the owner that the object names.
fn by_missing_owner(context: &QueryContext<'_>, operation: &Operation) -> Result<Option<Next>> {
    Ok(missing_owner(context, operation)?.map(|(lookup, basis)| Next::Operation(Box::new(lookup), basis)))
}

/// For a 404: the deletion of the object.
fn of_absence(context: &QueryContext<'_>, operation: &Operation) -> Result<Option<Next>> {
    let Some(version) = absence(context, operation)? else { return Ok(None) };
    let Some((write, basis)) = deletion_of(context, &version)? else { return Ok(None) };
    Ok((write.started_after < operation.seq).then(|| Next::Operation(Box::new(write), basis)))
}

/// The reconcile of a call: the recorded one, else the only one of its actor that ran then.
fn span_of(context: &QueryContext<'_>, operation: &Operation) -> Result<Option<Next>> {
    if let Some(span) = operation.span.map(|span| context.history.span(span)).transpose()?.flatten() {
        let basis = basis_within(&span);
        return Ok(Some(Next::Span(Box::new(span), basis, LinkKind::Reconcile)));
    }
    let around = operation.seq..=operation.seq;
    let mut running = context.history.spans(context.lineage, around, SPANS_BACK)?;
    running.retain(|span| span.actor == operation.actor && covers(span, operation));
    let many = running.len();
    let same = |span: &Span| span.object.name == operation.name && span.object.namespace == operation.namespace;
    if many > 1 {
        running.retain(same);
    }
    let Ok([span]) = <[Span; 1]>::try_from(running) else { return Ok(None) };
    let evidence = if many == 1 {
        "the only reconcile of this actor at that time"
    } else {
        "the only reconcile of this object at that time"
    };
    Ok(Some(Next::Span(Box::new(span), (Certainty::Guess, evidence.to_owned()), LinkKind::Reconcile)))
}

/// The basis for the link from a call to its recorded reconcile.
pub(super) fn basis_within(span: &Span) -> Basis {
    let (certainty, evidence) = match span.inferred {
        None => (Certainty::Exact, "the call was made within it"),
        Some(certainty) => (certainty, "the reconcile is inferred from the traffic"),
    };
    (certainty, evidence.to_owned())
}

/// True if the operation is within the reconcile's time.
pub(in crate::queries) fn covers(span: &Span, operation: &Operation) -> bool {
    let ended = span
        .duration
        .is_none_or(|duration| operation.at <= span.start.plus(duration).plus(kuberewind_model::Duration::from_millis(1_000)));
    let by_number = span.started_after < operation.seq && span.ended_after.is_none_or(|ended| operation.seq <= ended);
    by_number || (span.ended_after.is_none() && operation.at >= span.start && ended)
}

/// For a write without reconcile: the actor's last observation of the object. By time only.
fn by_time(context: &QueryContext<'_>, operation: &Operation) -> Result<Next> {
    let from = Seq(operation.started_after.0.saturating_sub(LOOK_BACK as u64 - 1).max(1));
    let shown = context.history.operations(context.lineage, from..=operation.started_after, LOOK_BACK)?;
    let viewers = context.viewers_at(operation.actor, operation.started_after)?;
    let by_it = |shown: &Operation| viewers.iter().any(|viewer| viewer.id == shown.viewer);
    let mine = |shown: &&Operation| by_it(shown) && shown.version.is_some() && !shown.verb.is_write();
    let found = shown.iter().rev().filter(mine).find(|shown| shown.object == operation.object);
    Ok(match found {
        Some(shown) => Next::Operation(
            Box::new(shown.clone()),
            (Certainty::Guess, "by time only: the last observation of the object; no reconcile is recorded".to_owned()),
        ),
        None => Next::End(format!("no reconcile is recorded around {}, nor an earlier observation by its actor", operation.seq)),
    })
}

/// The write of a delivered version.
fn cause_of_delivery(context: &QueryContext<'_>, operation: &Operation) -> Result<Next> {
    let Some(version) = operation.version.map(|version| context.version(version)).transpose()?.flatten() else {
        return Ok(Next::End(format!("{} did not deliver a version", operation.seq)));
    };
    made_by(context, &version, operation.seq)
}

fn made_by(context: &QueryContext<'_>, version: &Version, before: Seq) -> Result<Next> {
    if let Some(write) = write_of_version(context, version)?.filter(|write| write.started_after < before) {
        let evidence = format!("the same uid and resourceVersion {}", version.resource_version);
        return Ok(Next::Operation(Box::new(write), (Certainty::Exact, evidence)));
    }
    let state = |version: Version| -> Result<Option<VersionContent>> {
        let value = context.content(&version)?;
        Ok(value.map(|value| VersionContent { version, value }))
    };
    if let Some((write, basis)) = deletion_of(context, version)?.filter(|(write, _)| write.started_after < before) {
        return Ok(Next::Operation(Box::new(write), basis));
    }
    let later = if version.gone { None } else { state(version.clone())? };
    let earlier = match context.history.previous_version(context.lineage, version.id)? {
        Some(earlier) if !earlier.gone => state(earlier)?,
        _ => None,
    };
    let Some(later) = later else {
        return Ok(Next::End(format!("the author of version {} is not in the recording", version.resource_version)));
    };
    let author = Transition::new(context, earlier.as_ref(), &later)?.author()?;
    match author.operation.map(|seq| context.operation(seq)).transpose()?.flatten() {
        Some(write) if write.started_after < before => Ok(Next::Operation(Box::new(write), basis_of(&author))),
        _ => Ok(Next::End(match &author.actor {
            Some(actor) => format!("by {actor} ({}), whose write is not in the recording", author.evidence),
            None => format!("no recorded write returned version {}: {}", version.resource_version, author.evidence),
        })),
    }
}

/// The link of a reconcile, and its trigger.
fn through_span(context: &QueryContext<'_>, span: &Span, (certainty, evidence): Basis, kind: LinkKind) -> Result<(Link, Next)> {
    let actor = context.actor_name(span.actor)?.to_string();
    let mut text = format!("{actor} reconcile {}", reconcile_name(span));
    let reasons: Vec<&str> = span.triggers.iter().map(|trigger| &*trigger.reason).filter(|reason| !reason.is_empty()).collect();
    if !reasons.is_empty() {
        text.push_str(&format!(" ({})", reasons.join(", ")));
    }
    let best = span
        .triggers
        .iter()
        .filter(|trigger| trigger.operation.is_some())
        .max_by_key(|trigger| (trigger.certainty, trigger.operation));
    let coalesced = span.triggers.iter().filter_map(|trigger| trigger.operation);
    let coalesced = coalesced.filter(|seq| best.is_some_and(|best| best.operation != Some(*seq))).collect();
    let link = Link {
        text,
        reconcile: Some(span.label.to_string()),
        actor: Some(actor),
        time: Some(span.start),
        coalesced,
        ..Link::of(kind, certainty, evidence)
    };
    let next = match best {
        Some(trigger) => by_trigger(context, trigger)?,
        None => without_operation(context, span)?,
    };
    Ok((link, next))
}

fn by_trigger(context: &QueryContext<'_>, trigger: &Trigger) -> Result<Next> {
    let Some(operation) = trigger.operation.map(|seq| context.operation(seq)).transpose()?.flatten() else {
        return Ok(Next::End("its trigger is no longer in the recording".to_owned()));
    };
    Ok(Next::Operation(Box::new(operation), trigger_basis(trigger)))
}

/// The basis for the link from a trigger to its reconcile.
pub(super) fn trigger_basis(trigger: &Trigger) -> Basis {
    let evidence = match (trigger.certainty, trigger.resource_version.is_empty()) {
        (Certainty::Exact, false) => format!("it names uid and resourceVersion {}", trigger.resource_version),
        (Certainty::Exact, true) => "the recorder saw the delivery trigger it".to_owned(),
        (Certainty::Likely, _) => "delivered before it began, possibly coalesced with others".to_owned(),
        (Certainty::Guess, _) => "by time only".to_owned(),
    };
    (trigger.certainty, evidence)
}

/// The cause of a reconcile whose trigger has no operation: by the version, by a requeue, or unknown.
fn without_operation(context: &QueryContext<'_>, span: &Span) -> Result<Next> {
    for trigger in span.triggers.iter().filter(|trigger| !trigger.resource_version.is_empty()) {
        let Some(shown) = context.history.at_resource_version(context.lineage, &trigger.resource_version)? else { continue };
        let Some(operation) =
            context.operation(shown)?.filter(|operation| operation.at <= span.start || shown <= span.started_after)
        else {
            continue;
        };
        let uid = operation.object.map(|object| context.object(object)).transpose()?.map(|object| object.uid);
        if uid.is_some_and(|uid| trigger.uid.is_empty() || uid == trigger.uid) {
            let evidence = format!("it names uid and resourceVersion {}", trigger.resource_version);
            let certainty = if trigger.uid.is_empty() { Certainty::Likely } else { Certainty::Exact };
            return Ok(Next::Operation(Box::new(operation), (certainty, evidence)));
        }
    }
    if let Some(next) = by_requeue(context, span)? {
        return Ok(next);
    }
    let reasons: Vec<&str> = span.triggers.iter().map(|trigger| &*trigger.reason).filter(|reason| !reason.is_empty()).collect();
    Ok(Next::End(if reasons.is_empty() {
        format!("the trigger of reconcile {} is not recorded", span.label)
    } else {
        format!("reconcile {} began for {:?}; its triggering delivery is not recorded", span.label, reasons.join(", "))
    }))
}

/// The previous reconcile of the same object, if this one is a requeue.
fn by_requeue(context: &QueryContext<'_>, span: &Span) -> Result<Option<Next>> {
    let asked = |reason: &str| ["retry", "requeue", "requested"].iter().any(|word| reason.to_lowercase().contains(word));
    if !span.triggers.iter().any(|trigger| asked(&trigger.reason)) {
        return Ok(None);
    }
    let from = Seq(span.started_after.0.saturating_sub(SPANS_BACK as u64).max(1));
    let mut before = context.history.spans(context.lineage, from..=span.started_after, SPANS_BACK)?;
    let earlier = |other: &Span| {
        other.id != span.id
            && other.actor == span.actor
            && other.object == span.object
            && (other.start, other.started_after) < (span.start, span.started_after)
    };
    before.retain(earlier);
    let Some(last) = before.into_iter().max_by_key(|other| (other.start, other.id)) else {
        return Ok(Some(Next::End(format!("reconcile {} was requeued by one that is not recorded", span.label))));
    };
    let (certainty, evidence) = match last.requeue_after {
        Some(after) => (Certainty::Likely, format!("it requeued itself after {after}")),
        None if !last.error.is_empty() => (Certainty::Likely, "it failed and is retried".to_owned()),
        None => (Certainty::Guess, "the previous reconcile of the same object".to_owned()),
    };
    Ok(Some(Next::Span(Box::new(last), (certainty, evidence), LinkKind::Requeue)))
}
