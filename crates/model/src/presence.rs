//! Presence of an object at a moment.

use super::session::words;
use super::{Object, Seq, Version, ViewerId};

/// The existence of an object at a moment. Before the first observation it is unknown, never absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// Not observed yet, or the observations since are lost.
    Unknown,
    /// Proven not to exist.
    Absent,
    Present,
}

words!(Presence: Unknown = 0 "unknown", Absent = 1 "absent", Present = 2 "present");

/// How certain a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// By time only.
    Guess,
    /// By owner reference, or by a coalesced delivery.
    Likely,
    /// By uid and resourceVersion.
    Exact,
}

words!(Certainty: Guess = 0 "guess", Likely = 1 "likely", Exact = 2 "exact");

/// Whose observations a query uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Perspective {
    /// Per object, the highest version that any actor observed.
    World,
    /// Per object, the version that this incarnation observed last, in order of delivery.
    View(ViewerId),
}

/// An object at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectAt {
    pub presence: Presence,
    /// `None` for an object that the recording does not contain.
    pub object: Option<Object>,
    /// The version at that moment in its fullest shape known by then. If absent, the *gone* version, if one was observed.
    pub version: Option<Version>,
    /// If absent, the last state before.
    pub before: Option<Version>,
    /// The operation in which it was observed.
    pub observed_at: Option<Seq>,
}

impl ObjectAt {
    /// An object of which nothing is known.
    #[must_use]
    pub fn unknown() -> ObjectAt {
        ObjectAt { presence: Presence::Unknown, object: None, version: None, before: None, observed_at: None }
    }
}
