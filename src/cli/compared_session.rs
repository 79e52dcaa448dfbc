//! `FILE:SESSION`: a session of another recording.

use std::path::Path;

use crate::cli::session;
use crate::cli::target::Target;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_session::OpenRecording;

/// Opens the session that a word names: `run.db:night`, or `run.db` if it has one session.
pub fn open(word: &str) -> Result<OpenRecording> {
    session::open_only(&target(word)?, None)
}

fn target(word: &str) -> Result<Target> {
    let of = |path: &str, session: Option<&str>| Target { path: path.into(), session: session.map(str::to_owned), moment: None };
    if Path::new(word).exists() {
        return Ok(of(word, None));
    }
    // The name of a session, and that of a file, may have colons.
    let splits = word.match_indices(':').map(|(at, _)| (&word[..at], &word[at + 1..]));
    match splits.filter(|(path, session)| !path.is_empty() && !session.is_empty()).find(|(path, _)| Path::new(path).exists()) {
        Some((path, session)) => Ok(of(path, Some(session))),
        None => Err(Error::new(ErrorKind::NotFound, format!("cannot open {word}: no such file"))
            .hint("write FILE:SESSION, such as run.db:night; `kuberewind sessions FILE` lists the sessions")),
    }
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn a_file_may_be_followed_by_a_session() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run:1.db");
        std::fs::write(&file, "").unwrap();
        let path = file.to_str().unwrap();
        assert_eq!(target(path).unwrap().session, None);
        let found = target(&format!("{path}:a:b")).unwrap();
        assert_eq!((found.path, found.session.as_deref()), (file.clone(), Some("a:b")));
        assert!(target(&format!("{path}x:a")).unwrap_err().chain().contains("no such file"));
    }
}
