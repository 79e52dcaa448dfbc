//! Readers of entries, and what they share.

use super::import_session::ImportSession;
use super::input::Source;
use super::records::MAX_RECORD;
use super::sorter::{RecordLocation, TimedPart};
use super::temp_file::TempFile;
use kuberewind_model::{Result, Timestamp};

/// Reads entries of one kind.
pub(super) trait Reader {
    /// The actor of calls without one.
    fn default_actor(&self) -> &'static str;

    /// Adds the parts of a record to `parts`: a time, and a small number that [`Reader::write`] receives. At the same time,
    /// the smaller number is written first.
    ///
    /// # Errors
    /// The reason why it cannot be read.
    fn read(&mut self, record: &[u8], location: RecordLocation, parts: &mut Parts) -> std::result::Result<(), String>;

    /// True if entries have times. Called after all entries are read.
    fn has_times(&self) -> bool {
        true
    }

    /// Writes one part. `records` reads other records.
    ///
    /// # Errors
    /// The recording cannot be written, or a file cannot be read.
    fn write(&mut self, part: &TimedPart, record: &[u8], records: &mut Records<'_>, session: &mut ImportSession) -> Result<()>;

    /// Called after the last part, which has the time `at`.
    ///
    /// # Errors
    /// The recording cannot be written.
    fn finish(&mut self, at: Timestamp, session: &mut ImportSession) -> Result<()>;
}

/// The parts of one record.
#[derive(Default)]
pub(super) struct Parts {
    /// The time of the previous entry's last part, for entries without a time.
    pub(super) before: Timestamp,
    /// The time that the envelope of this entry gives.
    pub(super) hint: Option<Timestamp>,
    /// When the file was changed last.
    pub(super) modified: Option<Timestamp>,
    pub(super) list: Vec<(Timestamp, u8)>,
}

impl Parts {
    pub(super) fn add(&mut self, at: Timestamp, stage: u8) {
        self.list.push((at, stage));
    }
}

/// Reads records at their locations.
pub(super) struct Records<'a> {
    pub(super) sources: &'a [Source],
    pub(super) temp: TempFile,
}

impl Records<'_> {
    pub(super) fn read(&mut self, location: RecordLocation) -> Result<Vec<u8>> {
        self.read_into(location, Vec::new())
    }

    /// As [`Records::read`], in the memory of another record.
    pub(super) fn read_into(&mut self, location: RecordLocation, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
        bytes.resize(usize::try_from(location.length).unwrap_or(0).min(MAX_RECORD * 2), 0);
        match location.file.checked_sub(1).and_then(|number| self.sources.get(number as usize)) {
            Some(source) => source.read(location.offset, &mut bytes)?,
            None => self.temp.read(location.offset, &mut bytes)?,
        }
        Ok(bytes)
    }
}
