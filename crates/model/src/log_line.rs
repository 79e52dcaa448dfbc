//! What the recorded process printed.

use std::sync::Arc;

use super::session::words;
use super::{Seq, SessionNo, SpanId, Timestamp};

/// Where a line was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The tracing library, from inside the process.
    Tracing,
}

words!(LogStream: Stdout = 0 "stdout", Stderr = 1 "stderr", Tracing = 2 "tracing");

/// A line with its place between two operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Its row, rising with time.
    pub id: i64,
    /// The session.
    pub session: SessionNo,
    /// The last operation known when it was printed.
    pub after: Seq,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub stream: LogStream,
    /// `error`, `info`, …; '' where the line does not say.
    pub level: Arc<str>,
    /// The reconcile it speaks of, where that is known.
    pub span: Option<SpanId>,
    /// The line, redacted, without its end.
    pub text: Arc<str>,
}
