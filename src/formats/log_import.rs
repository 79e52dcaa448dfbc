//! Imports logs: reads the times of all records first, then writes their parts in order of time.

use std::borrow::Cow;

use super::import_job::{ImportJob, ImportStats};
use super::import_session::ImportSession;
use super::progress::{Progress, ProgressReporter};
use super::records::{self, Record};
use super::sorter::{RecordLocation, Sorter, TimedPart};
use super::source::Source;
use super::temp_file::TempFile;
use kuberewind_model::{ClockKind, Result, Timestamp};

/// The stage of an unreadable record.
const UNREADABLE: u8 = u8::MAX;
/// Records between two progress reports.
const PROGRESS_INTERVAL: u64 = 256;

/// Reads one kind of log.
pub(super) trait Reader {
    /// The actor of calls without one.
    fn default_actor(&self) -> &'static str;

    /// Returns the records inside a record, which a log collector or a batch may wrap.
    ///
    /// # Errors
    /// The reason why it cannot be read.
    fn events<'a>(&self, record: &'a [u8]) -> std::result::Result<Vec<Cow<'a, [u8]>>, String> {
        Ok(vec![Cow::Borrowed(record)])
    }

    /// Adds the parts of a record to `parts`: a time, and a small number that [`Reader::write`] receives. At the same time,
    /// the smaller number is written first.
    ///
    /// # Errors
    /// The reason why it cannot be read.
    fn read(&mut self, record: &[u8], location: RecordLocation, parts: &mut Parts) -> std::result::Result<(), String>;

    /// The session's clock. Called after all records are read.
    fn clock(&self) -> ClockKind {
        ClockKind::Wall
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
    /// The time of the previous record's last part, for records without a time.
    pub(super) before: Timestamp,
    list: Vec<(Timestamp, u8)>,
}

impl Parts {
    pub(super) fn add(&mut self, at: Timestamp, stage: u8) {
        self.list.push((at, stage));
    }
}

/// Reads records at their locations.
pub(super) struct Records<'a> {
    sources: &'a [Source],
    temp: TempFile,
}

impl Records<'_> {
    pub(super) fn read(&mut self, location: RecordLocation) -> Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(location.length).unwrap_or(0).min(records::MAX_RECORD * 2)];
        match location.file.checked_sub(1).and_then(|number| self.sources.get(usize::from(number))) {
            Some(source) => source.read(location.offset, &mut bytes)?,
            None => self.temp.read(location.offset, &mut bytes)?,
        }
        Ok(bytes)
    }
}

/// Imports the files of `job` as one session.
pub(super) fn import(
    job: &ImportJob,
    stats: &mut ImportStats,
    progress: &mut ProgressReporter<'_>,
    reader: &mut dyn Reader,
) -> Result<()> {
    let mut reading = Reading {
        reader,
        stats,
        temp: TempFile::new(&job.folder)?,
        sorter: Sorter::new(&job.folder),
        parts: Parts::default(),
        number: 0,
        bytes: 0,
    };
    let total = job.sources.iter().map(|source| source.length).sum();
    for (file, source) in (1_u16..).zip(&job.sources) {
        records::for_each(source, &mut |line, record| {
            if reading.number.is_multiple_of(PROGRESS_INTERVAL) {
                progress.at(Progress::Reading { done: reading.bytes, total })?;
            }
            reading.record(source, (file, line), record)
        })?;
        if let Some(why) = &source.cut {
            reading.unreadable(source, reading.number + 1, why, 0)?;
        }
    }
    let Reading { reader, temp, sorter, .. } = reading;
    let mut records = Records { sources: &job.sources, temp };
    let operations = write(job, progress, (reader, sorter), &mut records)?;
    stats.operations += operations.ok_or_else(|| stats.nothing_read(job))?;
    Ok(())
}

/// Writes all parts in order; returns the number of operations, or `None` without any part.
fn write(
    job: &ImportJob,
    progress: &mut ProgressReporter<'_>,
    (reader, sorter): (&mut dyn Reader, Sorter),
    records: &mut Records<'_>,
) -> Result<Option<u64>> {
    let total = sorter.len();
    let mut sorted = sorter.sorted()?;
    let (mut before, mut first) = (Vec::new(), None);
    while let Some(part) = sorted.next()? {
        if part.stage != UNREADABLE {
            first = Some(part);
            break;
        }
        before.push(part.location.length);
    }
    let Some(mut part) = first else { return Ok(None) };
    let mut session =
        ImportSession::begin(&job.output, job.import.clone(), Timestamp(part.at), reader.clock(), reader.default_actor())?;
    before.into_iter().for_each(|bytes| session.unreadable(bytes));
    // The parts of a record are often adjacent.
    let mut last: Option<(RecordLocation, Vec<u8>)> = None;
    for done in 1.. {
        if part.stage == UNREADABLE {
            session.unreadable(part.location.length);
        } else {
            let record = match last.take() {
                Some((location, record)) if location == part.location => record,
                _ => records.read(part.location)?,
            };
            reader.write(&part, &record, records, &mut session)?;
            last = Some((part.location, record));
        }
        if done % PROGRESS_INTERVAL == 0 {
            progress.at(Progress::Writing { done, total })?;
        }
        match sorted.next()? {
            Some(next) => part = next,
            None => break,
        }
    }
    reader.finish(Timestamp(part.at), &mut session)?;
    session.finish().map(Some)
}

/// The first pass over all records.
struct Reading<'a> {
    reader: &'a mut dyn Reader,
    stats: &'a mut ImportStats,
    temp: TempFile,
    sorter: Sorter,
    parts: Parts,
    number: u64,
    bytes: u64,
}

impl Reading<'_> {
    fn record(&mut self, source: &Source, (file, line): (u16, u64), record: Record<'_>) -> Result<()> {
        self.number += 1;
        let (record, offset) = match record {
            Record::Whole { bytes, at } => (bytes, at),
            Record::Broken { why, bytes } => {
                self.bytes = self.bytes.saturating_add(bytes);
                return self.unreadable(source, line, &why, bytes);
            }
        };
        self.bytes = self.bytes.saturating_add(record.len() as u64 + 1);
        let inner = match self.reader.events(record) {
            Ok(inner) => inner,
            Err(why) => return self.unreadable(source, line, &why, record.len() as u64),
        };
        for text in inner {
            // A record that is an unchanged piece of its file is read from there again.
            let same = matches!(&text, Cow::Borrowed(text) if text.as_ptr() == record.as_ptr() && text.len() == record.len());
            let location = match offset.filter(|_| same) {
                Some(offset) => RecordLocation { file, offset, length: record.len() as u64 },
                None => RecordLocation { file: 0, offset: self.temp.append(&text)?, length: text.len() as u64 },
            };
            let read = self.reader.read(&text, location, &mut self.parts);
            let parts = std::mem::take(&mut self.parts.list);
            if let Err(why) = read {
                self.unreadable(source, line, &why, text.len() as u64)?;
                continue;
            }
            self.stats.records += 1;
            for (at, stage) in parts {
                self.parts.before = at;
                self.sorter.push(TimedPart { at: at.0, stage, record: self.number, location })?;
            }
        }
        Ok(())
    }

    /// Records a gap at the time of the previous record.
    fn unreadable(&mut self, source: &Source, line: u64, why: &str, bytes: u64) -> Result<()> {
        self.stats.unreadable(source, line, why);
        let location = RecordLocation { file: 0, offset: 0, length: bytes };
        self.sorter.push(TimedPart { at: self.parts.before.0, stage: UNREADABLE, record: self.number, location })
    }
}
