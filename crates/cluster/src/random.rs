//! Uids and name suffixes from a seed.

/// `SplitMix64` (Steele, Lea, Flood 2014). The ids of a seed must not change with a release of a random number crate: recordings and
/// schedules refer to them.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

/// Kubernetes' alphabet for generated names: no vowels and no letters that look alike.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

impl Random {
    pub(super) fn seeded(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A version 4 UUID.
    pub(super) fn uid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        uuid(high, low, 4)
    }

    /// Five letters, as `generateName` appends them.
    pub(super) fn suffix(&mut self) -> String {
        letters(std::iter::from_fn(|| Some(self.next())))
    }
}

/// A UUID of 128 bits and a version: 4 for random ones, 8 for those that follow a rule of their own (RFC 9562).
pub(super) fn uuid(high: u64, low: u64, version: u64) -> String {
    let (time, mid, version) = (high >> 32, high >> 16 & 0xffff, high & 0xfff | version << 12);
    let (variant, node) = (low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
    format!("{time:08x}-{mid:04x}-{version:04x}-{variant:04x}-{node:012x}")
}

/// Five letters of Kubernetes' alphabet for five numbers.
pub(super) fn letters(numbers: impl Iterator<Item = u64>) -> String {
    let letters = u64::try_from(LETTERS.len()).unwrap_or(1);
    numbers.take(5).filter_map(|number| usize::try_from(number % letters).ok()).map(|at| char::from(LETTERS[at])).collect()
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_seed_gives_the_same_ids_again() {
        let (mut one, mut two) = (Random::seeded(7), Random::seeded(7));
        assert_eq!((one.uid(), one.suffix()), (two.uid(), two.suffix()));
        let uid = one.uid();
        assert_eq!((uid.len(), &uid[14..15]), (36, "4"));
        assert_ne!(uid, two.suffix());
    }
}
