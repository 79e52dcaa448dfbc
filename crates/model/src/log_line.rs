//! Output of the recorded process.

use std::sync::Arc;

use super::session::words;
use super::{Seq, SessionNo, SpanId, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogStream {
    Stdout,
    Stderr,
    /// The tracing library, inside the process.
    Tracing,
}

words!(LogStream: Stdout = 0 "stdout", Stderr = 1 "stderr", Tracing = 2 "tracing");

/// A line of output, ordered between two operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Rises with time.
    pub id: i64,
    pub session: SessionNo,
    /// The last operation known when the line was printed.
    pub after: Seq,
    pub at: Timestamp,
    pub stream: LogStream,
    /// For example `error` or `info`, '' if unknown.
    pub level: Arc<str>,
    /// The reconcile that the line belongs to, if known.
    pub span: Option<SpanId>,
    /// Redacted, without the line break.
    pub text: Arc<str>,
}
