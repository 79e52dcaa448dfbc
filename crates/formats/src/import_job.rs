//! The input, the output and the statistics of one import.

use std::path::{Path, PathBuf};

use super::dialects::Dialect;
use super::import_session::NewImport;
use super::input::Source;
use kuberewind_model::{Error, ErrorKind};

/// The input of an importer.
pub(super) struct ImportJob {
    /// The files, which become one session.
    pub(super) sources: Vec<Source>,
    /// Files of folders and archives that cannot be opened: their path, size and the reason.
    pub(super) broken: Vec<(PathBuf, u64, String)>,
    /// The folder of temporary files.
    pub(super) folder: PathBuf,
    pub(super) output: PathBuf,
    pub(super) import: NewImport,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ImportStats {
    /// Records that were read.
    pub(super) records: u64,
    /// Their kinds.
    pub(super) dialects: Vec<Dialect>,
    /// Operations that were written.
    pub(super) operations: u64,
    /// Records that could not be read.
    pub(super) unreadable: u64,
    /// The first unreadable record: file, line and reason.
    pub(super) first_unreadable: Option<String>,
}

impl ImportStats {
    /// Counts an unreadable record.
    pub(super) fn unreadable(&mut self, path: &Path, line: u64, why: &str) {
        self.unreadable = self.unreadable.saturating_add(1);
        self.first_unreadable.get_or_insert_with(|| match line {
            0 => format!("{}: {why}", path.display()),
            _ => format!("line {line} of {}: {why}", path.display()),
        });
    }

    /// The error for files without any readable record.
    pub(super) fn nothing_read(&self, job: &ImportJob) -> Error {
        let names: Vec<String> = job.sources.iter().map(|source| source.path.display().to_string()).collect();
        let error = Error::new(ErrorKind::Invalid, format!("cannot read any record of {}", names.join(", ")));
        match &self.first_unreadable {
            Some(why) => error.because(why.clone()),
            None => error,
        }
    }
}
