//! The members of an archive, as ranges of its content.

use std::io::{self, Read};
use std::path::PathBuf;

use kuberewind_model::Timestamp;

use super::source::{ReadAt, Reading};

/// A file in an archive.
pub(super) struct Member {
    pub(super) path: PathBuf,
    pub(super) modified: Option<Timestamp>,
    /// The offset in the archive.
    pub(super) start: u64,
    /// Bytes in the archive.
    pub(super) length: u64,
    /// True if the range is compressed with deflate.
    pub(super) deflated: bool,
}

/// Calls `each` with the files in a tar archive. A truncated archive gives the files before its end.
///
/// # Errors
/// The archive is truncated or broken.
pub(super) fn of_tar(archive: &dyn ReadAt, mut each: impl FnMut(Member) -> io::Result<()>) -> io::Result<()> {
    let mut tar = tar::Archive::new(Reading { content: archive, at: 0 });
    for entry in tar.entries_with_seek()? {
        let entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let seconds = entry.header().mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
        let modified = seconds.and_then(|seconds| seconds.checked_mul(1_000_000_000)).map(Timestamp);
        let start = entry.raw_file_position();
        // A member of a truncated archive ends with it.
        let length = entry.size().min(archive.length().saturating_sub(start));
        each(Member { path: entry.path()?.into_owned(), modified, start, length, deflated: false })?;
    }
    Ok(())
}

/// Calls `each` with the files in a zip archive.
///
/// # Errors
/// The archive is broken.
pub(super) fn of_zip(archive: &dyn ReadAt, mut each: impl FnMut(Member) -> io::Result<()>) -> io::Result<()> {
    let mut zip = zip::ZipArchive::new(Reading { content: archive, at: 0 }).map_err(io::Error::other)?;
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(io::Error::other)?;
        if file.is_dir() {
            continue;
        }
        let deflated = match file.compression() {
            zip::CompressionMethod::Stored => false,
            zip::CompressionMethod::DEFLATE => true,
            other => return Err(io::Error::other(format!("{} is compressed with {other}", file.name()))),
        };
        let start = file.data_start().ok_or_else(|| io::Error::other("a file of the archive has no content"))?;
        let path = PathBuf::from(file.name());
        each(Member { path, modified: None, start, length: file.compressed_size(), deflated })?;
    }
    Ok(())
}

/// Uncompresses the content of a deflated member.
pub(super) fn inflated<'a>(content: &'a dyn ReadAt) -> Box<dyn Read + 'a> {
    Box::new(flate2::read::DeflateDecoder::new(Reading { content, at: 0 }))
}
