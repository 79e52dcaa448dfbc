//! A set of ordinals as a bitmap with running counts, so that rank and select do not scan it.

const GROUP: usize = 8;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    /// The number of set bits before each group of words.
    counts: Vec<u64>,
    count: u64,
}

fn at(ordinal: u64) -> (usize, u32) {
    (usize::try_from(ordinal / 64).unwrap_or(usize::MAX), u32::try_from(ordinal % 64).unwrap_or(0))
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Bitmap {
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Replaces whole words; `from` is a multiple of 64.
    pub fn put(&mut self, from: u64, words: &[u64]) {
        let start = at(from).0;
        let end = start.saturating_add(words.len());
        if end > self.words.len() {
            self.words.resize(end, 0);
        }
        if let Some(ordinal) = self.words.get_mut(start..end) {
            ordinal.copy_from_slice(words);
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

    #[must_use]
    pub fn has(&self, ordinal: u64) -> bool {
        let (word, bit) = at(ordinal);
        self.words.get(word).is_some_and(|word| word >> bit & 1 != 0)
    }

    /// The number of members before an ordinal.
    #[must_use]
    pub fn rank(&self, ordinal: u64) -> u64 {
        let (word, bit) = at(ordinal);
        let Some(here) = self.words.get(word) else { return self.count };
        let group = word / GROUP;
        let before: u64 = self.words[group * GROUP..word].iter().map(|word| u64::from(word.count_ones())).sum();
        self.counts.get(group).copied().unwrap_or(0) + before + u64::from((here & ((1 << bit) - 1)).count_ones())
    }

    /// The n-th member, counted from 0.
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

    /// The first member after an ordinal.
    #[must_use]
    pub fn after(&self, ordinal: u64) -> Option<u64> {
        self.select(self.rank(ordinal.saturating_add(1)))
    }

    /// The last member before an ordinal.
    #[must_use]
    pub fn before(&self, ordinal: u64) -> Option<u64> {
        self.select(self.rank(ordinal).checked_sub(1)?)
    }

    /// The number of members in `from..to`.
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
        fn it_behaves_like_a_set(ordinals in proptest::collection::btree_set(0_u64..4_000, 0..300), ask in 0_u64..4_100) {
            let mut bitmap = Bitmap::default();
            // The words arrive in any order.
            for piece in [3_u64, 0, 2, 1] {
                let from = piece * 1_024;
                let mut words = [0_u64; 16];
                for ordinal in ordinals.iter().filter(|ordinal| (from..from + 1_024).contains(*ordinal)) {
                    words[usize::try_from((ordinal - from) / 64).unwrap()] |= 1 << (ordinal % 64);
                }
                bitmap.put(from, &words);
            }
            let set: &BTreeSet<u64> = &ordinals;
            prop_assert_eq!(bitmap.count(), set.len() as u64);
            prop_assert_eq!(bitmap.has(ask), set.contains(&ask));
            prop_assert_eq!(bitmap.rank(ask), set.range(..ask).count() as u64);
            prop_assert_eq!(bitmap.after(ask), set.range(ask + 1..).next().copied());
            prop_assert_eq!(bitmap.before(ask), set.range(..ask).next_back().copied());
            for (nth, ordinal) in set.iter().enumerate() {
                prop_assert_eq!(bitmap.select(nth as u64), Some(*ordinal));
            }
            prop_assert_eq!(bitmap.select(set.len() as u64), None);
        }
    }
}
