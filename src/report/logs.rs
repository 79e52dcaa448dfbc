//! Log lines.

use serde_json::{Value, json};

use crate::text::printable;
use kuberewind_model::{LogLine, Timestamp};

/// Writes log lines.
#[derive(Debug, Clone, Copy)]
pub struct LogText {
    /// The session's start: times are shown since then.
    pub start: Timestamp,
}

impl LogText {
    /// `  #412   +2.131s  error  text`: the line with its place, the last operation before it.
    #[must_use]
    pub fn line(&self, line: &LogLine) -> String {
        let (place, since) = (line.after.to_string(), format!("+{}", line.at.since(self.start)));
        let level = if line.level.is_empty() { line.stream.as_str() } else { &line.level };
        format!("{place:>7}  {since:>9}  {}  {}\n", printable(level), printable(&line.text))
    }
}

/// A log line as JSON.
#[must_use]
pub fn log_json(line: &LogLine) -> Value {
    json!({
        "after": line.after.0,
        "timestamp": line.at.rfc3339(9),
        "stream": line.stream.as_str(),
        "level": line.level.as_ref(),
        "reconcile": line.span.map(|span| span.0),
        "text": line.text.as_ref(),
    })
}
