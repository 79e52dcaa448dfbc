//! Opening what the command line means.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::progress::Progress;
use crate::cli::{Paths, Target, output, random};
use crate::formats::{self, CachedRecording};
use crate::session::{OpenRecording, Source};
use kuberewind_file::{OpenOptions, Recording, is_being_written};
use kuberewind_model::{Error, ErrorKind, MomentSpec, Result, SessionState};

/// How often is looked whether a recording that is being written has got a session.
const EVERY: Duration = Duration::from_millis(20);
/// How often is looked whether a session that is being written has grown.
const FOLLOWED_EVERY: Duration = Duration::from_millis(50);

/// Opens a recording, or what can be read as one. What a person should know of how it was opened goes to stderr.
///
/// # Errors
/// What is wrong with the file, and what to do.
pub fn source(path: &Path) -> Result<Box<dyn Source>> {
    let recording = quietly(path)?;
    let remark = recording.recording()?.remark;
    if !remark.is_empty() {
        output::note(&remark);
    }
    Ok(recording)
}

/// As [`source`], for the debugger, which shows the remark itself.
///
/// # Errors
/// As [`source`].
pub fn quietly(path: &Path) -> Result<Box<dyn Source>> {
    match Recording::open(path, &options()?) {
        Err(error) if error.kind() == ErrorKind::NotARecording => {
            let opened = foreign(path, error)?;
            let remark = format!("converted from {}, {}", opened.importer.what, path.display());
            Ok(Box::new(Recording::open(&opened.recording, &options()?)?.with_remark(remark)))
        }
        opened => Ok(Box::new(opened?)),
    }
}

/// The recording that a path stands for, for those who read the file itself: what is none is converted.
///
/// # Errors
/// As [`source`].
pub fn recording_of(path: &Path) -> Result<PathBuf> {
    match Recording::open(path, &options()?) {
        Err(error) if error.kind() == ErrorKind::NotARecording => Ok(foreign(path, error)?.recording),
        // What else is wrong with it is told by those who read it.
        _ => Ok(path.to_owned()),
    }
}

/// The recording made of another format. `error` says that the file itself is none.
fn foreign(path: &Path, error: Error) -> Result<CachedRecording> {
    let something = std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0);
    if !something {
        return Err(error);
    }
    convert(path, &Paths::find()?.cache, &mut Progress::of("converting")?)
}

fn convert(path: &Path, cache: &Path, progress: &mut Progress) -> Result<CachedRecording> {
    let opened = formats::open_cached(path, cache, random::key()?, &mut |at| {
        let (done, of) = at.share();
        progress.tell(done, of)
    });
    progress.or_interrupted(opened)
}

/// Where a reader may put what cannot lie in the recording.
///
/// # Errors
/// Where the user has no home folder.
pub fn options() -> Result<OpenOptions> {
    let paths = Paths::find()?;
    Ok(OpenOptions { state: Some(paths.state), cache: Some(paths.cache) })
}

/// At the named session, or the newest: for those who look at one thing after the other.
///
/// # Errors
/// As [`source`], and where there is no such session.
pub fn newest_session(target: &Target) -> Result<OpenRecording> {
    OpenRecording::new(source(&target.path)?, target.session.as_deref())
}

/// At the named session, the one that the moment names, or the only one: for questions, where the answer depends on it.
///
/// # Errors
/// As [`source`], and where there are several sessions and none is named: which ones there are.
pub fn one_session(target: &Target, moment: Option<&str>) -> Result<OpenRecording> {
    one_session_of(source(&target.path)?, target, moment)
}

/// As [`one_session`], of what is open already.
///
/// # Errors
/// As [`one_session`].
pub fn one_session_of(source: Box<dyn Source>, target: &Target, moment: Option<&str>) -> Result<OpenRecording> {
    let in_moment = moment.and_then(|text| MomentSpec::parse(text).ok()).and_then(|spec| session_of(&*source, &spec));
    let wanted = target.session.clone().or(in_moment);
    if wanted.is_none() {
        let names: Vec<String> = source.sessions()?.into_iter().map(|session| session.session_id).collect();
        if names.len() > 1 {
            let step = format!("{} holds {} sessions, and none is named", target.path.display(), names.len());
            return Err(Error::new(ErrorKind::Invalid, step).hint(format!("add --session with one of {}", names.join(", "))));
        }
    }
    OpenRecording::new(source, wanted.as_deref())
}

/// Waits until a session has begun in a recording that somebody has just started to write: for those who follow it.
/// `stopped` ends the waiting; says whether it did not.
///
/// # Errors
/// When the recording cannot be read.
pub fn await_a_session(source: &dyn Source, path: &Path, stopped: &dyn Fn() -> bool) -> Result<bool> {
    loop {
        // Asked first: a writer that begins a session and ends in between has begun one.
        let written = is_being_written(path);
        if !source.sessions()?.is_empty() || !written {
            return Ok(true);
        }
        if stopped() {
            return Ok(false);
        }
        std::thread::sleep(EVERY);
    }
}

/// Follows a session that grows: `see` looks at it as it is, and again whenever it may have grown, until it gives something
/// or the session has ended. Gives what `see` gave, if it did; what was written before the end is always seen.
///
/// # Errors
/// When the recording cannot be read, and what `see` says.
pub fn follow<T>(recording: &mut OpenRecording, mut see: impl FnMut(&OpenRecording) -> Result<Option<T>>) -> Result<Option<T>> {
    loop {
        recording.refresh()?;
        // What was written before the end is seen with it.
        let ended = recording.session().state != SessionState::Open;
        let given = see(recording)?;
        if given.is_some() || ended {
            return Ok(given);
        }
        std::thread::sleep(FOLLOWED_EVERY);
    }
}

/// The session that a moment names, by itself or by its bookmark.
fn session_of(source: &dyn Source, spec: &MomentSpec) -> Option<String> {
    if spec.session.is_some() {
        return spec.session.clone();
    }
    let kuberewind_model::Anchor::Bookmark(name) = &spec.at else { return None };
    let no = source.bookmarks().ok()?.into_iter().find(|bookmark| bookmark.name == *name)?.session;
    source.sessions().ok()?.into_iter().find(|session| session.no == no).map(|session| session.session_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit;
    use crate::cli::progress::INTERRUPTED;

    #[test]
    fn ctrl_c_while_a_file_is_converted_ends_the_program_as_it_ends_every_other() {
        let folder = tempfile::tempdir().unwrap();
        let (file, cache) = (folder.path().join("audit.log"), folder.path().join("cache"));
        let event = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","stage":"ResponseComplete",
            "requestURI":"/api/v1/namespaces/shop/pods/p","verb":"get","user":{"username":"admin"},
            "stageTimestamp":"2026-03-01T10:00:00.250000Z"}"#;
        std::fs::write(&file, event.replace('\n', "")).unwrap();
        let mut progress = Progress::of("converting").unwrap();
        signal_hook::low_level::raise(signal_hook::consts::SIGINT).unwrap();
        let error = convert(&file, &cache, &mut progress).map(|opened| opened.recording).unwrap_err();
        assert_eq!(exit::quietly(&error), Some(INTERRUPTED));
        assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 0, "nothing half made is left");
        drop(progress);
        // What is asked next has not been interrupted.
        assert!(!Progress::of("again").unwrap().is_stopped());
        assert!(convert(&file, &cache, &mut Progress::of("again").unwrap()).unwrap().recording.exists());
    }
}
