//! What an object can be at a moment: present, absent, or unknown.

use super::session::words;
use super::{Object, Seq, Version, ViewerId};

/// The three things an object can be at a moment. Before the first sight it is unknown, never absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// Nobody was shown it yet, or what was shown since is lost.
    Unknown,
    /// Known not to be there.
    Absent,
    /// There.
    Present,
}

words!(Presence: Unknown = 0 "unknown", Absent = 1 "absent", Present = 2 "present");

/// How sure a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// By time only.
    Guess,
    /// By owner references, or a delivery that was coalesced.
    Likely,
    /// By uid and resourceVersion.
    Exact,
}

words!(Certainty: Guess = 0 "guess", Likely = 1 "likely", Exact = 2 "exact");

/// Whose knowledge a query uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Perspective {
    /// Per object the highest version that anyone had been shown.
    World,
    /// Per object what this actor's incarnation was shown last, in order of delivery.
    View(ViewerId),
}

/// An object as of a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectAt {
    /// Present, absent or unknown.
    pub presence: Presence,
    /// The incarnation; `None` for an object that the recording never names.
    pub object: Option<Object>,
    /// The version that stands for it in its fullest shape known *by that moment*; when absent, the *gone* version if one was shown.
    pub version: Option<Version>,
    /// When absent: the state before, which stays readable.
    pub before: Option<Version>,
    /// The operation that showed it.
    pub observed_at: Option<Seq>,
}

impl ObjectAt {
    /// Nothing is known.
    #[must_use]
    pub fn unknown() -> ObjectAt {
        ObjectAt { presence: Presence::Unknown, object: None, version: None, before: None, observed_at: None }
    }
}
