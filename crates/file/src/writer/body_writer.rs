//! Storing bodies: each distinct text once per segment, a state of an object against its keyframe, other texts against a
//! dictionary of their kind.

use std::collections::VecDeque;

use bytes::Bytes;
use rusqlite::Connection;

use kuberewind_model::Result;

use super::dictionaries::Dictionaries;
use super::rows::Rows;
use crate::codec::{Against, Codec, Encoder, Hash, hash};
use crate::maps::Map;
use crate::schema::KeyRows;

/// After this many differences an object gets a new keyframe, because differences grow with the distance from it.
const KEYFRAME_EVERY: u32 = 64;
/// A difference below one part in so many of its text is small. For others, the dictionary of the kind may be better.
const SMALL_PART: usize = 24;
/// The most bytes of keyframes in memory. The oldest are dropped, and their objects get new ones, which cost little: they are
/// compressed against the dictionary of the kind. An `lru` would count entries, not bytes, and touch its list for each operation.
const KEYFRAME_BYTES: usize = 24 << 20;

/// A stored body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StoredBody {
    pub(super) id: i64,
    pub(super) hash: Hash,
}

struct Keyframe {
    body: i64,
    text: Bytes,
    uses: u32,
}

/// The bodies of the current segment, and the dictionaries of the file.
pub(super) struct BodyWriter {
    encoder: Encoder,
    next: i64,
    by_hash: Map<Hash, i64>,
    keyframes: Map<KeyRows, Keyframe>,
    order: VecDeque<KeyRows>,
    kept: usize,
    dictionaries: Dictionaries,
    /// A difference that waits for the comparison with the dictionary.
    difference: Vec<u8>,
}

impl BodyWriter {
    /// `next` is the first free row.
    pub(super) fn new(next: i64) -> BodyWriter {
        BodyWriter {
            encoder: Encoder::new(),
            next,
            by_hash: Map::default(),
            keyframes: Map::default(),
            order: VecDeque::new(),
            kept: 0,
            dictionaries: Dictionaries::default(),
            difference: Vec::new(),
        }
    }

    /// The row of the next new body.
    pub(super) fn next(&self) -> i64 {
        self.next
    }

    /// The number of bodies in this segment.
    pub(super) fn len(&self) -> usize {
        self.by_hash.len()
    }

    /// Begins a new segment, which does not refer to earlier bodies. Dictionaries belong to no segment.
    pub(super) fn forget(&mut self) {
        self.by_hash.clear();
        self.keyframes.clear();
        self.order.clear();
        self.kept = 0;
    }

    /// Drops the dictionaries in memory, after those of the file were removed.
    pub(super) fn forget_dictionaries(&mut self) {
        self.dictionaries = Dictionaries::default();
    }

    /// Stores a text that is not a state of an object: a request, or a response of another kind. `about` is the object that the
    /// call addresses; a request resembles its states.
    pub(super) fn put(&mut self, db: &Connection, rows: &mut Rows, about: KeyRows, text: &[u8]) -> Result<StoredBody> {
        let hash = hash(text);
        if let Some(id) = self.by_hash.get(&hash) {
            return Ok(StoredBody { id: *id, hash });
        }
        match self.keyframes.get(&about) {
            Some(keyframe) => {
                let stored = self.encoder.encode(text, &Against::Keyframe(&keyframe.text));
                let against = (stored.0 == Codec::Delta).then_some(keyframe.body);
                rows.body(self.next, hash, text.len(), stored, against);
            }
            None => {
                self.store_against_dictionary(db, rows, about.0, (text, hash))?;
            }
        }
        Ok(self.stored(hash))
    }

    /// Stores a state of the object with this key.
    pub(super) fn put_state(&mut self, db: &Connection, rows: &mut Rows, key: KeyRows, text: &Bytes) -> Result<StoredBody> {
        let hash = hash(text);
        if let Some(id) = self.by_hash.get(&hash) {
            return Ok(StoredBody { id: *id, hash });
        }
        if !self.store_difference(db, rows, key, (text, hash))? {
            self.store_against_dictionary(db, rows, key.0, (text, hash))?;
            // Copied, because `text` may be a slice that keeps a larger buffer alive.
            self.keep(key, Bytes::copy_from_slice(text));
        }
        Ok(self.stored(hash))
    }

    /// Stores a text against the keyframe of its object. Returns false if it has none, or if the text should become its next one,
    /// because the dictionary of the kind is nearer to it.
    fn store_difference(&mut self, db: &Connection, rows: &mut Rows, key: KeyRows, (text, hash): (&[u8], Hash)) -> Result<bool> {
        let keyframe = self.keyframes.get_mut(&key).filter(|keyframe| keyframe.uses < KEYFRAME_EVERY);
        let Some(keyframe) = keyframe else { return Ok(false) };
        keyframe.uses += 1;
        let stored = self.encoder.encode(text, &Against::Keyframe(&keyframe.text));
        let (codec, size) = (stored.0, stored.1.len());
        // Tried rarely for one keyframe: an object whose differences grow gets a new keyframe soon, and others cost no time.
        let compare = keyframe.uses.is_power_of_two() && size.saturating_mul(SMALL_PART) > text.len();
        let dictionary = if compare && codec == Codec::Delta { self.dictionaries.of(db, key.0)? } else { None };
        let Some(dictionary) = dictionary else {
            let against = (codec == Codec::Delta).then_some(keyframe.body);
            rows.body(self.next, hash, text.len(), stored, against);
            return Ok(true);
        };
        self.difference.clear();
        self.difference.extend_from_slice(stored.1);
        let other = self.encoder.encode(text, &Against::Dictionary(&dictionary.compressor));
        if other.1.len() < size {
            return Ok(false);
        }
        rows.body(self.next, hash, text.len(), (codec, self.difference.as_slice()), Some(keyframe.body));
        Ok(true)
    }

    fn store_against_dictionary(
        &mut self,
        db: &Connection,
        rows: &mut Rows,
        kind: i64,
        (text, hash): (&[u8], Hash),
    ) -> Result<()> {
        let dictionary = self.dictionaries.of(db, kind)?;
        let against = dictionary.map_or(Against::Nothing, |dictionary| Against::Dictionary(&dictionary.compressor));
        let stored = self.encoder.encode(text, &against);
        let row = dictionary.filter(|_| stored.0 == Codec::Dictionary).map(|dictionary| dictionary.row);
        rows.body(self.next, hash, text.len(), stored, row);
        let size = stored.1.len();
        self.dictionaries.learn(db, kind, self.next, text, size)
    }

    fn stored(&mut self, hash: Hash) -> StoredBody {
        let id = self.next;
        self.by_hash.insert(hash, id);
        self.next += 1;
        StoredBody { id, hash }
    }

    fn keep(&mut self, key: KeyRows, text: Bytes) {
        self.kept += text.len();
        match self.keyframes.insert(key, Keyframe { body: self.next, text, uses: 0 }) {
            Some(old) => self.kept -= old.text.len(),
            None => self.order.push_back(key),
        }
        while self.kept > KEYFRAME_BYTES {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(old) = self.keyframes.remove(&oldest) {
                self.kept -= old.text.len();
            }
        }
    }
}
