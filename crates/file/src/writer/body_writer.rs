//! Storing bodies: each distinct text once per segment, a state of an object against its keyframe.

use std::collections::VecDeque;

use super::rows::Rows;
use crate::codec::{Codec, Encoder, Hash, hash};
use crate::maps::Map;
use crate::schema::KeyRows;
use bytes::Bytes;

/// After this many differences an object gets a new keyframe, because differences grow with the distance from it.
const KEYFRAME_EVERY: u32 = 64;
/// The most bytes of keyframes in memory. The oldest are dropped, and their objects get new ones. An `lru` would count
/// entries, not bytes, and touch its list for each operation.
const KEYFRAME_BYTES: usize = 64 << 20;

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

/// The bodies of the current segment.
pub(super) struct BodyWriter {
    encoder: Encoder,
    next: i64,
    by_hash: Map<Hash, i64>,
    keyframes: Map<KeyRows, Keyframe>,
    order: VecDeque<KeyRows>,
    kept: usize,
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

    /// Begins a new segment, which does not refer to earlier bodies.
    pub(super) fn forget(&mut self) {
        self.by_hash.clear();
        self.keyframes.clear();
        self.order.clear();
        self.kept = 0;
    }

    /// Stores a text that is not a state of an object.
    pub(super) fn put(&mut self, rows: &mut Rows, text: &[u8]) -> StoredBody {
        let hash = hash(text);
        if let Some(id) = self.by_hash.get(&hash) {
            return StoredBody { id: *id, hash };
        }
        rows.body(self.next, hash, text.len(), self.encoder.encode(text, None), None);
        self.stored(hash)
    }

    /// Stores a state of the object with this key.
    pub(super) fn put_state(&mut self, rows: &mut Rows, key: KeyRows, text: &Bytes) -> StoredBody {
        let hash = hash(text);
        if let Some(id) = self.by_hash.get(&hash) {
            return StoredBody { id: *id, hash };
        }
        let keyframe = self.keyframes.get_mut(&key).filter(|keyframe| keyframe.uses < KEYFRAME_EVERY);
        match keyframe {
            Some(keyframe) => {
                keyframe.uses += 1;
                let stored = self.encoder.encode(text, Some(&keyframe.text));
                let against = (stored.0 == Codec::Delta).then_some(keyframe.body);
                rows.body(self.next, hash, text.len(), stored, against);
            }
            None => {
                rows.body(self.next, hash, text.len(), self.encoder.encode(text, None), None);
                // Copied, because `text` may be a slice that keeps a larger buffer alive.
                self.keep(key, Bytes::copy_from_slice(text));
            }
        }
        self.stored(hash)
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
