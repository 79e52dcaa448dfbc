//! `import`: files in, a new recording out.

use std::fs;
use std::path::{Path, PathBuf};

use super::importers::{IMPORTERS, Importer, recognise};
use super::player::NewImport;
use super::progress::{OnProgress, Watcher};
use super::source::Source;
use super::work::{Tally, Work};
use kuberewind_model::redact::PathRule;
use kuberewind_model::{Error, ErrorKind, Result};

/// Files that one import takes.
const FILES: usize = 10_000;

/// Where an import goes, and how.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The recording. It must not exist.
    pub output: PathBuf,
    /// The session's name; by default the first file's.
    pub session: Option<String>,
    /// 128 bits: the recording's id.
    pub recording_id: u128,
    /// 256 random bits: the key of the hashes that replace secrets. Never stored.
    pub key: [u8; 32],
    /// What is secret beside what always is.
    pub rules: Vec<PathRule>,
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What the files were read as, in words: `Kubernetes audit events`.
    pub read_as: Vec<&'static str>,
    /// Records that were read.
    pub records: u64,
    /// Operations in the recording.
    pub operations: u64,
    /// Records that could not be read. The recording has gaps in their places.
    pub unreadable: u64,
    /// The first of them: file, line, why.
    pub first_unreadable: Option<String>,
}

/// Imports files into a new recording. Those that are read by the same importer become one session, in order of time.
/// The recording appears under its name when it is whole.
///
/// # Errors
/// Where the recording is there already, a file cannot be read or is not recognised, no record of it can be read, or the
/// recording cannot be written.
pub fn import(files: &[PathBuf], options: &ImportOptions, on_progress: &mut OnProgress<'_>) -> Result<Imported> {
    let output = &options.output;
    if output.symlink_metadata().is_ok() {
        return Err(Error::new(ErrorKind::Invalid, format!("{} is there already", output.display()))
            .hint("an import makes a new recording: name another file with -o"));
    }
    if files.len() > FILES {
        return Err(Error::new(ErrorKind::Invalid, format!("{} files are more than {FILES}", files.len())));
    }
    let part = beside(output, &format!(".{}.part", std::process::id()));
    let done = into(files, options, &part, &mut Watcher(on_progress)).and_then(|imported| {
        fs::rename(&part, output).map_err(|error| {
            Error::new(ErrorKind::Io, format!("the recording cannot be put at {}", output.display())).because(error)
        })?;
        Ok(imported)
    });
    if done.is_err() {
        for ending in ["", "-wal", "-shm", "-journal", "-lock"] {
            // What is left of a failed import helps nobody, and the failure is what has to be told.
            drop(fs::remove_file(beside(&part, ending)));
        }
    }
    done
}

/// Imports files into the recording `output`, which need not be whole should this fail.
pub(super) fn into(files: &[PathBuf], options: &ImportOptions, output: &Path, watcher: &mut Watcher<'_>) -> Result<Imported> {
    let folder = match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut groups: Vec<(&Importer, Vec<Source>)> = Vec::new();
    for path in files {
        let source = Source::open(path, &folder, watcher)?;
        let importer = recognise(&source.sample()?).ok_or_else(|| not_recognised(path))?;
        match groups.iter_mut().find(|(known, _)| known.name == importer.name) {
            Some((_, sources)) => sources.push(source),
            None => groups.push((importer, vec![source])),
        }
    }
    let mut tally = Tally::default();
    let mut read_as = Vec::new();
    let many = groups.len() > 1;
    for (importer, sources) in groups {
        read_as.push(importer.what);
        let mut session = options.session.clone().unwrap_or_else(|| session_name(&sources));
        if many {
            session = format!("{session}-{}", importer.name);
        }
        let (recording_id, key, rules) = (options.recording_id, options.key, options.rules.clone());
        let import = NewImport { session, recording_id, key, rules };
        let work = Work { sources, folder: folder.clone(), output: output.to_owned(), import };
        (importer.import)(&work, &mut tally, watcher)?;
    }
    let Tally { records, operations, unreadable, first_unreadable } = tally;
    Ok(Imported { read_as, records, operations, unreadable, first_unreadable })
}

/// The error of a file that nobody recognises: it says what was tried.
pub(super) fn not_recognised(path: &Path) -> Error {
    let tried: Vec<&str> = IMPORTERS.iter().map(|importer| importer.what).collect();
    Error::new(ErrorKind::NotARecording, format!("{} is no recording, and nothing that can be read as one", path.display()))
        .hint(format!("its content was looked at for {}, and is none of these", tried.join(", ")))
}

/// The first file's name without its endings.
fn session_name(sources: &[Source]) -> String {
    let first = sources.first().and_then(|source| source.path.file_name()).map(|name| name.to_string_lossy().into_owned());
    let mut name = first.filter(|name| name != "-").unwrap_or_else(|| "imported".to_owned());
    for ending in [".gz", ".zst", ".json", ".jsonl", ".log", ".ndjson", ".db", ".kshrk"] {
        if let Some(stem) = name.strip_suffix(ending).filter(|stem| !stem.is_empty()) {
            name = stem.to_owned();
        }
    }
    let name = name.replace(char::is_control, "?");
    match sources.len() {
        0 | 1 => name,
        many => format!("{name}+{}", many - 1),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
