//! All readers, and which of them reads an entry.

use super::exchange::ExchangeReader;
use super::log::LogReader;
use crate::audit::AuditReader;
use crate::dialects::Dialect;
use crate::import_session::ImportSession;
use crate::kamera::TraceReader;
use crate::reader::{Parts, Reader, Records};
use crate::sorter::{RecordLocation, TimedPart};
use crate::watch_stream::WatchReader;
use kuberewind_model::{Result, Timestamp};

/// Bits of a part's stage that its reader uses.
const STAGE_BITS: u8 = 4;

#[derive(Default)]
pub(crate) struct Readers {
    audit: AuditReader,
    exchange: ExchangeReader,
    kamera: TraceReader,
    watch: WatchReader,
    log: LogReader,
    /// The kinds of entries so far, in the order of their first ones.
    seen: Vec<Dialect>,
}

impl Readers {
    /// The stage of a part among those of all readers.
    pub(crate) fn stage(dialect: Dialect, stage: u8) -> u8 {
        (index(dialect) << STAGE_BITS) | stage
    }

    /// The kinds of entries that were read.
    pub(crate) fn dialects(&self) -> Vec<Dialect> {
        self.seen.clone()
    }

    pub(crate) fn has_times(&self) -> bool {
        self.seen.iter().any(|dialect| self.shared(*dialect).has_times())
    }

    pub(crate) fn default_actor(&self) -> &'static str {
        self.seen.first().map_or("unknown", |dialect| self.shared(*dialect).default_actor())
    }

    /// As [`Reader::read`].
    pub(crate) fn read(
        &mut self,
        dialect: Dialect,
        entry: &[u8],
        location: RecordLocation,
        parts: &mut Parts,
    ) -> std::result::Result<(), String> {
        self.reader(index(dialect)).read(entry, location, parts)?;
        if !self.seen.contains(&dialect) {
            self.seen.push(dialect);
            // A trace knows its reconciles better than the log around it.
            self.log.has_reconciles = !self.seen.contains(&Dialect::Kamera);
        }
        Ok(())
    }

    /// As [`Reader::write`].
    pub(crate) fn write(
        &mut self,
        part: &TimedPart,
        entry: &[u8],
        records: &mut Records<'_>,
        session: &mut ImportSession,
    ) -> Result<()> {
        let own = TimedPart { stage: part.stage & ((1 << STAGE_BITS) - 1), ..*part };
        self.reader(part.stage >> STAGE_BITS).write(&own, entry, records, session)
    }

    pub(crate) fn finish(&mut self, at: Timestamp, session: &mut ImportSession) -> Result<()> {
        (0..=index(Dialect::Log)).try_for_each(|reader| self.reader(reader).finish(at, session))
    }

    fn reader(&mut self, index: u8) -> &mut dyn Reader {
        match index {
            0 => &mut self.audit,
            1 => &mut self.exchange,
            2 => &mut self.kamera,
            3 => &mut self.watch,
            _ => &mut self.log,
        }
    }

    fn shared(&self, dialect: Dialect) -> &dyn Reader {
        match index(dialect) {
            0 => &self.audit,
            1 => &self.exchange,
            2 => &self.kamera,
            3 => &self.watch,
            _ => &self.log,
        }
    }
}

/// The number of the reader, which orders parts of one time.
fn index(dialect: Dialect) -> u8 {
    match dialect {
        Dialect::Audit => 0,
        Dialect::Exchange | Dialect::Span => 1,
        Dialect::Kamera => 2,
        Dialect::Watch => 3,
        Dialect::Log => 4,
    }
}
