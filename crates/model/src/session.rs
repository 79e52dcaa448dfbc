//! Sessions: continuous ranges of recording.

use super::{Seq, SessionNo, Timestamp};

/// Where a session came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Recorded as it happened.
    Recorded,
    /// Converted from another format.
    Imported,
    /// A rerun of an operator from a moment of another session.
    Rerun,
    /// A path that the explorer took.
    Explored,
    /// Put together from several recordings.
    Merged,
    /// A part cut out of another recording.
    Sliced,
}

/// What kind of time the timestamps are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClockKind {
    /// Wall time at the start plus monotonic time since.
    Wall,
    /// Simulated time.
    Simulated,
    /// No time, only order: one tick (a millisecond) per operation.
    Ticks,
}

/// How a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionState {
    /// Being written by a live process.
    Open,
    /// Ended cleanly.
    Closed,
    /// Its writer vanished without ending it.
    Crashed,
}

macro_rules! words {
    ($name:ident: $($variant:ident = $code:literal $text:literal),*) => {
        impl $name {
            /// The word in reports and in the file's views.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $($name::$variant => $text),* } }
            /// The number in the file.
            #[must_use]
            pub fn code(self) -> i64 { match self { $($name::$variant => $code),* } }
            /// From the number in the file.
            #[must_use]
            pub fn from_code(code: i64) -> Option<$name> { match code { $($code => Some($name::$variant),)* _ => None } }
        }
    };
}
pub(crate) use words;

words!(Origin: Recorded = 0 "recorded", Imported = 1 "imported", Rerun = 2 "rerun", Explored = 3 "explored", Merged = 4 "merged", Sliced = 5 "sliced");
words!(ClockKind: Wall = 0 "wall", Simulated = 1 "simulated", Ticks = 2 "ticks");
words!(SessionState: Open = 0 "open", Closed = 1 "closed", Crashed = 2 "crashed");

/// One continuous recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its number in the file.
    pub no: SessionNo,
    /// Its name, unique in the file.
    pub session_id: String,
    /// The session it branched off, and the last operation it inherits from there.
    pub parent: Option<(SessionNo, Seq)>,
    /// Where it came from.
    pub origin: Origin,
    /// The cluster's name or address, '' where unknown.
    pub cluster: String,
    /// What kind of time its timestamps are.
    pub clock: ClockKind,
    /// How it stands.
    pub state: SessionState,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; of an open or crashed one, the time of the last thing recorded.
    pub end: Timestamp,
    /// The number of its first operation: 1, or what follows the parent's branching point or a dropped range.
    pub first: Seq,
    /// The number of its last operation (`first - 1` where it has none).
    pub last: Seq,
    /// How many operations.
    pub operations: u64,
    /// How many spans.
    pub spans: u64,
    /// How many gaps.
    pub gaps: u64,
    /// How many log lines.
    pub log_lines: u64,
    /// How many operations failed (status ≥ 400, or no answer).
    pub errors: u64,
}
