//! Which recording a command line means, and which session of it.

use std::path::{Path, PathBuf};

use crate::cli::args::RecordingArgs;
use kuberewind_model::{Error, ErrorKind, Result};

/// The database that is meant where none is named.
pub const DEFAULT_DATABASE: &str = "recordings.db";

/// A recording as named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The file.
    pub path: PathBuf,
    /// The session, where one was named.
    pub session: Option<String>,
    /// The moment after `#`, where one was named.
    pub moment: Option<String>,
}

impl Target {
    /// An argument that names an existing file is the recording; otherwise it is a session in the database. Either may
    /// carry `#moment`.
    ///
    /// # Errors
    /// Where neither the file nor the database exists: what was looked for, and where.
    pub fn resolve(args: &RecordingArgs) -> Result<Target> {
        let database = args.database.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATABASE));
        let Some(word) = &args.file else {
            return existing(database).map(|path| Target { path, session: args.session.clone(), moment: None });
        };
        if Path::new(word).exists() {
            return Ok(Target { path: PathBuf::from(word), session: args.session.clone(), moment: None });
        }
        let (name, moment) = match word.rsplit_once('#') {
            Some((name, moment)) => (name, Some(moment.to_owned())),
            None => (word.as_str(), None),
        };
        if !name.is_empty() && Path::new(name).exists() {
            return Ok(Target { path: PathBuf::from(name), session: args.session.clone(), moment });
        }
        if !database.exists() || looks_like_a_file(name) {
            return Err(no_such_file(name, &database));
        }
        let session = args.session.clone().or_else(|| (!name.is_empty()).then(|| name.to_owned()));
        Ok(Target { path: database, session, moment })
    }

    /// The database of `-d`, `$REPLAY_DB_PATH` or `./recordings.db`, for commands whose argument is an object.
    ///
    /// # Errors
    /// Where it does not exist.
    pub fn database(database: Option<&Path>, session: Option<&str>) -> Result<Target> {
        let path = existing(database.map_or_else(|| PathBuf::from(DEFAULT_DATABASE), Path::to_owned))?;
        Ok(Target { path, session: session.map(str::to_owned), moment: None })
    }
}

fn existing(path: PathBuf) -> Result<PathBuf> {
    if path.exists() {
        return Ok(path);
    }
    Err(Error::new(ErrorKind::NotFound, format!("there is no recording {}", path.display()))
        .hint("name one: kuberewind FILE, or -d FILE, or set REPLAY_DB_PATH; `kuberewind demo` makes one"))
}

/// A path rather than a session's name: it has a folder or a recording's ending.
fn looks_like_a_file(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    name.contains(std::path::MAIN_SEPARATOR)
        || matches!(ending, "db" | "sqlite" | "sqlite3" | "jsonl" | "json" | "ndjson" | "kshrk" | "log" | "gz" | "zst")
}

fn no_such_file(name: &str, database: &Path) -> Error {
    let step = if database.exists() || looks_like_a_file(name) {
        format!("there is no file {name}")
    } else {
        format!("there is no file {name}, and no database {} that could hold a session of that name", database.display())
    };
    Error::new(ErrorKind::NotFound, step).hint("`kuberewind demo` makes a recording to look at; `kuberewind --help` says more")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(file: Option<&str>, database: Option<PathBuf>) -> RecordingArgs {
        RecordingArgs { file: file.map(str::to_owned), database, session: None }
    }

    #[test]
    fn a_file_wins_over_a_session_and_may_carry_a_moment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        std::fs::write(&file, "").unwrap();
        let text = file.to_str().unwrap();
        let target = Target::resolve(&args(Some(&format!("{text}#stuck")), None)).unwrap();
        assert_eq!((target.path.as_path(), target.moment.as_deref(), target.session), (file.as_path(), Some("stuck"), None));
        let target = Target::resolve(&args(Some("fight-004#12"), Some(file.clone()))).unwrap();
        assert_eq!((target.path, target.session.as_deref(), target.moment.as_deref()), (file, Some("fight-004"), Some("12")));
    }

    #[test]
    fn what_is_nowhere_is_said_with_where_it_was_looked_for() {
        let error = Target::resolve(&args(Some("gone.db"), None)).unwrap_err();
        assert_eq!(error.chain(), "there is no file gone.db");
        let error = Target::resolve(&args(Some("session"), Some(PathBuf::from("nowhere.db")))).unwrap_err();
        assert!(error.chain().contains("nowhere.db"), "{}", error.chain());
    }
}
