//! The line to complete, and the recording that it names.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::quoting;
use crate::cli::invocation::Invocation;
use crate::cli::paths::{DEFAULT_DATABASE, Paths};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_session::Source;

/// The words after the program name. The last one may be incomplete.
pub struct Line {
    words: Vec<OsString>,
}

impl Line {
    /// Reads the line from the arguments that the script or kubectl passed.
    pub fn typed() -> Line {
        let words = quoting::arguments();
        let from = match Invocation::from_name(words.first().map(OsString::as_os_str)) {
            Invocation::PluginCompletion => 1,
            // The script passes the program name again after `--`.
            Invocation::Program | Invocation::Plugin => words.iter().position(|word| word == "--").map_or(1, |at| at + 2),
        };
        Line { words: words.get(from..).unwrap_or_default().to_vec() }
    }

    /// Returns the value of a flag.
    pub fn flag(&self, short: &str, long: &str) -> Option<&str> {
        let words: Vec<&str> = self.words.iter().filter_map(|word| word.to_str()).collect();
        words.iter().enumerate().find_map(|(at, word)| {
            if *word == short || *word == long {
                return words.get(at + 1).copied();
            }
            word.strip_prefix(long)?.strip_prefix('=')
        })
    }

    /// Opens the recording of the line: from the flag, from a word that is a file, else the default one.
    pub fn recording(&self) -> Option<Box<dyn Source>> {
        let flag = self.flag("-d", "--database").map(PathBuf::from);
        let word = || self.words.iter().find_map(|word| file_of(word));
        let variable = || env::var_os("REPLAY_DB_PATH").map(PathBuf::from);
        let path = flag.or_else(word).or_else(variable).unwrap_or_else(|| PathBuf::from(DEFAULT_DATABASE));
        open(&path)
    }
}

/// Returns the file that a word names, with or without a moment after it.
pub fn file_of(word: &OsStr) -> Option<PathBuf> {
    let text = word.to_str()?;
    let before = text.rsplit_once('#').map_or(text, |(file, _)| file);
    [text, before].into_iter().map(Path::new).find(|path| path.is_file()).map(Path::to_owned)
}

/// Opens a recording. Does not convert files of other formats: that would take too long for a completion.
pub fn open(path: &Path) -> Option<Box<dyn Source>> {
    let state = Paths::find().ok().map(|paths| paths.state);
    Recording::open(path, &OpenOptions { cache: None, state }).ok().map(|recording| Box::new(recording) as Box<dyn Source>)
}
