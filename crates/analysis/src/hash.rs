//! 64-bit hashes for fingerprints, and maps keyed by numbers.
//!
//! Not resistant to an adversary: a collision costs a missed or doubtful finding, never memory or time, since every map here
//! is bounded. The mixer is the finaliser of `splitmix64` (Steele, Lea and Flood, 2014). Recordings store these fingerprints,
//! so a hash from a crate whose output may change cannot replace it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes every bit of `x` into the result.
pub(crate) fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Combines two numbers. Their order matters.
pub(crate) fn pair(a: u64, b: u64) -> u64 {
    mix(a.rotate_left(23).wrapping_add(STEP) ^ b.wrapping_mul(STEP))
}

/// Hashes a byte string.
pub(crate) fn bytes(text: &[u8]) -> u64 {
    let mut hash = STEP ^ u64::try_from(text.len()).unwrap_or(u64::MAX);
    let mut chunks = text.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(STEP).rotate_left(29);
    }
    let rest = chunks.remainder();
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    mix(hash ^ u64::from_le_bytes(word))
}

/// A hasher for keys made of a few numbers.
#[derive(Default)]
pub(crate) struct Numbers(u64);

impl Hasher for Numbers {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, text: &[u8]) {
        self.0 = pair(self.0, bytes(text));
    }

    fn write_u8(&mut self, number: u8) {
        self.0 = pair(self.0, u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = pair(self.0, u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = pair(self.0, number);
    }

    fn write_i64(&mut self, number: i64) {
        self.0 = pair(self.0, u64::from_ne_bytes(number.to_ne_bytes()));
    }
}

pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Numbers>>;

#[cfg(test)]
mod tests {
    #[test]
    fn length_and_order_matter() {
        assert_ne!(super::bytes(b"a"), super::bytes(b"a\0"));
        assert_ne!(super::bytes(b"12345678abcdefgh"), super::bytes(b"abcdefgh12345678"));
        assert_ne!(super::pair(1, 2), super::pair(2, 1));
    }
}
