//! A bounded set of byte sequences and their replacements, which is searched for in one pass over a text.
//!
//! A bit per hash of four bytes tells where a sequence may be. If all sequences are long enough, one of their first four such groups is at
//! every fourth offset, so only those are looked at.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;

/// Shorter sequences are not searched for: they would be found in every other word.
pub(super) const SHORTEST: usize = 4;

/// Bits of a hash.
const BITS: u32 = 20;
const WORDS: usize = 1 << (BITS - 6);

type Start = [u8; SHORTEST];

/// Sequences with the same beginning, and their replacements. Their order finds the longest one without a look at each: tokens and keys
/// all begin alike.
type Sequences = BTreeMap<Box<[u8]>, Box<str>>;

/// The oldest sequence is forgotten first.
pub(super) struct Patterns {
    shortest: usize,
    /// How far apart the offsets are that are looked at.
    stride: usize,
    max_count: usize,
    max_bytes: usize,
    by_start: HashMap<Start, Sequences>,
    order: VecDeque<Box<[u8]>>,
    bytes: usize,
    starts: Vec<u64>,
    forgotten: u64,
}

/// A sequence that was found in a text.
pub(super) struct Found<'p> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) replacement: &'p str,
}

impl Patterns {
    /// An empty set of at most `max_count` sequences of `shortest` bytes or more, with together `max_bytes` bytes.
    pub(super) fn new(shortest: usize, max_count: usize, max_bytes: usize) -> Patterns {
        let shortest = shortest.max(SHORTEST);
        Patterns {
            shortest,
            stride: (shortest - SHORTEST + 1).min(SHORTEST),
            max_count,
            max_bytes,
            by_start: HashMap::new(),
            order: VecDeque::new(),
            bytes: 0,
            starts: Vec::new(),
            forgotten: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// How many sequences were forgotten so far.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Adds a sequence. Returns false if it is known or too short.
    pub(super) fn insert(&mut self, sequence: &[u8], replacement: &str) -> bool {
        let Some(start) = sequence.first_chunk::<SHORTEST>().filter(|_| sequence.len() >= self.shortest) else { return false };
        if self.by_start.get(start).is_some_and(|sequences| sequences.contains_key(sequence)) {
            return false;
        }
        while self.order.len() >= self.max_count || self.bytes.saturating_add(sequence.len()) > self.max_bytes {
            if !self.forget_oldest() {
                break;
            }
        }
        self.bytes += sequence.len();
        self.order.push_back(sequence.into());
        self.by_start.entry(*start).or_default().insert(sequence.into(), replacement.into());
        self.starts.resize(WORDS, 0);
        for group in sequence.windows(SHORTEST).take(self.stride) {
            let slot = slot_of(group_of(group));
            self.starts[slot / 64] |= 1 << (slot % 64);
        }
        true
    }

    /// The bits stay set: they only cost a lookup.
    fn forget_oldest(&mut self) -> bool {
        let Some(sequence) = self.order.pop_front() else { return false };
        self.bytes = self.bytes.saturating_sub(sequence.len());
        self.forgotten += 1;
        if let Some(start) = sequence.first_chunk::<SHORTEST>()
            && let Some(sequences) = self.by_start.get_mut(start)
        {
            sequences.remove(&sequence);
            if sequences.is_empty() {
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
        let starts: &[u64; WORDS] = self.starts.as_slice().try_into().ok()?;
        for at in (from..text.len().saturating_sub(SHORTEST - 1)).step_by(self.stride) {
            if !may_hold(starts, group_of(text.get(at..at + SHORTEST)?)) {
                continue;
            }
            // The sequence begins there, or so little before that this group is one of its first.
            for start in at.saturating_sub(self.stride - 1).max(from)..=at {
                if let Some((sequence, replacement)) = self.longest_at(text.get(start..)?) {
                    return Some(Found { start, end: start + sequence.len(), replacement });
                }
            }
        }
        None
    }

    /// The longest sequence that a text begins with.
    fn longest_at(&self, text: &[u8]) -> Option<(&[u8], &str)> {
        let sequences = self.by_start.get(text.first_chunk::<SHORTEST>()?)?;
        let mut highest = text;
        loop {
            // A sequence that the text begins with is not above the text, and what lies between both begins with that sequence too.
            let below = (Bound::Unbounded, Bound::Included(highest));
            let (sequence, replacement) = sequences.range::<[u8], _>(below).next_back()?;
            if text.starts_with(sequence) {
                return Some((sequence, replacement));
            }
            let common = sequence.iter().zip(text).take_while(|(one, other)| one == other).count();
            highest = highest.get(..common)?;
        }
    }

    /// The earliest end of a text that is the beginning of a longer sequence and has at least `shortest` bytes.
    pub(super) fn begun_at_end(&self, text: &[u8], shortest: usize) -> Option<Found<'_>> {
        let starts: &[u64; WORDS] = self.starts.as_slice().try_into().ok()?;
        for start in 0..=text.len().checked_sub(shortest)? {
            let rest = text.get(start..)?;
            let window = *rest.first_chunk::<SHORTEST>()?;
            if !may_hold(starts, u32::from_le_bytes(window)) {
                continue;
            }
            let longer = (Bound::Excluded(rest), Bound::Unbounded);
            let next = self.by_start.get(&window).and_then(|sequences| sequences.range::<[u8], _>(longer).next());
            if let Some((_, replacement)) = next.filter(|(sequence, _)| sequence.starts_with(rest)) {
                return Some(Found { start, end: text.len(), replacement });
            }
        }
        None
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

fn group_of(bytes: &[u8]) -> u32 {
    bytes.first_chunk::<SHORTEST>().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// False if these four bytes are none of the first groups of a sequence.
fn may_hold(starts: &[u64; WORDS], window: u32) -> bool {
    let slot = slot_of(window);
    starts[slot / 64] >> (slot % 64) & 1 != 0
}

fn slot_of(start: u32) -> usize {
    (start.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(pairs: &[(&str, &str)]) -> Patterns {
        let shortest = pairs.iter().map(|(sequence, _)| sequence.len()).min().unwrap();
        let mut patterns = Patterns::new(shortest, 100, 10_000);
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
    fn the_longest_of_nested_and_neighbouring_sequences_is_found() {
        let sequences = ["secret", "secret-1", "secret-1-b", "secret-1-c-long", "secret-2", "secrets"];
        let patterns = patterns(&sequences.map(|sequence| (sequence, sequence)));
        let texts =
            ["secret-1-c", "secret-1-c-long", "secret-1-a", "secret-1-bb", "secret-3", "secretz", "secre", "secret-", "secrets"];
        for before in 0..20 {
            for sequence in sequences {
                let text = format!("{}{sequence}", "-".repeat(before));
                let found = patterns.find(text.as_bytes(), 0).map(|found| (found.start, found.replacement));
                assert_eq!(found, Some((before, sequence)), "{text}");
            }
        }
        for text in texts {
            let longest = sequences.iter().filter(|sequence| text.starts_with(**sequence)).max_by_key(|sequence| sequence.len());
            assert_eq!(patterns.find(text.as_bytes(), 0).map(|found| found.replacement), longest.copied(), "{text}");
        }
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let mut patterns = Patterns::new(8, 10, 10_000);
        for number in 0..20 {
            patterns.insert(format!("secret-{number:06}").as_bytes(), "x");
        }
        assert!(patterns.order.len() == 10 && patterns.by_start.values().map(BTreeMap::len).sum::<usize>() == 10);
        assert_eq!(patterns.clean("secret-000001"), "secret-000001");
        assert_eq!(patterns.clean("secret-000019"), "x");
        assert!(!patterns.insert(b"abc", "x") && !patterns.insert(b"secret-000019", "x"));
    }
}
