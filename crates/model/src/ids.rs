//! Numbers with a meaning, so that one cannot be taken for another.

use std::fmt;

/// The number of an operation in its lineage (`sequence_number`), from 1. `Seq(0)` is the moment before the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first operation.
    pub const START: Seq = Seq(0);
    /// The highest number a recording can hold: the row id keeps 40 bits for it.
    pub const MAX: Seq = Seq((1 << 40) - 1);

    /// The next number; stays at [`Seq::MAX`].
    #[must_use]
    pub fn next(self) -> Seq {
        Seq(self.0.saturating_add(1)).min(Seq::MAX)
    }

    /// The number before; stays at [`Seq::START`].
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
    /// A session's number within the recording, from 0 in the order of their beginning.
    SessionNo,
    /// A row of the table of actors.
    ActorId,
    /// One incarnation of an actor: what it was shown since it started. See [`crate::Viewer`].
    ViewerId,
    /// A row of the table of kinds.
    KindId,
    /// One incarnation of an object.
    ObjectId,
    /// One shape of one version of an object.
    VersionId,
    /// A stored body.
    BodyId,
    /// A reconcile span.
    SpanId,
    /// A watch, from its opening to its end.
    WatchId,
}
