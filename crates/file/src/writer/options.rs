//! How a session begins and how much of it is kept.

use kuberewind_model::{ClockKind, Duration, Origin, Seq, SessionNo, Timestamp};

/// What a session may hold, and how it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterLimits {
    /// Operations per session; what comes after is counted in a gap. `REPLAY_MAX_OPS`.
    pub max_operations: u64,
    /// Operations per segment.
    pub segment_operations: u64,
    /// Time per segment.
    pub segment_time: Duration,
    /// So many showings are collected before a run of the trails is made of them: what a reader of a live session has to
    /// look through without a run to lead it.
    pub run_observations: usize,
    /// How much of the session is kept; without bounds, all of it.
    pub keep: Keep,
}

impl Default for WriterLimits {
    /// 1,000,000 operations, in segments of 65,536 or 10 minutes and runs of 4,096 showings, all kept.
    fn default() -> WriterLimits {
        WriterLimits {
            max_operations: 1_000_000,
            segment_operations: 65_536,
            segment_time: Duration::from_millis(600_000),
            run_observations: 4096,
            keep: Keep::default(),
        }
    }
}

/// Where a session branches off another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    /// The session of the same recording that it inherits from.
    pub parent: SessionNo,
    /// The last operation that it inherits.
    pub at: Seq,
}

/// A session that is to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its name, unique in the file.
    pub session_id: String,
    /// When it begins.
    pub start: Timestamp,
    /// The recording's id where the file is new: 128 random bits.
    pub recording_id: u128,
    /// Where it comes from.
    pub origin: Origin,
    /// The cluster's name or address, '' where unknown.
    pub cluster: String,
    /// What kind of time its timestamps are.
    pub clock: ClockKind,
    /// The id of the key by which its secrets were replaced, '' where nothing was; values under different keys cannot
    /// be compared. The key itself is never stored. Who records tells it by an event; this is for sessions made of others.
    pub redaction_key: String,
    /// What it inherits.
    pub branch: Option<Branch>,
    /// Of a session without a parent, the number of its first operation.
    pub first: Seq,
    /// How long it may get.
    pub limits: WriterLimits,
}

impl NewSession {
    /// A recorded session of its own, from #1, in wall time.
    #[must_use]
    pub fn new(session_id: impl Into<String>, start: Timestamp, recording_id: u128) -> NewSession {
        NewSession {
            session_id: session_id.into(),
            start,
            recording_id,
            origin: Origin::Recorded,
            cluster: String::new(),
            clock: ClockKind::Wall,
            redaction_key: String::new(),
            branch: None,
            first: Seq(1),
            limits: WriterLimits::default(),
        }
    }
}

/// How much of a session is kept; what is `None` sets no bound. Segments are dropped whole, so that at most one segment
/// more is kept than is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// The last so much time.
    pub time: Option<Duration>,
    /// So many bytes of the file, counting its used pages.
    pub bytes: Option<u64>,
    /// The last so many operations.
    pub operations: Option<u64>,
}
