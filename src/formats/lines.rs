//! Importers of logs: a record is read for when its parts happened, and played when their turn has come.

use std::borrow::Cow;

use super::order::{Order, Part, Place};
use super::player::Player;
use super::progress::{Progress, Watcher};
use super::records::{self, Record};
use super::source::Source;
use super::spool::Spool;
use super::work::{Tally, Work};
use kuberewind_model::{ClockKind, Result, Timestamp};

/// A part that stands for a record that nobody could read.
const LOST: u8 = u8::MAX;
/// After so many records it is told how far it is.
const TELL: u64 = 256;

/// Reads one sort of log.
pub(super) trait Reader {
    /// What the calls of nobody in particular are attributed to.
    fn who(&self) -> &'static str;

    /// The records inside of one: what a log collector, or a batch, wraps around them.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    fn unwrap<'a>(&self, record: &'a [u8]) -> std::result::Result<Vec<Cow<'a, [u8]>>, String> {
        Ok(vec![Cow::Borrowed(record)])
    }

    /// What happened in a record, and when: `parts` is given the moment, and a small number that [`Reader::play`] gets
    /// back. Of parts at the same time the smaller number is played first.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    fn read(&mut self, record: &[u8], place: Place, parts: &mut Parts) -> std::result::Result<(), String>;

    /// The time of the session; asked when all is read.
    fn clock(&self) -> ClockKind {
        ClockKind::Wall
    }

    /// Plays one part. `records` reads others.
    ///
    /// # Errors
    /// When the recording cannot be written, or a file not be read.
    fn play(&mut self, part: &Part, record: &[u8], records: &mut Records<'_>, player: &mut Player) -> Result<()>;

    /// All was played; `at` is the moment of the last part.
    ///
    /// # Errors
    /// When the recording cannot be written.
    fn finish(&mut self, at: Timestamp, player: &mut Player) -> Result<()>;
}

/// The parts of one record.
#[derive(Default)]
pub(super) struct Parts {
    /// The moment of the last part of the record before: of records without a time.
    pub(super) before: Timestamp,
    told: Vec<(Timestamp, u8)>,
}

impl Parts {
    /// Something happened.
    pub(super) fn add(&mut self, at: Timestamp, what: u8) {
        self.told.push((at, what));
    }
}

/// Reads records where they are.
pub(super) struct Records<'a> {
    sources: &'a [Source],
    spool: Spool,
}

impl Records<'_> {
    /// The record at a place.
    pub(super) fn read(&mut self, place: Place) -> Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(place.length).unwrap_or(0).min(records::LONGEST * 2)];
        match place.file.checked_sub(1).and_then(|number| self.sources.get(usize::from(number))) {
            Some(source) => source.read(place.offset, &mut bytes)?,
            None => self.spool.read(place.offset, &mut bytes)?,
        }
        Ok(bytes)
    }
}

/// Imports the files of `work` as one session.
pub(super) fn import(work: &Work, tally: &mut Tally, watcher: &mut Watcher<'_>, reader: &mut dyn Reader) -> Result<()> {
    let mut reading = Reading {
        reader,
        tally,
        spool: Spool::new(&work.folder)?,
        order: Order::new(&work.folder),
        parts: Parts::default(),
        number: 0,
        bytes: 0,
    };
    let total = work.sources.iter().map(|source| source.length).sum();
    for (file, source) in (1_u16..).zip(&work.sources) {
        records::each(source, &mut |line, record| {
            if reading.number.is_multiple_of(TELL) {
                watcher.at(Progress::Reading { done: reading.bytes, total })?;
            }
            reading.take(source, (file, line), record)
        })?;
        if let Some(why) = &source.cut {
            reading.unreadable(source, reading.number + 1, why, 0)?;
        }
    }
    let Reading { reader, spool, order, .. } = reading;
    let mut records = Records { sources: &work.sources, spool };
    let operations = play(work, watcher, (reader, order), &mut records)?;
    tally.operations += operations.ok_or_else(|| tally.nothing(work))?;
    Ok(())
}

/// Plays everything in order; gives the number of operations, `None` where there was nothing to play.
fn play(
    work: &Work,
    watcher: &mut Watcher<'_>,
    (reader, order): (&mut dyn Reader, Order),
    records: &mut Records<'_>,
) -> Result<Option<u64>> {
    let total = order.len();
    let mut sorted = order.sorted()?;
    let (mut before, mut first) = (Vec::new(), None);
    while let Some(part) = sorted.next()? {
        if part.what != LOST {
            first = Some(part);
            break;
        }
        before.push(part.place.length);
    }
    let Some(mut part) = first else { return Ok(None) };
    let mut player = Player::begin(&work.output, work.import.clone(), Timestamp(part.at), reader.clock(), reader.who())?;
    before.into_iter().for_each(|bytes| player.lost(bytes));
    // The parts of a record often follow each other.
    let mut last: Option<(Place, Vec<u8>)> = None;
    for done in 1.. {
        if part.what == LOST {
            player.lost(part.place.length);
        } else {
            let record = match last.take() {
                Some((place, record)) if place == part.place => record,
                _ => records.read(part.place)?,
            };
            reader.play(&part, &record, records, &mut player)?;
            last = Some((part.place, record));
        }
        if done % TELL == 0 {
            watcher.at(Progress::Writing { done, total })?;
        }
        match sorted.next()? {
            Some(next) => part = next,
            None => break,
        }
    }
    reader.finish(Timestamp(part.at), &mut player)?;
    player.finish().map(Some)
}

/// The first look at all records.
struct Reading<'a> {
    reader: &'a mut dyn Reader,
    tally: &'a mut Tally,
    spool: Spool,
    order: Order,
    parts: Parts,
    number: u64,
    bytes: u64,
}

impl Reading<'_> {
    fn take(&mut self, source: &Source, (file, line): (u16, u64), record: Record<'_>) -> Result<()> {
        self.number += 1;
        let (record, at) = match record {
            Record::Whole { bytes, at } => (bytes, at),
            Record::Broken { why, bytes } => {
                self.bytes = self.bytes.saturating_add(bytes);
                return self.unreadable(source, line, &why, bytes);
            }
        };
        self.bytes = self.bytes.saturating_add(record.len() as u64 + 1);
        let inner = match self.reader.unwrap(record) {
            Ok(inner) => inner,
            Err(why) => return self.unreadable(source, line, &why, record.len() as u64),
        };
        for text in inner {
            // A record that is a piece of its file as it stands is read there again.
            let same = matches!(&text, Cow::Borrowed(text) if text.as_ptr() == record.as_ptr() && text.len() == record.len());
            let place = match at.filter(|_| same) {
                Some(offset) => Place { file, offset, length: record.len() as u64 },
                None => Place { file: 0, offset: self.spool.append(&text)?, length: text.len() as u64 },
            };
            let read = self.reader.read(&text, place, &mut self.parts);
            let told = std::mem::take(&mut self.parts.told);
            if let Err(why) = read {
                self.unreadable(source, line, &why, text.len() as u64)?;
                continue;
            }
            self.tally.records += 1;
            for (at, what) in told {
                self.parts.before = at;
                self.order.push(Part { at: at.0, what, record: self.number, place })?;
            }
        }
        Ok(())
    }

    /// A gap stands for it, where the record before it has its place.
    fn unreadable(&mut self, source: &Source, line: u64, why: &str, bytes: u64) -> Result<()> {
        self.tally.unreadable(source, line, why);
        let place = Place { file: 0, offset: 0, length: bytes };
        self.order.push(Part { at: self.parts.before.0, what: LOST, record: self.number, place })
    }
}
