//! `import`: converts files into a new recording.

use std::fs;
use std::path::{Path, PathBuf};

use super::import_job::{ImportJob, ImportStats};
use super::import_session::NewImport;
use super::importers::{IMPORTERS, Importer, Input, RECORDING, of_dialect, recognise};
use super::input::{Inputs, Source, expand};
use super::progress::{OnProgress, ProgressReporter};
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
#[derive(Debug, Clone)]
pub struct Imported {
    /// The formats that were read.
    pub importers: Vec<&'static Importer>,
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
    let mut groups = Groups::default();
    for path in files {
        groups.add(path, expand(path, &folder, progress)?)?;
    }
    let mut stats = ImportStats::default();
    let mut read_as = Vec::new();
    let Groups { groups, mut broken } = groups;
    let many = groups.len() > 1;
    let named = session_name(files);
    for (importer, sources) in groups {
        let mut session = options.session.clone().unwrap_or_else(|| named.clone());
        if many {
            session = format!("{session}-{}", importer.name);
        }
        let (recording_id, key, rules) = (options.recording_id, options.key, options.rules.clone());
        let import = NewImport { session, recording_id, key, rules, branch: None };
        let broken = std::mem::take(&mut broken);
        let job = ImportJob { sources, broken, folder: folder.clone(), output: output.to_owned(), import };
        (importer.import)(&job, &mut stats, progress)?;
        match importer.input {
            Input::File(_) => read_as.push(importer),
            Input::Entries => read_as.extend(stats.dialects.drain(..).filter_map(of_dialect)),
        }
    }
    let ImportStats { records, operations, unreadable, first_unreadable, .. } = stats;
    Ok(Imported { importers: read_as, records, operations, unreadable, first_unreadable })
}

/// The files by their importers.
#[derive(Default)]
struct Groups {
    groups: Vec<(&'static Importer, Vec<Source>)>,
    /// Files that are not read: their path, size and the reason.
    broken: Vec<(PathBuf, u64, String)>,
}

impl Groups {
    /// Adds the files of one input. An input without any file that is recognised is an error.
    fn add(&mut self, path: &Path, inputs: Inputs) -> Result<()> {
        let Inputs { sources, broken, many } = inputs;
        let mut any = false;
        let mut read_as = sources.iter().map(|source| Ok(recognise(&source.sample()?))).collect::<Result<Vec<_>>>()?;
        if read_as.iter().flatten().any(|importer| importer.name == RECORDING) {
            // What is beside a recording in its archive describes it.
            read_as.iter_mut().for_each(|importer| *importer = importer.filter(|importer| importer.name == RECORDING));
        }
        for (source, importer) in sources.into_iter().zip(read_as) {
            match importer {
                Some(importer) => {
                    any = true;
                    self.source(importer, source);
                }
                None if many && source.length > 0 => {
                    self.broken.push((source.path, source.length, "it is in no format that is known".into()));
                }
                None => {}
            }
        }
        match broken.first() {
            Some((_, _, why)) if !any => return Err(not_recognised(path).because(why.clone())),
            None if !any => return Err(not_recognised(path)),
            _ => {}
        }
        self.broken.extend(broken);
        Ok(())
    }

    fn source(&mut self, importer: &'static Importer, source: Source) {
        let same = |known: &Importer| {
            known.name == importer.name || (matches!(known.input, Input::Entries) && matches!(importer.input, Input::Entries))
        };
        match self.groups.iter_mut().find(|(known, _)| same(known)) {
            Some((_, sources)) => sources.push(source),
            None => self.groups.push((importer, vec![source])),
        }
    }
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

/// The first input's name without its extensions.
fn session_name(files: &[PathBuf]) -> String {
    let first = files.first().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
    let mut name = first.filter(|name| name != "-").unwrap_or_else(|| "imported".to_owned());
    for ending in [
        ".gz", ".zst", ".bz2", ".tar", ".tgz", ".zip", ".json", ".jsonl", ".log", ".ndjson", ".csv", ".yaml", ".har", ".db",
        ".kshrk",
    ] {
        if let Some(stem) = name.strip_suffix(ending).filter(|stem| !stem.is_empty()) {
            name = stem.to_owned();
        }
    }
    let name = name.replace(char::is_control, "?");
    match files.len() {
        0 | 1 => name,
        many => format!("{name}+{}", many - 1),
    }
}

fn detail_of(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
