//! Chains of causes.

use std::fmt;

use serde::Serialize;

use super::super::author::Author;
use super::super::serialize;
use kuberewind_model::{Certainty, Seq, Timestamp};

/// The certainty and the evidence of a link.
pub(super) type Basis = (Certainty, String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    Field,
    /// A call that requested a change.
    Write,
    Read,
    Delivery,
    Reconcile,
    /// A reconcile that requeued itself.
    Requeue,
}

/// The version of an object that an actor last observed before a write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastSeen {
    pub object: String,
    /// '' for none.
    pub resource_version: String,
    /// The operation in which it was observed.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub operation: Option<Seq>,
    /// Versions that the world was ahead.
    pub versions_behind: usize,
}

impl fmt::Display for LastSeen {
    /// Writes `Deployment/shop/checkout at rv 129 (#492), 1 version behind`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.object)?;
        if !self.resource_version.is_empty() {
            write!(f, " at rv {}", self.resource_version)?;
        }
        if let Some(seq) = self.operation {
            write!(f, " ({seq})")?;
        }
        match self.versions_behind {
            0 => Ok(()),
            1 => f.write_str(", 1 version behind"),
            many => write!(f, ", {many} versions behind"),
        }
    }
}

/// One link of a chain. The first is the subject of the query; each is the cause of the one before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Link {
    pub kind: LinkKind,
    /// A sentence without its number: `hpa UPDATE Deployment/shop/checkout → 12`.
    pub text: String,
    /// `None` for a reconcile.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub operation: Option<Seq>,
    /// The name of a reconcile.
    pub reconcile: Option<String>,
    pub actor: Option<String>,
    #[serde(serialize_with = "serialize::optional_time")]
    pub time: Option<Timestamp>,
    /// How certain it is that this is the cause of the link before. Exact for the first.
    #[serde(serialize_with = "serialize::certainty")]
    pub certainty: Certainty,
    /// Why the link exists, '' for the first.
    pub evidence: String,
    /// The actor's view when it acted.
    pub seen: Vec<LastSeen>,
    /// Other deliveries coalesced into the same reconcile.
    #[serde(serialize_with = "serialize::seqs")]
    pub coalesced: Vec<Seq>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chain {
    /// The subject of the query, then its causes.
    pub links: Vec<Link>,
    /// Why the chain ends.
    pub end: String,
}

impl Link {
    pub(super) fn of(kind: LinkKind, certainty: Certainty, evidence: String) -> Link {
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

/// The certainty and the evidence of an author.
pub(super) fn basis_of(author: &Author) -> (Certainty, String) {
    (author.certainty, author.evidence.clone())
}

#[cfg(test)]
mod tests {
    use super::LastSeen;
    use kuberewind_model::Seq;

    #[test]
    fn omits_unknown_parts() {
        let seen = |resource_version: &str, operation, versions_behind| {
            let (object, resource_version) = ("Lease/a/b".to_owned(), resource_version.to_owned());
            LastSeen { object, resource_version, operation, versions_behind }.to_string()
        };
        assert_eq!(seen("129", Some(Seq(492)), 1), "Lease/a/b at rv 129 (#492), 1 version behind");
        assert_eq!(seen("", Some(Seq(34)), 0), "Lease/a/b (#34)");
        assert_eq!(seen("7", None, 3), "Lease/a/b at rv 7, 3 versions behind");
    }
}
