//! One run of an importer: what goes in, where it goes, what came of it.

use std::path::PathBuf;

use super::player::NewImport;
use super::source::Source;
use kuberewind_model::{Error, ErrorKind};

/// What an importer is given.
pub(super) struct Work {
    /// The files, which become one session.
    pub(super) sources: Vec<Source>,
    /// Where temporary files may lie.
    pub(super) folder: PathBuf,
    /// The recording.
    pub(super) output: PathBuf,
    /// The session.
    pub(super) import: NewImport,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Records that were read.
    pub(super) records: u64,
    /// Operations that were written.
    pub(super) operations: u64,
    /// Records that could not be read.
    pub(super) unreadable: u64,
    /// The first of them: file, line, why.
    pub(super) first_unreadable: Option<String>,
}

impl Tally {
    /// A record could not be read.
    pub(super) fn unreadable(&mut self, source: &Source, line: u64, why: &str) {
        self.unreadable = self.unreadable.saturating_add(1);
        self.first_unreadable.get_or_insert_with(|| format!("line {line} of {}: {why}", source.path.display()));
    }

    /// The error of files of which nothing could be read.
    pub(super) fn nothing(&self, work: &Work) -> Error {
        let names: Vec<String> = work.sources.iter().map(|source| source.path.display().to_string()).collect();
        let error = Error::new(ErrorKind::Invalid, format!("no record of {} could be read", names.join(", ")));
        match &self.first_unreadable {
            Some(why) => error.because(why.clone()),
            None => error,
        }
    }
}
