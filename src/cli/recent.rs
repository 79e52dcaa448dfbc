//! The recordings that were opened or made last, so that the program without arguments can list them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::output;
use crate::cli::paths::Paths;
use kuberewind_model::{Error, ErrorKind, Result};

/// Recordings that are remembered.
const MAX_RECENT: usize = 20;
const FILE: &str = "recent";

/// Remembers a recording. Failing to do so is reported and does not fail the command.
pub fn remember(recording: &Path) {
    if let Err(error) = Paths::find().and_then(|paths| add(&paths.state, recording)) {
        output::note(&error.chain());
    }
}

/// The remembered recordings that still exist, the last one first.
pub fn recent() -> Result<Vec<PathBuf>> {
    Ok(read(&Paths::find()?.state)?.into_iter().filter(|path| path.exists()).collect())
}

fn add(state: &Path, recording: &Path) -> Result<()> {
    let path = recording.canonicalize().unwrap_or_else(|_| recording.to_owned());
    let mut recent = read(state)?;
    if recent.first() == Some(&path) {
        return Ok(());
    }
    recent.retain(|other| *other != path);
    recent.insert(0, path);
    recent.truncate(MAX_RECENT);
    // A name with a line end cannot be listed.
    let names = recent.iter().filter_map(|path| path.to_str()).filter(|name| !name.contains('\n'));
    let text: String = names.map(|name| format!("{name}\n")).collect();
    let file = state.join(FILE);
    let part = state.join(format!("{FILE}.{}", std::process::id()));
    let cannot = |error| Error::new(ErrorKind::Io, format!("cannot write {}", file.display())).because(error);
    fs::create_dir_all(state).map_err(cannot)?;
    fs::write(&part, text).and_then(|()| fs::rename(&part, &file)).map_err(cannot)
}

fn read(state: &Path) -> Result<Vec<PathBuf>> {
    let file = state.join(FILE);
    match fs::read_to_string(&file) {
        Ok(text) => Ok(text.lines().take(MAX_RECENT).map(PathBuf::from).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::new(ErrorKind::Io, format!("cannot read {}", file.display())).because(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_is_first_and_each_is_listed_once() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.db", "b.db", "a.db", "c.db"] {
            fs::write(folder.path().join(name), "").unwrap();
            add(folder.path(), &folder.path().join(name)).unwrap();
        }
        let names: Vec<String> =
            read(folder.path()).unwrap().iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["c.db", "a.db", "b.db"]);
        (0..30).for_each(|number| add(folder.path(), Path::new(&format!("/nowhere/{number}"))).unwrap());
        assert_eq!(read(folder.path()).unwrap().len(), MAX_RECENT);
    }
}
