//! Writing log lines.

use rusqlite::params;

use kuberewind_model::{NewLogLine, Result};

use super::session_writer::SessionWriter;
use crate::error::Context;

impl SessionWriter {
    pub(super) fn write_log(&mut self, line: &NewLogLine) -> Result<()> {
        let context = "cannot write a log line";
        let level = self.names.text(&self.db, &line.level).context(context)?;
        let span = line.span.and_then(|key| self.spans.row(key)).map(|row| row.id);
        self.db
            .prepare_cached("INSERT INTO log (session, after, at, stream, level, span, text) VALUES (?, ?, ?, ?, ?, ?, ?)")
            .and_then(|mut insert| {
                insert.execute(params![
                    self.session.0,
                    self.counters.last.0,
                    line.at.0,
                    line.stream.code(),
                    level,
                    span,
                    line.text
                ])
            })
            .context(context)?;
        self.counters.log_lines += 1;
        self.counters.end = self.counters.end.max(line.at);
        Ok(())
    }
}
