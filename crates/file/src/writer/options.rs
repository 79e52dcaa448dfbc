//! Options of a session and of its writer.

use kuberewind_model::{ClockKind, Duration, Origin, Seq, SessionNo, Timestamp};

/// The limits of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterLimits {
    /// The most operations of a session; further ones are counted in a gap. `REPLAY_MAX_OPS`.
    pub max_operations: u64,
    pub segment_operations: u64,
    /// The most time in a segment.
    pub segment_time: Duration,
    /// The number of observations that are collected before they are written as a run. A reader of a live session searches up
    /// to this many without an index.
    pub run_observations: usize,
    /// How much of the session is kept. The default keeps all of it.
    pub keep: Keep,
}

impl Default for WriterLimits {
    /// 1,000,000 operations, in segments of 65,536 or 10 minutes and runs of 4,096 observations, all kept.
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

/// The point at which a session branches off another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    /// The parent session, in the same recording.
    pub parent: SessionNo,
    /// The last inherited operation.
    pub at: Seq,
}

/// A session to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The session's name, unique in the file.
    pub session_id: String,
    pub start: Timestamp,
    /// 128 random bits: the id of the recording, if the file is new.
    pub recording_id: u128,
    pub origin: Origin,
    /// The cluster's name or address; '' if unknown.
    pub cluster: String,
    pub clock: ClockKind,
    /// The id of the key that replaced secrets; '' if nothing was replaced. Values under different keys cannot be compared.
    /// The key itself is never stored. A recorder sends the id in an event; this field is for sessions made from other
    /// sessions.
    pub redaction_key: String,
    pub branch: Option<Branch>,
    /// The number of the first operation of a session without a parent.
    pub first: Seq,
    pub limits: WriterLimits,
}

impl NewSession {
    /// A recorded session without a parent, from #1, in wall time.
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

/// How much of a session is kept; `None` sets no bound. Only whole segments are dropped, so that up to one segment more is
/// kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// The most recent time span.
    pub time: Option<Duration>,
    /// The most bytes of used pages.
    pub bytes: Option<u64>,
    /// The most recent operations.
    pub operations: Option<u64>,
}
