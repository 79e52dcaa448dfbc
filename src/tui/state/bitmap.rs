//! A set of places of the recording, a bit each, in which the n-th is found and those before a place are counted without
//! walking through it (rank and select over running counts).

/// Words per running count.
const GROUP: usize = 8;

/// The set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    /// How many are in the set before each group of words.
    counts: Vec<u64>,
    count: u64,
}

fn at(place: u64) -> (usize, u32) {
    (usize::try_from(place / 64).unwrap_or(usize::MAX), u32::try_from(place % 64).unwrap_or(0))
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Bitmap {
    /// How many are in it.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Puts the bits of whole words where they belong; `from` is a multiple of 64.
    pub fn put(&mut self, from: u64, words: &[u64]) {
        let start = at(from).0;
        let end = start.saturating_add(words.len());
        if end > self.words.len() {
            self.words.resize(end, 0);
        }
        if let Some(place) = self.words.get_mut(start..end) {
            place.copy_from_slice(words);
        }
        self.count_from(start / GROUP);
    }

    fn count_from(&mut self, group: usize) {
        self.counts.truncate(group);
        let mut sum = match self.counts.len().checked_sub(1) {
            Some(last) => self.counts[last] + self.within(last),
            None => 0,
        };
        for group in self.counts.len()..self.words.len().div_ceil(GROUP) {
            self.counts.push(sum);
            sum += self.within(group);
        }
        self.count = sum;
    }

    fn within(&self, group: usize) -> u64 {
        let end = ((group + 1) * GROUP).min(self.words.len());
        self.words.get(group * GROUP..end).unwrap_or_default().iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether a place is in it.
    #[must_use]
    pub fn has(&self, place: u64) -> bool {
        let (word, bit) = at(place);
        self.words.get(word).is_some_and(|word| word >> bit & 1 != 0)
    }

    /// How many are in it before a place.
    #[must_use]
    pub fn rank(&self, place: u64) -> u64 {
        let (word, bit) = at(place);
        let Some(here) = self.words.get(word) else { return self.count };
        let group = word / GROUP;
        let before: u64 = self.words[group * GROUP..word].iter().map(|word| u64::from(word.count_ones())).sum();
        self.counts.get(group).copied().unwrap_or(0) + before + u64::from((here & ((1 << bit) - 1)).count_ones())
    }

    /// The n-th place, from 0.
    #[must_use]
    pub fn select(&self, nth: u64) -> Option<u64> {
        if nth >= self.count {
            return None;
        }
        let group = self.counts.partition_point(|count| *count <= nth).checked_sub(1)?;
        let mut left = nth - self.counts[group];
        for (offset, word) in self.words[group * GROUP..].iter().enumerate() {
            let ones = u64::from(word.count_ones());
            if left < ones {
                let mut rest = *word;
                for _ in 0..left {
                    rest &= rest - 1;
                }
                return Some(wide(group * GROUP + offset) * 64 + u64::from(rest.trailing_zeros()));
            }
            left -= ones;
        }
        None
    }

    /// The first one beyond a place.
    #[must_use]
    pub fn after(&self, place: u64) -> Option<u64> {
        self.select(self.rank(place.saturating_add(1)))
    }

    /// The last one before a place.
    #[must_use]
    pub fn before(&self, place: u64) -> Option<u64> {
        self.select(self.rank(place).checked_sub(1)?)
    }

    /// How many lie from one place up to, not including, another.
    #[must_use]
    pub fn between(&self, from: u64, to: u64) -> u64 {
        self.rank(to).saturating_sub(self.rank(from))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Bitmap;

    proptest! {
        #[test]
        fn it_answers_as_a_set_does(places in proptest::collection::btree_set(0_u64..4_000, 0..300), ask in 0_u64..4_100) {
            let mut bitmap = Bitmap::default();
            // Pieces come in any order.
            for piece in [3_u64, 0, 2, 1] {
                let from = piece * 1_024;
                let mut words = [0_u64; 16];
                for place in places.iter().filter(|place| (from..from + 1_024).contains(*place)) {
                    words[usize::try_from((place - from) / 64).unwrap()] |= 1 << (place % 64);
                }
                bitmap.put(from, &words);
            }
            let set: &BTreeSet<u64> = &places;
            prop_assert_eq!(bitmap.count(), set.len() as u64);
            prop_assert_eq!(bitmap.has(ask), set.contains(&ask));
            prop_assert_eq!(bitmap.rank(ask), set.range(..ask).count() as u64);
            prop_assert_eq!(bitmap.after(ask), set.range(ask + 1..).next().copied());
            prop_assert_eq!(bitmap.before(ask), set.range(..ask).next_back().copied());
            for (nth, place) in set.iter().enumerate() {
                prop_assert_eq!(bitmap.select(nth as u64), Some(*place));
            }
            prop_assert_eq!(bitmap.select(set.len() as u64), None);
        }
    }
}
