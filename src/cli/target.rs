//! The recording and the session that a command line names.

use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::completion::candidates;
use crate::cli::paths::DEFAULT_DATABASE;
use kuberewind_model::{Error, ErrorKind, Result};

/// The recording if `-d` is not given.
const DATABASE_VARIABLE: &str = "REPLAY_DB_PATH";

/// For commands that take a recording.
#[derive(Debug, Clone, Args)]
pub struct RecordingArgs {
    /// Recording, optionally with a moment: run.db, run.db#412. With --database, or if no such file exists, FILE names a session
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(candidates::recordings))]
    pub file: Option<String>,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// For commands whose positional argument is something else.
#[derive(Debug, Clone, Default, Args)]
pub struct DatabaseArgs {
    /// Read this recording [default: recordings.db]
    #[arg(short = 'd', long, env = DATABASE_VARIABLE, value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// Select this session [default: the only one; open, tail and replay take the newest]
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::sessions))]
    pub session: Option<String>,
}

/// A recording that exists, with the session and the moment from the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub path: PathBuf,
    pub session: Option<String>,
    /// The text after `#`.
    pub moment: Option<String>,
}

impl RecordingArgs {
    /// Finds the recording. With `-d`, FILE names a session of that recording. Otherwise a FILE that exists is the recording, and
    /// another one is a session of the database. Either may end in `#MOMENT`.
    pub fn target(&self) -> Result<Target> {
        let session = &self.database.session;
        let Some(word) = &self.file else { return self.database.target() };
        if self.database.is_given() {
            let (name, moment) = match word.rsplit_once('#') {
                Some((name, moment)) => (name, Some(moment.to_owned())),
                None => (word.as_str(), None),
            };
            let named = session.clone().or_else(|| (!name.is_empty()).then(|| name.to_owned()));
            return Ok(Target { session: named, moment, ..self.database.target()? });
        }
        if Path::new(word).exists() {
            return Ok(Target { path: PathBuf::from(word), session: session.clone(), moment: None });
        }
        let (name, moment) = match word.rsplit_once('#') {
            Some((name, moment)) => (name, Some(moment.to_owned())),
            None => (word.as_str(), None),
        };
        if !name.is_empty() && Path::new(name).exists() {
            return Ok(Target { path: PathBuf::from(name), session: session.clone(), moment });
        }
        let database = self.database.path();
        if !database.exists() || looks_like_a_file(name) {
            return Err(no_such_file(name, &database));
        }
        let session = session.clone().or_else(|| (!name.is_empty()).then(|| name.to_owned()));
        Ok(Target { path: database, session, moment })
    }
}

impl DatabaseArgs {
    /// Finds the database: `-d`, `$REPLAY_DB_PATH` or `./recordings.db`.
    pub fn target(&self) -> Result<Target> {
        let path = self.path();
        if path.exists() {
            return Ok(Target { path, session: self.session.clone(), moment: None });
        }
        Err(Error::new(ErrorKind::NotFound, format!("cannot open {}: no such file", path.display()))
            .hint("name a recording with FILE, -d FILE or REPLAY_DB_PATH, or make one with `kuberewind demo`"))
    }

    /// Splits a recording off other words: the first of several, if it names an existing file and there is no `-d`.
    pub fn split<'w>(&self, words: &'w [String]) -> (Option<&'w str>, &'w [String]) {
        match words.split_first() {
            Some((first, rest)) if !rest.is_empty() && !self.is_given() && names_file(first) => (Some(first), rest),
            _ => (None, words),
        }
    }

    /// Finds the recording: the given file, `-d`, or the default.
    pub fn target_of(&self, file: Option<&str>) -> Result<Target> {
        let Some(file) = file else { return self.target() };
        let database = DatabaseArgs { database: None, session: self.session.clone() };
        RecordingArgs { file: Some(file.to_owned()), database }.target()
    }

    /// True if `-d` is on the command line, not only `$REPLAY_DB_PATH` in the environment.
    fn is_given(&self) -> bool {
        self.database
            .as_ref()
            .is_some_and(|path| std::env::var_os(DATABASE_VARIABLE).is_none_or(|value| value != path.as_os_str()))
    }

    fn path(&self) -> PathBuf {
        self.database.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATABASE))
    }
}

/// True for an existing file or folder, optionally with a moment.
pub fn names_file(word: &str) -> bool {
    let exists = |name: &str| !name.is_empty() && Path::new(name).exists();
    exists(word) || word.rsplit_once('#').is_some_and(|(name, _)| exists(name))
}

/// True for a path rather than a session's name: it contains a folder or ends like a recording.
fn looks_like_a_file(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    name.contains(std::path::MAIN_SEPARATOR)
        || matches!(extension, "db" | "sqlite" | "sqlite3" | "jsonl" | "json" | "ndjson" | "kshrk" | "log" | "gz" | "zst")
}

fn no_such_file(name: &str, database: &Path) -> Error {
    let step = if database.exists() || looks_like_a_file(name) {
        format!("cannot open {name}: no such file")
    } else {
        format!("cannot open {name}: no such file, and no database {} that could contain such a session", database.display())
    };
    Error::new(ErrorKind::NotFound, step).hint("make a recording with `kuberewind demo`, or see `kuberewind --help`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(file: &str, database: Option<PathBuf>) -> Result<Target> {
        RecordingArgs { file: Some(file.to_owned()), database: DatabaseArgs { database, session: None } }.target()
    }

    #[test]
    fn a_file_takes_precedence_over_a_session_and_may_end_in_a_moment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        std::fs::write(&file, "").unwrap();
        let found = target(&format!("{}#stuck", file.display()), None).unwrap();
        assert_eq!((found.path.as_path(), found.moment.as_deref(), found.session), (file.as_path(), Some("stuck"), None));
        let found = target("fight-004#12", Some(file.clone())).unwrap();
        assert_eq!((found.path, found.session.as_deref(), found.moment.as_deref()), (file, Some("fight-004"), Some("12")));
    }

    #[test]
    fn a_database_on_the_command_line_has_the_session_whatever_is_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("run.db"), folder.path().join("night"));
        std::fs::write(&file, "").unwrap();
        std::fs::write(&other, "").unwrap();
        let name = other.to_str().unwrap();
        let found = target(&format!("{name}#7"), Some(file.clone())).unwrap();
        assert_eq!((found.path, found.session.as_deref(), found.moment.as_deref()), (file, Some(name), Some("7")));
        assert_eq!(target(name, None).unwrap().path, other);
    }

    #[test]
    fn an_error_names_the_file_and_the_database() {
        assert_eq!(target("gone.db", None).unwrap_err().chain(), "cannot open gone.db: no such file");
        let error = target("session", Some(PathBuf::from("nowhere.db"))).unwrap_err();
        assert!(error.chain().contains("nowhere.db"), "{}", error.chain());
    }
}
