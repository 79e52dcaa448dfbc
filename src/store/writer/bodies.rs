//! Texts on their way into the file: each content once a segment, an object's against its keyframe.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use rusqlite::{Connection, params};

use super::super::codec::{Codec, Encoder, Hash, hash};

/// After so many differences an object gets a new keyframe: they grow as it moves away from the old one.
const KEYFRAME_EVERY: u32 = 64;
/// Keyframes kept in memory; beyond it the oldest go and their objects get new ones.
const KEYFRAME_BYTES: usize = 64 << 20;

/// A stored text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) id: i64,
    pub(super) hash: Hash,
}

/// What tells objects apart here: kind, namespace, name.
pub(super) type Slot = (i64, i64, i64);

struct Keyframe {
    body: i64,
    text: Bytes,
    uses: u32,
}

/// What this segment holds.
pub(super) struct Bodies {
    encoder: Encoder,
    next: i64,
    by_hash: HashMap<Hash, i64>,
    keyframes: HashMap<Slot, Keyframe>,
    order: VecDeque<Slot>,
    kept: usize,
}

impl Bodies {
    /// `next` is the first free row.
    pub(super) fn new(next: i64) -> Bodies {
        Bodies {
            encoder: Encoder::new(),
            next,
            by_hash: HashMap::new(),
            keyframes: HashMap::new(),
            order: VecDeque::new(),
            kept: 0,
        }
    }

    /// The row that the next new text gets.
    pub(super) fn next(&self) -> i64 {
        self.next
    }

    /// How many texts this segment holds.
    pub(super) fn len(&self) -> usize {
        self.by_hash.len()
    }

    /// A new segment: it refers to no text before it.
    pub(super) fn forget(&mut self) {
        self.by_hash.clear();
        self.keyframes.clear();
        self.order.clear();
        self.kept = 0;
    }

    /// Stores a text that belongs to no object.
    pub(super) fn put(&mut self, db: &Connection, text: &[u8]) -> rusqlite::Result<Stored> {
        let hash = hash(text);
        if let Some(id) = self.by_hash.get(&hash) {
            return Ok(Stored { id: *id, hash });
        }
        let (codec, data) = self.encoder.encode(text, None);
        insert(db, self.next, hash, text.len(), codec, None, data)?;
        Ok(self.stored(hash))
    }

    /// Stores a state of the object with this key.
    pub(super) fn put_state(&mut self, db: &Connection, slot: Slot, text: &Bytes) -> rusqlite::Result<Stored> {
        let hash = hash(text);
        if let Some(id) = self.by_hash.get(&hash) {
            return Ok(Stored { id: *id, hash });
        }
        let keyframe = self.keyframes.get_mut(&slot).filter(|keyframe| keyframe.uses < KEYFRAME_EVERY);
        match keyframe {
            Some(keyframe) => {
                keyframe.uses += 1;
                let (codec, data) = self.encoder.encode(text, Some(&keyframe.text));
                let against = (codec == Codec::Delta).then_some(keyframe.body);
                insert(db, self.next, hash, text.len(), codec, against, data)?;
            }
            None => {
                let (codec, data) = self.encoder.encode(text, None);
                insert(db, self.next, hash, text.len(), codec, None, data)?;
                // Copied: the bytes may be a slice of a bigger buffer that would live on with them.
                self.keep(slot, Bytes::copy_from_slice(text));
            }
        }
        Ok(self.stored(hash))
    }

    fn stored(&mut self, hash: Hash) -> Stored {
        let id = self.next;
        self.by_hash.insert(hash, id);
        self.next += 1;
        Stored { id, hash }
    }

    fn keep(&mut self, slot: Slot, text: Bytes) {
        self.kept += text.len();
        match self.keyframes.insert(slot, Keyframe { body: self.next, text, uses: 0 }) {
            Some(old) => self.kept -= old.text.len(),
            None => self.order.push_back(slot),
        }
        while self.kept > KEYFRAME_BYTES {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(old) = self.keyframes.remove(&oldest) {
                self.kept -= old.text.len();
            }
        }
    }
}

fn insert(
    db: &Connection,
    id: i64,
    hash: Hash,
    bytes: usize,
    codec: Codec,
    keyframe: Option<i64>,
    data: &[u8],
) -> rusqlite::Result<()> {
    let mut statement =
        db.prepare_cached("INSERT INTO body (id, hash, bytes, codec, keyframe, data) VALUES (?, ?, ?, ?, ?, ?)")?;
    // A plain text is stored as text, so that every SQLite program shows it.
    match std::str::from_utf8(data) {
        Ok(text) if codec == Codec::Plain => statement.execute(params![id, hash, bytes, codec as i64, keyframe, text])?,
        _ => statement.execute(params![id, hash, bytes, codec as i64, keyframe, data])?,
    };
    Ok(())
}
