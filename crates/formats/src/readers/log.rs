//! Writes the lines of a controller's log, and the reconciles that they name. A log has no calls.

use super::open_spans::OpenSpans;
use crate::dialects::time_of;
use crate::import_session::ImportSession;
use crate::reader::{Parts, Reader, Records};
use crate::sorter::{RecordLocation, TimedPart};
use crate::times;
use kuberewind_model::{Result, Timestamp};
use kuberewind_text::strip_escapes;

pub(super) struct LogReader {
    spans: OpenSpans,
    timed: bool,
    /// False if another source in the same file has the reconciles.
    pub(super) has_reconciles: bool,
}

impl Default for LogReader {
    fn default() -> LogReader {
        LogReader { spans: OpenSpans::default(), timed: false, has_reconciles: true }
    }
}

impl Reader for LogReader {
    fn default_actor(&self) -> &'static str {
        "controller"
    }

    fn has_times(&self) -> bool {
        self.timed
    }

    fn read(&mut self, record: &[u8], _: RecordLocation, parts: &mut Parts) -> std::result::Result<(), String> {
        let latest = parts.modified.unwrap_or_else(|| Timestamp::from_jiff(jiff::Timestamp::now()));
        let own = own_time(record, latest).or(parts.hint);
        self.timed |= own.is_some();
        parts.add(own.unwrap_or(parts.before), 0);
        Ok(())
    }

    fn write(&mut self, part: &TimedPart, record: &[u8], _: &mut Records<'_>, session: &mut ImportSession) -> Result<()> {
        let (at, text) = (Timestamp(part.at), String::from_utf8_lossy(record));
        let parsed = kuberewind_logs::parse(&text);
        let span = match parsed.reconcile.as_ref().filter(|_| self.has_reconciles) {
            Some(mention) => Some(self.spans.mention(mention, kuberewind_logs::program_of(&text).as_deref(), at, session)?),
            None => None,
        };
        let level = if parsed.level.is_empty() { other_level(&text) } else { parsed.level };
        session.span_line(at, level, text.into_owned(), span)
    }

    fn finish(&mut self, _: Timestamp, session: &mut ImportSession) -> Result<()> {
        self.spans.finish(session)
    }
}

/// The time that the line has.
fn own_time(record: &[u8], latest: Timestamp) -> Option<Timestamp> {
    if record.first() == Some(&b'{') {
        return time_of(record);
    }
    let line = String::from_utf8_lossy(record.get(..record.len().min(256))?);
    let line = strip_escapes(&line);
    let line = line.trim_start_matches('[');
    if let Some(value) = line.strip_prefix("time=") {
        return value.trim_start_matches('"').split(['"', ' ']).next().and_then(times::time);
    }
    times::leading(line)
        .map(|(at, _)| at)
        .or_else(|| {
            // zap's console form has the time in its first column, in one of its notations.
            line.split('\t').next().and_then(times::time)
        })
        .or_else(|| times::klog(line, latest))
}

/// The level of klog's JSON, which has a verbosity, or an error, and of logfmt.
fn other_level(line: &str) -> &'static str {
    if line.starts_with("time=") {
        let word = line.split_once(" level=").map_or("", |(_, rest)| rest).split_whitespace().next().unwrap_or_default();
        let levels = [("info", "info"), ("warn", "warn"), ("error", "error"), ("debug", "debug"), ("fatal", "fatal")];
        let found = levels.iter().find(|(name, _)| word.trim_matches('"').to_ascii_lowercase().starts_with(name));
        return found.map_or("", |(_, level)| *level);
    }
    match () {
        () if !line.starts_with('{') => "",
        () if line.contains("\"err\":") => "error",
        () if line.contains("\"v\":") => "info",
        () => "",
    }
}
