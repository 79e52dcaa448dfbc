//! A bounded set of byte sequences and their replacements, which is searched for in one pass over a text.
//!
//! A bit per hash of four bytes tells where a sequence may begin, so a text without any costs about a nanosecond per byte.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

/// Shorter sequences are not searched for: they would be found in every other word.
pub(super) const SHORTEST: usize = 4;

/// Bits of a hash.
const BITS: u32 = 18;

type Start = [u8; SHORTEST];

/// A sequence and its replacement.
type Pair = (Box<[u8]>, Box<str>);

/// The oldest sequence is forgotten first.
pub(super) struct Patterns {
    max_count: usize,
    max_bytes: usize,
    by_start: HashMap<Start, Vec<Pair>>,
    known: HashSet<Box<[u8]>>,
    order: VecDeque<Box<[u8]>>,
    bytes: usize,
    starts: Vec<u64>,
}

/// A sequence that was found in a text.
pub(super) struct Found<'p> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) replacement: &'p str,
}

impl Patterns {
    /// An empty set of at most `max_count` sequences with together `max_bytes` bytes.
    pub(super) fn new(max_count: usize, max_bytes: usize) -> Patterns {
        Patterns {
            max_count,
            max_bytes,
            by_start: HashMap::new(),
            known: HashSet::new(),
            order: VecDeque::new(),
            bytes: 0,
            starts: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Adds a sequence. Returns false if it is known or too short.
    pub(super) fn insert(&mut self, sequence: &[u8], replacement: &str) -> bool {
        let Some(start) = sequence.first_chunk::<SHORTEST>() else { return false };
        if self.known.contains(sequence) {
            return false;
        }
        while self.order.len() >= self.max_count || self.bytes.saturating_add(sequence.len()) > self.max_bytes {
            if !self.forget_oldest() {
                break;
            }
        }
        self.bytes += sequence.len();
        self.order.push_back(sequence.into());
        self.known.insert(sequence.into());
        let candidates = self.by_start.entry(*start).or_default();
        candidates.push((sequence.into(), replacement.into()));
        // The longest first, so that a sequence that begins with another one is found whole.
        candidates.sort_by_key(|(sequence, _)| std::cmp::Reverse(sequence.len()));
        self.starts.resize(1 << (BITS - 6), 0);
        let slot = slot_of(*start);
        self.starts[slot / 64] |= 1 << (slot % 64);
        true
    }

    /// The bits stay set: they only cost a lookup.
    fn forget_oldest(&mut self) -> bool {
        let Some(sequence) = self.order.pop_front() else { return false };
        self.bytes = self.bytes.saturating_sub(sequence.len());
        self.known.remove(&sequence);
        if let Some(start) = sequence.first_chunk::<SHORTEST>()
            && let Some(candidates) = self.by_start.get_mut(start)
        {
            candidates.retain(|(candidate, _)| *candidate != sequence);
            if candidates.is_empty() {
                self.by_start.remove(start);
            }
        }
        true
    }

    /// The first sequence that begins at or after an offset.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<Found<'_>> {
        if self.order.is_empty() {
            return None;
        }
        for (offset, window) in text.get(from..)?.windows(SHORTEST).enumerate() {
            let Some(candidates) = self.candidates(window) else { continue };
            let start = from + offset;
            let rest = text.get(start..).unwrap_or_default();
            if let Some((sequence, replacement)) = candidates.iter().find(|(sequence, _)| rest.starts_with(sequence)) {
                return Some(Found { start, end: start + sequence.len(), replacement });
            }
        }
        None
    }

    /// The earliest end of a text that is the beginning of a longer sequence and has at least `shortest` bytes.
    pub(super) fn begun_at_end(&self, text: &[u8], shortest: usize) -> Option<Found<'_>> {
        for (start, window) in text.windows(SHORTEST).enumerate() {
            let Some(candidates) = self.candidates(window) else { continue };
            let rest = text.get(start..).unwrap_or_default();
            if rest.len() >= shortest
                && let Some((_, replacement)) =
                    candidates.iter().find(|(sequence, _)| sequence.len() > rest.len() && sequence.starts_with(rest))
            {
                return Some(Found { start, end: text.len(), replacement });
            }
        }
        None
    }

    fn candidates(&self, window: &[u8]) -> Option<&[Pair]> {
        let start: Start = window.try_into().ok()?;
        let slot = slot_of(start);
        if self.starts.get(slot / 64)? >> (slot % 64) & 1 == 0 {
            return None;
        }
        self.by_start.get(&start).map(Vec::as_slice)
    }

    /// Replaces every sequence in a text.
    pub(super) fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut out: Vec<u8> = Vec::new();
        let mut copied = 0;
        while let Some(found) = self.find(text.as_bytes(), copied) {
            out.extend_from_slice(&text.as_bytes()[copied..found.start]);
            out.extend_from_slice(found.replacement.as_bytes());
            copied = found.end;
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        out.extend_from_slice(&text.as_bytes()[copied..]);
        Cow::Owned(String::from_utf8_lossy(&out).into_owned())
    }
}

fn slot_of(start: Start) -> usize {
    (u32::from_le_bytes(start).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(pairs: &[(&str, &str)]) -> Patterns {
        let mut patterns = Patterns::new(100, 10_000);
        pairs.iter().for_each(|(sequence, replacement)| assert!(patterns.insert(sequence.as_bytes(), replacement)));
        patterns
    }

    #[test]
    fn the_longest_sequence_is_found_anywhere() {
        let patterns = patterns(&[("hunter2", "a"), ("hunter22", "b")]);
        assert_eq!(patterns.clean("hunter2"), "a");
        assert_eq!(patterns.clean("is hunter22, not hunter2."), "is b, not a.");
        assert!(matches!(patterns.clean("nothing here: hunter"), Cow::Borrowed(_)));
        assert_eq!(patterns.begun_at_end(b"cut hunte", 4).map(|found| found.start), Some(4));
        assert!(patterns.begun_at_end(b"cut hunt", 5).is_none() && patterns.begun_at_end(b"hunter22", 4).is_none());
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let mut patterns = Patterns::new(10, 10_000);
        for number in 0..20 {
            patterns.insert(format!("secret-{number:06}").as_bytes(), "x");
        }
        assert!(patterns.order.len() == 10 && patterns.known.len() == 10);
        assert_eq!(patterns.clean("secret-000001"), "secret-000001");
        assert_eq!(patterns.clean("secret-000019"), "x");
        assert!(!patterns.insert(b"abc", "x") && !patterns.insert(b"secret-000019", "x"));
    }
}
