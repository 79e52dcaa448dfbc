//! What is to be recorded, when, and whether it is kept.

use std::path::Path;
use std::sync::Arc;

use regex::Regex;

use crate::cli::args::RecordArgs;
use crate::cli::{keep, output};
use crate::proxy::keeping::{Decision, SaveOn, log_words};
use kuberewind_file::WriterLimits;
use kuberewind_model::redact::PathRule;
use kuberewind_model::{Duration, Error, ErrorKind, Result};

/// The options, read.
pub struct Wishes {
    /// What asks to keep the recording; `None` where it is kept in any case.
    pub save_on: Option<SaveOn>,
    /// Whether something has asked.
    pub decision: Arc<Decision>,
    /// Recording begins with a line like this.
    pub start: Option<Regex>,
    /// What is secret besides what always is.
    pub rules: Vec<PathRule>,
    /// How much is kept.
    pub limits: WriterLimits,
    /// How long a file is; `None` for one file.
    pub rotate: Option<Duration>,
}

impl Wishes {
    /// Reads them.
    ///
    /// # Errors
    /// What is not understood, or cannot be had together.
    pub fn read(args: &RecordArgs) -> Result<Wishes> {
        let save_on = args.save_on.as_deref().map(SaveOn::parse).transpose()?;
        let start = args.start_on.as_deref().map(log_words).transpose()?;
        if args.command.is_empty() && (start.is_some() || save_on.as_ref().is_some_and(SaveOn::needs_a_program)) {
            return Err(Error::new(ErrorKind::Invalid, "--start-on, --save-on exit and --save-on log: wait for a program")
                .hint("name one after --, or leave them out"));
        }
        let kept = args.keep.as_deref().map(keep::parse).transpose()?.unwrap_or_default();
        Ok(Wishes {
            save_on,
            decision: Arc::new(Decision::telling(|why| output::note(&format!("the recording will be kept: {why}")))),
            start,
            rules: args.redact.iter().map(|rule| PathRule::parse(rule)).collect::<Result<_>>()?,
            limits: keep::limits(kept, args.max_operations),
            rotate: args.rotate.as_deref().map(keep::duration).transpose()?,
        })
    }

    /// The words for which the recording is kept.
    pub fn words(&self) -> Option<Regex> {
        match &self.save_on {
            Some(SaveOn::Log(words)) => Some(words.clone()),
            _ => None,
        }
    }
}

/// The end: a recording that nothing asked to keep is removed. In doubt it stays.
pub fn settle(save_on: Option<&SaveOn>, decision: &Decision, code: u8, looked: Result<()>, file: &Path) -> Result<()> {
    let Some(save_on) = save_on else { return Ok(()) };
    if matches!(save_on, SaveOn::Exit) && code != 0 {
        decision.keep("the program failed");
    }
    if let Err(error) = looked {
        decision.keep(&format!("it could not be searched for loops: {}", error.chain()));
    }
    if decision.is_to_keep() {
        return Ok(());
    }
    let failed = |error| {
        Error::new(ErrorKind::Io, format!("cannot remove the recording that nothing asked to keep, {}", file.display()))
            .because(error)
    };
    std::fs::remove_file(file).map_err(failed)?;
    // These are there only where a reader still holds the file.
    for beside in ["-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(beside);
        std::fs::remove_file(name).ok();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::Parser;

    use super::Wishes;
    use crate::cli::args::{Cli, Command};
    use crate::proxy::keeping::Watch;
    use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
    use kuberewind_model::{
        Duration, Event, History, KindRef, NewOperation, Seq, SessionState, Sink, SinkStage as _, Target, Timestamp, Verb,
    };

    const START: Timestamp = Timestamp(1_770_200_000_000_000_000);
    /// A call every ten seconds.
    const BEAT: Duration = Duration(10_000_000_000);

    fn wishes(options: &[&str]) -> Wishes {
        let words = ["kuberewind", "record"].iter().chain(options).chain(&["--", "./manager"]);
        let Some(Command::Record(args)) = Cli::parse_from(words).command else { panic!("no recording is asked for") };
        Wishes::read(&args).unwrap()
    }

    fn call(number: u64) -> Event {
        let kind = KindRef { group: "apps".into(), version: "v1".into(), resource: "deployments".into() };
        let at = Timestamp(START.0 + i64::try_from(number * BEAT.0).unwrap());
        Event::Operation(Box::new(NewOperation::done(at, "op", Verb::Get, Target::object(kind, "shop", "checkout"))))
    }

    /// Three hours; the clock is the events' own. Gives the numbers and times that are left.
    fn three_hours(options: &[&str], reason_after: Option<u64>) -> Vec<(Seq, Timestamp)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let wishes = wishes(options);
        let session = NewSession { limits: wishes.limits, ..NewSession::new("s1", START, 7) };
        let writer = SessionWriter::begin(&file, session).unwrap();
        let mut sink = Watch::new(Arc::clone(&wishes.decision), false).before(writer);
        for number in 1..=1_080 {
            if reason_after == Some(number) {
                wishes.decision.keep("somebody asked for it");
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
    fn the_last_hour_is_kept_and_little_more() {
        let left = three_hours(&["--keep", "1h"], None);
        let (first, last) = (left[0], left[left.len() - 1]);
        let kept = last.1.since(first.1);
        let (hour, segment) = (Duration(3_600_000_000_000), Duration(450_000_000_000));
        assert!(kept >= hour, "all of the hour: {} s", kept.as_millis() / 1_000);
        assert!(kept.0 <= hour.0 + segment.0 + BEAT.0, "no more than a segment beyond it: {} s", kept.as_millis() / 1_000);
        assert_eq!(first.0.0 + left.len() as u64 - 1, last.0.0, "without a hole");
        assert_eq!(three_hours(&[], None).len(), 1_080, "who asks for nothing keeps everything");
        assert!(three_hours(&["--keep", "1h,100"], None).len() < 300, "of several bounds the least holds");
    }

    #[test]
    fn from_the_reason_on_nothing_is_dropped() {
        let left = three_hours(&["--keep", "1h", "--save-on", "error"], Some(700));
        let before = left.iter().filter(|(seq, _)| seq.0 < 700).count();
        assert!((360..=407).contains(&before), "the hour before it: {before} calls");
    }
}
