//! The effects of an operation: deliveries of the written version, the reconciles that they triggered, and their writes.

use serde::Serialize;

use super::super::context::QueryContext;
use super::super::one_read::in_one_read;
use super::super::refusal::{is_refused_write, retry_of};
use super::super::transition::observes;
use super::backward::{basis_within, operation_link, trigger_basis};
use super::chain::{Link, LinkKind};
use super::names::{reconcile_name, require_operation};
use kuberewind_model::{Certainty, Direction, History, Lineage, Operation, Outcome, Result, Seq, Span, Trigger, Version};

/// Observations of an object that are searched for the deliveries of a write.
const MAX_OBSERVATIONS: usize = 256;
/// After this many observations of other versions in a row, the search ends. Deliveries arrive soon or never.
const MAX_MISSES: usize = 32;
/// Calls read per reconcile.
const MAX_CALLS: usize = 256;

/// Limits of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectLimits {
    /// The most deliveries per write, reconciles per delivery, and writes per reconcile.
    pub each: usize,
    /// The most effects in total.
    pub all: usize,
}

impl Default for EffectLimits {
    fn default() -> EffectLimits {
        EffectLimits { each: 24, all: 200 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// 1 for a direct effect of the operation, 2 for an effect of the depth-1 effect above it, and so on.
    pub depth: u16,
    /// The effect, with its certainty and evidence.
    #[serde(flatten)]
    pub link: Link,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effects {
    pub of: Link,
    /// Each below its cause, ordered by time.
    pub effects: Vec<Effect>,
    /// Why there are no effects, or that there are more; '' otherwise.
    pub end: String,
}

/// The effects of an operation: for a write, the deliveries of its version; for a refused write, its retry; for each delivery and for
/// the write itself, the reconciles that it triggered, with their writes.
///
/// # Errors
/// The operation does not exist, or the recording cannot be read.
pub fn effects(history: &dyn History, lineage: &Lineage, seq: Seq, limits: EffectLimits) -> Result<Effects> {
    in_one_read(history, || effects_of(&QueryContext::new(history, lineage), seq, limits))
}

fn effects_of(context: &QueryContext<'_>, seq: Seq, limits: EffectLimits) -> Result<Effects> {
    let operation = require_operation(context, seq)?;
    let of = operation_link(context, &operation, (Certainty::Exact, String::new()))?;
    let mut found = Search { context, limits, effects: Vec::new(), more: false };
    let version = operation.version.map(|version| context.version(version)).transpose()?.flatten();
    let writes = operation.verb.is_write() && operation.outcome == Outcome::Done;
    if let Some(version) = version.as_ref().filter(|_| writes) {
        for delivery in found.deliveries(&operation, version)? {
            let evidence = format!("the same uid and resourceVersion {}", version.resource_version);
            found.operation(1, &delivery, (Certainty::Exact, evidence))?;
            found.triggered(2, &delivery)?;
        }
    }
    if is_refused_write(&operation)
        && let Some((retry, basis)) = retry_of(context, &operation)?.map(|retry| retry.link(context)).transpose()?.flatten()
    {
        found.operation(1, &retry, basis)?;
    }
    found.triggered(1, &operation)?;
    let end = match (found.effects.is_empty(), found.more) {
        (false, true) => "there are more effects".to_owned(),
        (false, false) => String::new(),
        (true, _) => nothing(&operation, version.as_ref()),
    };
    Ok(Effects { of, effects: found.effects, end })
}

/// Why the operation has no effects.
fn nothing(operation: &Operation, version: Option<&Version>) -> String {
    let seq = operation.seq;
    match operation.outcome {
        Outcome::Refused => format!("{seq} was refused, so it changed nothing"),
        Outcome::DryRun => format!("{seq} was a dry run, so it changed nothing"),
        Outcome::MaybeApplied => format!("the response to {seq} was lost: its effects are unknown"),
        Outcome::Lost => format!("the response to {seq} was lost"),
        Outcome::Done if operation.verb.is_watch_event() => format!("no reconcile is recorded as triggered by {seq}"),
        Outcome::Done if !operation.verb.is_write() => format!("{seq} only reads"),
        Outcome::Done => match version {
            Some(version) if operation.changed_nothing(version) => {
                format!("{seq} changed nothing: its version was known since {}", version.first_observed)
            }
            _ => format!("no recorded actor received what {seq} wrote"),
        },
    }
}

struct Search<'a> {
    context: &'a QueryContext<'a>,
    limits: EffectLimits,
    effects: Vec<Effect>,
    more: bool,
}

impl Search<'_> {
    fn push(&mut self, depth: u16, link: Link) {
        if self.effects.len() < self.limits.all {
            self.effects.push(Effect { depth, link });
        } else {
            self.more = true;
        }
    }

    fn operation(&mut self, depth: u16, operation: &Operation, sure: (Certainty, String)) -> Result<()> {
        let link = operation_link(self.context, operation, sure)?;
        self.push(depth, link);
        Ok(())
    }

    /// The watch events that delivered a write's version. They may precede the response.
    fn deliveries(&mut self, write: &Operation, version: &Version) -> Result<Vec<Operation>> {
        // A version known before the write began is another write's.
        if version.first_observed <= write.started_after {
            return Ok(Vec::new());
        }
        let (mut at, mut misses) = (version.first_observed.prev(), 0);
        let mut found = Vec::new();
        for _ in 0..MAX_OBSERVATIONS {
            let Some(next) = self.context.nearest_on(version.object, at, Direction::Forward)? else { break };
            at = next;
            let Some(operation) = self.context.operation(next)? else { continue };
            if !observes(self.context, &operation, version)? {
                misses += 1;
                if misses > MAX_MISSES {
                    break;
                }
                continue;
            }
            misses = 0;
            if operation.verb.is_watch_event() {
                if found.len() >= self.limits.each {
                    self.more = true;
                    break;
                }
                found.push(operation);
            }
        }
        Ok(found)
    }

    /// Adds the reconciles that an operation triggered, with their writes.
    fn triggered(&mut self, depth: u16, by: &Operation) -> Result<()> {
        let spans = self.context.history.spans_triggered_by(self.context.lineage, by.seq)?;
        self.more |= spans.len() > self.limits.each;
        for span in spans.iter().take(self.limits.each) {
            let trigger = span.triggers.iter().find(|trigger| trigger.operation == Some(by.seq));
            self.push(depth, reconcile(self.context, span, trigger)?);
            let calls = self.context.history.operations_of_span(self.context.lineage, span.id, MAX_CALLS)?;
            let writes: Vec<&Operation> = calls.iter().filter(|call| call.verb.is_write()).collect();
            self.more |= writes.len() > self.limits.each || calls.len() >= MAX_CALLS;
            for write in writes.into_iter().take(self.limits.each) {
                self.operation(depth + 1, write, basis_within(span))?;
            }
        }
        Ok(())
    }
}

/// The link of a reconcile as the effect of a trigger.
fn reconcile(context: &QueryContext<'_>, span: &Span, trigger: Option<&Trigger>) -> Result<Link> {
    let actor = context.actor_name(span.actor)?.to_string();
    let (certainty, evidence) = trigger.map_or((Certainty::Guess, String::new()), trigger_basis);
    let reason = trigger.map_or("", |trigger| &*trigger.reason);
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    let others = span.triggers.iter().filter_map(|other| other.operation);
    let coalesced = others.filter(|seq| trigger.is_none_or(|trigger| trigger.operation != Some(*seq))).collect();
    Ok(Link {
        text: format!("{actor} reconcile {}{reason}", reconcile_name(span)),
        reconcile: Some(span.label.to_string()),
        actor: Some(actor),
        time: Some(span.start),
        coalesced,
        ..Link::of(LinkKind::Reconcile, certainty, evidence)
    })
}
