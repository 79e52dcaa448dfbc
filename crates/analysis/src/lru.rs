//! A bounded map that evicts the least recently used entries.

use std::hash::Hash;

use super::hash::Map;

/// A map of at most `CAPACITY` entries (at least 4). A full map evicts the least recently used quarter at once. An access
/// costs one counter; the `lru` crate relinks a list on each access, and detectors access several maps per operation.
#[derive(Debug)]
pub(crate) struct Lru<K, V, const CAPACITY: usize> {
    entries: Map<K, (u64, V)>,
    tick: u64,
}

impl<K, V, const CAPACITY: usize> Default for Lru<K, V, CAPACITY> {
    fn default() -> Self {
        Lru { entries: Map::default(), tick: 0 }
    }
}

impl<K: Eq + Hash, V, const CAPACITY: usize> Lru<K, V, CAPACITY> {
    /// Returns an entry without marking it as used.
    pub fn peek(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        self.tick += 1;
        let tick = self.tick;
        self.entries.get_mut(key).map(|(used, value)| {
            *used = tick;
            value
        })
    }

    /// Returns the entry, inserting the result of `make` if it is missing.
    pub fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if self.entries.len() >= CAPACITY && !self.entries.contains_key(&key) {
            self.forget(CAPACITY / 4);
        }
        self.tick += 1;
        let tick = self.tick;
        let (used, value) = self.entries.entry(key).or_insert_with(|| (tick, make()));
        *used = tick;
        value
    }

    pub fn insert(&mut self, key: K, value: V) {
        if self.entries.len() >= CAPACITY && !self.entries.contains_key(&key) {
            self.forget(CAPACITY / 4);
        }
        self.tick += 1;
        self.entries.insert(key, (self.tick, value));
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.entries.remove(key).map(|(_, value)| value)
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain(|key, (_, value)| keep(key, value));
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// All entries, unordered.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, (_, value))| (key, value))
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Evicts the `count` least recently used entries (at least one).
    pub fn forget(&mut self, count: usize) {
        let count = count.clamp(1, self.entries.len().max(1));
        let mut used: Vec<u64> = self.entries.values().map(|(used, _)| *used).collect();
        if used.is_empty() {
            return;
        }
        let (_, limit, _) = used.select_nth_unstable(count - 1);
        let limit = *limit;
        self.entries.retain(|_, (used, _)| *used > limit);
    }
}

#[cfg(test)]
mod tests {
    use super::Lru;

    #[test]
    fn evicts_the_least_recently_used() {
        let mut lru: Lru<u64, u64, 8> = Lru::default();
        for key in 0..8_u64 {
            lru.insert(key, key);
        }
        assert_eq!(lru.get(&0), Some(&mut 0));
        lru.insert(8, 8);
        assert_eq!(lru.len(), 7);
        assert!(lru.peek(&0).is_some() && lru.peek(&1).is_none() && lru.peek(&2).is_none() && lru.peek(&8).is_some());
    }
}
