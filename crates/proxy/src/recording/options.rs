//! The options of a recording, parsed from text.

use regex::Regex;

use super::keep;
use crate::keeping::{SaveOn, log_words};
use kuberewind_file::WriterLimits;
use kuberewind_model::redact::{Looks, PathRule};
use kuberewind_model::{Duration, Error, ErrorKind, Result};

/// The options as the user wrote them.
#[derive(Debug, Clone, Copy, Default)]
pub struct OptionValues<'a> {
    pub keep: Option<&'a str>,
    pub rotate: Option<&'a str>,
    pub save_on: Option<&'a str>,
    pub start_on: Option<&'a str>,
    pub redact: &'a [String],
    pub redact_looks: Option<&'a str>,
    pub max_operations: Option<u64>,
    /// True if the recorder runs the program: only then does it see log lines and an exit code.
    pub runs_program: bool,
}

/// The parsed options.
#[derive(Debug)]
pub struct RecordingOptions {
    /// The condition for keeping the recording. `None`: keep it always.
    pub save_on: Option<SaveOn>,
    /// Recording starts at the first log line that matches. `None`: at once.
    pub start_on: Option<Regex>,
    /// Fields to redact in addition to secrets.
    pub redact: Vec<PathRule>,
    /// The groups of values that are redacted because they look like secrets.
    pub looks: Looks,
    pub limits: WriterLimits,
    /// The time after which a new file starts. `None`: never.
    pub rotate: Option<Duration>,
}

impl RecordingOptions {
    /// Parses the options.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if a value cannot be parsed, or if an option needs a program and there is none.
    pub fn parse(values: &OptionValues<'_>) -> Result<RecordingOptions> {
        let save_on = values.save_on.map(SaveOn::parse).transpose()?;
        let start_on = values.start_on.map(log_words).transpose()?;
        if !values.runs_program && (start_on.is_some() || save_on.as_ref().is_some_and(SaveOn::needs_a_program)) {
            return Err(Error::new(
                ErrorKind::Invalid,
                "--start-on, --save-on exit and --save-on log: need a program, because they watch its log or its exit code",
            )
            .hint("name the program after --, or leave the option out"));
        }
        let kept = values.keep.map(keep::parse_keep).transpose()?.unwrap_or_default();
        Ok(RecordingOptions {
            save_on,
            start_on,
            looks: values.redact_looks.map_or(Ok(Looks::ALL), looks)?,
            redact: values.redact.iter().map(|rule| PathRule::parse(rule)).collect::<Result<_>>()?,
            limits: keep::limits(kept, values.max_operations),
            rotate: values.rotate.map(keep::parse_rotate).transpose()?,
        })
    }

    /// The pattern of `--save-on log:REGEX`.
    #[must_use]
    pub fn save_on_log(&self) -> Option<Regex> {
        match &self.save_on {
            Some(SaveOn::Log(pattern)) => Some(pattern.clone()),
            _ => None,
        }
    }
}

fn looks(list: &str) -> Result<Looks> {
    Looks::parse(list).map_err(|word| {
        Error::new(ErrorKind::Invalid, format!("{word:?} is no group of texts that look like secrets"))
            .hint(format!("--redact-looks takes all, none, or several of {}", Looks::NAMES.join(",")))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{OptionValues, RecordingOptions};
    use crate::keeping::{Decision, Watch};
    use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
    use kuberewind_model::{
        Duration, Event, History, KindRef, NewOperation, Seq, SessionState, Sink, SinkStage as _, Target, Timestamp, Verb,
    };

    const START: Timestamp = Timestamp(1_770_200_000_000_000_000);
    /// The time between two calls.
    const INTERVAL: Duration = Duration(10_000_000_000);

    fn call(number: u64) -> Event {
        let kind = KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() };
        let at = Timestamp(START.0 + i64::try_from(number * INTERVAL.0).unwrap());
        Event::Operation(Box::new(NewOperation::done(at, "op", Verb::Get, Target::object(kind, "shop", "checkout"))))
    }

    /// Records three hours of calls, timed by the events. Returns the numbers and times that the file still holds.
    fn three_hours(keep: Option<&str>, keep_decided_at: Option<u64>) -> Vec<(Seq, Timestamp)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let values =
            OptionValues { keep, save_on: keep_decided_at.map(|_| "error"), runs_program: true, ..OptionValues::default() };
        let options = RecordingOptions::parse(&values).unwrap();
        let decision = Arc::new(Decision::default());
        let session = NewSession { limits: options.limits, ..NewSession::new("s1", START, 7) };
        let writer = SessionWriter::begin(&file, session).unwrap();
        let mut sink = Watch::new(Arc::clone(&decision), false).before(writer);
        for number in 1..=1_080 {
            if keep_decided_at == Some(number) {
                decision.keep("the test asks for it");
            }
            sink.take(call(number)).unwrap();
        }
        Box::new(sink).close().unwrap();
        let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
        let session = recording.sessions().unwrap().remove(0);
        assert_eq!((session.state, session.last), (SessionState::Closed, Seq(1_080)), "numbers stay");
        let lineage = recording.lineage(session.no).unwrap();
        let left = recording.operations(&lineage, Seq(1)..=Seq::MAX, 2_000).unwrap();
        assert_eq!(left.len() as u64, session.operations);
        left.iter().map(|operation| (operation.seq, operation.at)).collect()
    }

    #[test]
    fn the_last_hour_is_kept_and_at_most_one_segment_more() {
        let left = three_hours(Some("1h"), None);
        let (first, last) = (left[0], left[left.len() - 1]);
        let kept = last.1.since(first.1);
        let (hour, segment) = (Duration(3_600_000_000_000), Duration(450_000_000_000));
        assert!(kept >= hour, "the whole hour: {} s", kept.as_millis() / 1_000);
        assert!(kept.0 <= hour.0 + segment.0 + INTERVAL.0, "at most one segment more: {} s", kept.as_millis() / 1_000);
        assert_eq!(first.0.0 + left.len() as u64 - 1, last.0.0, "no gaps");
        assert_eq!(three_hours(None, None).len(), 1_080, "without --keep everything stays");
        assert!(three_hours(Some("1h,100"), None).len() < 300, "the smallest of several limits applies");
    }

    #[test]
    fn nothing_is_dropped_after_the_decision_to_keep() {
        let left = three_hours(Some("1h"), Some(700));
        let before = left.iter().filter(|(seq, _)| seq.0 < 700).count();
        assert!((360..=407).contains(&before), "the hour before the decision: {before} calls");
    }
}
