//! Log lines as text and JSON.

use serde_json::{Value, json};

use kuberewind_model::{LogLine, Timestamp};
use kuberewind_text::printable;

/// Formats log lines as text.
#[derive(Debug, Clone, Copy)]
pub struct LogText {
    /// The session's start. Times are printed relative to it.
    pub start: Timestamp,
}

impl LogText {
    /// Formats a line as `  #412   +2.131s  error  text`. The number is that of the last operation before the line.
    #[must_use]
    pub fn line(&self, line: &LogLine) -> String {
        let (after, since) = (line.after.to_string(), format!("+{}", line.at.since(self.start)));
        let level = if line.level.is_empty() { line.stream.as_str() } else { &line.level };
        format!("{after:>7}  {since:>9}  {}  {}\n", printable(level), printable(&line.text))
    }
}

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
