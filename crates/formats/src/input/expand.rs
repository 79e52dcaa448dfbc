//! From a path to the files in it: folders are walked, archives opened and compressed content uncompressed, in any combination.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::{MAX_FILES, files_in};
use super::members::{self, Member};
use super::packing::Packing;
use super::source::Source;
use crate::progress::{Progress, ProgressReporter};
use crate::temp_file::TempFile;
use crate::unpack_limit::UnpackLimit;
use kuberewind_model::{Error, ErrorKind, Result, Timestamp};

/// Packed content within packed content at most.
const MAX_DEPTH: u8 = 5;
/// Compressed content may become this large, plus a multiple of its own size.
const UNPACKED: u64 = 256 << 20;
/// Bytes per read.
const PIECE: usize = 256 * 1024;
/// Files of a folder that stay open. The content of smaller and of further ones is copied.
const MAX_OPEN: usize = 256;
const SMALL: u64 = 1 << 20;

/// The files of one input.
#[derive(Default)]
pub(crate) struct Inputs {
    pub(crate) sources: Vec<Source>,
    /// Files that cannot be uncompressed: their path, size and the reason.
    pub(crate) broken: Vec<(PathBuf, u64, String)>,
    /// True for a folder or an archive: not every file in it is for us.
    pub(crate) many: bool,
}

/// Content that may be packed.
struct Raw {
    source: Source,
    depth: u8,
    deflated: bool,
}

/// Opens an input; `-` is standard input. Uncompressed content is in a temporary file in `folder`.
///
/// # Errors
/// The path does not exist, cannot be read, or is one file that cannot be uncompressed.
pub(crate) fn expand(path: &Path, folder: &Path, progress: &mut ProgressReporter<'_>) -> Result<Inputs> {
    let mut expansion = Expansion {
        scratch: TempFile::new(folder)?,
        budget: UnpackLimit::of(0, UNPACKED),
        queue: VecDeque::new(),
        inputs: Inputs::default(),
        open: 0,
        root: path.to_owned(),
    };
    expansion.start(path, progress)?;
    while let Some(raw) = expansion.queue.pop_front() {
        let (path, length) = (raw.source.path.clone(), raw.source.length);
        match expansion.open(raw, progress) {
            Ok(()) => {}
            Err(Failure::Stop(error)) => return Err(error),
            Err(Failure::Content(why)) if expansion.inputs.many => expansion.inputs.broken.push((path, length, why)),
            Err(Failure::Content(why)) => {
                return Err(Error::new(ErrorKind::Damaged, format!("cannot uncompress {}", path.display())).because(why));
            }
        }
    }
    Ok(expansion.inputs)
}

/// Why content cannot be opened.
enum Failure {
    /// This content cannot be read.
    Content(String),
    /// Nothing else can be read either.
    Stop(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Stop(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Content(error.to_string())
    }
}

struct Expansion {
    scratch: TempFile,
    /// Bytes that may still be uncompressed.
    budget: UnpackLimit,
    queue: VecDeque<Raw>,
    inputs: Inputs,
    open: usize,
    root: PathBuf,
}

impl Expansion {
    /// Queues a path.
    fn start(&mut self, path: &Path, progress: &mut ProgressReporter<'_>) -> Result<()> {
        let cannot = |error: io::Error| Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error);
        if path == Path::new("-") {
            return self.copied(path, &mut io::stdin(), None, progress);
        }
        let found = fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::new(ErrorKind::NotFound, format!("there is no file {}", path.display())),
            _ => cannot(error),
        })?;
        if !found.is_dir() {
            return self.file(path, &found, progress);
        }
        self.inputs.many = true;
        for file in files_in(path).map_err(cannot)? {
            match fs::metadata(&file).map_err(unreadable).and_then(|found| self.file(&file, &found, progress)) {
                Err(error) if error.kind() == ErrorKind::Io => self.inputs.broken.push((file, 0, error.chain())),
                other => other?,
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, found: &fs::Metadata, progress: &mut ProgressReporter<'_>) -> Result<()> {
        let cannot = |error: io::Error| Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error);
        let mut file = File::open(path).map_err(cannot)?;
        let modified = found.modified().ok().and_then(|at| jiff::Timestamp::try_from(at).ok()).map(Timestamp::from_jiff);
        if !found.is_file() {
            return self.copied(path, &mut file, modified, progress);
        }
        self.budget.grow(found.len());
        if self.inputs.many && (found.len() <= SMALL || self.open >= MAX_OPEN) {
            return self.copied(path, &mut file, modified, progress);
        }
        self.open += 1;
        let (file, length) = (Arc::new(file), found.len());
        let source = Source { path: path.to_owned(), file, start: 0, length, cut: None, modified, plain: true };
        self.queue.push_back(Raw { source, depth: 0, deflated: false });
        Ok(())
    }

    /// Queues a copy of content that can be read only once.
    fn copied(
        &mut self,
        path: &Path,
        reader: &mut dyn Read,
        modified: Option<Timestamp>,
        progress: &mut ProgressReporter<'_>,
    ) -> Result<()> {
        let start = self.scratch.len();
        let mut piece = vec![0; PIECE];
        loop {
            progress.at(Progress::Unpacking { done: self.scratch.len() - start, total: 0 })?;
            match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => drop(self.scratch.append(&piece[..read])?),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).because(error));
                }
            }
        }
        let (file, length) = (self.scratch.share()?, self.scratch.len() - start);
        if path == Path::new("-") {
            // Its length was not known before.
            self.budget.grow(length);
        }
        let source = Source { path: path.to_owned(), file, start, length, cut: None, modified, plain: false };
        self.queue.push_back(Raw { source, depth: 0, deflated: false });
        Ok(())
    }

    /// Uncompresses content or queues the members of an archive.
    fn open(&mut self, raw: Raw, progress: &mut ProgressReporter<'_>) -> std::result::Result<(), Failure> {
        let packing = if raw.deflated { Packing::Plain } else { Packing::of(&raw.source)? };
        if packing != Packing::Plain && raw.depth >= MAX_DEPTH {
            return Err(Failure::Content(format!("it is packed more than {MAX_DEPTH} times")));
        }
        match packing {
            Packing::Plain if raw.deflated => {
                let content = raw.source.clone();
                self.unpack(&raw, members::inflated(&content), progress)
            }
            Packing::Plain => {
                self.inputs.sources.push(raw.source);
                Ok(())
            }
            Packing::Tar | Packing::Zip => self.members(&raw, packing),
            _ => {
                let content = raw.source.clone();
                match packing.decoder(super::source::Reading { content: &content, at: 0 })? {
                    Some(decoder) => self.unpack(&raw, decoder, progress),
                    None => Ok(()),
                }
            }
        }
    }

    /// Queues the files of an archive. A truncated archive gives the files before its end.
    fn members(&mut self, raw: &Raw, packing: Packing) -> std::result::Result<(), Failure> {
        self.inputs.many = true;
        let mut found: Vec<Member> = Vec::new();
        let take = |member| {
            found.push(member);
            if found.len() > MAX_FILES { Err(io::Error::other(format!("it has more than {MAX_FILES} files"))) } else { Ok(()) }
        };
        let read = match packing {
            Packing::Tar => members::of_tar(&raw.source, take),
            _ => members::of_zip(&raw.source, take),
        };
        for member in found {
            let source = Source {
                path: raw.source.path.join(relative(&member.path)),
                start: raw.source.start.saturating_add(member.start),
                length: member.length,
                modified: member.modified.or(raw.source.modified),
                plain: false,
                cut: None,
                file: raw.source.file.clone(),
            };
            self.queue.push_back(Raw { source, depth: raw.depth + 1, deflated: member.deflated });
        }
        read.map_err(|error| Failure::Content(format!("the archive is truncated or broken: {error}")))
    }

    /// Uncompresses into the temporary file. Truncated content gives what precedes its end.
    fn unpack(
        &mut self,
        raw: &Raw,
        mut reader: Box<dyn Read + '_>,
        progress: &mut ProgressReporter<'_>,
    ) -> std::result::Result<(), Failure> {
        let start = self.scratch.len();
        let limit = start.saturating_add(self.budget.left());
        let (mut piece, mut cut) = (vec![0; PIECE], None);
        loop {
            progress.at(Progress::Unpacking { done: self.scratch.len() - start, total: 0 })?;
            match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => drop(self.scratch.append(&piece[..read])?),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.scratch.len() == start => return Err(error.into()),
                Err(error) => {
                    cut = Some(format!("it is truncated there: {error}"));
                    break;
                }
            }
            if self.scratch.len() > limit {
                return Err(Failure::Stop(self.budget.exceeded(&self.root)));
            }
        }
        let length = self.scratch.len() - start;
        self.budget.take(length);
        let source = Source { file: self.scratch.share()?, start, length, cut, plain: false, ..raw.source.clone() };
        self.queue.push_back(Raw { source, depth: raw.depth + 1, deflated: false });
        Ok(())
    }
}

/// A path of an archive for display: below the archive, without `..` and roots.
fn relative(path: &Path) -> PathBuf {
    path.components().filter(|part| matches!(part, std::path::Component::Normal(_))).collect()
}

fn unreadable(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "cannot read its size").because(error)
}
