//! The file or files that are written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::wishes::Wishes;
use crate::cli::args::RecordArgs;
use crate::cli::{output, random};
use crate::proxy::Prepared;
use crate::proxy::child::program::recorded_words;
use crate::proxy::keeping::{SaveOn, Watch};
use crate::proxy::loops::LoopWatch;
use crate::proxy::reconciles::ReconcileStage;
use crate::proxy::rotation::Rotation;
use kuberewind_file::{NewSession, SessionWriter};
use kuberewind_model::SinkStage as _;
use kuberewind_model::{Clock, Error, ErrorKind, Result, Sink, Timestamp};

/// Files of the same second that are told apart.
const MOST_ALIKE: u32 = 1_000;

/// Where a session is written.
pub struct Written {
    /// Into this.
    pub sink: Box<dyn Sink>,
    /// The file; with `--rotate` the first one.
    pub file: PathBuf,
    /// The detectors that look on.
    pub loops: Option<LoopWatch>,
}

impl Written {
    /// Begins the session.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn begin(args: &RecordArgs, wishes: &Wishes, prepared: &Prepared, clock: &dyn Clock) -> Result<Written> {
        let start = clock.now();
        let mut session = NewSession::new(session_name(args, prepared, start), start, random::id()?);
        session.cluster = prepared.cluster().to_owned();
        session.limits = wishes.limits;
        // With --save-on there is a new file or none: a recording that is there already is left alone.
        let stamp = wishes.rotate.is_some() || (wishes.save_on.is_some() && args.output.exists());
        let file = if stamp { stamped(&args.output, start)? } else { args.output.clone() };
        if stamp {
            output::note(&format!("recording into {}", file.display()));
        }
        let writer = SessionWriter::begin(&file, session.clone())?;
        let loops = match wishes.save_on {
            Some(SaveOn::Loop) => Some(LoopWatch::start(&file, writer.session(), wishes.decision.clone())?),
            _ => None,
        };
        let failures = matches!(wishes.save_on, Some(SaveOn::Error));
        // Without a program nobody is expected to be an operator before it has shown itself as one.
        let program = if args.command.is_empty() { "".into() } else { prepared.process() };
        let sink: Box<dyn Sink> = match wishes.rotate {
            Some(every) => {
                let next = next_file(args.output.clone(), session);
                let files = Rotation::start(writer, start, every, next, Box::new(output::note));
                Box::new(ReconcileStage::expecting(&program).before(files))
            }
            None => {
                let ring = Watch::new(Arc::clone(&wishes.decision), failures).before(writer);
                Box::new(ReconcileStage::expecting(&program).before(ring))
            }
        };
        Ok(Written { sink, file, loops })
    }
}

/// Begins the further files of a session.
fn next_file(output: PathBuf, session: NewSession) -> crate::proxy::rotation::Begin<SessionWriter> {
    Box::new(move |start, first| {
        let file = stamped(&output, start)?;
        let session = NewSession { start, first, recording_id: random::id()?, ..session.clone() };
        let writer = SessionWriter::begin(&file, session)?;
        output::note(&format!("recording goes on in {}", file.display()));
        Ok(writer)
    })
}

fn session_name(args: &RecordArgs, prepared: &Prepared, start: Timestamp) -> String {
    let words = recorded_words(&args.command);
    let named = words.first().cloned().unwrap_or_else(|| prepared.process().to_string());
    args.session.clone().unwrap_or_else(|| format!("{named}-{}", start.rfc3339(3)))
}

/// `run-20261127T081500Z.db` for `run.db`: by name is by time. A further file of the same second gets a number.
///
/// # Errors
/// Where a thousand of them are there already.
fn stamped(output: &Path, start: Timestamp) -> Result<PathBuf> {
    let time: String = start.rfc3339(0).chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let stem = output.file_stem().unwrap_or_default().to_string_lossy();
    let ending = output.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    let name = |number: u32| match number {
        1 => format!("{stem}-{time}{ending}"),
        _ => format!("{stem}-{time}-{number}{ending}"),
    };
    (1..=MOST_ALIKE).map(|number| output.with_file_name(name(number))).find(|file| !file.exists()).ok_or_else(|| {
        Error::new(ErrorKind::Invalid, format!("{} and {MOST_ALIKE} like it are there already", name(1)))
            .hint("choose another name with -o")
    })
}

#[cfg(test)]
mod tests {
    use super::stamped;
    use kuberewind_model::Timestamp;

    #[test]
    fn names_sort_by_time_and_never_meet_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let start = Timestamp(1_770_200_000_123_456_789);
        let first = stamped(&folder.path().join("run.db"), start).unwrap();
        assert_eq!(first.file_name().unwrap(), "run-20260204T101320Z.db");
        std::fs::write(&first, "").unwrap();
        let second = stamped(&folder.path().join("run.db"), start).unwrap();
        assert_eq!(second.file_name().unwrap(), "run-20260204T101320Z-2.db");
    }
}
