//! The cache of converted recordings, so that a foreign file is converted only once.
//!
//! The name of an entry contains the format, the content's hash and the importer's version: a changed file or a better
//! importer creates a new entry. An entry is written under a temporary name, so that an incomplete one is never opened. The
//! oldest entries are removed when the cache exceeds its limit.
//!
//! A link leads from the identity of a file (size, times, beginning and end) to its entry, so that a large file is not read whole when
//! it is opened again.

use std::fs;
use std::path::{Path, PathBuf};

use super::importers::{IMPORTERS, Importer};
use kuberewind_model::{Error, ErrorKind, Result};

/// The most bytes of converted recordings.
const BYTES: u64 = 2 << 30;
/// The prefix of their names.
const PREFIX: &str = "converted-";
/// The prefix of the names of links.
const LINK: &str = "link-";

/// The converted recordings in a folder.
pub(super) struct Cache<'a> {
    folder: &'a Path,
}

/// An entry of the cache.
pub(super) struct Entry {
    pub(super) recording: PathBuf,
    pub(super) importer: &'static Importer,
}

impl Cache<'_> {
    /// # Errors
    /// The folder cannot be created.
    pub(super) fn open(folder: &Path) -> Result<Cache<'_>> {
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        Ok(Cache { folder })
    }

    /// The entry of a file with this identity; `None` if it is unknown, gone, or was made by another version.
    pub(super) fn linked(&self, identity: u128) -> Option<Entry> {
        let name = fs::read_to_string(self.link(identity)).ok()?;
        let of = |importer: &&'static Importer| {
            let ending = format!("-{}", importer.version);
            let id = name
                .strip_prefix(PREFIX)
                .and_then(|rest| rest.strip_prefix(importer.name)?.strip_prefix('-')?.strip_suffix(&ending));
            id.is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        self.existing(&name, IMPORTERS.iter().find(of)?)
    }

    /// The entry of this content.
    pub(super) fn find(&self, content: u128) -> Option<Entry> {
        IMPORTERS.iter().find_map(|importer| self.existing(&entry_name(importer, content), importer))
    }

    fn existing(&self, name: &str, importer: &'static Importer) -> Option<Entry> {
        let recording = self.folder.join(format!("{name}.db"));
        recording.exists().then_some(Entry { recording, importer })
    }

    /// Adds the recording that `convert` writes to the path that it gets.
    ///
    /// # Errors
    /// The cache cannot be written, or `convert` fails.
    pub(super) fn add(
        &self,
        content: u128,
        convert: impl FnOnce(&Path) -> Result<(&'static Importer, Option<String>)>,
    ) -> Result<Entry> {
        let part = self.folder.join(format!("{PREFIX}{content:032x}.{}.part", std::process::id()));
        let done = remove(&part).map_err(|error| failed(&part, error)).and_then(|()| convert(&part));
        let (importer, unreadable) = match done {
            Ok(converted) => converted,
            Err(error) => {
                remove(&part).map_err(|error| failed(&part, error))?;
                return Err(error);
            }
        };
        let recording = self.folder.join(format!("{}.db", entry_name(importer, content)));
        if let Some(unreadable) = unreadable {
            let remark = unreadable_of(&recording);
            fs::write(&remark, unreadable).map_err(|error| failed(&remark, error))?;
        }
        fs::rename(&part, &recording).map_err(|error| failed(&recording, error))?;
        trim(self.folder, &recording, BYTES).map_err(|error| failed(self.folder, error))?;
        Ok(Entry { recording, importer })
    }

    /// Links an identity to an entry.
    ///
    /// # Errors
    /// The cache cannot be written.
    pub(super) fn remember(&self, identity: u128, entry: &Entry) -> Result<()> {
        let Some(name) = entry.recording.file_stem().and_then(|name| name.to_str()) else { return Ok(()) };
        let (link, part) = (self.link(identity), self.folder.join(format!("{LINK}{identity:032x}.{}", std::process::id())));
        fs::write(&part, name).and_then(|()| fs::rename(&part, &link)).map_err(|error| failed(&link, error))
    }

    fn link(&self, identity: u128) -> PathBuf {
        self.folder.join(format!("{LINK}{identity:032x}"))
    }
}

/// The file beside a recording with what could not be read.
pub(super) fn unreadable_of(recording: &Path) -> PathBuf {
    recording.with_extension("unreadable")
}

fn entry_name(importer: &Importer, content: u128) -> String {
    format!("{PREFIX}{}-{content:032x}-{}", importer.name, importer.version)
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot write the cache {}", path.display())).because(error)
}

/// Removes an unfinished recording and its auxiliary files.
fn remove(path: &Path) -> std::io::Result<()> {
    for ending in ["", "-wal", "-shm", "-journal", "-lock"] {
        match fs::remove_file(sibling(path, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Removes the oldest converted recordings beyond `most` bytes, except for `keep`.
fn trim(cache: &Path, keep: &Path, most: u64) -> std::io::Result<()> {
    let (mut files, mut links) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(".db")) {
            let found = entry.metadata()?;
            files.push((found.modified()?, found.len(), entry.path()));
        } else if name.to_str().is_some_and(|name| name.starts_with(LINK)) {
            links.push(entry.path());
        }
    }
    files.sort();
    let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in files {
        if bytes > most && path != keep {
            fs::remove_file(&path)?;
            match fs::remove_file(unreadable_of(&path)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            bytes = bytes.saturating_sub(length);
        }
    }
    for link in links {
        let leads = fs::read_to_string(&link).is_ok_and(|name| cache.join(format!("{name}.db")).exists());
        if !leads {
            fs::remove_file(&link)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn importer(name: &str) -> &'static Importer {
        IMPORTERS.iter().find(|importer| importer.name == name).unwrap()
    }

    #[test]
    fn an_entry_is_made_once_and_never_half() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        assert!(cache.find(7).is_none() && cache.linked(1).is_none());
        let made = cache.add(7, |path| {
            fs::write(path, "one").unwrap();
            Ok((importer("audit"), None))
        });
        let made = made.unwrap();
        cache.remember(1, &made).unwrap();
        for entry in [cache.find(7), cache.linked(1)] {
            let entry = entry.unwrap();
            assert_eq!((fs::read_to_string(&entry.recording).unwrap().as_str(), entry.importer.name), ("one", "audit"));
        }
        let failing = cache.add(8, |path| {
            fs::write(path, "half").unwrap();
            Err(Error::new(ErrorKind::Invalid, "broken"))
        });
        assert!(failing.is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_link_to_another_version_or_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let id = "0".repeat(32);
        for name in [format!("{PREFIX}audit-{id}-1"), "../x".into(), format!("{PREFIX}audit-../../x-2"), String::new()] {
            fs::write(folder.path().join(format!("{name}.db").replace('/', "_")), "x").unwrap();
            fs::write(cache.link(5), &name).unwrap();
            assert!(cache.linked(5).is_none(), "{name}");
        }
    }

    #[test]
    fn the_oldest_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = |number: u64| folder.path().join(format!("{PREFIX}audit-{number}.db"));
        for number in 0..4 {
            fs::write(path(number), "12345").unwrap();
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000 + number);
            fs::File::options().write(true).open(path(number)).unwrap().set_modified(at).unwrap();
        }
        fs::write(folder.path().join("copy-1.db"), "not ours").unwrap();
        trim(folder.path(), &path(0), 10).unwrap();
        let left: Vec<bool> = (0..4).map(|number| path(number).exists()).collect();
        assert_eq!((left, folder.path().join("copy-1.db").exists()), (vec![true, false, false, true], true));
    }
}
