//! Chains of causes.

use std::fmt;

use serde::Serialize;

use super::super::author::Author;
use super::super::serialize;
use kuberewind_model::{Certainty, Seq, Timestamp};

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
pub struct LastSeen {
    /// `Kind/namespace/name`.
    pub object: String,
    /// '' where there is none.
    pub resource_version: String,
    /// The operation that showed it.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub operation: Option<Seq>,
    /// By how many versions the world was ahead of it then.
    pub versions_behind: usize,
}

impl fmt::Display for LastSeen {
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
    #[serde(serialize_with = "serialize::optional_seq")]
    pub operation: Option<Seq>,
    /// The reconcile's name.
    pub reconcile: Option<String>,
    /// Who.
    pub actor: Option<String>,
    /// When.
    #[serde(serialize_with = "serialize::optional_time")]
    pub time: Option<Timestamp>,
    /// How sure it is that this is the cause of the link before; exact of the first.
    #[serde(serialize_with = "serialize::certainty")]
    pub certainty: Certainty,
    /// What that rests on, '' for the first.
    pub evidence: String,
    /// What the actor had been shown when it acted.
    pub seen: Vec<LastSeen>,
    /// Other deliveries that were coalesced into the same reconcile.
    #[serde(serialize_with = "serialize::seqs")]
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

/// How sure an author is, as a cause with its evidence.
pub(super) fn basis_of(author: &Author) -> (Certainty, String) {
    (author.certainty, author.evidence.clone())
}

#[cfg(test)]
mod tests {
    use super::LastSeen;
    use kuberewind_model::Seq;

    #[test]
    fn what_had_been_shown_is_told_as_far_as_it_is_known() {
        let seen = |resource_version: &str, operation, versions_behind| {
            let (object, resource_version) = ("Lease/a/b".to_owned(), resource_version.to_owned());
            LastSeen { object, resource_version, operation, versions_behind }.to_string()
        };
        assert_eq!(seen("129", Some(Seq(492)), 1), "Lease/a/b rv 129 by #492, 1 version behind");
        assert_eq!(seen("", Some(Seq(34)), 0), "Lease/a/b by #34");
        assert_eq!(seen("7", None, 3), "Lease/a/b rv 7, 3 versions behind");
    }
}
