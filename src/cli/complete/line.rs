//! The line that is being completed: which recording it is about.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::cli::Paths;
use crate::cli::called::Called;
use crate::cli::target::DEFAULT_DATABASE;
use crate::session::Source;
use kuberewind_file::{OpenOptions, Recording};

/// The words that were typed, the last of which may be half a word.
pub struct Line {
    words: Vec<OsString>,
}

impl Line {
    /// As the script or kubectl handed it over.
    pub fn now() -> Line {
        let words = super::quoting::words();
        let from = match Called::by(words.first().map(OsString::as_os_str)) {
            Called::PluginCompletion => 1,
            // Behind the dashes stands the program's name again.
            Called::Program | Called::Plugin => words.iter().position(|word| word == "--").map_or(1, |at| at + 2),
        };
        Line { words: words.get(from..).unwrap_or_default().to_vec() }
    }

    /// The value of a flag.
    pub fn flag(&self, short: &str, long: &str) -> Option<&str> {
        let words: Vec<&str> = self.words.iter().filter_map(|word| word.to_str()).collect();
        words.iter().enumerate().find_map(|(at, word)| {
            if *word == short || *word == long {
                return words.get(at + 1).copied();
            }
            word.strip_prefix(long)?.strip_prefix('=')
        })
    }

    /// The recording that it names: by a flag, by a word that is a file, else the one that is meant where none is named.
    pub fn recording(&self) -> Option<Box<dyn Source>> {
        let flag = self.flag("-d", "--database").map(PathBuf::from);
        let word = || self.words.iter().find_map(|word| file_of(word));
        let variable = || env::var_os("REPLAY_DB_PATH").map(PathBuf::from);
        let path = flag.or_else(word).or_else(variable).unwrap_or_else(|| PathBuf::from(DEFAULT_DATABASE));
        open(&path)
    }
}

/// The file that a word names, with or without a moment behind it.
pub fn file_of(word: &OsStr) -> Option<PathBuf> {
    let text = word.to_str()?;
    let before = text.rsplit_once('#').map_or(text, |(file, _)| file);
    [text, before].into_iter().map(Path::new).find(|path| path.is_file()).map(Path::to_owned)
}

/// Opens a recording; what is none is not converted for the sake of a completion.
pub fn open(path: &Path) -> Option<Box<dyn Source>> {
    let state = Paths::find().ok().map(|paths| paths.state);
    Recording::open(path, &OpenOptions { cache: None, state }).ok().map(|recording| Box::new(recording) as Box<dyn Source>)
}
