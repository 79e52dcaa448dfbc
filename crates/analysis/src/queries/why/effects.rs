//! What an operation led to: the deliveries of what it wrote, the reconciles that these triggered, and their writes.

use serde::Serialize;

use super::super::context::QueryContext;
use super::super::transition::observes;
use super::backward::{basis_within, operation_link, trigger_basis};
use super::chain::{Link, LinkKind};
use super::names::{reconcile_name, require_operation};
use kuberewind_model::{
    Certainty, Direction, History, Lineage, Operation, Outcome, Result, Seq, Span, StepTarget, Trigger, Version,
};

/// How many sights of an object are looked at on the way from a write to its deliveries.
const MAX_OBSERVATIONS: usize = 256;
/// How many sights of other versions in a row end the search: deliveries come soon or never.
const MAX_MISSES: usize = 32;
/// Calls of one reconcile that are looked at.
const MAX_CALLS: usize = 256;

/// How much to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectLimits {
    /// At most this many deliveries of one write, reconciles of one delivery, and writes of one reconcile.
    pub each: usize,
    /// At most this many in all.
    pub all: usize,
}

impl Default for EffectLimits {
    fn default() -> EffectLimits {
        EffectLimits { each: 24, all: 200 }
    }
}

/// One thing that followed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// 1 for what followed from the operation itself, 2 for what followed from the one of depth 1 above it, and so on.
    pub depth: u16,
    /// What it is, how sure it is that it followed, and what that rests on.
    #[serde(flatten)]
    pub link: Link,
}

/// What an operation led to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effects {
    /// The operation itself.
    pub of: Link,
    /// What followed, each below what it followed from, in the order of time.
    pub effects: Vec<Effect>,
    /// Why there is nothing, or that there is more; '' otherwise.
    pub end: String,
}

/// What an operation led to: of a write the deliveries of its version, and of each delivery (or of the write itself)
/// the reconciles that it triggered, with their writes.
///
/// # Errors
/// When there is no such operation, or the recording cannot be read.
pub fn effects(history: &dyn History, lineage: &Lineage, seq: Seq, limits: EffectLimits) -> Result<Effects> {
    let context = QueryContext::new(history, lineage);
    let operation = require_operation(&context, seq)?;
    let of = operation_link(&context, &operation, (Certainty::Exact, String::new()))?;
    let mut found = Search { context: &context, limits, effects: Vec::new(), more: false };
    let version = operation.version.map(|version| history.version(version)).transpose()?.flatten();
    let writes = operation.verb.is_write() && operation.outcome == Outcome::Done;
    if let Some(version) = version.as_ref().filter(|_| writes) {
        for delivery in found.deliveries(&operation, version)? {
            let evidence = format!("the same uid and resourceVersion {}", version.resource_version);
            found.operation(1, &delivery, (Certainty::Exact, evidence))?;
            found.triggered(2, &delivery)?;
        }
    }
    found.triggered(1, &operation)?;
    let end = match (found.effects.is_empty(), found.more) {
        (false, true) => "there is more than is told".to_owned(),
        (false, false) => String::new(),
        (true, _) => nothing(&operation, version.as_ref()),
    };
    Ok(Effects { of, effects: found.effects, end })
}

/// Why nothing followed.
fn nothing(operation: &Operation, version: Option<&Version>) -> String {
    let seq = operation.seq;
    match operation.outcome {
        Outcome::Refused => format!("{seq} was refused: it changed nothing"),
        Outcome::DryRun => format!("{seq} was a dry run: it changed nothing"),
        Outcome::MaybeApplied => format!("the answer to {seq} was lost: what came of it is not known"),
        Outcome::Lost => format!("the answer to {seq} was lost"),
        Outcome::Done if operation.verb.is_watch_event() => format!("no reconcile is recorded as triggered by {seq}"),
        Outcome::Done if !operation.verb.is_write() => format!("{seq} only reads"),
        Outcome::Done => match version {
            Some(version) if version.first_observed < operation.started_after => {
                format!("{seq} changed nothing: its answer was known since {}", version.first_observed)
            }
            _ => format!("nobody that was recorded was delivered what {seq} wrote"),
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

    /// The watch events by which a write's version was delivered. The answer to a write may come after them.
    fn deliveries(&mut self, write: &Operation, version: &Version) -> Result<Vec<Operation>> {
        // One that was known before the write began was made by another.
        if version.first_observed < write.started_after {
            return Ok(Vec::new());
        }
        let (mut at, mut misses) = (version.first_observed.prev(), 0);
        let mut found = Vec::new();
        for _ in 0..MAX_OBSERVATIONS {
            let step_target = StepTarget::Object(version.object);
            let Some(next) = self.context.history.step(self.context.lineage, at, Direction::Forward, &step_target)? else {
                break;
            };
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

    /// The reconciles that an operation triggered, with their writes.
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

/// A reconcile as what followed from one of its triggers.
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
