//! Imports logs: reads the times of all entries first, then writes their parts in order of time.

use std::borrow::Cow;
use std::path::Path;

use super::client_go::HttpTraces;
use super::dialects::{self, Dialect, Leaf, Leaves};
use super::import_job::{ImportJob, ImportStats};
use super::import_session::ImportSession;
use super::input::Source;
use super::progress::{Progress, ProgressReporter};
use super::reader::{Parts, Records};
use super::readers::Readers;
use super::records::{self, Record};
use super::sorter::{RecordLocation, Sorter, TimedPart};
use super::temp_file::TempFile;
use kuberewind_model::{ClockKind, Result, Timestamp};

/// The stage of an unreadable record.
const UNREADABLE: u8 = u8::MAX;
/// Records between two progress reports.
const PROGRESS_INTERVAL: u64 = 256;
/// Bytes of lines of unknown form that wait for the next entry.
const MAX_WAITING: usize = 8 << 20;
const NO_ENTRY: &str = "it is neither JSON with an entry that is known nor a log line";

/// Imports the files of `job` as one session.
pub(super) fn import(job: &ImportJob, stats: &mut ImportStats, progress: &mut ProgressReporter<'_>) -> Result<()> {
    let mut reading = Reading {
        readers: Readers::default(),
        stats,
        temp: TempFile::new(&job.folder)?,
        sorter: Sorter::new(&job.folder),
        parts: Parts::default(),
        traces: HttpTraces::default(),
        waiting: Vec::new(),
        waiting_bytes: 0,
        is_log: false,
        number: 0,
        bytes: 0,
    };
    let total = job.sources.iter().map(|source| source.length).sum();
    for (path, bytes, why) in &job.broken {
        reading.unreadable(path, 0, why, *bytes)?;
    }
    for (file, source) in (1_u32..).zip(&job.sources) {
        reading.begin(source);
        records::for_each(source, &dialects::has_leaf, &mut |line, record| {
            if reading.number.is_multiple_of(PROGRESS_INTERVAL) {
                progress.at(Progress::Reading { done: reading.bytes, total })?;
            }
            reading.record(source, (file, line), record)
        })?;
        reading.end(source, file)?;
    }
    let Reading { readers, temp, sorter, .. } = reading;
    stats_of(stats, &readers);
    let mut records = Records { sources: &job.sources, temp };
    let operations = write(job, progress, (readers, sorter), &mut records)?;
    stats.operations += operations.ok_or_else(|| stats.nothing_read(job))?;
    Ok(())
}

fn stats_of(stats: &mut ImportStats, readers: &Readers) {
    stats.dialects.extend(readers.dialects());
}

/// Writes all parts in order; returns the number of operations, or `None` without any part.
fn write(
    job: &ImportJob,
    progress: &mut ProgressReporter<'_>,
    (mut readers, sorter): (Readers, Sorter),
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
    let clock = if readers.has_times() { ClockKind::Wall } else { ClockKind::Ticks };
    let mut session = ImportSession::begin(&job.output, job.import.clone(), Timestamp(part.at), clock, readers.default_actor())?;
    before.into_iter().for_each(|bytes| session.unreadable(bytes));
    // The parts of a record are often adjacent.
    let mut last: Option<(RecordLocation, Vec<u8>)> = None;
    for done in 1.. {
        if part.stage == UNREADABLE {
            session.unreadable(part.location.length);
        } else {
            let record = match last.take() {
                Some((location, record)) if location == part.location => record,
                Some((_, record)) => records.read_into(part.location, record)?,
                None => records.read(part.location)?,
            };
            readers.write(&part, &record, records, &mut session)?;
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
    readers.finish(Timestamp(part.at), &mut session)?;
    session.finish().map(Some)
}

/// The first pass over all records.
struct Reading<'a> {
    readers: Readers,
    stats: &'a mut ImportStats,
    temp: TempFile,
    sorter: Sorter,
    parts: Parts,
    traces: HttpTraces,
    /// Lines before the first entry of the file: their numbers and texts. They belong to a log if a log follows.
    waiting: Vec<(u64, Vec<u8>)>,
    waiting_bytes: usize,
    /// True after a log line: lines of unknown form belong to the log.
    is_log: bool,
    number: u64,
    bytes: u64,
}

impl Reading<'_> {
    fn begin(&mut self, source: &Source) {
        self.parts = Parts { modified: source.modified, ..Parts::default() };
        (self.is_log, self.waiting_bytes) = (false, 0);
    }

    fn end(&mut self, source: &Source, file: u32) -> Result<()> {
        for exchange in self.traces.finish() {
            self.entry(source, (file, self.number), (None, Leaf::exchange(exchange)))?;
        }
        let dialect = if self.is_log { Dialect::Log } else { Dialect::Audit };
        self.waiting_before(source, file, dialect)?;
        if let Some(why) = &source.cut {
            self.unreadable(&source.path, self.number + 1, why, 0)?;
        }
        Ok(())
    }

    fn record(&mut self, source: &Source, (file, line): (u32, u64), record: Record<'_>) -> Result<()> {
        self.number += 1;
        let (record, offset) = match record {
            Record::Whole { bytes, at } => (bytes, at),
            Record::Broken { why, bytes } => {
                self.bytes = self.bytes.saturating_add(bytes);
                return self.unreadable(&source.path, line, &why, bytes);
            }
        };
        self.bytes = self.bytes.saturating_add(record.len() as u64 + 1);
        if self.traces.take(record, source.modified) {
            for exchange in self.traces.ended() {
                self.entry(source, (file, line), (None, Leaf::exchange(exchange)))?;
            }
            return Ok(());
        }
        let mut found = Leaves::default();
        dialects::leaves(record, &mut found);
        if found.list.is_empty() && found.unread == 1 && self.keep_line(record, line) {
            return Ok(());
        }
        if found.list.is_empty() && found.unread == 0 && found.understood == 0 {
            let why = found.why.clone().unwrap_or_else(|| NO_ENTRY.to_owned());
            found.noise(record.len(), &why);
        }
        for leaf in std::mem::take(&mut found.list) {
            let (dialect, untimed) = (leaf.dialect, self.parts.before == Timestamp::default());
            // The first lines of a log take the time of the first one with a time.
            let untimed = untimed && dialect == Dialect::Log;
            if !untimed {
                self.waiting_before(source, file, dialect)?;
            }
            // An entry that is an unchanged piece of its file is read from there again.
            let piece = match &leaf.text {
                Cow::Borrowed(text) => offset.and_then(|offset| Some(offset + offset_in(record, text)?)),
                Cow::Owned(_) => None,
            };
            self.entry(source, (file, line), (piece, leaf))?;
            if untimed {
                self.number -= 1;
                let flushed = self.waiting_before(source, file, dialect);
                self.number += 1;
                flushed?;
            }
        }
        let (why, lost) = (found.why.unwrap_or_else(|| NO_ENTRY.to_owned()), found.lost);
        (0..found.unread).try_for_each(|part| {
            let bytes = if part == 0 { found.unread_bytes } else { 0 };
            self.unread((&source.path, line), &why, bytes, lost)
        })
    }

    /// Keeps a line of unknown form: after a log line it is a part of the log. Returns false if it is unreadable.
    fn keep_line(&mut self, record: &[u8], line: u64) -> bool {
        if matches!(record.first(), Some(b'{' | b'[')) || self.waiting_bytes + record.len() > MAX_WAITING {
            return false;
        }
        self.waiting_bytes += record.len();
        self.waiting.push((line, record.to_vec()));
        true
    }

    /// Decides about the lines of unknown form before an entry.
    fn waiting_before(&mut self, source: &Source, file: u32, dialect: Dialect) -> Result<()> {
        if self.waiting.is_empty() {
            self.is_log |= dialect == Dialect::Log;
            return Ok(());
        }
        self.waiting_bytes = 0;
        let log = self.is_log || dialect == Dialect::Log;
        for (line, text) in std::mem::take(&mut self.waiting) {
            if log {
                let at = Some(self.parts.before);
                let leaf = Leaf { dialect: Dialect::Log, text: Cow::Owned(text), at };
                self.entry(source, (file, line), (None, leaf))?;
            } else {
                let lost = text.contains(&b'{');
                self.unread((&source.path, line), NO_ENTRY, text.len() as u64, lost)?;
            }
        }
        self.is_log = log;
        Ok(())
    }

    /// Reads an entry; `piece` is its offset in the file.
    fn entry(&mut self, source: &Source, (file, line): (u32, u64), (piece, leaf): (Option<u64>, Leaf<'_>)) -> Result<()> {
        let length = leaf.text.len() as u64;
        let location = match piece {
            Some(offset) => RecordLocation { file, offset, length },
            None => RecordLocation { file: 0, offset: self.temp.append(&leaf.text)?, length },
        };
        self.parts.hint = leaf.at;
        let read = self.readers.read(leaf.dialect, &leaf.text, location, &mut self.parts);
        let parts = std::mem::take(&mut self.parts.list);
        if let Err(why) = read {
            return self.unreadable(&source.path, line, &why, length);
        }
        self.stats.records += 1;
        for (at, stage) in parts {
            self.parts.before = at;
            let stage = Readers::stage(leaf.dialect, stage);
            self.sorter.push(TimedPart { at: at.0, stage, record: self.number, location })?;
        }
        Ok(())
    }

    /// Records a gap at the time of the previous record.
    fn unreadable(&mut self, path: &Path, line: u64, why: &str, bytes: u64) -> Result<()> {
        self.unread((path, line), why, bytes, true)
    }

    /// Records a gap. Where an entry may be lost, it is at the time of the previous record. Other text tells nothing about the cluster:
    /// its gap is at the start of the session, so that it does not cut the history.
    fn unread(&mut self, (path, line): (&Path, u64), why: &str, bytes: u64, lost: bool) -> Result<()> {
        self.stats.unreadable(path, line, why);
        let at = if lost { self.parts.before.0 } else { i64::MIN };
        let location = RecordLocation { file: 0, offset: 0, length: bytes };
        self.sorter.push(TimedPart { at, stage: UNREADABLE, record: self.number, location })
    }
}

/// The offset of a part in a text; `None` if it is not a part of it.
fn offset_in(whole: &[u8], part: &[u8]) -> Option<u64> {
    let offset = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    (offset + part.len() <= whole.len()).then_some(offset as u64)
}
