//! Newtypes for numbers and ids.

use std::fmt;

/// The number of an operation in its lineage (`sequence_number`), from 1. `Seq(0)` is the moment before the first operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

impl Seq {
    /// The moment before the first operation.
    pub const START: Seq = Seq(0);
    /// The highest number. The row id has 40 bits for it.
    pub const MAX: Seq = Seq((1 << 40) - 1);

    /// The next number, at most [`Seq::MAX`].
    #[must_use]
    pub fn next(self) -> Seq {
        Seq(self.0.saturating_add(1)).min(Seq::MAX)
    }

    /// The previous number, at least [`Seq::START`].
    #[must_use]
    pub fn prev(self) -> Seq {
        Seq(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

macro_rules! row_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);
    )*};
}

row_ids! {
    /// The number of a session within the recording, from 0 in order of their start.
    SessionNo,
    /// An actor's row id.
    ActorId,
    /// An incarnation of an actor, see [`crate::Viewer`].
    ViewerId,
    /// A kind's row id.
    KindId,
    /// An incarnation of an object.
    ObjectId,
    /// One shape of one version of an object.
    VersionId,
    /// A stored body.
    BodyId,
    /// A reconcile.
    SpanId,
    /// A watch.
    WatchId,
}
