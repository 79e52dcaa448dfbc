//! The dictionaries of the kinds, as the writer makes and uses them.
//!
//! A kind gets its first dictionary after a few bodies, and a new one when many bodies have compressed badly against it: bodies of
//! a kind change as its objects go from created to running. The time between two dictionaries grows, so their number stays small.

use rusqlite::Connection;
use zstd::zstd_safe::{CDict, create_cdict};

use kuberewind_model::Result;

use crate::codec::LEVEL;
use crate::dictionary;
use crate::maps::Map;

/// The bytes of a dictionary: the newest samples, and what fits of the dictionary before.
const BYTES: usize = 32 << 10;
/// Longer texts are no samples: few of them would fill a dictionary.
const LONGEST_SAMPLE: usize = 16 << 10;
/// A text is a sample if it is at least this long and compressed to more than one part in so many.
const SHORTEST_SAMPLE: usize = 200;
const PARTS: usize = 8;
/// The samples of the first dictionary of a kind.
const FIRST: usize = 4;
/// After so many dictionaries of a kind, the next one takes twice as many samples, up to a limit.
const DOUBLE_EVERY: u32 = 3;
const MOST_SAMPLES: usize = 4_096;
/// The most kinds in memory, at about 200 KiB each. When there are more, all are dropped, and dictionaries are read from the file
/// when they are used next.
const KINDS: usize = 64;

/// A dictionary that bodies can be compressed against.
pub(super) struct Dictionary {
    pub(super) row: i64,
    pub(super) compressor: CDict<'static>,
}

#[derive(Default)]
struct Kind {
    dictionary: Option<Dictionary>,
    /// The content of the dictionary, and behind it the samples since.
    content: Vec<u8>,
    samples: usize,
    /// How many dictionaries the kind has had.
    made: u32,
}

#[derive(Default)]
pub(super) struct Dictionaries(Map<i64, Kind>);

impl Dictionaries {
    /// Returns the dictionary of a kind, if it has one.
    pub(super) fn of(&mut self, db: &Connection, kind: i64) -> Result<Option<&Dictionary>> {
        Ok(self.kind(db, kind)?.dictionary.as_ref())
    }

    /// Notes that `body` with this text was compressed to `stored` bytes, and makes a new dictionary if many texts compressed badly.
    pub(super) fn learn(&mut self, db: &Connection, kind: i64, body: i64, text: &[u8], stored: usize) -> Result<()> {
        let sample = (SHORTEST_SAMPLE..=LONGEST_SAMPLE).contains(&text.len()) && stored.saturating_mul(PARTS) > text.len();
        if !sample {
            return Ok(());
        }
        let of = self.kind(db, kind)?;
        of.content.extend_from_slice(text);
        of.samples += 1;
        let surplus = of.content.len().saturating_sub(BYTES);
        of.content.drain(..surplus);
        let wanted = (FIRST << (of.made / DOUBLE_EVERY).min(12)).min(MOST_SAMPLES);
        if of.samples < wanted {
            return Ok(());
        }
        let row = dictionary::write(db, kind, body + 1, &of.content)?;
        of.dictionary = Some(Dictionary { row, compressor: create_cdict(&of.content, LEVEL) });
        (of.samples, of.made) = (0, of.made.saturating_add(1));
        Ok(())
    }

    /// Returns what is known of a kind. On first use, that is what the file has.
    fn kind(&mut self, db: &Connection, kind: i64) -> Result<&mut Kind> {
        if self.0.len() >= KINDS && !self.0.contains_key(&kind) {
            self.0.clear();
        }
        match self.0.entry(kind) {
            std::collections::hash_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::hash_map::Entry::Vacant(unknown) => {
                let mut of = Kind::default();
                if let Some((row, made)) = dictionary::newest(db, kind)? {
                    of.content = dictionary::read(db, row)?;
                    of.dictionary = Some(Dictionary { row, compressor: create_cdict(&of.content, LEVEL) });
                    of.made = made;
                }
                Ok(unknown.insert(of))
            }
        }
    }
}
