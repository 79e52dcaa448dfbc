//! The chain of causes of an operation or a field's value, across actors.
//!
//! field ← write ← reconcile ← the versions its actor had observed ← watch event or requeue ← the earlier write …
//!
//! [`effects`] follows the other direction.
//!
//! Every link has evidence and a certainty. Each leads to an earlier operation, so every chain ends; a chain that ends early
//! says why.

mod absence;
mod backward;
mod chain;
mod effects;
mod names;

use super::blame::{self, BlameOptions};
use super::context::QueryContext;
use super::one_read::in_one_read;
use kuberewind_model::{Certainty, Error, ErrorKind, History, Lineage, Moment, ObjectId, Result, Seq};

pub(super) use backward::covers;
pub use chain::{Chain, LastSeen, Link, LinkKind};
pub use effects::{Effect, EffectLimits, Effects, effects};

use chain::basis_of;
use names::require_operation;

/// The default length limit, in links.
pub const DEFAULT_DEPTH: usize = 24;

/// The causes of an operation.
///
/// # Errors
/// The operation does not exist, or the recording cannot be read.
pub fn why_operation(history: &dyn History, lineage: &Lineage, seq: Seq, depth: usize) -> Result<Chain> {
    in_one_read(history, || {
        let context = QueryContext::new(history, lineage);
        let operation = require_operation(&context, seq)?;
        let mut chain = Chain { links: Vec::new(), end: String::new() };
        backward::walk(&context, &mut chain, operation, (Certainty::Exact, String::new()), depth)?;
        Ok(chain)
    })
}

/// The causes of a field's value at a moment. If the pointer matches several fields, uses the one that changed last.
///
/// # Errors
/// The moment is outside the lineage, the object or the field does not exist then, or the recording cannot be read.
pub fn why_field(
    history: &dyn History,
    lineage: &Lineage,
    object: ObjectId,
    at: Moment,
    pointer: &str,
    depth: usize,
) -> Result<Chain> {
    in_one_read(history, || why_field_of(&QueryContext::new(history, lineage), object, at, pointer, depth))
}

fn why_field_of(context: &QueryContext<'_>, object: ObjectId, at: Moment, pointer: &str, depth: usize) -> Result<Chain> {
    let below = BlameOptions { below: pointer.to_owned(), managed_fields: true };
    let blamed = blame::blame(context.history, context.lineage, object, at, &below)?;
    let last = blamed.and_then(|blamed| blamed.fields.into_iter().max_by_key(|field| field.author.between.1));
    let Some(field) = last else {
        let message = format!("{} has no field {pointer:?} at {at}", context.object(object)?);
        return Err(
            Error::new(ErrorKind::NotFound, message).hint("write the field as a JSON pointer, for example /spec/replicas")
        );
    };
    let mut text = format!("{} = {}", field.path, field.value);
    if let Some(before) = &field.before {
        text.push_str(&format!(" (was {before})"));
    }
    let link = Link { text, ..Link::of(LinkKind::Field, Certainty::Exact, String::new()) };
    let mut chain = Chain { links: vec![link], end: String::new() };
    let author = field.author;
    let cause = match author.operation {
        Some(seq) => context.operation(seq)?,
        None => None,
    };
    match cause {
        Some(operation) => backward::walk(context, &mut chain, operation, basis_of(&author), depth)?,
        None if author.actor.is_some() => chain.end = format!("{}; that write is not in the recording", author.evidence),
        None => chain.end = author.evidence,
    }
    Ok(chain)
}
