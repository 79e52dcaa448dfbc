//! Sessions: continuous recordings.

use super::{Seq, SessionNo, Timestamp};

/// The source of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    Recorded,
    Imported,
    /// A rerun of an operator from a moment of another session.
    Rerun,
    /// A schedule of the explorer.
    Explored,
    /// Merged from several recordings.
    Merged,
    /// Cut out of another recording.
    Sliced,
}

/// The kind of time in timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClockKind {
    /// Wall time at the start plus monotonic time since.
    Wall,
    Simulated,
    /// No time, only order: one tick (a millisecond) per operation.
    Ticks,
}

/// The state of a session's writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionState {
    /// A live process is writing it.
    Open,
    Closed,
    /// Its writer disappeared without closing it.
    Crashed,
}

macro_rules! words {
    ($name:ident: $($variant:ident = $code:literal $text:literal),*) => {
        impl $name {
            /// The word in reports and in the views of the file.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $($name::$variant => $text),* } }
            /// The number in the file.
            #[must_use]
            pub fn code(self) -> i64 { match self { $($name::$variant => $code),* } }
            /// Decodes the number in the file.
            #[must_use]
            pub fn from_code(code: i64) -> Option<$name> { match code { $($code => Some($name::$variant),)* _ => None } }
        }
    };
}
pub(crate) use words;

words!(Origin: Recorded = 0 "recorded", Imported = 1 "imported", Rerun = 2 "rerun", Explored = 3 "explored", Merged = 4 "merged", Sliced = 5 "sliced");
words!(ClockKind: Wall = 0 "wall", Simulated = 1 "simulated", Ticks = 2 "ticks");
words!(SessionState: Open = 0 "open", Closed = 1 "closed", Crashed = 2 "crashed");

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub no: SessionNo,
    /// Unique in the file.
    pub session_id: String,
    /// The parent session, and the last operation inherited from it.
    pub parent: Option<(SessionNo, Seq)>,
    pub origin: Origin,
    /// Name or address of the cluster, '' if unknown.
    pub cluster: String,
    pub clock: ClockKind,
    pub state: SessionState,
    pub start: Timestamp,
    /// For an open or crashed session, the time of its last record.
    pub end: Timestamp,
    /// 1, or the number after the branching point or after a dropped range.
    pub first: Seq,
    /// `first - 1` if the session has no operation.
    pub last: Seq,
    pub operations: u64,
    pub spans: u64,
    pub gaps: u64,
    pub log_lines: u64,
    /// Operations with a status of 400 or above, or without response.
    pub errors: u64,
}
