//! Opens recordings, and files that can be converted to one.

use std::path::{Path, PathBuf};

use crate::cli::output;
use crate::cli::paths::Paths;
use crate::cli::progress::Progress;
use crate::cli::random;
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_formats::CachedRecording;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_session::Source;

/// Opens a recording and prints a remark about how it was opened (for example a conversion) to stderr.
pub fn open(path: &Path) -> Result<Box<dyn Source>> {
    let source = open_quietly(path)?;
    let remark = source.recording()?.remark;
    if !remark.is_empty() {
        output::note(&remark);
    }
    Ok(source)
}

/// Opens a recording without printing its remark. The debugger shows the remark itself.
pub fn open_quietly(path: &Path) -> Result<Box<dyn Source>> {
    match open_recording(path) {
        Err(error) if error.kind() == ErrorKind::NotARecording => {
            let opened = convert_to_cache(path, error)?;
            let remark = format!("converted from {}, {}", opened.importer.what, path.display());
            Ok(Box::new(Recording::open(&opened.recording, &open_options()?)?.with_remark(remark)))
        }
        opened => Ok(Box::new(opened?)),
    }
}

/// Returns the SQLite file behind a path: the file itself, or the recording that it was converted to.
pub fn recording_path(path: &Path) -> Result<PathBuf> {
    match open_recording(path) {
        Err(error) if error.kind() == ErrorKind::NotARecording => Ok(convert_to_cache(path, error)?.recording),
        // The caller reads the file and reports other errors.
        _ => Ok(path.to_owned()),
    }
}

fn open_recording(path: &Path) -> Result<Recording> {
    if path.is_dir() {
        return Err(Error::new(ErrorKind::NotARecording, format!("{} is a folder", path.display())));
    }
    Recording::open(path, &open_options()?)
}

/// A recording, or a file that was converted to one.
pub enum Opened {
    Recording(PathBuf),
    Foreign(CachedRecording),
}

/// Returns the SQLite file behind a path, and how it came to be.
pub fn opened(path: &Path) -> Result<Opened> {
    match open_recording(path) {
        Err(error) if error.kind() == ErrorKind::NotARecording => convert_to_cache(path, error).map(Opened::Foreign),
        // The caller reads the file and reports other errors.
        _ => Ok(Opened::Recording(path.to_owned())),
    }
}

/// Converts a file of another format to a recording in the cache. `not_a_recording` is the error of opening it, returned if the
/// file is empty or no file.
fn convert_to_cache(path: &Path, not_a_recording: Error) -> Result<CachedRecording> {
    let has_content = std::fs::metadata(path).is_ok_and(|found| found.is_dir() || (found.is_file() && found.len() > 0));
    if !has_content {
        return Err(not_a_recording);
    }
    convert(path, &Paths::find()?.cache, &mut Progress::start("converting")?)
}

fn convert(path: &Path, cache: &Path, progress: &mut Progress) -> Result<CachedRecording> {
    let opened = kuberewind_formats::open_cached(path, cache, random::key()?, &mut |at| {
        let (done, total) = at.share();
        progress.update(done, total)
    });
    progress.mark_interrupted(opened)
}

/// Returns the folders for data that a reader cannot store in the recording.
pub fn open_options() -> Result<OpenOptions> {
    let paths = Paths::find()?;
    Ok(OpenOptions { state: Some(paths.state), cache: Some(paths.cache) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::{self, Exit};

    #[test]
    fn ctrl_c_during_a_conversion_exits_with_130() {
        let folder = tempfile::tempdir().unwrap();
        let (file, cache) = (folder.path().join("audit.log"), folder.path().join("cache"));
        let event = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","stage":"ResponseComplete",
            "requestURI":"/api/v1/namespaces/shop/pods/p","verb":"get","user":{"username":"admin"},
            "stageTimestamp":"2026-03-01T10:00:00.250000Z"}"#;
        std::fs::write(&file, event.replace('\n', "")).unwrap();
        let mut progress = Progress::start("converting").unwrap();
        signal_hook::low_level::raise(signal_hook::consts::SIGINT).unwrap();
        let error = convert(&file, &cache, &mut progress).map(|opened| opened.recording).unwrap_err();
        assert_eq!(exit::quiet_exit(&error), Some(Exit::INTERRUPTED));
        assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 0, "no partial file remains");
        drop(progress);
        // The next command is not interrupted.
        assert!(!Progress::start("again").unwrap().is_interrupted());
        assert!(convert(&file, &cache, &mut Progress::start("again").unwrap()).unwrap().recording.exists());
    }
}
