//! The texts of objects that were served last.

use kuberewind_cluster::Text;
use lru::LruCache;

use super::state::Recorded;

/// The most bytes of texts that are kept.
const MAX_BYTES: usize = 64 << 20;
/// The bytes that an entry needs beside its text.
const ENTRY: usize = 256;

/// A bounded cache. The text that was not used for the longest time is dropped first.
#[derive(Debug)]
pub(crate) struct TextCache {
    texts: LruCache<Recorded, Text>,
    bytes: usize,
    max: usize,
}

impl Default for TextCache {
    fn default() -> TextCache {
        TextCache { texts: LruCache::unbounded(), bytes: 0, max: MAX_BYTES }
    }
}

impl TextCache {
    pub(crate) fn get(&mut self, state: &Recorded) -> Option<Text> {
        self.texts.get(state).cloned()
    }

    pub(crate) fn insert(&mut self, state: Recorded, text: Text) {
        self.bytes = self.bytes.saturating_add(size(&text));
        if let Some(replaced) = self.texts.put(state, text) {
            self.bytes = self.bytes.saturating_sub(size(&replaced));
        }
        while self.bytes > self.max {
            let Some((_, dropped)) = self.texts.pop_lru() else { break };
            self.bytes = self.bytes.saturating_sub(size(&dropped));
        }
    }
}

fn size(text: &Text) -> usize {
    text.len().saturating_add(ENTRY)
}

#[cfg(test)]
mod tests {
    use kuberewind_model::ObjectId;

    use super::*;

    #[test]
    fn the_cache_is_bounded_by_bytes() {
        let mut cache = TextCache { max: 3 * (ENTRY + 2), ..TextCache::default() };
        let state = |object| Recorded { object: ObjectId(object), version: None, revision: None };
        let text = || Text::read("{}".into()).unwrap();
        for object in 0..3 {
            cache.insert(state(object), text());
        }
        assert!(cache.get(&state(0)).is_some());
        cache.insert(state(3), text());
        cache.insert(state(3), text());
        let kept: Vec<bool> = (0..4).map(|object| cache.get(&state(object)).is_some()).collect();
        assert_eq!((kept, cache.bytes), (vec![true, false, true, true], 3 * (ENTRY + 2)));
    }
}
