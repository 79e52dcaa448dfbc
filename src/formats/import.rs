//! `import`: converts files into a new recording.

use std::fs;
use std::path::{Path, PathBuf};

use super::import_job::{ImportJob, ImportStats};
use super::import_session::NewImport;
use super::importers::{IMPORTERS, Importer, recognise};
use super::progress::{OnProgress, ProgressReporter};
use super::source::Source;
use kuberewind_model::redact::PathRule;
use kuberewind_model::{Error, ErrorKind, Result};

/// Files per import.
const FILES: usize = 10_000;

#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The recording. It must not exist.
    pub output: PathBuf,
    /// The session's name [default: the first file's name].
    pub session: Option<String>,
    /// The recording's id.
    pub recording_id: u128,
    /// The random key that hashes secrets. It is never stored.
    pub key: [u8; 32],
    /// Additional secret paths.
    pub rules: Vec<PathRule>,
}

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The formats of the files, for example `Kubernetes audit events`.
    pub read_as: Vec<&'static str>,
    /// Records that were read.
    pub records: u64,
    /// Operations in the recording.
    pub operations: u64,
    /// Records that could not be read. The recording has gaps in their places.
    pub unreadable: u64,
    /// The first unreadable record: file, line and reason.
    pub first_unreadable: Option<String>,
}

/// Imports files into a new recording. Files of one format become one session, in order of time. The recording gets its name
/// when it is complete.
///
/// # Errors
/// The recording exists or cannot be written, or a file cannot be read, is not recognised or has no readable record.
pub fn import(files: &[PathBuf], options: &ImportOptions, on_progress: &mut OnProgress<'_>) -> Result<Imported> {
    let output = &options.output;
    if output.symlink_metadata().is_ok() {
        return Err(Error::new(ErrorKind::Invalid, format!("{} exists already", output.display()))
            .hint("an import creates a new recording: choose another file with -o"));
    }
    if files.len() > FILES {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("{} files are too many; at most {FILES} are imported at once", files.len()),
        ));
    }
    let part = detail_of(output, &format!(".{}.part", std::process::id()));
    let done = into(files, options, &part, &mut ProgressReporter(on_progress)).and_then(|imported| {
        fs::rename(&part, output).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot move the recording to {}", output.display())).because(error)
        })?;
        Ok(imported)
    });
    if done.is_err() {
        for ending in ["", "-wal", "-shm", "-journal", "-lock"] {
            // The error of the import matters more than one of the cleanup.
            drop(fs::remove_file(detail_of(&part, ending)));
        }
    }
    done
}

/// Imports files into the recording `output`, which may stay incomplete on failure.
pub(super) fn into(
    files: &[PathBuf],
    options: &ImportOptions,
    output: &Path,
    progress: &mut ProgressReporter<'_>,
) -> Result<Imported> {
    let folder = match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut groups: Vec<(&Importer, Vec<Source>)> = Vec::new();
    for path in files {
        let source = Source::open(path, &folder, progress)?;
        let importer = recognise(&source.sample()?).ok_or_else(|| not_recognised(path))?;
        match groups.iter_mut().find(|(known, _)| known.name == importer.name) {
            Some((_, sources)) => sources.push(source),
            None => groups.push((importer, vec![source])),
        }
    }
    let mut stats = ImportStats::default();
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
        let job = ImportJob { sources, folder: folder.clone(), output: output.to_owned(), import };
        (importer.import)(&job, &mut stats, progress)?;
    }
    let ImportStats { records, operations, unreadable, first_unreadable } = stats;
    Ok(Imported { read_as, records, operations, unreadable, first_unreadable })
}

/// The error for a file that no importer recognises.
pub(super) fn not_recognised(path: &Path) -> Error {
    let tried: Vec<&str> = IMPORTERS.iter().map(|importer| importer.what).collect();
    Error::new(
        ErrorKind::NotARecording,
        format!("{} is neither a recording nor in a format that can be imported", path.display()),
    )
    .hint(format!("formats that were tried: {}", tried.join(", ")))
}

/// The first file's name without its extensions.
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

fn detail_of(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
