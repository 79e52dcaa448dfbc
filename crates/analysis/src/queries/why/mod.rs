//! Why: the chain of causes of an operation, or of a field's value, back through the actors.
//!
//! field ← write ← reconcile ← the versions it had been shown ← watch event or requeue ← the earlier write …
//!
//! [`effects`] goes the other way: what an operation led to.
//!
//! Every link has its evidence and says how sure it is. Each leads to an earlier operation than the one before, so a chain
//! always ends; where it ends before the beginning of things, it says why.

mod effects;
mod steps;

pub use effects::{Effect, EffectLimits, Effects, effects};
pub(super) use steps::covers;

use std::fmt;

use serde::Serialize;

use super::author::Author;
use super::blame::{self, Which};
use super::json;
use super::past::Past;
use kuberewind_model::{
    Certainty, Error, ErrorKind, History, Lineage, Moment, ObjectId, Operation, Result, Seq, Span, Timestamp,
};

/// What a link is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A field's value.
    Field,
    /// A call that asked for a change.
    Write,
    /// A call that read.
    Read,
    /// A watch event.
    Delivery,
    /// A reconcile.
    Reconcile,
    /// A reconcile that asked to be run again.
    Requeue,
}

/// A version that the actor had been shown when it wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// `Kind/namespace/name`.
    pub object: String,
    /// '' where there is none.
    pub resource_version: String,
    /// The operation that showed it.
    #[serde(serialize_with = "json::optional_seq")]
    pub operation: Option<Seq>,
    /// By how many versions the world was ahead of it then.
    pub versions_behind: usize,
}

impl fmt::Display for Seen {
    /// `Deployment/shop/checkout rv 129 by #492, 1 version behind`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.object)?;
        if !self.resource_version.is_empty() {
            write!(f, " rv {}", self.resource_version)?;
        }
        if let Some(seq) = self.operation {
            write!(f, " by {seq}")?;
        }
        match self.versions_behind {
            0 => Ok(()),
            1 => f.write_str(", 1 version behind"),
            many => write!(f, ", {many} versions behind"),
        }
    }
}

/// One link of a chain. The first is what was asked about; each is the cause of the one before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Link {
    /// What it is about.
    pub kind: LinkKind,
    /// In a sentence without its number: `hpa UPDATE Deployment/shop/checkout → 12`.
    pub text: String,
    /// The operation; of a reconcile none.
    #[serde(serialize_with = "json::optional_seq")]
    pub operation: Option<Seq>,
    /// The reconcile's name.
    pub reconcile: Option<String>,
    /// Who.
    pub actor: Option<String>,
    /// When.
    #[serde(serialize_with = "json::optional_time")]
    pub time: Option<Timestamp>,
    /// How sure it is that this is the cause of the link before; exact of the first.
    #[serde(serialize_with = "json::certainty")]
    pub certainty: Certainty,
    /// What that rests on, '' for the first.
    pub evidence: String,
    /// What the actor had been shown when it acted.
    pub seen: Vec<Seen>,
    /// Other deliveries that were coalesced into the same reconcile.
    #[serde(serialize_with = "json::seqs")]
    pub coalesced: Vec<Seq>,
}

/// A chain of causes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chain {
    /// What was asked about, then cause by cause.
    pub links: Vec<Link>,
    /// Why it ends where it ends.
    pub end: String,
}

/// How far back to go by default, in links.
pub const DEFAULT_DEPTH: usize = 24;

/// Why an operation was made.
///
/// # Errors
/// When there is no such operation, or the recording cannot be read.
pub fn why_operation(history: &dyn History, lineage: &Lineage, seq: Seq, depth: usize) -> Result<Chain> {
    let past = Past::new(history, lineage);
    let operation = operation_of(&past, seq)?;
    let mut chain = Chain { links: Vec::new(), end: String::new() };
    steps::walk(&past, &mut chain, operation, (Certainty::Exact, String::new()), depth)?;
    Ok(chain)
}

/// Why a field has the value that it has at a moment. A pointer to more than one field stands for the one of them that
/// changed last.
///
/// # Errors
/// When the moment lies outside the lineage, the object or the field is unknown then, or the recording cannot be read.
pub fn why_field(
    history: &dyn History,
    lineage: &Lineage,
    object: ObjectId,
    at: Moment,
    pointer: &str,
    depth: usize,
) -> Result<Chain> {
    let past = Past::new(history, lineage);
    let below = Which { below: pointer.to_owned(), managed_fields: true };
    let blamed = blame::blame(history, lineage, object, at, &below)?;
    let last = blamed.and_then(|blamed| blamed.fields.into_iter().max_by_key(|field| field.author.between.1));
    let Some(field) = last else {
        let said = format!("{} has no field {pointer:?} at {at}", past.object(object)?);
        return Err(Error::new(ErrorKind::NotFound, said).hint("fields are written as JSON pointers, /spec/replicas"));
    };
    let mut text = format!("{} = {}", field.path, field.value);
    if let Some(before) = &field.before {
        text.push_str(&format!(" (was {before})"));
    }
    let link = Link { text, ..Link::of(LinkKind::Field, Certainty::Exact, String::new()) };
    let mut chain = Chain { links: vec![link], end: String::new() };
    let author = field.author;
    let cause = match author.operation {
        Some(seq) => past.operation(seq)?,
        None => None,
    };
    match cause {
        Some(operation) => steps::walk(&past, &mut chain, operation, sure(&author), depth)?,
        None if author.actor.is_some() => chain.end = format!("{}; that write is not in the recording", author.evidence),
        None => chain.end = author.evidence,
    }
    Ok(chain)
}

/// An operation that was asked about.
fn operation_of(past: &Past<'_>, seq: Seq) -> Result<Operation> {
    past.operation(seq)?.ok_or_else(|| {
        let (first, last) = (past.lineage.first(), past.lineage.last());
        Error::new(ErrorKind::NotFound, format!("there is no operation {seq} here"))
            .hint(format!("the session goes from {first} to {last}"))
    })
}

impl Link {
    fn of(kind: LinkKind, certainty: Certainty, evidence: String) -> Link {
        Link {
            kind,
            text: String::new(),
            operation: None,
            reconcile: None,
            actor: None,
            time: None,
            certainty,
            evidence,
            seen: Vec::new(),
            coalesced: Vec::new(),
        }
    }
}

/// How sure an author is, as a cause with its evidence.
fn sure(author: &Author) -> (Certainty, String) {
    (author.certainty, author.evidence.clone())
}

/// The name of a reconcile for people.
fn name_of(span: &Span) -> String {
    let object = if span.object.namespace.is_empty() {
        format!("{}/{}", span.kind_name, span.object.name)
    } else {
        format!("{}/{}/{}", span.kind_name, span.object.namespace, span.object.name)
    };
    format!("{} of {object}", span.label)
}

/// What an operation is about, for people.
fn about(past: &Past<'_>, operation: &Operation) -> Result<String> {
    if let Some(object) = operation.object {
        return Ok(past.object(object)?.to_string());
    }
    let kind = operation.kind.map(|kind| past.kind_name(kind)).transpose()?.unwrap_or_default();
    let parts = [&*kind, &operation.namespace, &operation.name];
    Ok(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::Seen;
    use kuberewind_model::Seq;

    #[test]
    fn what_had_been_shown_is_told_as_far_as_it_is_known() {
        let seen = |resource_version: &str, operation, versions_behind| {
            let (object, resource_version) = ("Lease/a/b".to_owned(), resource_version.to_owned());
            Seen { object, resource_version, operation, versions_behind }.to_string()
        };
        assert_eq!(seen("129", Some(Seq(492)), 1), "Lease/a/b rv 129 by #492, 1 version behind");
        assert_eq!(seen("", Some(Seq(34)), 0), "Lease/a/b by #34");
        assert_eq!(seen("7", None, 3), "Lease/a/b rv 7, 3 versions behind");
    }
}
