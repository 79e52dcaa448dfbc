//! The types that all parts of kuberewind share, and the ports between the parts.
//!
//! A recording holds sessions ([`Session`]), operations ([`Operation`]), versions ([`Version`]) and reconciles ([`Span`]). A
//! [`Moment`] is a position in a recording, a [`Lineage`] is its past. The ports are traits: a recorder writes to a [`Sink`],
//! queries read from a [`History`], [`Notes`] stores bookmarks, [`FindingsCache`] stores results of analysis, and [`Clock`]
//! returns the time. Nothing in this crate does I/O.

// Internal to the workspace: most names need no comment.
#![allow(missing_docs)]

pub mod json;
pub mod k8s;
pub mod redact;

mod actor;
mod bookmark;
mod clock;
mod derived;
mod error;
mod event;
mod findings_cache;
mod gap;
mod history;
mod ids;
mod kind;
mod lineage;
mod log_line;
mod moment;
mod notes;
mod object;
mod operation;
mod presence;
mod session;
mod sink;
mod span;
mod step;
mod summary;
mod time;
mod verb;
mod version;
mod watch;
mod world_change;

pub use actor::{Actor, Viewer};
pub use bookmark::Bookmark;
pub use clock::{Clock, ManualClock, SystemClock};
pub use derived::Derived;
pub use error::{Error, ErrorKind, Result};
pub use event::{
    Detail, Event, ListKey, NewGap, NewLogLine, NewOperation, NewSpan, NewTrigger, NewWatch, Observation, ObservationKind,
    Observations, Page, Remark, SpanEnd, SpanKey, Target, Text, WatchEnd, WatchKey,
};
pub use findings_cache::{FindingsCache, FindingsKey};
pub use gap::{Gap, GapReason};
pub use history::{History, ObjectQuery, OperationDetail, RecordingInfo};
pub use ids::{ActorId, BodyId, KindId, ObjectId, Seq, SessionNo, SpanId, VersionId, ViewerId, WatchId};
pub use kind::{Kind, KindRef};
pub use lineage::{Lineage, SessionRange};
pub use log_line::{LogLine, LogStream};
pub use moment::{Anchor, Moment, MomentSpec};
pub use notes::Notes;
pub use object::{Object, ObjectKey};
pub use operation::{ListInfo, Operation, Outcome};
pub use presence::{Certainty, ObjectAt, Perspective, Presence};
pub use session::{ClockKind, Origin, Session, SessionState};
pub use sink::{Sink, SinkStage, TextCleaner, WithStage};
pub use span::{Span, SpanResult, Trigger};
pub use step::{Direction, StepTarget};
pub use summary::Density;
pub use time::{Duration, Timestamp};
pub use verb::{OperationType, Verb};
pub use version::{Rank, Shape, Version};
pub use watch::{Scope, Watch, WatchOutcome};
pub use world_change::WorldChange;
