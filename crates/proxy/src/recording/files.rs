//! The file or files that a recording is written to.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::file_name;
use super::options::RecordingOptions;
use crate::keeping::{Decision, SaveOn, Watch};
use crate::loops::LoopWatch;
use crate::reconciles::ReconcileStage;
use crate::rotation::{Begin, CleanEarlier, Rotation};
use kuberewind_file::{Branch, NewSession, SessionWriter, clean};
use kuberewind_model::SinkStage as _;
use kuberewind_model::{Origin, Result, Sink, Timestamp};

/// The recording to write.
#[derive(Clone, Copy)]
pub struct NewRecording<'a> {
    /// The file. `--rotate` adds the time to its name; so does `--save-on` if the file exists.
    pub output: &'a Path,
    pub session_id: &'a str,
    pub cluster: &'a str,
    /// The program that the recorder runs, empty for none. Its calls count as an operator's from the first one on.
    pub program: &'a str,
    pub start: Timestamp,
    /// Draws the id of a file.
    pub new_id: fn() -> Result<u128>,
    /// Shows a message to the user.
    pub notify: fn(&str),
    /// The moment of a session of the same file at which a rerun begins; `None` for a recording.
    pub branch: Option<Branch>,
}

/// The open files of a recording.
pub struct RecordingFiles {
    pub sink: Box<dyn Sink>,
    /// The file; with `--rotate` the first one.
    pub file: PathBuf,
    /// The detectors of `--save-on loop`.
    pub loops: Option<LoopWatch>,
}

impl RecordingFiles {
    /// Creates the file and begins the session. `decision` records that the recording is to be kept.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn begin(new: NewRecording<'_>, options: &RecordingOptions, decision: &Arc<Decision>) -> Result<RecordingFiles> {
        let mut session = NewSession::new(new.session_id, new.start, (new.new_id)()?);
        session.cluster = new.cluster.to_owned();
        session.limits = options.limits;
        session.branch = new.branch;
        session.origin = if new.branch.is_some() { Origin::Rerun } else { Origin::Recorded };
        // `--save-on` may delete the file at the end, so it never writes into an existing one.
        let add_time = options.rotate.is_some() || (options.save_on.is_some() && new.output.exists());
        let file = if add_time { file_name::with_start(new.output, new.start)? } else { new.output.to_owned() };
        if add_time {
            (new.notify)(&format!("recording into {}", file.display()));
        }
        let writer = SessionWriter::begin(&file, session.clone())?;
        let loops = match options.save_on {
            Some(SaveOn::Loop) => Some(LoopWatch::start(&file, writer.session(), decision.clone())?),
            _ => None,
        };
        let sink: Box<dyn Sink> = match options.rotate {
            Some(every) => {
                let earlier = Arc::new(Mutex::new(vec![file.clone()]));
                let begin = next_file(new, session, earlier.clone());
                let mut files = Rotation::start(writer, new.start, every, begin, Box::new(new.notify));
                files.first().clean_with(cleaner_of(earlier));
                Box::new(ReconcileStage::expecting(new.program).before(files))
            }
            None => {
                let keep_failures = matches!(options.save_on, Some(SaveOn::Error));
                let ring = Watch::new(Arc::clone(decision), keep_failures).before(writer);
                Box::new(ReconcileStage::expecting(new.program).before(ring))
            }
        };
        Ok(RecordingFiles { sink, file, loops })
    }
}

/// The files of a session, the newest last.
type Files = Arc<Mutex<Vec<PathBuf>>>;

/// Returns the function that begins each further file of a session.
fn next_file(new: NewRecording<'_>, session: NewSession, files: Files) -> Begin<SessionWriter> {
    let (output, new_id, notify) = (new.output.to_owned(), new.new_id, new.notify);
    Box::new(move |start, first| {
        let file = file_name::with_start(&output, start)?;
        let session = NewSession { start, first, recording_id: new_id()?, ..session.clone() };
        let writer = SessionWriter::begin(&file, session)?;
        notify(&format!("recording continues in {}", file.display()));
        files.lock().unwrap_or_else(PoisonError::into_inner).push(file);
        Ok(writer)
    })
}

/// Returns the function that cleans all files but the newest. One that is gone has nothing to clean.
fn cleaner_of(files: Files) -> CleanEarlier {
    Box::new(move |cleaner| {
        let files = files.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = files.split_last().map_or(&[][..], |(_, earlier)| earlier);
        let mut done = Ok(());
        for file in earlier.iter().filter(|file| file.exists()) {
            done = clean(file, cleaner).and(done);
        }
        done
    })
}
